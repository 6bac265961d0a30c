import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test"
import { failureKinds } from "../../src/domain/Failure.ts"
import { running } from "../simulator/Running.ts"
import { ask, messages, post, type Seen } from "./Asking.ts"
import { startConfigured } from "./Configured.ts"
import { eventually } from "./Eventually.ts"
import { providersAt, type Running } from "./Processes.ts"

/** Small enough for the faults of time to be quick, and long against a busy machine. */
const limits = { headersMs: 400, idleMs: 300 }

let provider: Awaited<ReturnType<typeof running>>
let gateway: Running

beforeAll(async () => {
  provider = await running()
  gateway = await startConfigured(
    {
      timeouts: { headersAfter: "150 millis", keepAlive: "50 millis" },
      // What one attempt comes to; what follows a failure is shown elsewhere.
      defaults: {
        retries: { attempts: 0 },
        timeouts: { headers: `${limits.headersMs} millis`, idle: `${limits.idleMs} millis` }
      },
      providers: {
        refusing: { baseUrl: "http://127.0.0.1:1/v1" },
        nowhere: { baseUrl: "http://no-such-host.invalid/v1" },
        untrusted: { baseUrl: `https://127.0.0.1:${new URL(provider.simulator.url).port}/v1` }
      }
    },
    providersAt(provider.simulator.url)
  )
})

afterAll(async () => {
  await gateway.stop()
  await provider.stop()
})

/** Whatever happened, the next request is answered, over a connection that nothing of the fault clings to, and nothing is left open. */
afterEach(async () => {
  const { content, error } = await ask(gateway, { model: "openai/words:count=3", messages })
  expect([content, error]).toEqual(["The quick brown", undefined])
  await eventually(() => provider.simulator.log.entries.every(({ endedAt }) => endedAt !== undefined) || undefined)
  expect(gateway.printed()).not.toContain("ERROR")
})

const words = "The quick brown fox naïvely jumps over a"
type Name = keyof typeof failureKinds

/** What a caller should see: the answer; an answer that a filter ended; a failure with its status before the headers; or a failure after `said`. */
type Expected =
  | "answer"
  | "filtered"
  | readonly [failure: Name, status: number]
  | readonly [failure: Name, after: After]

interface After {
  readonly said: string
  /** The status when it comes sooner than the early headers of a stream. */
  readonly or?: number
}

interface Fault {
  readonly name: string
  readonly whole: Expected
  readonly stream: Expected
  /** Too much for a small machine to be met eight times at once. */
  readonly heavy?: true
  /** Providers for which it differs, or means nothing. */
  readonly but?: Readonly<Partial<Record<string, { readonly whole?: Expected; readonly stream?: Expected }>>>
}

const both = (name: string, expected: Expected): Fault => ({ name, whole: expected, stream: expected })
const answered = (name: string): Fault => both(name, "answer")
const three = { said: "The quick brown" }
const none = { said: "" }

const faults: ReadonlyArray<Fault> = [
  answered("pace=0ms"),
  both("status=429", ["RateLimited", 429]),
  both("status=429:retry-after=2", ["RateLimited", 429]),
  both("status=500", ["ServerFault", 502]),
  both("status=502", ["ServerFault", 502]),
  both("status=503", ["Overloaded", 503]),
  both("status=504", ["TimedOut", 504]),
  both("status=529", ["Overloaded", 503]),
  both("status=401", ["Unauthorized", 502]),
  both("status=403", ["Unauthorized", 502]),
  both("status=404", ["NoSuchModel", 404]),
  both("status=400", ["InvalidRequest", 400]),
  both("code=insufficient_quota", ["QuotaExhausted", 502]),
  both("code=context_length_exceeded", ["ContextTooLong", 400]),
  // Gemini has no error for it: an answer without text, ended by the filter.
  {
    ...both("code=content_policy", ["ContentRefused", 400]),
    but: { google: { whole: "filtered", stream: "filtered" } }
  },
  both("html", ["ServerFault", 502]),
  both("html:status=503", ["Overloaded", 503]),
  both("empty-body", ["Garbled", 502]),
  both("empty-body:status=500", ["ServerFault", 502]),
  both("bare:status=400", ["InvalidRequest", 400]),
  answered("wrong-type"),
  both("reset", ["Unreachable", 502]),
  { name: "hang", whole: ["TimedOut", 504], stream: ["TimedOut", none] },
  { name: "silent-after=3", whole: ["TimedOut", 504], stream: ["TimedOut", three] },
  { name: "cut=3", whole: ["Cut", 502], stream: ["Cut", three] },
  { name: "rst=3", whole: ["Cut", 502], stream: ["Cut", three] },
  { name: "cut=0", whole: ["Unreachable", 502], stream: ["Cut", 502] },
  { name: "truncate", whole: ["Garbled", 502], stream: ["Cut", { said: "The quick" }] },
  { name: "short-length", whole: ["Garbled", 502], stream: ["Cut", { said: "The quick" }] },
  { name: "broken-json", whole: ["Garbled", 502], stream: ["Garbled", 502] },
  { name: "garbled=6", whole: ["Garbled", 502], stream: ["Garbled", { said: "The" }] },
  both("error-event", ["Overloaded", 503]),
  { name: "error-event=3", whole: ["Overloaded", 503], stream: ["Overloaded", three] },
  { name: "role-only=200ms", whole: ["Overloaded", 503], stream: ["Overloaded", none] },
  { ...answered("no-done"), but: { anthropic: { stream: ["Cut", { said: words }] } } },
  {
    name: "no-finish",
    whole: "answer",
    stream: ["Cut", { said: words }],
    but: { google: { whole: ["Cut", 502] } }
  },
  answered("double-finish"),
  answered("usage-in-extra-chunk"),
  answered("usage-with-finish"),
  answered("no-usage"),
  {
    ...answered("empty-choices"),
    but: { openai: { whole: ["Cut", 502] }, google: { whole: ["Cut", 502] }, baseten: { whole: ["Cut", 502] } }
  },
  // The role comes alone, and the words each by itself.
  answered("first=20ms"),
  answered("first=20ms:pace=4ms"),
  answered("one-byte"),
  answered("split-utf8"),
  answered("crlf"),
  answered("gzip"),
  answered("br"),
  answered("zstd"),
  { name: "gzip-bomb", heavy: true, whole: ["Garbled", 502], stream: ["Garbled", { ...none, or: 502 }] },
  { name: "giant=24000000", heavy: true, whole: "answer", stream: ["Garbled", { ...none, or: 502 }] }
]

const expectAnswer = (seen: Seen, stream: boolean): void => {
  expect(seen.error).toBeUndefined()
  expect([seen.status, seen.finish, seen.done]).toEqual([200, "stop", stream])
  expect(seen.content.replace(/^x+/, "")).toBe(words)
}

const expectFiltered = (seen: Seen, stream: boolean): void => {
  const { status, finish, done, content, error } = seen
  expect([status, finish, done, content, error]).toEqual([200, "content_filter", stream, "", undefined])
}

const expectFailure = (seen: Seen, [failure, where]: Exclude<Expected, string>): void => {
  expect(seen.error).toMatchObject({
    class: failure,
    message: expect.stringMatching(/\S/),
    type: expect.stringMatching(/^[a-z_]+$/),
    code: expect.stringMatching(/^[a-z_]+$/),
    request_id: seen.headers.get("x-request-id")
  })
  expect(seen.error).toHaveProperty("param")
  expect([seen.done, seen.finish]).toEqual([false, undefined])
  if (typeof where === "number" || seen.status === where.or) {
    expect(seen.status).toBe(typeof where === "number" ? where : seen.status)
    expect(seen.headers.get("content-type")).toBe("application/json")
    return
  }
  // The class of a failure after the headers is the same, and the headers were those of a stream.
  expect([seen.status, seen.headers.get("content-type")]).toEqual([200, "text/event-stream; charset=utf-8"])
  expect(words.startsWith(seen.content)).toBe(true)
  expect(seen.content.startsWith(where.said)).toBe(true)
}

const cells = ["openai", "anthropic", "google", "baseten"].flatMap((name) =>
  [false, true].map((stream) => ({ name, stream, way: stream ? ("stream" as const) : ("whole" as const) }))
)

const meet = async (fault: Fault, { name, stream, way }: (typeof cells)[number]): Promise<void> => {
  const expected = fault.but?.[name]?.[way] ?? fault[way]
  const seen = await ask(gateway, { model: `${name}/words:count=8:${fault.name}`, stream, messages })
  try {
    if (expected === "answer") expectAnswer(seen, stream)
    else if (expected === "filtered") expectFiltered(seen, stream)
    else expectFailure(seen, expected)
    expect(seen.milliseconds).toBeLessThan(4000)
  } catch (error) {
    throw new Error(`${name}, ${way}: ${seen.status} ${seen.text.slice(0, 300)}`, { cause: error })
  }
}

describe("a fault of a provider, in each language, streamed and whole", () => {
  for (const fault of faults) {
    const expected = [fault.whole, fault.stream].map((one) => (typeof one === "string" ? one : one[0]))
    test(`${fault.name}: ${[...new Set(expected)].join(", ")}`, async () => {
      const before = provider.simulator.log.entries.length
      if (fault.heavy === true) for (const cell of cells) await meet(fault, cell)
      else await Promise.all(cells.map((cell) => meet(fault, cell)))
      // One target and no word of retries: each was asked exactly once.
      expect(provider.simulator.log.entries.length - before).toBe(cells.length)
    }, 20_000)
  }
})

describe("a provider that cannot be reached", () => {
  for (const [name, why] of [
    ["refusing", "nobody listens"],
    ["nowhere", "no such host"],
    ["untrusted", "no TLS"]
  ] as const) {
    for (const stream of [false, true]) {
      test(`${why}, ${stream ? "stream" : "whole"}: Unreachable, in JSON`, async () => {
        const seen = await ask(gateway, { model: `${name}/model`, stream, messages })
        expectFailure(seen, ["Unreachable", 502])
        expect(seen.milliseconds).toBeLessThan(2000)
        // Neither the address nor the system's text of it.
        expect(seen.text).not.toMatch(/127\.0\.0\.1|no-such-host|https?:/)
      })
    }
  }
})

describe("a rate limit says when to come back", () => {
  for (const [name, told] of [
    ["retry-after=7", /^7$/],
    ["retry-after=date", /^[12]$/],
    ["retry-after=none", undefined],
    // A thousand years would park a caller for good.
    ["retry-after=99999999999", /^3600$/]
  ] as const) {
    test(name, async () => {
      const { headers, status } = await ask(gateway, { model: `openai/words:status=429:${name}`, messages })
      expect(status).toBe(429)
      if (told === undefined) expect(headers.get("retry-after")).toBeNull()
      else expect(headers.get("retry-after")).toMatch(told)
    })
  }

  test("and what would only fail again is said not to be tried again", async () => {
    const again = async (fault: string) =>
      (await ask(gateway, { model: `openai/words:${fault}`, messages })).headers.get("x-should-retry")
    expect(await again("status=401")).toBe("false")
    expect(await again("code=insufficient_quota")).toBe("false")
    expect(await again("status=503")).toBeNull()
  })
})

describe("a provider's own words are kept", () => {
  for (const [name, type, code] of [
    ["openai", "service_unavailable_error", "server_is_overloaded"],
    ["anthropic", "overloaded_error", null],
    ["google", "UNAVAILABLE", null],
    ["baseten", "service_unavailable_error", "server_is_overloaded"]
  ] as const) {
    test(name, async () => {
      const { error } = await ask(gateway, { model: `${name}/words:status=503`, messages })
      expect(error?.["provider"]).toMatchObject({
        name,
        status: 503,
        type,
        code,
        message: expect.stringMatching(/load/i)
      })
      expect(error?.["message"]).toMatch(new RegExp(`^${name}: .*load`, "i"))
      const id = Object(error?.["provider"]).request_id
      if (name !== "google") expect(id).toMatch(/sim/)
    })
  }
})

describe("a provider that sends without end and says nothing", () => {
  for (const fault of ["comments", "trickle=20ms", "endless-line"]) {
    for (const stream of [false, true]) {
      test(`is left when its caller leaves: ${fault}, ${stream ? "stream" : "whole"}`, async () => {
        const model = `words:count=8:${fault}`
        const caller = new AbortController()
        const asked = post(gateway, { model: `openai/${model}`, stream, messages }, {}, caller.signal)
        asked.catch(() => {})
        const entry = await eventually(() => provider.simulator.log.entries.findLast((one) => one.model === model))
        await Bun.sleep(100)
        caller.abort()
        await eventually(() => entry.endedAt, 1000)
      })
    }
  }
})

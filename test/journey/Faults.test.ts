import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test"
import { failureKinds } from "../../src/domain/Failure.ts"
import { running } from "../simulator/Running.ts"
import { ask, messages, type Seen } from "./Asking.ts"
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
      timeouts: {
        headers: `${limits.headersMs} millis`,
        idle: `${limits.idleMs} millis`,
        headersAfter: "150 millis",
        keepAlive: "50 millis"
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

/** What a caller should see: the answer; a failure with its status before the headers; or a failure after `said`. */
type Expected = "answer" | readonly [failure: Name, status: number] | readonly [failure: Name, after: After]

interface After {
  readonly said: string
  /** The status when it comes sooner than the early headers of a stream. */
  readonly or?: number
}

interface Fault {
  readonly name: string
  readonly whole: Expected
  readonly stream: Expected
  /** Providers for which it differs, or means nothing. */
  readonly but?: Readonly<Partial<Record<string, { readonly whole?: Expected; readonly stream?: Expected }>>>
}

const both = (name: string, expected: Expected): Fault => ({ name, whole: expected, stream: expected })
const answered = (name: string): Fault => both(name, "answer")
const three = { said: "The quick brown" }
const none = { said: "" }

const faults: ReadonlyArray<Fault> = [
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
  both("code=content_policy", ["ContentRefused", 400]),
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
  answered("one-byte"),
  answered("split-utf8"),
  answered("crlf"),
  answered("gzip"),
  answered("br"),
  answered("zstd"),
  { name: "gzip-bomb", whole: ["Garbled", 502], stream: ["Garbled", { ...none, or: 502 }] },
  { name: "giant=17000000", whole: "answer", stream: ["Garbled", { ...none, or: 502 }] }
]

const expectAnswer = (seen: Seen, stream: boolean): void => {
  expect(seen.error).toBeUndefined()
  expect([seen.status, seen.finish, seen.done]).toEqual([200, "stop", stream])
  expect(seen.content.replace(/^x+/, "")).toBe(words)
}

const expectFailure = (seen: Seen, [failure, where]: Exclude<Expected, "answer">): void => {
  expect(seen.error).toMatchObject({
    class: failure,
    message: expect.stringMatching(/\S/),
    type: expect.stringMatching(/^[a-z_]+$/),
    code: expect.stringMatching(/^[a-z_]+$/),
    request_id: seen.headers.get("x-request-id")
  })
  expect(seen.error).toHaveProperty("param")
  expect([seen.done, seen.finish]).toEqual([false, undefined])
  const status = typeof where === "number" ? where : where.or
  if (typeof where === "number" || seen.status === status) {
    expect([seen.status, seen.headers.get("content-type")]).toEqual([status, "application/json"])
    return
  }
  // The class of a failure after the headers is the same, and the headers were those of a stream.
  expect([seen.status, seen.headers.get("content-type")]).toEqual([200, "text/event-stream; charset=utf-8"])
  expect(words.startsWith(seen.content)).toBe(true)
  expect(seen.content.startsWith(where.said)).toBe(true)
}

for (const name of ["openai", "anthropic", "google", "baseten"]) {
  describe(`a fault of ${name}`, () => {
    for (const fault of faults) {
      for (const stream of [false, true]) {
        const way = stream ? "stream" : "whole"
        const expected = fault.but?.[name]?.[way] ?? fault[way]
        const label = expected === "answer" ? "the answer" : expected[0]
        test(`${fault.name}, ${way}: ${label}`, async () => {
          const model = `words:count=8:${fault.name}`
          const before = provider.simulator.log.entries.length
          const seen = await ask(gateway, { model: `${name}/${model}`, stream, messages })
          if (expected === "answer") expectAnswer(seen, stream)
          else expectFailure(seen, expected)
          expect(seen.milliseconds).toBeLessThan(3000)
          // One target and no word of retries: it was asked exactly once.
          expect(provider.simulator.log.entries.length - before).toBe(1)
        })
      }
    }
  })
}

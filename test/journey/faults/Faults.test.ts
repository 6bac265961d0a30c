import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test"
import { running } from "../../simulator/Running.ts"
import { ask, messages, post } from "../stage/Asking.ts"
import { startConfigured } from "../stage/Configured.ts"
import { aSecondMs, eventually } from "../stage/Eventually.ts"
import { providersAt, type Running } from "../stage/Processes.ts"
import { expectAnswer, expectFailure, expectFiltered, type Fault, faults } from "./ProviderFaults.ts"

/** Small enough for the faults of time to be quick, and long against a busy machine. */
const limits = { headersMs: 1200, idleMs: 1200 }

let provider: Awaited<ReturnType<typeof running>>
let gateway: Running

beforeAll(async () => {
  provider = await running()
  gateway = await startConfigured(
    {
      timeouts: { headersAfter: "600 millis", keepAlive: "50 millis" },
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

/**
 * Whatever happened, the next request is answered, over a connection that nothing of the fault clings to, and nothing
 * is left open.
 */
afterEach(async () => {
  const { content, error } = await ask(gateway, { model: "openai/words:count=3", messages })
  expect([content, error]).toEqual(["The quick brown", undefined])
  await eventually(() => provider.simulator.log.entries.every(({ endedAt }) => endedAt !== undefined) || undefined)
  expect(gateway.printed()).not.toContain("ERROR")
})

const cells = ["openai", "anthropic", "google", "baseten"].flatMap((name) =>
  [false, true].map((stream) => ({ name, stream, way: stream ? ("stream" as const) : ("whole" as const) }))
)

/** Makes each model's name its own, so that no breaker is shared. */
let unique = 1000

const meet = async (fault: Fault, { name, stream, way }: (typeof cells)[number]): Promise<void> => {
  const expected = fault.but?.[name]?.[way] ?? fault[way]
  const seen = await ask(gateway, { model: `${name}/words:count=8:input=${unique++}:${fault.name}`, stream, messages })
  try {
    if (expected === "answer") expectAnswer(seen, stream)
    else if (expected === "filtered") expectFiltered(seen, stream)
    else expectFailure(seen, expected)
    expect(seen.milliseconds).toBeLessThan(10_000)
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
        expect(seen.milliseconds).toBeLessThan(5000)
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
        await eventually(() => entry.endedAt, aSecondMs)
      })
    }
  }
})

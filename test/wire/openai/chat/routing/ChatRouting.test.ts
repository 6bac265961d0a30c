import { describe, expect, test } from "bun:test"
import { Result } from "effect"
import type { Fields } from "../../../../../src/domain/Fields.ts"
import { noRouting, type ProviderPreferences, type Steering } from "../../../../../src/domain/routing/Steering.ts"
import { mistake, plain, read, reading, routing } from "./Reading.ts"

describe("a request that says nothing of its way", () => {
  const silent: ReadonlyArray<readonly [name: string, more: Fields]> = [
    ["as most have", {}],
    ["with other fields", { temperature: 0, reasoning_effort: "low", tomorrow: 1 }],
    ["with its fields null", { fallbacks: null, models: null, gateway: null, provider: null, num_retries: null }],
    ["with its fields empty", { fallbacks: [], models: [], gateway: {}, provider: {}, fallback_config: {} }],
    ["with `models` that name its own model only", { models: ["m", "m"] }],
    ["that requires its parameters", { provider: { require_parameters: true } }]
  ]
  for (const [name, more] of silent)
    test(`gets the shared nothing ${name}`, () => expect(routing(more)).toBe(noRouting))

  test("may go on as it came; one that says something without that", () => {
    expect(read({ temperature: 0 }).usualText).toBe(JSON.stringify({ ...plain, temperature: 0 }))
    for (const more of [{ fallbacks: ["n"] }, { gateway: { trail: true } }, { timeout: 5 }, { provider: {} }]) {
      expect(read(more).usualText).toBe(JSON.stringify(plain))
    }
  })
})

/** What stands under `gateway`, and what it is in our words. */
const steering: ReadonlyArray<readonly [gateway: Fields, steering: Steering]> = [
  [{ latency_threshold_ms: 800 }, { timeouts: { firstContentMs: 800 } }],
  [{ latency_threshold_ms: 800, timeout_ms: { first_content: 800 } }, { timeouts: { firstContentMs: 800 } }],
  [{ deadline_ms: 2_147_483_647 }, { deadlineMs: 2_147_483_647 }],
  [{ deadline_ms: 0.5 }, { deadlineMs: 0.5 }],
  [
    { timeout_ms: { connect: 1, headers: 2, first_content: 3, idle: 4, total: 5 } },
    { timeouts: { connectMs: 1, headersMs: 2, firstContentMs: 3, idleMs: 4, totalMs: 5 } }
  ],
  [{ timeout_ms: { idle: 4, total: null } }, { timeouts: { idleMs: 4 } }],
  [{ timeout_ms: {} }, {}],
  [{ on: ["RateLimited", "TimedOut"] }, { on: ["RateLimited", "TimedOut"] }],
  [{ on: [] }, { on: [] }],
  [{ retries: { attempts: 0 } }, { retries: { attempts: 0 } }],
  [{ retries: { attempts: 10, backoff_ms: 0 } }, { retries: { attempts: 10, backoffMs: 0 } }],
  [{ hedge: { after_ms: "p95" } }, { hedge: { after: "p95" } }],
  [{ hedge: { after_ms: 700, max_extra_cost_usd: 0.01 } }, { hedge: { after: 700, maxExtraCost: 10_000_000 } }],
  [{ race: true }, { race: true }],
  [{ race: false, hedge: null }, { race: false }],
  [{ mid_stream: "hold" }, { midStream: "hold" }],
  [{ trail: true }, { trail: true }]
]

describe("`gateway` is read:", () => {
  for (const [gateway, said] of steering) {
    test(JSON.stringify(gateway), () => {
      expect(routing({ gateway }).steering).toEqual(said)
      const [fallback] = routing({ fallbacks: [{ model: "n", gateway }] }).alternatives
      expect(fallback?.steering).toEqual(said)
    })
  }
})

/** OpenRouter's `provider`, and what it is in our words. */
const preferences: ReadonlyArray<readonly [provider: Fields, preferences: ProviderPreferences]> = [
  [
    { order: ["a", "b"], only: ["a"], ignore: ["c"], allow_fallbacks: false },
    { order: ["a", "b"], only: ["a"], ignore: ["c"], allowFallbacks: false }
  ],
  [{ max_price: { prompt: 1, completion: 2.5 } }, { maxPrice: { input: 1000, output: 2500 } }],
  [{ max_price: { prompt: "1.25" } }, { maxPrice: { input: 1250 } }],
  // In binary, 1.005 × 1000 is less than 1005.
  [{ max_price: { completion: 1.005 } }, { maxPrice: { output: 1005 } }],
  [{ max_price: { prompt: 0, completion: null } }, { maxPrice: { input: 0 } }],
  [{ max_price: {}, sort: "price", allow_fallbacks: true }, { allowFallbacks: true }]
]

describe("`provider` is read:", () => {
  for (const [provider, said] of preferences) {
    test(JSON.stringify(provider), () => expect(routing({ provider }).preferences).toEqual(said))
  }

  test("it holds for the fallbacks too, but for those that have their own", () => {
    const { alternatives } = routing({
      provider: { only: ["a"], require_parameters: true },
      models: ["n"],
      fallbacks: ["o", { model: "p", provider: { ignore: ["b"] } }]
    })
    expect(alternatives.map(({ ask }) => ask.routing.preferences)).toEqual([
      { only: ["a"] },
      { only: ["a"] },
      { ignore: ["b"] }
    ])
    expect(alternatives.map(({ ask }) => ask.request().requireParameters)).toEqual([true, true, false])
  })
})

describe("OpenRouter's `models`", () => {
  const named = (more: Fields) => routing(more).alternatives.map(({ field, ask }) => [field, ask.model])

  test("follow the model, each once", () => {
    expect(named({ models: ["n", "m", "o", "n"] })).toEqual([
      ["models[0]", "n"],
      ["models[2]", "o"]
    ])
  })

  test("have the first of them as the model where no other is named", () => {
    const ask = Result.getOrThrow(reading({ messages: plain["messages"], models: ["n", "n", "o"] }))
    expect([ask.model, ask.request().model]).toEqual(["n", "n"])
    expect(ask.routing.alternatives.map(({ field, ask }) => [field, ask.model])).toEqual([["models[2]", "o"]])
  })

  test("go before `fallbacks`", () => {
    expect(named({ fallbacks: ["a", { model: "b" }], models: ["n"] })).toEqual([
      ["models[0]", "n"],
      ["fallbacks[0]", "a"],
      ["fallbacks[1]", "b"]
    ])
  })
})

describe("how many fallbacks are walked", () => {
  const fallbacks = ["a", "b", "c"]

  test("is for the caller to say; all, unless it says so", () => {
    expect(routing({ fallbacks }).depth).toBeUndefined()
    expect(routing({ fallbacks, fallback_config: { depth: 7 } }).depth).toBe(7)
    expect(routing({ fallbacks, fallback_config: { depth: 0 } }).depth).toBe(0)
  })

  test("is one for AssemblyAI's callers, unless they say so, and two at most", () => {
    expect(routing({ fallbacks }, "assemblyai").depth).toBe(1)
    expect(routing({ fallbacks, fallback_config: { depth: 2 } }, "assemblyai").depth).toBe(2)
    expect(routing({}, "assemblyai")).toBe(noRouting)
    const { message, param } = mistake({ fallbacks, fallback_config: { depth: 3 } }, "assemblyai")
    expect([param, message]).toEqual(["fallback_config.depth", "fallback_config depth cannot be greater than 2"])
  })

  test("holds for a request that is read anew, too", () => {
    const ask = Result.getOrThrow(read({ fallbacks }, "assemblyai").with({ model: "n" }))
    expect(ask.routing.depth).toBe(1)
  })
})

test("nothing that says where a request goes reaches a provider, whoever answers", () => {
  const ask = read({
    tomorrow: 1,
    fallbacks: ["n"],
    fallback_config: { retry: true },
    models: ["o"],
    route: "fallback",
    gateway: { trail: true },
    provider: { order: ["p"] },
    providerOptions: { gateway: { order: ["p"] }, anthropic: {} },
    num_retries: 1,
    timeout: 5,
    disable_fallbacks: false
  })
  expect(ask.request().extra).toEqual({ tomorrow: 1 })
  expect(ask.routing.alternatives.map(({ ask }) => ask.request().extra)).toEqual([{ tomorrow: 1 }, { tomorrow: 1 }])
})

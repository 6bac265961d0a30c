import { expect } from "bun:test"
import { Effect } from "effect"
import { usageFields } from "../../../src/ledger/reports/UsageFields.ts"
import { usageReport } from "../../../src/ledger/reports/UsageReport.ts"
import type { UsageQuery } from "../../../src/ledger/reports/UsageQuery.ts"
import * as Store from "../../../src/store/Store.ts"
import { it } from "../../effect.ts"
import { type Asked, book } from "./Booked.ts"

const november: UsageQuery = { by: [], zone: "UTC", from: Date.parse("2026-11-01"), to: Date.parse("2026-12-01") }

const requests: ReadonlyArray<Asked> = [
  {
    id: "a",
    at: "2026-11-10T23:30:00Z",
    team: "red",
    tags: ["app=one", "vip"],
    attempts: [
      // A hedge that lost, by estimate, at another provider.
      {
        provider: "anthropic",
        model: "anthropic/big",
        outcome: "lost",
        source: "estimate",
        usage: { inputTokens: 100, outputTokens: 10 },
        costs: { input: 300, output: 150 }
      },
      {
        usage: { inputTokens: 100, cachedTokens: 40, outputTokens: 30, reasoningTokens: 20 },
        costs: { input: 60, cachedInput: 4, output: 10, reasoning: 20 }
      }
    ]
  },
  {
    id: "b",
    at: "2026-11-11T00:30:00Z",
    key: "key-2",
    name: "second",
    tags: ["vip"],
    attempts: [
      { outcome: "failed" },
      { provider: "baseten", model: "baseten/own", usage: { inputTokens: 7, outputTokens: 3 }, costs: null }
    ]
  },
  {
    id: "c",
    at: "2026-11-12T12:00:00Z",
    attempts: [{ outcome: "cancelled", usage: { inputTokens: 5 }, costs: { input: 5 } }]
  },
  { id: "d", at: "2026-12-01T00:00:00Z", attempts: [{ usage: { inputTokens: 1 }, costs: { input: 1_000_000_000 } }] }
]

const report = (query: Partial<UsageQuery> = {}) =>
  book(requests).pipe(Effect.andThen(usageReport({ ...november, ...query })), Effect.map(usageFields))

const { effect } = it.layer(Store.layerMemory)

effect("totals tell requests from attempts, and apart what they cost by class, by outcome, and by estimate", () =>
  Effect.gen(function* () {
    expect(yield* report()).toEqual({
      object: "usage",
      from: "2026-11-01T00:00:00.000Z",
      to: "2026-12-01T00:00:00.000Z",
      zone: "UTC",
      by: [],
      totals: {
        requests: 3,
        attempts: 5,
        attempts_by_outcome: { answered: 2, broken: 0, failed: 1, lost: 1, cancelled: 1 },
        tokens: {
          input: 172,
          cached_input: 40,
          cache_write_5m: 0,
          cache_write_1h: 0,
          audio_input: 0,
          image_input: 0,
          output: 23,
          reasoning: 20,
          audio_output: 0,
          total: 255
        },
        cost: "0.000000549",
        cost_is_partial: true,
        unknown_cost_attempts: 1,
        cost_details: {
          input: "0.000000365",
          cached_input: "0.000000004",
          cache_write_5m: "0",
          cache_write_1h: "0",
          audio_input: "0",
          image_input: "0",
          output: "0.00000016",
          reasoning: "0.00000002",
          audio_output: "0"
        },
        cost_by_outcome: {
          answered: "0.000000094",
          broken: "0",
          failed: "0",
          lost: "0.00000045",
          cancelled: "0.000000005"
        },
        estimated_attempts: 1,
        estimated_cost: "0.00000045"
      },
      data: [],
      truncated: false
    })
  })
)

effect("a group of which no cost is known has none, and one without use costs nothing", () =>
  Effect.gen(function* () {
    const { data, totals } = yield* report({ by: ["model"], key: "second" })
    expect(totals).toMatchObject({ requests: 1, cost: null, cost_is_partial: true, unknown_cost_attempts: 1 })
    expect(data).toMatchObject([
      {
        model: "baseten/own",
        requests: 1,
        cost: null,
        cost_details: null,
        cost_by_outcome: null,
        estimated_cost: null
      },
      { model: "openai/mini", requests: 1, cost: "0", cost_is_partial: false, unknown_cost_attempts: 0 }
    ])
  })
)

effect("a request that went to two models is one request in all and one in each group", () =>
  Effect.gen(function* () {
    const { data, totals } = yield* report({ by: ["model"] })
    expect(totals).toMatchObject({ requests: 3, attempts: 5, cost: "0.000000549" })
    expect(data).toMatchObject([
      { model: "anthropic/big", requests: 1, cost: "0.00000045" },
      { model: "openai/mini", requests: 3, cost: "0.000000099" },
      { model: "baseten/own", requests: 1, cost: null }
    ])
  })
)

effect("an attempt with two tags is in the group of each, and once in the total", () =>
  Effect.gen(function* () {
    const { data, totals } = yield* report({ by: ["tag"] })
    expect(totals).toMatchObject({ requests: 3, attempts: 5 })
    expect(data).toMatchObject([
      { tag: "app=one", requests: 1, attempts: 2 },
      { tag: "vip", requests: 2, attempts: 4 },
      { tag: null, requests: 1, attempts: 1 }
    ])
  })
)

effect("days begin when they do in the zone", () =>
  Effect.gen(function* () {
    const daysIn = (zone: string) =>
      Effect.map(usageReport({ ...november, by: ["day"], zone }), (found) =>
        found.groups.map(({ common, tally }) => [common.day, Number(tally.requests)])
      )
    yield* book(requests)
    expect(yield* daysIn("UTC")).toEqual([
      ["2026-11-10", 1],
      ["2026-11-11", 1],
      ["2026-11-12", 1]
    ])
    expect(yield* daysIn("Europe/Berlin")).toEqual([
      ["2026-11-11", 2],
      ["2026-11-12", 1]
    ])
  })
)

effect("dimensions go together, and the key's present name is told", () =>
  Effect.gen(function* () {
    yield* book([{ id: "z", at: "2026-11-20T00:00:00Z", name: "renamed", attempts: [{}] }])
    const { data } = yield* report({ by: ["key", "team", "provider"] })
    expect(data).toMatchObject([
      { key: "key-1", team: "red", provider: "anthropic", requests: 1 },
      { key: "key-1", team: "red", provider: "openai", requests: 1 },
      { key: "key-1", key_name: "renamed", team: null, provider: "openai", requests: 2 },
      { key: "key-2", key_name: "second", team: null, provider: "baseten", requests: 1 },
      { key: "key-2", team: null, provider: "openai", requests: 1 }
    ])
  })
)

const left: ReadonlyArray<readonly [string, Partial<UsageQuery>, number]> = [
  ["a key by its id", { key: "key-2" }, 1],
  ["a key by its name", { key: "first" }, 2],
  ["a caller's own key, which has no name", { keyId: "first" }, 0],
  ["a caller's own key and another one", { keyId: "key-1", key: "key-2" }, 0],
  ["a team", { team: "red" }, 1],
  ["a tag", { tag: "vip" }, 2],
  ["a model", { model: "openai/mini" }, 3],
  ["a provider", { provider: "anthropic" }, 1],
  ["a team of a key that is in none", { keyId: "key-2", team: "red" }, 0]
]
for (const [name, query, expected] of left) {
  effect(`only what is asked for is counted: ${name}`, () =>
    Effect.gen(function* () {
      const { totals } = yield* report(query)
      expect(totals).toMatchObject({ requests: expected })
    })
  )
}

effect("sums of more nano-dollars than a number holds, and than the database holds, are exact", () =>
  Effect.gen(function* () {
    const each = Number.MAX_SAFE_INTEGER
    const from = november.from
    yield* book(
      Array.from({ length: 2500 }, (_, at) => ({
        id: `r${at}`,
        at: new Date(from + at).toISOString(),
        attempts: [{ usage: { inputTokens: 1 }, costs: { input: each - (at % 2) } }]
      }))
    )
    const { totals } = yield* usageReport(november)
    expect(totals.cost).toBe(BigInt(each) * 2500n - 1250n)
    expect(totals.requests).toBe(2500n)
  })
)

effect("attempts of one moment are counted once, however many they are", () =>
  Effect.gen(function* () {
    const at = "2026-11-10T00:00:00Z"
    yield* book(Array.from({ length: 2100 }, (_, place) => ({ id: `r${place}`, at, attempts: [{}, {}] })))
    yield* book([{ id: "next", at: "2026-11-10T00:00:00.001Z", attempts: [{}] }])
    const { totals } = yield* usageReport(november)
    expect([totals.requests, totals.attempts]).toEqual([2101n, 4201n])
  })
)

effect("more groups than are told are cut off, said so, and counted in the total", () =>
  Effect.gen(function* () {
    const { data, totals, truncated } = yield* report({ by: ["model"], limit: 2 })
    expect(data).toMatchObject([{ model: "anthropic/big" }, { model: "openai/mini" }])
    expect({ totals, truncated }).toMatchObject({ totals: { attempts: 5 }, truncated: true })
  })
)

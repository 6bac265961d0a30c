import { expect } from "bun:test"
import { Effect } from "effect"
import { cacheReport } from "../../../src/ledger/reports/CacheReport.ts"
import { cacheFields } from "../../../src/ledger/reports/UsageFields.ts"
import type { UsageQuery } from "../../../src/ledger/reports/UsageQuery.ts"
import * as Store from "../../../src/store/Store.ts"
import { it } from "../../effect.ts"
import { type Asked, book } from "./Booked.ts"

const november: UsageQuery = { by: [], zone: "UTC", from: Date.parse("2026-11-01"), to: Date.parse("2026-12-01") }
const at = "2026-11-10T00:00:00Z"
const claude = { provider: "anthropic", model: "anthropic/sonnet" } as const

const requests: ReadonlyArray<Asked> = [
  // Plain input at 3000 a token: 1000 tokens written for five minutes at 3750 each cost 750,000 above it.
  {
    id: "a",
    at,
    attempts: [
      {
        ...claude,
        sentMs: 10,
        firstContentMs: 910,
        usage: { inputTokens: 1010, cacheWriteTokens: 1000 },
        costs: { input: 30_000, cacheWrite5m: 3_750_000 }
      }
    ]
  },
  // 1000 tokens read at 300 each cost 2,700,000 less than plain input.
  {
    id: "b",
    at,
    attempts: [
      {
        ...claude,
        sentMs: 10,
        firstContentMs: 310,
        usage: { inputTokens: 1010, cachedTokens: 1000 },
        costs: { input: 30_000, cachedInput: 300_000 }
      }
    ]
  },
  // Twice as dear, because the prompt is long: the attempt's own price counts.
  {
    id: "c",
    at,
    attempts: [
      {
        ...claude,
        sentMs: 0,
        firstContentMs: 500,
        usage: { inputTokens: 2000, cachedTokens: 1000 },
        costs: { input: 6_000_000, cachedInput: 600_000 }
      }
    ]
  },
  // Knows nothing of a cache.
  { id: "d", at, attempts: [{ ...claude, source: "estimate", usage: { inputTokens: 5000 }, costs: { input: 1 } }] },
  // Whole answers have no first content of their own.
  {
    id: "e",
    at,
    stream: false,
    attempts: [{ ...claude, firstContentMs: 9000, usage: { inputTokens: 980 }, costs: {} }]
  },
  // A price that is not known.
  {
    id: "f",
    at,
    key: "key-2",
    name: "second",
    attempts: [{ usage: { inputTokens: 10, cachedTokens: 5 }, costs: null }]
  },
  { id: "g", at, key: "key-2", attempts: [{ outcome: "failed" }] }
]

const { effect } = it.layer(Store.layerMemory)

effect("hits, the money that they saved and the time that they took off are told by key and model", () =>
  Effect.gen(function* () {
    yield* book(requests)
    const { by, data, totals } = cacheFields(yield* cacheReport(november))
    expect(by).toEqual(["key", "model"])
    expect(data).toEqual([
      {
        key: "key-1",
        key_name: "first",
        model: "anthropic/sonnet",
        requests: 4,
        requests_with_hit: 2,
        request_hit_rate: 0.5,
        input_tokens: 5000,
        cached_input_tokens: 2000,
        cache_write_tokens: 1000,
        token_hit_rate: 0.4,
        // 2,700,000 + 5,400,000 - 750,000
        saved: "0.00735",
        saved_by_reading: "0.0081",
        added_by_writing: "0.00075",
        unpriced_attempts: 0,
        median_first_content_ms: { with_hit: 300, without_hit: 900 }
      },
      {
        key: "key-2",
        key_name: "second",
        model: "openai/mini",
        requests: 1,
        requests_with_hit: 1,
        request_hit_rate: 1,
        input_tokens: 10,
        cached_input_tokens: 5,
        cache_write_tokens: 0,
        token_hit_rate: 0.5,
        saved: null,
        saved_by_reading: null,
        added_by_writing: null,
        unpriced_attempts: 1,
        median_first_content_ms: { with_hit: null, without_hit: null }
      }
    ])
    expect(totals).toMatchObject({
      requests: 5,
      requests_with_hit: 3,
      saved: "0.00735",
      unpriced_attempts: 1,
      median_first_content_ms: { with_hit: 300, without_hit: 900 }
    })
  })
)

effect("it can be split by other things, and days have medians of their own", () =>
  Effect.gen(function* () {
    const later = "2026-11-11T00:00:00Z"
    yield* book([
      ...requests,
      {
        id: "h",
        at: later,
        attempts: [{ sentMs: 0, firstContentMs: 40, usage: { inputTokens: 8, cachedTokens: 4 }, costs: { input: 4 } }]
      }
    ])
    const { groups } = yield* cacheReport({ ...november, by: ["day"] })
    expect(groups.map(({ common, medianWithHit, tally }) => [common, medianWithHit, tally.requests])).toEqual([
      [{ day: "2026-11-10" }, 300, 5n],
      [{ day: "2026-11-11" }, 40, 1n]
    ])
  })
)

effect("without any use there is no rate, not a rate of 0", () =>
  Effect.gen(function* () {
    const { data, totals } = cacheFields(yield* cacheReport(november))
    expect(data).toEqual([])
    expect(totals).toMatchObject({ requests: 0, request_hit_rate: null, token_hit_rate: null, saved: "0" })
  })
)

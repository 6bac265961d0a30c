import { expect } from "bun:test"
import { Effect, Fiber, Layer, Result } from "effect"
import { Reports } from "../../../src/ledger/reports/Reports.ts"
import type { UsageQuery } from "../../../src/ledger/reports/UsageQuery.ts"
import * as Store from "../../../src/store/Store.ts"
import { it } from "../../effect.ts"
import { book } from "./Booked.ts"

const november: UsageQuery = { by: [], zone: "UTC", from: Date.parse("2026-11-01"), to: Date.parse("2026-12-01") }

const { live } = it.layer(Reports.layer.pipe(Layer.provideMerge(Store.layerMemory)))

const many = book(
  Array.from({ length: 5000 }, (_, place) => ({
    id: `r${place}`,
    at: new Date(november.from + place * 1000).toISOString(),
    attempts: [{ usage: { inputTokens: 1 }, costs: { input: 1 } }]
  }))
)

live("others have their turn while a report is made", () =>
  Effect.gen(function* () {
    yield* many
    const reports = yield* Reports
    let turns = 0
    let next = setImmediate(function turn() {
      turns++
      next = setImmediate(turn)
    })
    yield* Effect.addFinalizer(() => Effect.sync(() => clearImmediate(next)))
    const { totals } = yield* reports.usage(november)
    expect(totals.requests).toBe(5000n)
    expect(turns).toBeGreaterThanOrEqual(4)
  })
)

live("too many reports at once are refused, the others made one after another", () =>
  Effect.gen(function* () {
    yield* many
    const reports = yield* Reports
    const results = yield* Effect.forEach(
      Array.from({ length: 40 }, () => november),
      (query) => Effect.result(reports.usage(query)),
      { concurrency: "unbounded" }
    )
    const [refused, made] = [results.filter(Result.isFailure), results.filter(Result.isSuccess)]
    expect(made.length).toBe(16)
    expect(new Set(made.map(({ success }) => success.totals.requests))).toEqual(new Set([5000n]))
    expect(new Set(refused.map(({ failure }) => failure._tag))).toEqual(new Set(["Unavailable"]))
    // Their places come back.
    expect((yield* reports.usage(november)).totals.requests).toBe(5000n)
  })
)

live("a report that is given up leaves its place", () =>
  Effect.gen(function* () {
    yield* many
    const reports = yield* Reports
    const given = yield* Effect.forEach(
      Array.from({ length: 16 }, () => november),
      (query) => Effect.forkChild(reports.usage(query))
    )
    yield* Effect.yieldNow
    yield* Effect.forEach(given, Fiber.interrupt)
    expect((yield* reports.usage(november)).totals.requests).toBe(5000n)
  })
)

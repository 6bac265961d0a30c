import { expect } from "bun:test"
import { Effect } from "effect"
import { SqlClient } from "effect/sql"
import { saving } from "../../src/ledger/Entries.ts"
import { pastSpending } from "../../src/ledger/PastSpending.ts"
import * as Store from "../../src/store/Store.ts"
import { entry } from "../access/limits/Callers.ts"
import { it } from "../effect.ts"

it.live("a new budget begins with what its key or team spent in its time, the end not counted in", () =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const rows = [
      entry("k1", 1, 999),
      entry("k1", 20, 1000),
      entry("k1", 300, 1999, "search"),
      entry("k1", 4000, 2000, "search"),
      entry("k2", 50_000, 1500, "search"),
      entry("k2", undefined, 1500, "search")
    ]
    const numbered = rows.map((row, at) => ({ ...row, attempt: { ...row.attempt, id: `r/${at}` } }))
    yield* saving(sql)(numbered)
    const spent = pastSpending(sql)
    expect([
      yield* spent("key:k1", 1000, 2000),
      yield* spent("team:search", 1000, 2000),
      yield* spent("key:k3", 0, 9000)
    ]).toEqual([320, 50_300, 0])
  }).pipe(Effect.provide(Store.layerMemory))
)

it.live("so much that it is read in parts comes to the same, many of one moment included", () =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const rows = Array.from({ length: 5000 }, (_, at) => entry("k1", 1, at < 2500 ? 10_000 + at : 20_000))
    const numbered = rows.map((row, at) => ({ ...row, attempt: { ...row.attempt, id: `r/${at}` } }))
    yield* saving(sql)(numbered)
    const spent = pastSpending(sql)
    expect([
      yield* spent("key:k1", 0, Number.MAX_SAFE_INTEGER),
      yield* spent("key:k1", 10_000, 20_000),
      yield* spent("key:k1", 20_000, 20_001),
      yield* spent("key:k1", 11_000, 11_500)
    ]).toEqual([5000, 2500, 2500, 500])
  }).pipe(Effect.provide(Store.layerMemory))
)

it.live("what was sent long after its request came counts where it was sent", () =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const noon = Date.parse("2026-11-22T12:00:00Z")
    const late = entry("k1", 7, noon)
    const hours = 3_600_000
    const waited = {
      request: { ...late.request, receivedAt: noon - 20 * hours },
      attempt: { ...late.attempt, sentUs: 20 * hours * 1000 }
    }
    yield* saving(sql)([waited])
    const spent = pastSpending(sql)
    expect([yield* spent("key:k1", noon, noon + 1), yield* spent("key:k1", noon - 24 * hours, noon)]).toEqual([7, 0])
    const [plan] = yield* sql<{ detail: string }>`
      EXPLAIN QUERY PLAN SELECT SUM(cost_total) FROM attempts
      WHERE key_id = ${"k1"} AND received_at >= ${1} AND received_at < ${2} AND started_at >= ${1} AND started_at < ${2}`
    expect(plan?.detail).toContain("attempts_by_key (key_id=? AND received_at>? AND received_at<?)")
  }).pipe(Effect.provide(Store.layerMemory))
)

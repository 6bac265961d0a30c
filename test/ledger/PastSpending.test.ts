import { expect } from "bun:test"
import { Effect } from "effect"
import { SqlClient } from "effect/sql"
import { saving } from "../../src/ledger/Entries.ts"
import { type PastSpending, pastSpending } from "../../src/ledger/PastSpending.ts"
import * as Store from "../../src/store/Store.ts"
import { entry } from "../access/limits/Callers.ts"
import { it } from "../effect.ts"

/** The sum, however much of it was found before. */
const spent = Effect.fnUntraced(function* ({ earlier, total }: PastSpending, scope: string, from: number, to: number) {
  const spell = { scope, from, to }
  const whole = yield* total(spell)
  for (const until of [0, from, Math.floor((from + Math.min(to, 30_000)) / 2), Math.min(to, 30_000)]) {
    expect([until, yield* total(spell, yield* earlier(spell, until))]).toEqual([until, whole])
  }
  return whole
})

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
    const past = pastSpending(sql)
    expect([
      yield* spent(past, "key:k1", 1000, 2000),
      yield* spent(past, "team:search", 1000, 2000),
      yield* spent(past, "key:k3", 0, 9000)
    ]).toEqual([320, 50_300, 0])
  }).pipe(Effect.provide(Store.layerMemory))
)

it.live("so much that it is read in parts comes to the same, many of one moment included", () =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const rows = Array.from({ length: 5000 }, (_, at) => entry("k1", 1, at < 2500 ? 10_000 + at : 20_000))
    const numbered = rows.map((row, at) => ({ ...row, attempt: { ...row.attempt, id: `r/${at}` } }))
    yield* saving(sql)(numbered)
    const past = pastSpending(sql)
    expect([
      yield* spent(past, "key:k1", 0, Number.MAX_SAFE_INTEGER),
      yield* spent(past, "key:k1", 10_000, 20_000),
      yield* spent(past, "key:k1", 20_000, 20_001),
      yield* spent(past, "key:k1", 11_000, 11_500)
    ]).toEqual([5000, 2500, 2500, 500])
  }).pipe(Effect.provide(Store.layerMemory))
)

it.live("what is stored after the first look counts too, whenever its request came", () =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const save = saving(sql)
    const named = (id: string, nanos: number, at: number) => {
      const row = entry("k1", nanos, at)
      return { ...row, attempt: { ...row.attempt, id } }
    }
    yield* save([named("r/1", 1, 10_000), named("r/2", 20, 30_000)])
    const { earlier, total } = pastSpending(sql)
    const spell = { scope: "key:k1", from: 0, to: 50_000 }
    const before = yield* earlier(spell, 20_000)
    expect(before).toEqual({ until: 20_000, attempts: 1, nanos: 1 })
    yield* save([named("r/3", 300, 40_000)])
    expect(yield* total(spell, before)).toBe(321)
    yield* save([named("r/4", 4000, 15_000)])
    expect(yield* total(spell, before)).toBe(4321)
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
    const past = pastSpending(sql)
    expect([
      yield* spent(past, "key:k1", noon, noon + 1),
      yield* spent(past, "key:k1", noon - 24 * hours, noon)
    ]).toEqual([7, 0])
    const [plan] = yield* sql<{ detail: string }>`
      EXPLAIN QUERY PLAN SELECT SUM(cost_total) FROM attempts
      WHERE key_id = ${"k1"} AND received_at >= ${1} AND received_at < ${2} AND started_at >= ${1} AND started_at < ${2}`
    expect(plan?.detail).toContain("attempts_by_key (key_id=? AND received_at>? AND received_at<?)")
  }).pipe(Effect.provide(Store.layerMemory))
)

import { expect } from "bun:test"
import { Effect } from "effect"
import { SqlClient } from "effect/sql"
import { save } from "../../src/ledger/Entries.ts"
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
    yield* save(sql, numbered, undefined)
    const spent = pastSpending(sql)
    expect([
      yield* spent("key:k1", 1000, 2000),
      yield* spent("team:search", 1000, 2000),
      yield* spent("key:k3", 0, 9000)
    ]).toEqual([320, 50_300, 0])
  }).pipe(Effect.provide(Store.layerMemory))
)

import { Effect } from "effect"
import { SqlClient } from "effect/sql"
import * as Store from "../../src/store/Store.ts"

/** Opens the store in a folder as a process of its own, and prints how many migrations it has seen. */
const count = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const rows = yield* sql<{ n: number }>`SELECT count(*) AS n FROM effect_sql_migrations`
  yield* Effect.sync(() => process.stdout.write(String(rows[0]?.n)))
})

await Effect.runPromise(Effect.provide(count, Store.layer({ folder: process.argv[2] ?? "" })))

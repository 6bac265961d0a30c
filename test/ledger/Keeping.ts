import { readdirSync } from "node:fs"
import { join } from "node:path"
import { Context, Effect, Layer, Logger } from "effect"
import { SqlClient } from "effect/sql"
import { TestClock } from "effect/testing"
import { Ledger, type LedgerOptions } from "../../src/ledger/Ledger.ts"
import * as Store from "../../src/store/Store.ts"

/** A store of its own over the database in a folder. */
export const storeIn = (folder: string) =>
  Effect.map(Layer.build(Layer.fresh(Store.layer({ folder }))), (context) => Context.get(context, SqlClient.SqlClient))

/** A ledger in a folder that uses this store, until the scope ends. */
export const ledgerIn = (sql: SqlClient.SqlClient, options: LedgerOptions) =>
  Effect.map(
    Layer.build(Layer.fresh(Ledger.layer(options)).pipe(Layer.provide(Layer.succeed(SqlClient.SqlClient, sql)))),
    (context) => Context.get(context, Ledger)
  )

/** Ids of all rows. */
export const ids = Effect.fnUntraced(function* (sql: SqlClient.SqlClient) {
  const rows = yield* sql<{ id: string }>`SELECT id FROM attempts ORDER BY id`
  return rows.map(({ id }) => id)
})

/** Lets the ledger gather and store what is booked. */
export const stored = Effect.fnUntraced(function* (ledger: Ledger["Service"]) {
  yield* TestClock.adjust("100 millis")
  while (ledger.depth() > 0) yield* Effect.yieldNow
})

/** Files of the journals in a folder that may hold lines. */
export const segmentsIn = (folder: string): ReadonlyArray<string> =>
  readdirSync(join(folder, "journal")).filter((name) => !name.endsWith(".lock"))

/** Catches what is logged, in a list. */
export const logInto = (lines: Array<string>) =>
  Logger.layer([Logger.make(({ message }) => lines.push(Array.isArray(message) ? message.join(" ") : String(message)))])

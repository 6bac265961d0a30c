import { Effect } from "effect"
import type { SqlClient, SqlError } from "effect/sql"
import { type Whole, wholeNumber } from "../store/WholeNumber.ts"

/** Longest between the coming of a request and the sending of one of its attempts, in milliseconds: longer than any deadline. */
const mostWaitMs = 86_400_000

/** Most attempts that are read at once: SQLite answers in the gateway's own thread, where requests wait meanwhile. */
const mostRows = 1000

/**
 * What attempts of a key or a team (`key:ID`, `team:NAME`) cost that were sent between two moments (the end not included), in
 * nano-dollars: what a budget that is new begins with.
 */
export const pastSpending = (sql: SqlClient.SqlClient) =>
  Effect.fnUntraced(function* (scope: string, from: number, to: number): Effect.fn.Return<number, SqlError.SqlError> {
    const [kind, name] = [scope.slice(0, scope.indexOf(":")), scope.slice(scope.indexOf(":") + 1)]
    const whose = kind === "team" ? sql`team = ${name}` : sql`key_id = ${name}`
    let total = 0
    // What an index leads to: when requests came, and none is sent before it came.
    let start = Math.max(0, from - mostWaitMs)
    while (start < to) {
      const [beyond] = yield* sql<{ readonly at: Whole }>`
        SELECT received_at AS at FROM attempts WHERE ${whose} AND received_at >= ${start} AND received_at < ${to}
        ORDER BY received_at LIMIT 1 OFFSET ${mostRows}`
      // More than that in one moment are read together.
      const end = beyond === undefined ? to : Math.max(wholeNumber(beyond.at), start + 1)
      const [row] = yield* sql<{ readonly total: Whole }>`
        SELECT COALESCE(SUM(cost_total), 0) AS total FROM attempts
        WHERE ${whose} AND received_at >= ${start} AND received_at < ${end}
        AND started_at >= ${from} AND started_at < ${to}`
      total += wholeNumber(row?.total ?? 0)
      start = end
      if (start < to) yield* Effect.yieldNow
    }
    return total
  })

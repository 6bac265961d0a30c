import { Effect } from "effect"
import { SqlClient, type SqlError } from "effect/sql"
import { daysOf, type Span } from "../Days.ts"
import { type Whole, wholeNumber } from "../../../store/WholeNumber.ts"
import { scopeOf } from "./Selection.ts"
import type { UsageQuery } from "../UsageQuery.ts"

/** A part of a query's time that is read at once. */
export interface Slice extends Span {
  /** The day in which all of it is; absent where days are not told apart. */
  readonly day: string | undefined
}

/**
 * Most attempts that are read at once. SQLite answers in the gateway's own thread, where requests wait meanwhile: some
 * five milliseconds for so many. And no sum of so many numbers of 53 bits leaves the 64 bits of a database's integers.
 */
export const mostRows = 1000

/**
 * Does something for each slice of a query's time, in order; between them others have their turn. A slice ends between
 * two moments, so that the attempts of a request, which all have the moment when it came, are in one slice, and between
 * two days where days are told apart.
 */
export const eachSlice = Effect.fnUntraced(function* <E>(
  query: UsageQuery,
  visit: (slice: Slice) => Effect.Effect<void, E>
): Effect.fn.Return<void, E | SqlError.SqlError, SqlClient.SqlClient> {
  const sql = yield* SqlClient.SqlClient
  const days = query.by.includes("day") ? daysOf(query, query.zone) : [{ name: undefined, ...query }]
  for (const { name: day, from, to } of days) {
    let start = from
    while (start < to) {
      const rest = { from: start, to }
      const [beyond] = yield* sql<{ readonly at: Whole }>`
        SELECT a.received_at AS at FROM attempts a WHERE ${scopeOf(sql, query, rest)}
        ORDER BY a.received_at LIMIT 1 OFFSET ${mostRows}`
      // More than a slice's rows in one moment are a slice of their own.
      const end = beyond === undefined ? to : Math.max(wholeNumber(beyond.at), start + 1)
      yield* visit({ from: start, to: end, day })
      yield* Effect.yieldNow
      start = end
    }
  }
})

import { Effect } from "effect"
import type { SqlClient, SqlError } from "effect/sql"
import { costOf, type Entry, startedAt } from "../../../ledger/Entry.ts"
import type { Desk } from "../Desk.ts"
import { moneyResources, type Resource } from "../Resources.ts"
import type { Slice } from "../Slice.ts"
import { type Whole, wholeNumber } from "../../../store/WholeNumber.ts"

interface WindowRow {
  readonly scope: string
  readonly resource: Resource
  readonly period: string
  readonly starts_at: Whole
  readonly ends_at: Whole
  /** What this process has leased of it. */
  readonly leased: Whole | null
}

/** Scopes in one statement: databases have a limit of parameters. */
const mostScopes = 200

/**
 * Counts the cost of rows that the ledger saves as spent, within its transaction, so that a crash can neither lose nor
 * double it. What was used in this process leaves its lease; what others used, before they died, had none or loses it
 * when that is given back.
 */
export const booking =
  (sql: SqlClient.SqlClient, process: string, desk: Desk) =>
  (entries: ReadonlyArray<Entry>): Effect.Effect<void, SqlError.SqlError> =>
    Effect.gen(function* () {
      const spendings = spendingsOf(entries)
      const scopes = [...spendings.keys()]
      for (let start = 0; start < scopes.length; start += mostScopes) {
        const windows = yield* windowsOf(sql, process, scopes.slice(start, start + mostScopes))
        for (const window of windows) yield* book(sql, process, desk, window, spendings.get(window.scope) ?? [])
      }
    })

interface Spent {
  readonly at: number
  readonly nanos: number
}

const spendingsOf = (entries: ReadonlyArray<Entry>): ReadonlyMap<string, ReadonlyArray<Spent>> => {
  const byScope = new Map<string, Array<Spent>>()
  for (const entry of entries) {
    const nanos = costOf(entry) ?? 0
    if (nanos === 0) continue
    const { keyId, team } = entry.request
    for (const scope of team === undefined ? [`key:${keyId}`] : [`key:${keyId}`, `team:${team}`]) {
      const spendings = byScope.get(scope)
      const spent = { at: startedAt(entry), nanos }
      if (spendings === undefined) byScope.set(scope, [spent])
      else spendings.push(spent)
    }
  }
  return byScope
}

const windowsOf = (sql: SqlClient.SqlClient, process: string, scopes: ReadonlyArray<string>) =>
  sql<WindowRow>`
    SELECT w.scope, w.resource, w.period, w.starts_at, w.ends_at, l.amount AS leased
    FROM budget_windows AS w LEFT JOIN leases AS l
    ON l.scope = w.scope AND l.resource = w.resource AND l.period = w.period AND l.process = ${process}
    WHERE ${sql.in("w.scope", scopes)} AND ${sql.in("w.resource", moneyResources)}`

const book = Effect.fnUntraced(function* (
  sql: SqlClient.SqlClient,
  process: string,
  desk: Desk,
  { scope, resource, period, starts_at, ends_at, leased }: WindowRow,
  spendings: ReadonlyArray<Spent>
) {
  const within = spendings.filter(({ at }) => at >= wholeNumber(starts_at) && at < wholeNumber(ends_at))
  if (within.length === 0) return
  const pool = desk.pools.get(`${scope} ${resource}`)
  const slice = pool?.find(period)
  const own = slice === undefined ? [] : ownOf(slice, within)
  const total = sum(within.map(({ nanos }) => nanos))
  // A provider may have used more than was leased for it.
  const debited = Math.min(Math.max(0, wholeNumber(leased ?? 0)), sum(own))
  yield* sql`
    UPDATE budget_windows SET spent = spent + ${total}
    WHERE scope = ${scope} AND resource = ${resource} AND period = ${period}`
  if (debited > 0) {
    yield* sql`
      UPDATE leases SET amount = amount - ${debited}
      WHERE scope = ${scope} AND resource = ${resource} AND period = ${period} AND process = ${process}`
  }
  if (pool === undefined || slice === undefined) return
  yield* sql.afterCommit(
    Effect.sync(() => {
      slice.book(total, own, debited)
      desk.serve([pool])
    })
  )
})

/** Amounts that were used in this process. Which attempt used them does not matter, as long as each is counted once. */
const ownOf = (slice: Slice, spendings: ReadonlyArray<Spent>): ReadonlyArray<number> => {
  const found = new Map<number, number>()
  return spendings.flatMap(({ nanos }) => {
    const count = found.get(nanos) ?? 0
    if (count >= slice.unsavedOf(nanos)) return []
    found.set(nanos, count + 1)
    return [nanos]
  })
}

const sum = (amounts: ReadonlyArray<number>): number => amounts.reduce((total, amount) => total + amount, 0)

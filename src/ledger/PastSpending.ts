import { Effect } from "effect"
import type { SqlClient, SqlError } from "effect/sql"
import { type Whole, wholeNumber } from "../store/WholeNumber.ts"

/**
 * Whose spending in which time: a key's or a team's (`key:ID`, `team:NAME`), milliseconds since 1970, the end not
 * included.
 */
export interface Spell {
  readonly scope: string
  readonly from: number
  readonly to: number
}

/** What was found of requests that came before a moment. */
export interface Earlier {
  readonly until: number
  /** Attempts that were looked at. More of them tell that this is old. */
  readonly attempts: number
  readonly nanos: number
}

/**
 * What the ledger knows of attempts that were sent in a time, in nano-dollars: what a budget that is new begins with.
 */
export interface PastSpending {
  /** What requests used that came before `until`. In parts, so that others have their turn: not for a transaction. */
  readonly earlier: (spell: Spell, until: number) => Effect.Effect<Earlier, SqlError.SqlError>
  /**
   * All that was spent by now, within the transaction of whoever asks. What was found before spares it the reading,
   * where it still holds.
   */
  readonly total: (spell: Spell, earlier?: Earlier) => Effect.Effect<number, SqlError.SqlError>
}

/** Milliseconds between the coming of a request and the sending of its last attempt, at the most that is looked for. */
const mostWaitMs = 86_400_000

/** Most attempts that are read at once: SQLite answers in the gateway's own thread, where requests wait meanwhile. */
const mostRows = 1000

/** The same from the table of attempts. */
export const pastSpending = (sql: SqlClient.SqlClient): PastSpending => {
  /** Attempts by when their requests came, which an index leads to: none is sent before that. */
  const cameIn = (scope: string, start: number, end: number) => {
    const [kind, name] = [scope.slice(0, scope.indexOf(":")), scope.slice(scope.indexOf(":") + 1)]
    const whose = kind === "team" ? sql`team = ${name}` : sql`key_id = ${name}`
    return sql`${whose} AND received_at >= ${start} AND received_at < ${end}`
  }
  const firstOf = ({ from }: Spell): number => Math.max(0, from - mostWaitMs)
  const countIn = ({ scope }: Spell, start: number, end: number) => {
    const rows = sql<{ readonly attempts: Whole }>`
      SELECT COUNT(*) AS attempts FROM attempts WHERE ${cameIn(scope, start, end)}`
    return Effect.map(rows, ([row]) => wholeNumber(row?.attempts ?? 0))
  }
  const sumIn = ({ scope, from, to }: Spell, start: number, end: number) => {
    const rows = sql<{ readonly total: Whole }>`
      SELECT COALESCE(SUM(cost_total), 0) AS total FROM attempts
      WHERE ${cameIn(scope, start, end)} AND started_at >= ${from} AND started_at < ${to}`
    return Effect.map(rows, ([row]) => wholeNumber(row?.total ?? 0))
  }

  const earlier = Effect.fnUntraced(function* (spell: Spell, until: number) {
    let attempts = 0
    let nanos = 0
    let start = firstOf(spell)
    while (start < until) {
      const [beyond] = yield* sql<{ readonly at: Whole }>`
        SELECT received_at AS at FROM attempts WHERE ${cameIn(spell.scope, start, until)}
        ORDER BY received_at LIMIT 1 OFFSET ${mostRows}`
      // More than that in one moment are read together.
      const end = beyond === undefined ? until : Math.max(wholeNumber(beyond.at), start + 1)
      // Counted first: a row that is stored in between makes the count too small, and then it is read again.
      attempts += yield* countIn(spell, start, end)
      nanos += yield* sumIn(spell, start, end)
      start = end
      yield* Effect.yieldNow
    }
    return { until, attempts, nanos }
  })

  const total = Effect.fnUntraced(function* (spell: Spell, before?: Earlier) {
    const first = firstOf(spell)
    if (before === undefined) return yield* sumIn(spell, first, spell.to)
    const attempts = yield* countIn(spell, first, before.until)
    if (attempts !== before.attempts) return yield* sumIn(spell, first, spell.to)
    return before.nanos + (yield* sumIn(spell, before.until, spell.to))
  })
  return { earlier, total }
}

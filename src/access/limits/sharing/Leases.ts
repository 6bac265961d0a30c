import { Effect } from "effect"
import { type SqlClient, type SqlError, type Statement } from "effect/sql"
import type { Earlier, PastSpending, Spell } from "../../../ledger/PastSpending.ts"
import type { Pool } from "../Pool.ts"
import type { Slice } from "../Slice.ts"
import { type Whole, wholeNumber } from "../../../store/WholeNumber.ts"

/** What is to change between this process and the store about one slice. */
export interface Exchange {
  readonly pool: Pool
  readonly slice: Slice
  /** Given back. */
  readonly offered: number
  /** Least that is of use: less is not given. */
  readonly least: number
  readonly wished: number
  /** Only to be quick the next time: others' need comes first. */
  readonly isSpare: boolean
  /** Used money of which no row of the ledger will tell: moved from the lease to what is spent. */
  readonly booked: number
}

/** What became of an exchange, and how the window is then. */
export interface Exchanged {
  readonly granted: number
  readonly spent: number
  /** What nobody has. */
  readonly unleased: number
}

/**
 * Milliseconds after which most of what requests used is in the ledger: what came before can be summed up beforehand.
 */
const settledMs = 60_000

/**
 * How much of what is available a process is given: its need, and a share of the rest, so that not each of its requests
 * asks the store.
 */
export const grantOf = (
  available: number,
  { least, wished, isSpare }: Pick<Exchange, "least" | "wished" | "isSpare">,
  sharers: number
): number => {
  if (available <= 0 || available < least || wished <= 0) return 0
  const share = Math.floor(Math.max(0, available - least) / sharers)
  return isSpare ? share : Math.min(available, Math.max(wished, least + share))
}

/**
 * Parts into which the rest is divided. Who is alone has all the money at hand, and gives it back when others come.
 * What is left of a minute is lost with a process that dies, so one has less of it.
 */
const sharersOf = ({ facts }: Pool, others: number): number => {
  if (facts.counts !== "nanos") return 4 * (others + 1)
  return others === 0 ? 1 : 2 * (others + 1)
}

/** The time of a window of money. */
const spellOf = ({ facts, scope }: Pool, { window }: Slice): Spell | undefined =>
  facts.counts === "nanos" ? { scope, from: window.startsAt, to: window.endsAt } : undefined

/** Makes exchanges. `spent + leases ≤ limit` holds after each, if it held before. */
export class Leases {
  readonly #sql: SqlClient.SqlClient
  readonly #process: string
  readonly #past: PastSpending | undefined
  /** Windows of money that are in the store. */
  readonly #made = new WeakSet<Slice>()
  /** What was spent in those that are not, when it was looked. */
  readonly #earlier = new WeakMap<Slice, Earlier>()

  /** `past`: what windows of money begin with; absent: with nothing. */
  constructor(sql: SqlClient.SqlClient, process: string, past: PastSpending | undefined) {
    this.#sql = sql
    this.#process = process
    this.#past = past
  }

  /**
   * Comes before the transaction of an exchange: a long past is not read while all others wait. `now`: milliseconds
   * since 1970.
   */
  readonly prepare = Effect.fnUntraced({ self: this }, function* ({ pool, slice }: Exchange, now: number) {
    const spell = spellOf(pool, slice)
    if (this.#past === undefined || spell === undefined || this.#made.has(slice)) return
    const made = yield* this.#sql`SELECT spent FROM budget_windows WHERE ${this.#window(pool, slice)}`
    if (made.length > 0) this.#made.add(slice)
    else this.#earlier.set(slice, yield* this.#past.earlier(spell, now - settledMs))
  })

  /** Within the transaction of whoever calls. */
  readonly exchange = Effect.fnUntraced({ self: this }, function* (exchange: Exchange, others: number) {
    const { pool, slice, offered, booked } = exchange
    const before = yield* this.#spent(pool, slice)
    const leases = pool.facts.isLeased ? yield* this.#leased(pool, slice) : 0
    const available = pool.terms.limit - before - leases + offered
    const granted = grantOf(available, exchange, sharersOf(pool, others))
    const net = granted - offered
    if (!pool.facts.isLeased) {
      if (net !== 0) yield* this.#spend(pool, slice, net)
      return { granted, spent: 0, unleased: available - granted }
    }
    if (booked !== 0) yield* this.#spend(pool, slice, booked)
    if (net - booked !== 0) yield* this.#lease(pool, slice, net - booked)
    return { granted, spent: before + booked, unleased: Math.max(0, available - granted) }
  })

  /**
   * What is spent of the window, which is made if nobody asked for it yet. The update that changes nothing locks it
   * until the transaction ends.
   */
  readonly #spent = Effect.fnUntraced({ self: this }, function* (pool: Pool, slice: Slice) {
    const sql = this.#sql
    const lock = sql<{
      spent: Whole
    }>`UPDATE budget_windows SET spent = spent WHERE ${this.#window(pool, slice)} RETURNING spent`
    const [known] = yield* lock
    if (known !== undefined) return wholeNumber(known.spent)
    const { period, startsAt, endsAt } = slice.window
    const spell = spellOf(pool, slice)
    const isNew = this.#past !== undefined && spell !== undefined
    const before = isNew ? yield* this.#past.total(spell, this.#earlier.get(slice)) : 0
    yield* sql`
      INSERT INTO budget_windows (scope, resource, period, starts_at, ends_at, spent)
      VALUES (${pool.scope}, ${pool.resource}, ${period}, ${startsAt}, ${endsAt}, ${before})
      ON CONFLICT (scope, resource, period) DO NOTHING`
    const [made] = yield* lock
    return made === undefined ? before : wholeNumber(made.spent)
  })

  #leased(pool: Pool, slice: Slice): Effect.Effect<number, SqlError.SqlError> {
    const rows = this.#sql<{ total: Whole }>`
      SELECT COALESCE(SUM(amount), 0) AS total FROM leases WHERE ${this.#window(pool, slice)}`
    return Effect.map(rows, ([row]) => wholeNumber(row?.total ?? 0))
  }

  #spend(pool: Pool, slice: Slice, amount: number) {
    return this.#sql`UPDATE budget_windows SET spent = spent + ${amount} WHERE ${this.#window(pool, slice)}`
  }

  #lease({ scope, resource }: Pool, { window }: Slice, amount: number) {
    return this.#sql`
      INSERT INTO leases (scope, resource, period, process, amount)
      VALUES (${scope}, ${resource}, ${window.period}, ${this.#process}, ${amount})
      ON CONFLICT (scope, resource, period, process) DO UPDATE SET amount = leases.amount + ${amount}`
  }

  #window({ scope, resource }: Pool, { window }: Slice): Statement.Fragment {
    return this.#sql.and([
      this.#sql`scope = ${scope}`,
      this.#sql`resource = ${resource}`,
      this.#sql`period = ${window.period}`
    ])
  }
}

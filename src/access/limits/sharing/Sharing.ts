import { Effect, Queue } from "effect"
import type { SqlClient } from "effect/sql"
import type { Refusal } from "../../../domain/keys/Purse.ts"
import type { Desk } from "../Desk.ts"
import { applyExchange, exchangesOf, forgetPast, type Look, undoExchange } from "./Exchanges.ts"
import type { Exchange, Exchanged, Leases } from "./Leases.ts"
import type { Pool } from "../Pool.ts"
import type { Presence } from "../../Presence.ts"
import { refusalOf, storeFails } from "../Refusals.ts"
import type { Waiter } from "../Waiter.ts"

/** Milliseconds between two looks for what nobody used, and after a failure of the store until the next try. */
const lookMs = 1000
const retryMs = { first: 100, most: 5000 }
/** How long windows are kept after their end, in milliseconds: a row of the ledger may come late. */
const keptMs = { minute: 600_000, other: 172_800_000 }

/** The one fiber of a process that asks the store for more, and gives back what is not used. */
export class Sharing {
  readonly #desk: Desk
  readonly #sql: SqlClient.SqlClient
  readonly #leases: Leases
  readonly #presence: Presence["Service"]
  readonly #signal: Queue.Queue<void>
  #lookedAt = 0
  #retryMs = 0

  constructor(
    desk: Desk,
    sql: SqlClient.SqlClient,
    leases: Leases,
    presence: Presence["Service"],
    signal: Queue.Queue<void>
  ) {
    this.#desk = desk
    this.#sql = sql
    this.#leases = leases
    this.#presence = presence
    this.#signal = signal
    // Leases are gone then; what was used and is put aside stays, and is leased anew.
    presence.onLost(() => {
      for (const pool of desk.pools.values()) {
        if (!pool.facts.isLeased) continue
        for (const slice of pool.slices) {
          slice.leased = 0
          slice.unleased = undefined
        }
        desk.notice(pool)
      }
    })
  }

  /** Runs until it is interrupted. */
  get run(): Effect.Effect<never> {
    return Effect.forever(
      Effect.suspend(() =>
        Effect.andThen(
          this.#rest(),
          Effect.suspend(() => this.#round())
        )
      )
    )
  }

  /** Gives everything back; what is used and not in the ledger yet stays leased, until the ledger has it. */
  readonly close: Effect.Effect<void> = Effect.suspend(() => {
    const exchanges: Array<Exchange> = []
    for (const pool of this.#desk.pools.values()) {
      for (const slice of pool.slices) {
        const offered = slice.leased - Math.max(0, slice.used)
        if (offered > 0 || slice.unbooked > 0) {
          exchanges.push({ pool, slice, offered, least: 0, wished: 0, isSpare: false, booked: slice.unbooked })
        }
      }
    }
    return exchanges.length === 0 ? Effect.void : Effect.ignore(this.#transaction(exchanges))
  })

  /** Waits until there is something to do. */
  #rest(): Effect.Effect<void> {
    const ms = this.#idleMs()
    if (ms === 0) return Effect.void
    const signalled = Queue.take(this.#signal)
    return Effect.asVoid(ms === Infinity ? signalled : Effect.timeoutOption(signalled, ms))
  }

  #idleMs(): number {
    const now = this.#desk.now()
    const { attention, pools, failsUntil } = this.#desk
    if (now < failsUntil) return failsUntil - now
    let until = pools.size === 0 ? Infinity : this.#lookedAt + lookMs
    const isCertain = this.#presence.isCertain(now)
    for (const pool of attention) {
      const isWaiting = pool.queue.length > 0 && isCertain
      until = Math.min(until, isWaiting ? pool.asksAt(pool.at(now), now) : now)
    }
    return Math.max(0, until - now)
  }

  #round(): Effect.Effect<void> {
    const desk = this.#desk
    const now = desk.now()
    if (now < desk.failsUntil) return Effect.void
    const isRegular = now - this.#lookedAt >= lookMs
    desk.others = this.#presence.others()
    const look = { now, others: desk.others, isRegular }
    const looked = isRegular ? [...desk.pools.values()] : [...desk.attention]
    if (isRegular) this.#lookedAt = now
    const waiting = looked.some((pool) => pool.queue.length > 0)
    desk.attention.clear()
    for (const pool of looked) if (pool.queue.length > 0) desk.attention.add(pool)
    const exchanges = looked.flatMap((pool) => exchangesOf(pool, look))
    if (isRegular) for (const pool of looked) forgetPast(pool, now - keptMs.other)
    if (exchanges.length === 0 && (!waiting || this.#presence.isCertain(now))) {
      desk.serve(looked)
      return Effect.void
    }
    desk.askingSince = now
    return Effect.match(this.#transaction(exchanges), {
      onSuccess: (outcomes) => this.#apply(exchanges, outcomes, look),
      onFailure: (error) => this.#fail(exchanges, error._tag === "Lost")
    })
  }

  #transaction(exchanges: ReadonlyArray<Exchange>) {
    const presence = this.#presence
    const leases = this.#leases
    const exchanging = this.#sql.withTransaction(
      Effect.gen(function* () {
        const others = yield* presence.confirm
        return yield* Effect.forEach(exchanges, (exchange) => leases.exchange(exchange, others))
      })
    )
    const now = this.#desk.now()
    const preparing = Effect.forEach(exchanges, (exchange) => leases.prepare(exchange, now), { discard: true })
    return Effect.andThen(preparing, exchanging)
  }

  #apply(exchanges: ReadonlyArray<Exchange>, outcomes: ReadonlyArray<Exchanged>, before: Look): void {
    const desk = this.#desk
    this.#retryMs = 0
    desk.askingSince = Infinity
    desk.failsUntil = 0
    desk.others = this.#presence.others()
    const look = { ...before, now: desk.now(), others: desk.others }
    const touched = new Set<Pool>(desk.attention)
    for (const [place, exchange] of exchanges.entries()) {
      const outcome = outcomes[place]
      if (outcome === undefined) continue
      applyExchange(exchange, outcome, look)
      touched.add(exchange.pool)
    }
    desk.serve(touched)
    // Who asks may not wait for others: that the store has nothing left is the answer.
    const answers = new Map<Waiter, Refusal>()
    for (const waiter of waitersIn(touched)) {
      const short = waiter.claims.find(({ pool, amount }) => pool.within(pool.at(look.now)) < amount)
      if (short !== undefined && waiter.isAsked && !waiter.isPatient) {
        answers.set(waiter, refusalOf(short.pool, short.amount, look.now))
      }
      waiter.isAsked = false
    }
    desk.refuse(answers)
  }

  #fail(exchanges: ReadonlyArray<Exchange>, isLost: boolean): void {
    const desk = this.#desk
    desk.askingSince = Infinity
    // Without an exchange, all were waiting for the word that this process still counts.
    const waiters = [...waitersIn(desk.attention)].filter(({ isAsked }) => isAsked || exchanges.length === 0)
    for (const exchange of exchanges) {
      undoExchange(exchange)
      desk.attention.add(exchange.pool)
    }
    for (const waiter of waiters) waiter.isAsked = false
    if (isLost) return
    this.#retryMs = Math.min(retryMs.most, Math.max(retryMs.first, this.#retryMs * 2))
    desk.failsUntil = desk.now() + this.#retryMs
    const refusal = storeFails(this.#retryMs)
    desk.refuse(new Map(waiters.map((waiter) => [waiter, refusal])))
  }

  /** Forgets windows that are over for long. */
  readonly clean: Effect.Effect<void> = Effect.suspend(() => {
    const now = this.#desk.now()
    const sql = this.#sql
    const clean = Effect.gen(function* () {
      yield* sql`
        DELETE FROM budget_windows WHERE ends_at < ${now - keptMs.other}
        OR (ends_at < ${now - keptMs.minute} AND resource IN ('requests', 'tokens'))`
      yield* sql`
        DELETE FROM leases WHERE NOT EXISTS (
          SELECT 1 FROM budget_windows AS w
          WHERE w.scope = leases.scope AND w.resource = leases.resource AND w.period = leases.period
        )`
    })
    return Effect.ignore(sql.withTransaction(clean))
  })
}

const waitersIn = (pools: Iterable<Pool>): ReadonlySet<Waiter> => new Set([...pools].flatMap(({ queue }) => queue))

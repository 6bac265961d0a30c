import { Effect } from "effect"
import type { OverBudget, OverLimit } from "../../domain/Failure.ts"
import type { Refusal } from "../../domain/keys/Purse.ts"
import { Pool, type PoolTerms } from "./Pool.ts"
import { refusalOf, storeFails } from "./Refusals.ts"
import type { Resource } from "./Resources.ts"
import { amountOf, type Claim, type Parts, type Waiter } from "./Waiter.ts"

/** What a desk is told by those around it. */
export interface Surroundings {
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** Whether what this process took from the store is surely still its own. */
  readonly isCertain: (now: number) => boolean
}

/**
 * Puts parts of pools aside, all claims of a request or none, and lets those wait in the order of their coming for whom
 * there is not enough. All of it is in memory and at once; what is short is left in `attention` for whoever asks the
 * store.
 */
export class Desk {
  readonly pools = new Map<string, Pool>()
  /** Pools about which the store is to be asked or told. */
  readonly attention = new Set<Pool>()
  /** Other processes that share the limits. */
  others = 0
  /** Until when the store is not asked again, as it failed. */
  failsUntil = 0
  /** Since when the store has not answered; `Infinity`: nothing is asked. */
  askingSince = Infinity
  readonly now: () => number
  readonly #isCertain: (now: number) => boolean
  readonly #wake: () => void

  constructor({ now, isCertain }: Surroundings, wake: () => void) {
    this.now = now
    this.#isCertain = isCertain
    this.#wake = wake
  }

  pool(scope: string, resource: Resource, terms: PoolTerms): Pool {
    const key = `${scope} ${resource}`
    const known = this.pools.get(key)
    if (known === undefined) {
      const pool = new Pool(scope, resource, terms)
      this.pools.set(key, pool)
      return pool
    }
    known.renew(terms)
    return known
  }

  /** Puts all of it aside at once, or tells the first pool in which there is not enough now. */
  take(claims: ReadonlyArray<Claim>): Parts | Pool {
    const now = this.now()
    for (const { pool, amount } of claims) {
      // Who waits was there before.
      if (pool.queue.length > 0 || pool.within(pool.at(now)) < amount) return pool
    }
    const [first] = claims
    if (first !== undefined && !this.#isCertain(now)) return first.pool
    return this.#hold(claims, now)
  }

  /** Gives a part back, of which so much was used; `isSaved`: the ledger will tell of it. */
  settle(pool: Pool, { slice, amount }: Parts[number], used: number, isSaved: boolean): void {
    slice.settle(amount, used, isSaved)
    if (slice.free < 0 || slice.unbooked > 0 || (this.others > 0 && pool.isRare(slice))) this.notice(pool)
  }

  /** The store is to be asked or told about it soon. */
  notice(pool: Pool): void {
    this.attention.add(pool)
    this.#wake()
  }

  /** What keeps a claim from being met for good; nothing while it could still be met. */
  hopeless(claims: ReadonlyArray<Claim>): OverLimit | OverBudget | undefined {
    const now = this.now()
    const claim = claims.find(({ pool, amount }) => !pool.isPossible(pool.at(now), amount))
    return claim === undefined ? undefined : refusalOf(claim.pool, claim.amount, now)
  }

  /** Waits in the queues of the pools until all of it is put aside, or refused. Whoever is interrupted leaves them. */
  wait(claims: ReadonlyArray<Claim>, isPatient: boolean): Effect.Effect<Parts, Refusal> {
    return Effect.callback<Parts, Refusal>((resume) => {
      const failure = this.#unanswerable(claims)
      if (failure !== undefined) return resume(Effect.fail(failure))
      const waiter: Waiter = {
        claims,
        isPatient,
        isAsked: false,
        parts: undefined,
        resume: (outcome) => resume("_tag" in outcome ? Effect.fail(outcome) : Effect.succeed(outcome))
      }
      for (const { pool, amount } of claims) {
        pool.largest = pool.queue.length === 0 ? amount : Math.max(pool.largest, amount)
        pool.queue.push(waiter)
        this.attention.add(pool)
      }
      this.#wake()
      return Effect.sync(() => this.#leave(waiter))
    })
  }

  /** `serve`, where someone waits. */
  serveIfWaited(pools: ReadonlyArray<Pool>): void {
    for (const { queue } of pools) if (queue.length > 0) return this.serve(pools)
  }

  /** Puts aside for those that wait what is there by now, and refuses those for whom it cannot be enough any more. */
  serve(pools: Iterable<Pool>): void {
    const now = this.now()
    const served: Array<Waiter> = []
    const refused: Array<readonly [Waiter, Refusal]> = []
    const isCertain = this.#isCertain(now)
    // A Set, so that pools into which a change reaches are looked at again: what is added while it is walked is walked
    // too.
    const changed = new Set(pools)
    for (const pool of changed) {
      changed.delete(pool)
      if (pool.queue.length === 0) continue
      const slice = pool.at(now)
      for (const waiter of hopelessIn(pool, pool.terms.limit - slice.certain)) {
        refused.push([waiter, refusalOf(pool, amountOf(waiter, pool), now)])
        this.#dequeue(waiter, changed)
      }
      if (!isCertain) continue
      for (let head = pool.queue[0]; head !== undefined && isNext(head, now); head = pool.queue[0]) {
        head.parts = this.#hold(head.claims, now)
        served.push(head)
        this.#dequeue(head, changed)
      }
      if (pool.asksAt(slice, now) <= now) this.notice(pool)
    }
    // Whoever is told goes on at once and may come back here, so all is in order before.
    for (const [waiter, refusal] of refused) waiter.resume(refusal)
    for (const waiter of served) if (waiter.parts !== undefined) waiter.resume(waiter.parts)
  }

  /** Refuses some that wait, each with what it is told. */
  refuse(refusals: ReadonlyMap<Waiter, Refusal>): void {
    const changed = new Set<Pool>()
    for (const waiter of refusals.keys()) this.#dequeue(waiter, changed)
    for (const [waiter, refusal] of refusals) waiter.resume(refusal)
    this.serve(changed)
  }

  #unanswerable(claims: ReadonlyArray<Claim>): Refusal | undefined {
    const hopeless = this.hopeless(claims)
    if (hopeless !== undefined) return hopeless
    const wait = this.failsUntil - this.now()
    return wait > 0 ? storeFails(wait) : undefined
  }

  #hold(claims: ReadonlyArray<Claim>, now: number): Parts {
    return claims.map(({ pool, amount }) => {
      const slice = pool.at(now)
      slice.hold(amount)
      // The next one of this size should not have to wait for the store.
      if (slice.free < amount && slice.unleased !== 0 && now >= pool.wantAgainAt) {
        pool.wanted = Math.max(pool.wanted, amount)
        this.notice(pool)
      }
      return { slice, amount }
    })
  }

  #leave(waiter: Waiter): void {
    const changed = new Set<Pool>()
    this.#dequeue(waiter, changed)
    const { parts } = waiter
    if (parts !== undefined) {
      waiter.parts = undefined
      for (const { slice, amount } of parts) slice.settle(amount, 0, false)
    }
    this.serve(changed)
  }

  #dequeue(waiter: Waiter, changed: Set<Pool>): void {
    for (const { pool } of waiter.claims) {
      const place = pool.queue.indexOf(waiter)
      if (place !== -1) pool.queue.splice(place, 1)
      changed.delete(pool)
      changed.add(pool)
    }
  }
}

const hopelessIn = (pool: Pool, most: number): ReadonlyArray<Waiter> =>
  pool.largest <= most ? [] : pool.queue.filter((waiter) => amountOf(waiter, pool) > most)

/** First in all its queues, with enough in all of them. */
const isNext = (waiter: Waiter, now: number): boolean =>
  waiter.claims.every(({ pool, amount }) => pool.queue[0] === waiter && pool.within(pool.at(now)) >= amount)

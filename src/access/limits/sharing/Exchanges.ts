import type { Exchange, Exchanged } from "./Leases.ts"
import type { Pool } from "../Pool.ts"
import type { Slice } from "../Slice.ts"
import { amountOf } from "../Waiter.ts"

/** Why a pool is looked at: because something happened, or as every second. */
export interface Look {
  readonly now: number
  /** Other processes that share the limits. */
  readonly others: number
  readonly isRegular: boolean
}

/**
 * What a pool is to ask of the store or give back to it, the slices of past windows included. What is offered is
 * nobody's until the answer comes.
 */
export const exchangesOf = (pool: Pool, look: Look): ReadonlyArray<Exchange> => {
  const current = exchangeOf(pool, pool.at(look.now), look)
  const past = pool.past.flatMap((slice) => (slice.free > 0 ? [offer(pool, slice, slice.free)] : []))
  return current === undefined ? past : [current, ...past]
}

const exchangeOf = (pool: Pool, slice: Slice, look: Look): Exchange | undefined => {
  const [head] = pool.queue
  const free = Math.floor(slice.free)
  const { now, others } = look
  if (head !== undefined) {
    const first = amountOf(head, pool)
    if (pool.asksAt(slice, now) > now) return settled(pool, slice)
    for (const waiter of pool.queue) waiter.isAsked = true
    // Two processes that each keep a part of what both need would never get the whole.
    const offered = others > 0 && pool.askEvery > 0 ? Math.max(0, free) : 0
    const all = pool.queue.reduce((sum, waiter) => sum + amountOf(waiter, pool), 0)
    return request(pool, slice, {
      offered,
      least: first - free + offered,
      wished: all - free + offered,
      isSpare: false
    })
  }
  if (free < 0) return request(pool, slice, { offered: 0, least: 0, wished: -free, isSpare: false })
  if (pool.wanted > free && now >= pool.wantAgainAt) {
    return request(pool, slice, { offered: 0, least: 0, wished: pool.wanted - free, isSpare: true })
  }
  const unused = look.isRegular ? Math.floor(slice.leastFree) : free
  if (look.isRegular) slice.leastFree = slice.free
  const isDue = others > 0 && unused > 0 && (look.isRegular || pool.isRare(slice))
  return isDue ? offer(pool, slice, unused) : settled(pool, slice)
}

const request = (
  pool: Pool,
  slice: Slice,
  asked: Pick<Exchange, "offered" | "least" | "wished" | "isSpare">
): Exchange => {
  slice.offered += asked.offered
  return { pool, slice, ...asked, booked: slice.unbooked }
}

const offer = (pool: Pool, slice: Slice, offered: number): Exchange =>
  request(pool, slice, { offered, least: 0, wished: 0, isSpare: false })

const settled = (pool: Pool, slice: Slice): Exchange | undefined =>
  slice.unbooked === 0 ? undefined : request(pool, slice, { offered: 0, least: 0, wished: 0, isSpare: false })

/** Milliseconds until the store is asked again after it had nothing: at first, and at most. */
const askMs = { first: 20, most: 200, alone: 1000 }

/** The store has made the exchange. */
export const applyExchange = (
  { pool, slice, offered, least, booked, isSpare, wished }: Exchange,
  outcome: Exchanged,
  { now, others }: Look
) => {
  slice.offered -= offered
  slice.leased += outcome.granted - offered - booked
  slice.used -= booked
  slice.unbooked -= booked
  slice.spent = Math.max(slice.spent, outcome.spent)
  slice.unleased = outcome.unleased
  if (offered > 0) slice.leastFree = slice.free
  if (isSpare) {
    pool.wanted = 0
    pool.wantAgainAt = outcome.granted >= wished ? 0 : now + askMs.alone
    return
  }
  if (least <= 0) return
  if (outcome.granted > 0) {
    pool.askEvery = 0
    pool.askAgainAt = 0
    return
  }
  // Alone, only a process that dies could give something back.
  pool.askEvery = others === 0 ? askMs.alone : Math.min(askMs.most, Math.max(askMs.first, pool.askEvery * 2))
  pool.askAgainAt = now + pool.askEvery
}

/** The store has not made the exchange. */
export const undoExchange = ({ slice, offered }: Exchange): void => {
  slice.offered -= offered
}

/** Forgets the slices of past windows of which nothing is left, or that the store has forgotten. */
export const forgetPast = (pool: Pool, before: number): void => {
  for (let place = pool.past.length - 1; place >= 0; place--) {
    const slice = pool.past[place]
    const isDone = slice !== undefined && slice.leased <= 0 && slice.held === 0 && slice.used === 0
    if (slice !== undefined && (isDone || slice.window.endsAt < before)) pool.past.splice(place, 1)
  }
}

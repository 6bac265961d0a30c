import { Effect } from "effect"
import type { OverBudget, OverLimit } from "../../domain/Failure.ts"
import type { Hold, Need, Purse, Refusal } from "../../domain/keys/Purse.ts"
import type { Desk } from "./Desk.ts"
import { Pool } from "./Pool.ts"
import { refusalOf, storeFails, unknownPrice } from "./Refusals.ts"
import type { Claim, Parts } from "./Waiter.ts"

/** Milliseconds without an answer of the store after which that is what a request waits for. */
const silentMs = 1000

/** The means of a caller: what its pools of tokens and money let it put aside. */
export const purseFrom = (desk: Desk, pools: readonly [Pool, ...ReadonlyArray<Pool>], waitMs: number): Purse => {
  const money = pools.filter(({ facts }) => facts.counts === "nanos")
  const tokens = pools.filter(({ facts }) => facts.counts === "tokens")
  const needsPrice = money.find(({ terms }) => !terms.allowsUnknownPrices)

  const claimsOf = ({ tokens: count, nanos }: Need): ReadonlyArray<Claim> => [
    ...tokens.map((pool) => ({ pool, amount: count })),
    ...money.map((pool) => ({ pool, amount: nanos ?? 0 }))
  ]

  const isUnpriced = ({ nanos }: Need): boolean => nanos === undefined && needsPrice !== undefined

  const holdOf = (claims: ReadonlyArray<Claim>, parts: Parts): Hold => {
    let isSettled = false
    return {
      settle: (used) => {
        if (isSettled) return
        isSettled = true
        for (const [place, part] of parts.entries()) {
          const pool = claims[place]?.pool
          if (pool !== undefined) settlePart(desk, pool, part, used)
        }
        desk.serveIfWaited(pools)
      }
    }
  }

  const take = (need: Need): Hold | OverLimit | OverBudget => {
    if (needsPrice !== undefined && isUnpriced(need)) return unknownPrice(needsPrice)
    const claims = claimsOf(need)
    const taken = desk.take(claims)
    return taken instanceof Pool ? refusalNow(claims) : holdOf(claims, taken)
  }

  /** At once, or when the store has answered; `isPatient`: or when others have given back what they put aside. */
  const hold = (need: Need, isPatient: boolean): Effect.Effect<Hold, Refusal> =>
    Effect.suspend(() => {
      if (needsPrice !== undefined && isUnpriced(need)) return Effect.fail(unknownPrice(needsPrice))
      const claims = claimsOf(need)
      const taken = desk.take(claims)
      if (!(taken instanceof Pool)) return Effect.succeed(holdOf(claims, taken))
      if (!isPatient && isOthers(claims)) return Effect.fail(refusalNow(claims))
      const late = Effect.suspend(() => Effect.fail(lateRefusal(claims)))
      return desk.wait(claims, isPatient).pipe(
        Effect.map((parts) => holdOf(claims, parts)),
        Effect.timeoutOrElse({ duration: longestWait(claims, isPatient), orElse: () => late })
      )
    })

  /** What is missing is known to be with others, or they were there before. */
  const isOthers = (claims: ReadonlyArray<Claim>): boolean => {
    const now = desk.now()
    return claims.some(({ pool, amount }) => pool.queue.length > 0 || pool.isKnownShort(pool.at(now), amount, now))
  }

  /** In milliseconds. The store's first word is no matter of what others have put aside. */
  const longestWait = (claims: ReadonlyArray<Claim>, isPatient: boolean): number => {
    if (!isPatient) return silentMs
    const now = desk.now()
    const isUnasked = claims.some(({ pool }) => pool.at(now).unleased === undefined)
    return isUnasked ? Math.max(waitMs, silentMs) : waitMs
  }

  const refusalNow = (claims: ReadonlyArray<Claim>): OverLimit | OverBudget => {
    const { pool, amount } = shortOf(claims)
    return refusalOf(pool, amount, desk.now())
  }

  /** The claim for which there is not enough now, or in whose queue another waits for whom there is not. */
  const shortOf = (claims: ReadonlyArray<Claim>): Claim => {
    const now = desk.now()
    const isShort = ({ pool, amount }: Claim) => pool.within(pool.at(now)) < amount
    const isShortForFirst = ({ pool }: Claim) => isShort({ pool, amount: pool.amountOfFirst })
    return claims.find(isShort) ?? claims.find(isShortForFirst) ?? claims[0] ?? { pool: pools[0], amount: 0 }
  }

  const lateRefusal = (claims: ReadonlyArray<Claim>): Refusal => {
    const isSilent = desk.now() - desk.askingSince >= silentMs
    return isSilent ? storeFails(silentMs) : refusalNow(claims)
  }

  const leftIn = (of: ReadonlyArray<Pool>): number => {
    const now = desk.now()
    return of.reduce((least, pool) => Math.min(least, pool.left(pool.at(now))), Infinity)
  }

  return {
    take,
    ask: (need) => hold(need, false),
    wait: (need) => hold(need, true),
    left: () => ({ tokens: leftIn(tokens), nanos: leftIn(money) }),
    countsMoney: money.length > 0
  }
}

const settlePart = (desk: Desk, pool: Pool, part: Parts[number], used: Need): void => {
  if (pool.facts.counts === "tokens") return desk.settle(pool, part, used.tokens, false)
  if (used.nanos !== undefined) return desk.settle(pool, part, used.nanos, true)
  // What it cost is not known and the ledger cannot tell either, so all that was put aside counts.
  part.slice.unbooked += part.amount
  desk.settle(pool, part, part.amount, false)
}

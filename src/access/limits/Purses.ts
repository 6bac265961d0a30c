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
    return taken instanceof Pool ? refusalIn(claims, taken) : holdOf(claims, taken)
  }

  const wait = (need: Need): Effect.Effect<Hold, Refusal> =>
    Effect.suspend(() => {
      if (needsPrice !== undefined && isUnpriced(need)) return Effect.fail(unknownPrice(needsPrice))
      const claims = claimsOf(need)
      const taken = desk.take(claims)
      if (!(taken instanceof Pool)) return Effect.succeed(holdOf(claims, taken))
      const late = Effect.suspend(() => Effect.fail(lateRefusal(claims)))
      return desk.wait(claims, true).pipe(
        Effect.map((parts) => holdOf(claims, parts)),
        Effect.timeoutOrElse({ duration: waitMs, orElse: () => late })
      )
    })

  const refusalIn = (claims: ReadonlyArray<Claim>, short: Pool): OverLimit | OverBudget =>
    refusalOf(short, claims.find(({ pool }) => pool === short)?.amount ?? 0, desk.now())

  /** The pool in which there is not enough now, or the one in whose queue it waited. */
  const shortOf = (claims: ReadonlyArray<Claim>): Pool => {
    const now = desk.now()
    return claims.find(({ pool, amount }) => pool.within(pool.at(now)) < amount)?.pool ?? pools[0]
  }

  const lateRefusal = (claims: ReadonlyArray<Claim>): Refusal => {
    const isSilent = desk.now() - desk.askingSince >= silentMs
    return isSilent ? storeFails(silentMs) : refusalIn(claims, shortOf(claims))
  }

  const leftIn = (of: ReadonlyArray<Pool>): number => {
    const now = desk.now()
    return of.reduce((least, pool) => Math.min(least, pool.left(pool.at(now))), Infinity)
  }

  return {
    take,
    wait,
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

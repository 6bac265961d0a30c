import { Clock, Context, Effect, Layer, Queue } from "effect"
import { SqlClient, type SqlError } from "effect/sql"
import type { Caller } from "../domain/keys/Caller.ts"
import { OverLimit } from "../domain/Failure.ts"
import type { Purse, Refusal } from "../domain/keys/Purse.ts"
import type { Entry } from "../ledger/Entry.ts"
import { booking } from "./limits/sharing/Booking.ts"
import { Desk } from "./limits/Desk.ts"
import { Leases } from "./limits/sharing/Leases.ts"
import type { PastSpending } from "../ledger/PastSpending.ts"
import { Pool } from "./limits/Pool.ts"
import { Presence } from "./Presence.ts"
import { purseFrom } from "./limits/Purses.ts"
import { rateHeaders } from "./limits/RateHeaders.ts"
import { overLimit } from "./limits/Refusals.ts"
import { type Resource, resourceFacts, resources } from "./limits/Resources.ts"
import { Sharing } from "./limits/sharing/Sharing.ts"
import type { Claim, Parts } from "./limits/Waiter.ts"

/** What the operator says of limits. */
export interface LimitsOptions {
  /** Longest that an attempt waits for what others have put aside and may give back, in milliseconds. */
  readonly budgetWaitMs?: number
  /** What the ledger knows of a scope from before it had a budget; without it a budget begins with nothing spent. */
  readonly past?: PastSpending
}

/** Leave for one request. */
export interface Permit {
  /** The request has ended. Only the first call counts. */
  readonly leave: () => void
  /** `x-ratelimit-*`, as things are now. */
  readonly headers: () => Readonly<Record<string, string>>
}

/** Time between two clean-ups. */
const cleanEvery = "10 minutes"

/**
 * Whether a caller may ask now, and what its attempts may use: requests and tokens a minute, requests at once, and
 * money.
 */
export class Limits extends Context.Service<
  Limits,
  {
    /** Lets a request in at once, or not; `undefined`: this process must ask the store first, so `enter`. */
    readonly tryEnter: (caller: Caller) => Permit | OverLimit | undefined
    /** Lets a request in, asking the store where that is needed. */
    readonly enter: (caller: Caller) => Effect.Effect<Permit, Refusal>
    /** What a caller's attempts are paid from; nothing when they have no limit. */
    readonly purseOf: (caller: Caller) => Purse | undefined
    /** `x-ratelimit-*` of a caller, for answers of requests that were not let in. */
    readonly headersOf: (caller: Caller) => Readonly<Record<string, string>>
    /** Counts what rows of the ledger cost as spent: to be run for each row once, in the transaction that saves it. */
    readonly onSaved: (entries: ReadonlyArray<Entry>) => Effect.Effect<void, SqlError.SqlError>
  }
>()("gateway/access/Limits") {
  static readonly layer = ({ budgetWaitMs = 5000, past }: LimitsOptions = {}) =>
    Layer.effect(
      Limits,
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        const presence = yield* Presence
        const clock = yield* Clock.Clock
        const signal = yield* Queue.sliding<void>(1)
        const now = () => clock.currentTimeMillisUnsafe()
        const wake = () => void Queue.offerUnsafe(signal, undefined)
        const desk = new Desk({ now, isCertain: presence.isCertain }, wake)
        const sharing = new Sharing(desk, sql, new Leases(sql, presence.id, past), presence, signal)
        yield* Effect.addFinalizer(() => sharing.close)
        yield* Effect.forkScoped(sharing.run)
        // By itself: under a load that never pauses, the other has never nothing to do.
        yield* Effect.forkScoped(Effect.forever(Effect.andThen(Effect.sleep(cleanEvery), sharing.clean)))

        const known = new WeakMap<Caller, Means>()
        const meansOf = (caller: Caller): Means => {
          const before = known.get(caller)
          if (before !== undefined) return before
          const means = meansFrom(desk, caller, budgetWaitMs)
          known.set(caller, means)
          return means
        }
        const tryEnter = (caller: Caller): Permit | OverLimit | undefined => {
          if (caller.quotas.length === 0) return unlimited
          const means = meansOf(caller)
          const taken = desk.take(means.gates)
          if (!(taken instanceof Pool)) return permitOf(desk, means, taken)
          const slice = taken.at(now())
          const isKnown = taken.isKnownShort(slice, 1, now()) || !taken.isPossible(slice, 1)
          return isKnown ? overLimit(taken, now()) : undefined
        }
        const enter = (caller: Caller): Effect.Effect<Permit, Refusal> =>
          Effect.suspend(() => {
            const entered = tryEnter(caller)
            if (entered instanceof OverLimit) return Effect.fail(entered)
            if (entered !== undefined) return Effect.succeed(entered)
            const means = meansOf(caller)
            return Effect.map(desk.wait(means.gates, false), (parts) => permitOf(desk, means, parts))
          })
        return Limits.of({
          tryEnter,
          enter,
          purseOf: (caller) => (caller.quotas.length === 0 ? undefined : meansOf(caller).purse),
          headersOf: (caller) => (caller.quotas.length === 0 ? {} : rateHeaders(meansOf(caller).pools, now())),
          onSaved: booking(sql, presence.id, desk)
        })
      })
    )
}

const unlimited: Permit = { leave: () => {}, headers: () => ({}) }

/** What limits one caller. */
interface Means {
  readonly pools: ReadonlyArray<Pool>
  /** What each of its requests takes one of. */
  readonly gates: ReadonlyArray<Claim>
  readonly purse: Purse | undefined
}

const meansFrom = (desk: Desk, caller: Caller, waitMs: number): Means => {
  const pools = caller.quotas.flatMap(({ scope, allowance }) =>
    resources.flatMap((resource) => {
      const limit = resourceFacts[resource].limitOf(allowance)
      if (limit === undefined) return []
      const owner = scope.startsWith("team:") ? `team "${scope.slice("team:".length)}"` : `key "${caller.name}"`
      const { zone, unknownPrices } = allowance
      return [desk.pool(scope, resource, { limit, zone, owner, allowsUnknownPrices: unknownPrices === "allow" })]
    })
  )
  const gates = pools.filter(({ facts }) => facts.counts === "requests").map((pool) => ({ pool, amount: 1 }))
  const [first, ...rest] = pools.filter(({ facts }) => facts.counts !== "requests")
  return { pools, gates, purse: first === undefined ? undefined : purseFrom(desk, [first, ...rest], waitMs) }
}

const permitOf = (desk: Desk, { gates, pools }: Means, parts: Parts): Permit => {
  const settle = (resource: Resource, used: number): void => {
    for (const [place, { pool }] of gates.entries()) {
      const part = parts[place]
      if (part !== undefined && pool.resource === resource) desk.settle(pool, part, used, false)
    }
  }
  settle("requests", 1)
  let isIn = true
  return {
    leave: () => {
      if (!isIn) return
      isIn = false
      settle("at-once", 0)
      desk.serveIfWaited(pools)
    },
    headers: () => rateHeaders(pools, desk.now())
  }
}

import { Context, Effect, Layer, Result } from "effect"
import { Limits } from "./access/Limits.ts"
import { Catalog } from "./catalog/Catalog.ts"
import { Tokens } from "./catalog/tokens/Tokens.ts"
import type { Ask } from "./domain/Ask.ts"
import type { Caller } from "./domain/keys/Caller.ts"
import { type Failure, Unavailable } from "./domain/Failure.ts"
import type { Model } from "./domain/Model.ts"
import type { Route, Steering } from "./domain/routing/Steering.ts"
import { Ledger } from "./ledger/Ledger.ts"
import { Timers } from "./net/Timers.ts"
import { Providers } from "./providers/Providers.ts"
import type { Door, Outcome } from "./routing/Door.ts"
import { type Explained, explain } from "./routing/Explain.ts"
import { Funding } from "./routing/funding/Funding.ts"
import type { Grounds } from "./routing/Grounds.ts"
import { Guide } from "./routing/Guide.ts"
import { Health } from "./routing/health/Health.ts"
import { Journal } from "./routing/journal/Journal.ts"
import { permitted } from "./routing/planning/Permitted.ts"
import { type Plan, planner } from "./routing/planning/Plan.ts"
import { policyOf } from "./routing/planning/Policy.ts"
import { recordOf } from "./routing/journal/RecordOf.ts"
import { type Unanswered, Walk } from "./routing/Walk.ts"

/** What the operator says of where requests go. */
export interface GatewayOptions {
  readonly defaults: Steering
  readonly routes: ReadonlyMap<string, Route>
  /** Tokens of an answer where a caller with limits names no maximum. */
  readonly usualLength: (model: Model) => number
  /** Fingerprint of the configuration, for the books. */
  readonly configuration: string
}

/** Answers while the request has something for itself, or says why it cannot have it. */
export type Alone = (answering: Effect.Effect<Outcome, Unanswered>) => Effect.Effect<Outcome, Unanswered>

/** The whole way of one request, from whatever door: limits → catalog → plan → attempts → ledger. */
export class Gateway extends Context.Service<
  Gateway,
  {
    /**
     * Answers through `door`. Fails only while nothing was written there. `alone`: what the request needs for itself
     * once its limits have let it in.
     */
    readonly answer: (ask: Ask, door: Door, alone?: Alone) => Effect.Effect<Outcome, Unanswered>
    /** What `answer` would do, without sending anything. */
    readonly explain: (ask: Ask, caller: Caller) => Result.Result<Explained, Failure>
  }
>()("gateway/Gateway") {
  static readonly layer = ({ defaults, routes, usualLength, configuration }: GatewayOptions) =>
    Layer.effect(
      Gateway,
      Effect.gen(function* () {
        const catalog = yield* Catalog
        const providers = yield* Providers
        const timers = yield* Timers
        const health = yield* Health
        const limits = yield* Limits
        const ledger = yield* Ledger
        const tokens = yield* Tokens
        const random = Math.random
        const planOf = planner({ ...catalog, routes, defaults, random })
        const usual = policyOf([defaults], true)
        const guide = new Guide(providers, health.breakers, timers)
        const { priceOf } = catalog
        const grounds: Grounds = { ...health, providers, timers, guide, usual, random, priceOf, tokens }

        const plan = (ask: Ask, caller: Caller): Result.Result<Plan, Failure> => {
          const planned = planOf(ask)
          if (caller.models === undefined && caller.tools === undefined) return planned
          return Result.flatMap(planned, (found) => permitted(ask, found, caller))
        }

        const fundingOf = (caller: Caller): Funding | undefined => {
          const purse = limits.purseOf(caller)
          return purse === undefined ? undefined : new Funding(purse, priceOf, usualLength)
        }

        // No generator: on the way of every request it costs more than it says.
        const walk = (ask: Ask, door: Door): Effect.Effect<Outcome, Unanswered> => {
          const { caller } = door.origin
          const planned = plan(ask, caller)
          if (Result.isFailure(planned)) return booked(ask, door, new Journal(door), refuse(planned.failure, door))
          const walk = new Walk(planned.success, door, grounds, fundingOf(caller))
          return booked(ask, door, walk.journal, walk.run())
        }

        /** Whatever becomes of a request, it is written down before its caller hears the end of it. */
        const booked = (ask: Ask, door: Door, journal: Journal, run: Effect.Effect<Outcome, Unanswered>) =>
          Effect.onExitPrimitive(run, (exit) => {
            const record = recordOf(ask, door, journal, {
              exit,
              now: timers.now(),
              wallNow: Date.now(),
              configuration
            })
            ledger.book(record)
            door.recorded(record)
            return undefined
          })

        const walkAlone = (ask: Ask, door: Door, alone: Alone | undefined): Effect.Effect<Outcome, Unanswered> =>
          alone === undefined ? walk(ask, door) : alone(Effect.suspend(() => walk(ask, door)))

        const answer = (ask: Ask, door: Door, alone?: Alone): Effect.Effect<Outcome, Unanswered> =>
          Effect.suspend(() => {
            if (!ledger.hasRoom()) return refuse(full(), door)
            const { caller } = door.origin
            return caller.quotas.length === 0 ? walkAlone(ask, door, alone) : limited(ask, door, alone)
          })

        const limited = (ask: Ask, door: Door, alone: Alone | undefined): Effect.Effect<Outcome, Unanswered> => {
          const { caller } = door.origin
          door.entered({ headers: () => limits.headersOf(caller) })
          return Effect.acquireUseRelease(
            limits.enter(caller),
            () => walkAlone(ask, door, alone),
            (permit) => Effect.sync(permit.leave)
          ).pipe(
            // Whoever is not let in is in no book: there was no attempt.
            Effect.mapError((failure) => ("_tag" in failure ? unanswered(failure, door) : failure))
          )
        }

        const explained = (ask: Ask, caller: Caller) =>
          Result.map(plan(ask, caller), (planned) => explain(planned, grounds))
        return Gateway.of({ answer, explain: explained })
      })
    )
}

/** A failure of which no attempt knows. */
export const unanswered = (failure: Failure, door: Door): Unanswered => ({
  failure,
  journal: new Journal(door),
  shouldRetry: undefined
})

const refuse = (failure: Failure, door: Door) => Effect.fail(unanswered(failure, door))

const full = () =>
  new Unavailable({
    message: "The gateway has no room for more rows of its ledger, which cannot be written; try again in a moment.",
    retryAfterMs: 1_000
  })

import { Context, Effect, Layer, Result } from "effect"
import { Catalog } from "./catalog/Catalog.ts"
import type { Ask } from "./domain/Ask.ts"
import type { Failure } from "./domain/Failure.ts"
import type { Route, Steering } from "./domain/routing/Steering.ts"
import { Timers } from "./net/Timers.ts"
import { Providers } from "./providers/Providers.ts"
import type { Door, Outcome } from "./routing/Attempt.ts"
import { type Explained, explain } from "./routing/Explain.ts"
import { Guide } from "./routing/Guide.ts"
import { Health } from "./routing/health/Health.ts"
import { Journal } from "./routing/Journal.ts"
import { planner } from "./routing/planning/Plan.ts"
import { policyOf } from "./routing/planning/Policy.ts"
import type { Grounds } from "./routing/Grounds.ts"
import { type Unanswered, Walk } from "./routing/Walk.ts"

/** What the operator says of where requests go. */
export interface GatewayOptions {
  readonly defaults: Steering
  readonly routes: ReadonlyMap<string, Route>
}

/** The whole way of one request, from whatever door: catalog → plan → attempts. */
export class Gateway extends Context.Service<
  Gateway,
  {
    /** Answers through `door`. Fails only while nothing was written there. */
    readonly answer: (ask: Ask, door: Door) => Effect.Effect<Outcome, Unanswered>
    /** What `answer` would do, without sending anything. */
    readonly explain: (ask: Ask) => Result.Result<Explained, Failure>
  }
>()("gateway/Gateway") {
  static readonly layer = ({ defaults, routes }: GatewayOptions) =>
    Layer.effect(
      Gateway,
      Effect.gen(function* () {
        const catalog = yield* Catalog
        const providers = yield* Providers
        const timers = yield* Timers
        const health = yield* Health
        const random = Math.random
        const plan = planner({ ...catalog, routes, defaults, random })
        const usual = policyOf([defaults], true)
        const guide = new Guide(providers, health.breakers, timers)
        const grounds: Grounds = { ...health, providers, timers, guide, usual, random, priceOf: catalog.priceOf }

        // No generator: on the way of every request it costs more than it says.
        const answer = (ask: Ask, door: Door): Effect.Effect<Outcome, Unanswered> =>
          Effect.suspend(() => {
            const planned = plan(ask)
            if (Result.isSuccess(planned)) return new Walk(planned.success, door, grounds).run()
            return Effect.fail({ failure: planned.failure, journal: new Journal(door), shouldRetry: undefined })
          })
        const explained = (ask: Ask) => Result.map(plan(ask), (planned) => explain(planned, grounds))
        return Gateway.of({ answer, explain: explained })
      })
    )
}

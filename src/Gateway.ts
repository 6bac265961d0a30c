import { Context, Effect, Layer, Result } from "effect"
import { Catalog } from "./catalog/Catalog.ts"
import type { Failure } from "./domain/Failure.ts"
import type { Ask } from "./domain/Ask.ts"
import { Timers } from "./net/Timers.ts"
import { Providers } from "./providers/Providers.ts"
import type { SendLimits } from "./providers/Send.ts"
import { attempt, type Door, type Outcome } from "./routing/Attempt.ts"
import { plan } from "./routing/Plan.ts"

/** The whole way of one request, from whatever door: catalog → plan → attempt. */
export class Gateway extends Context.Service<
  Gateway,
  {
    /** Answers through `door`. Fails only while nothing was written there. */
    readonly answer: (ask: Ask, door: Door) => Effect.Effect<Outcome, Failure>
  }
>()("gateway/Gateway") {
  static readonly layer = (limits: SendLimits) =>
    Layer.effect(
      Gateway,
      Effect.gen(function* () {
        const catalog = yield* Catalog
        const providers = yield* Providers
        const { now } = yield* Timers

        // No generator: on the way of every request it costs more than it says.
        const answer = (ask: Ask, door: Door): Effect.Effect<Outcome, Failure> =>
          Effect.suspend(() => {
            const planned = Result.flatMap(catalog.find(ask.model), (target) =>
              plan(ask, target, providers.prepare, limits)
            )
            if (Result.isFailure(planned)) return Effect.fail(planned.failure)
            return attempt(planned.success.steps[0], door, providers, now)
          })
        return Gateway.of({ answer })
      })
    )
}

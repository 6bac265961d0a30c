import { test as bunTest } from "bun:test"
import { Duration, Effect, Layer, type Scope } from "effect"
import { TestClock, TestConsole } from "effect/testing"

/**
 * Effect-aware `bun:test`: `effect` has virtual time, `live` the real clock; both have a scope and the given services.
 */
const make = <R, E>(layer: Layer.Layer<R, E>) => ({
  effect: <A, E2>(
    name: string,
    body: () => Effect.Effect<A, E2, R | Scope.Scope>,
    within: Duration.Input = "30 seconds"
  ) =>
    bunTest(
      name,
      () =>
        Effect.runPromise(
          Effect.scoped(Effect.suspend(body)).pipe(
            Effect.provide(Layer.merge(layer, Layer.mergeAll(TestClock.layer(), TestConsole.layer)))
          )
        ),
      Duration.toMillis(within)
    ),
  live: <A, E2>(
    name: string,
    body: () => Effect.Effect<A, E2, R | Scope.Scope>,
    within: Duration.Input = "30 seconds"
  ) =>
    bunTest(
      name,
      () => Effect.runPromise(Effect.scoped(Effect.suspend(body)).pipe(Effect.provide(layer))),
      Duration.toMillis(within)
    )
})

export const it = { ...make(Layer.empty), layer: make }

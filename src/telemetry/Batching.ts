import { Effect, Fiber, Latch, type Scope } from "effect"

/** How something that gathers is carried off. */
export interface BatchingOptions {
  /** Milliseconds that the first of a batch waits for more. */
  readonly everyMs: number
  /** Milliseconds that the last batch may take when the scope closes. */
  readonly lastMs: number
  /** Carries off all that has gathered; it cannot fail. */
  readonly write: Effect.Effect<void>
}

/** Says that there is something to carry off; `isFull`: without waiting for more. */
export type Notify = (isFull: boolean) => void

/**
 * Carries off what gathers, one batch at a time, while its scope is open; what is left when that closes goes too, if it
 * goes quickly.
 */
export const batching = (options: BatchingOptions): Effect.Effect<Notify, never, Scope.Scope> =>
  Effect.gen(function* () {
    const some = Latch.makeUnsafe(false)
    const full = Latch.makeUnsafe(false)
    let isAwaited = false
    let isClosing = false
    let isOver = false
    const turn = some.await.pipe(
      Effect.andThen(Effect.timeoutOption(full.await, options.everyMs)),
      Effect.andThen(
        Effect.suspend(() => {
          isAwaited = false
          isOver = isClosing
          some.closeUnsafe()
          full.closeUnsafe()
          // Not within the request that filled the batch: what wakes a fiber runs it.
          return Effect.andThen(Effect.yieldNow, options.write)
        })
      )
    )
    const turns = Effect.whileLoop({ while: () => !isOver, body: () => turn, step: () => {} })
    const fiber = yield* Effect.forkScoped(turns)
    yield* Effect.addFinalizer(() =>
      Effect.suspend(() => {
        isClosing = true
        some.openUnsafe()
        full.openUnsafe()
        return Fiber.await(fiber)
      }).pipe(Effect.interruptible, Effect.timeoutOption(options.lastMs))
    )
    return (isFull) => {
      if (!isAwaited) {
        isAwaited = true
        some.openUnsafe()
      }
      if (isFull) full.openUnsafe()
    }
  })

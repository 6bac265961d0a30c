import { Effect, type Fiber } from "effect"
import type { TimersService } from "../net/Timers.ts"

/** The answers that are under way, so that a server that stops can wait for them. */
export class Answers {
  readonly #timers: TimersService
  readonly #fibers = new Set<Fiber.Fiber<unknown, unknown>>()
  #whenNone: (() => void) | undefined

  constructor(timers: TimersService) {
    this.#timers = timers
  }

  get size(): number {
    return this.#fibers.size
  }

  add<A, E>(fiber: Fiber.Fiber<A, E>): Fiber.Fiber<A, E> {
    this.#fibers.add(fiber)
    fiber.addObserver(() => {
      this.#fibers.delete(fiber)
      if (this.#fibers.size === 0) this.#whenNone?.()
    })
    return fiber
  }

  /** Waits until nothing is being answered, at most `ms` milliseconds; then ends what still is, with an error to its caller. */
  ended(ms: number): Effect.Effect<void> {
    return Effect.callback<void>((resume) => {
      if (this.#fibers.size === 0) return resume(Effect.void)
      const cancel = this.#timers.after(ms, () => {
        for (const fiber of this.#fibers) fiber.interruptUnsafe()
      })
      this.#whenNone = () => {
        cancel()
        resume(Effect.void)
      }
      return Effect.sync(cancel)
    })
  }
}

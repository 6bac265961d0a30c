import type { Exit, Fiber } from "effect"

/** The answers that are under way, so that a server that stops can end them. */
export class Answers {
  readonly #fibers = new Set<Fiber.Fiber<unknown, unknown>>()

  get size(): number {
    return this.#fibers.size
  }

  /** Keeps a fiber until it ends, and says how it did. */
  add<A, E>(fiber: Fiber.Fiber<A, E>, onExit: (exit: Exit.Exit<A, E>) => void): Fiber.Fiber<A, E> {
    this.#fibers.add(fiber)
    fiber.addObserver((exit) => {
      this.#fibers.delete(fiber)
      onExit(exit)
    })
    return fiber
  }

  /** Ends what is still being answered, with an error to its caller. */
  interrupt(): void {
    for (const fiber of this.#fibers) fiber.interruptUnsafe()
  }
}

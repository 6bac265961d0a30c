import type { Fiber } from "effect"

/** The answers that are under way, so that a server that stops can end them. */
export class Answers {
  readonly #fibers = new Set<Fiber.Fiber<unknown, unknown>>()

  add<A, E>(fiber: Fiber.Fiber<A, E>): Fiber.Fiber<A, E> {
    this.#fibers.add(fiber)
    fiber.addObserver(() => this.#fibers.delete(fiber))
    return fiber
  }

  /** Ends what is still being answered, with an error to its caller. */
  interrupt(): void {
    for (const fiber of this.#fibers) fiber.interruptUnsafe()
  }
}

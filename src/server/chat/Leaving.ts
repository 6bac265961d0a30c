import type { Fiber } from "effect"
import type { TimersService } from "../../net/Timers.ts"

/**
 * Most requests are over by then, in milliseconds: to listen costs more than all other timers of a request, and nobody
 * leaves so soon.
 */
const listensAfterMs = 50

/**
 * Ends a request's fiber when its caller leaves. An object that lets go of the fiber at its end, because the signal
 * keeps its listener.
 */
export class Leaving {
  #fiber: Fiber.Fiber<unknown, unknown> | undefined
  #isOver = false
  #cancel: () => void = () => {}

  /** From now on the caller's going ends the fiber. */
  watch(fiber: Fiber.Fiber<unknown, unknown>, http: Request, timers: TimersService): void {
    if (this.#isOver) return
    this.#fiber = fiber
    this.#cancel = timers.after(listensAfterMs, () => this.#listen(http.signal))
  }

  /** The answer is over. */
  end(): void {
    this.#isOver = true
    this.#fiber = undefined
    this.#cancel()
  }

  /** The caller is gone. */
  handleEvent(): void {
    this.#fiber?.interruptUnsafe()
  }

  #listen(signal: AbortSignal): void {
    signal.addEventListener("abort", this, { once: true })
    if (signal.aborted) this.handleEvent()
  }
}

import type { TimersService } from "../../src/net/Timers.ts"

/** Timers that a test moves: nothing fires by itself. */
export class MovedTimers implements TimersService {
  #now = 1_000
  #waiting: Array<{ readonly at: number; readonly run: () => void }> = []

  readonly now = (): number => this.#now

  readonly after = (ms: number, run: () => void): (() => void) => {
    const timer = { at: this.#now + ms, run }
    this.#waiting.push(timer)
    return () => {
      this.#waiting = this.#waiting.filter((other) => other !== timer)
    }
  }

  /** How many timers are set. */
  get count(): number {
    return this.#waiting.length
  }

  /** Lets time go by, with what is due on the way in its order. */
  move(ms: number): void {
    const until = this.#now + ms
    while (true) {
      const next = this.#waiting.filter(({ at }) => at <= until).sort((one, other) => one.at - other.at)[0]
      if (next === undefined) break
      this.#waiting = this.#waiting.filter((other) => other !== next)
      this.#now = Math.max(this.#now, next.at)
      next.run()
    }
    this.#now = until
  }
}

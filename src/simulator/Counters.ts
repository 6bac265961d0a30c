import { type Behaviour, healthy, isOver } from "./Behaviour.ts"

/** Most names that are counted at a time. */
const mostNames = 10_000

/** How often each model name was asked for, as far as its faults go by that. */
export class Counters {
  readonly #seen = new Map<string, { count: number; readonly since: number }>()

  /** Counts a request, and tells how the model behaves this time. `at` is in milliseconds. */
  next(behaviour: Behaviour, at: number): Behaviour {
    if (behaviour.counts.times === undefined && behaviour.durations.for === undefined) return behaviour
    const seen = this.#seen.get(behaviour.model) ?? { count: 0, since: at }
    seen.count += 1
    this.#seen.set(behaviour.model, seen)
    const [oldest] = this.#seen.keys()
    if (this.#seen.size > mostNames && oldest !== undefined) this.#seen.delete(oldest)
    return isOver(behaviour, seen.count, at - seen.since) ? healthy(behaviour) : behaviour
  }

  clear(): void {
    this.#seen.clear()
  }
}

/**
 * Answers of a target that are looked back on: enough for a steady 95th of 100, few enough to follow a provider's day.
 */
const lookBack = 200
/** Fewer answers say nothing of how late the slowest in twenty are. */
const leastAnswers = 20
/** A figure is reused until so many answers have come since: one more of two hundred hardly moves it. */
const fresh = 10
/** Targets can be names that callers made (any model of a compatible host). */
const mostTargets = 1_000

interface Recent {
  readonly times: Float64Array
  /** Answers in all; the newest `lookBack` of them are in `times`. */
  count: number
  /** Its place among all notes: the target with the lowest has been quiet for longest. */
  notedAt: number
  p95: number | undefined
  /** What `count` was when `p95` was reckoned. */
  reckonedAt: number
}

/**
 * How long targets took to their first content lately. A note is one number in a ring; sorting waits until somebody
 * asks.
 */
export class Latencies {
  readonly #targets = new Map<string, Recent>()
  #notes = 0

  /** Notes an answer's milliseconds from sending to its first content. */
  note(target: string, ms: number): void {
    const recent = this.#targets.get(target) ?? this.#begin(target)
    recent.times[recent.count % lookBack] = ms
    recent.count++
    recent.notedAt = ++this.#notes
  }

  /** What 95 of 100 recent answers stayed within; nothing before there are twenty. */
  p95(target: string): number | undefined {
    const recent = this.#targets.get(target)
    if (recent === undefined || recent.count < leastAnswers) return undefined
    if (recent.p95 !== undefined && recent.count - recent.reckonedAt < fresh) return recent.p95
    const sorted = recent.times.slice(0, Math.min(recent.count, lookBack)).sort()
    recent.p95 = sorted[Math.ceil(sorted.length * 0.95) - 1]
    recent.reckonedAt = recent.count
    return recent.p95
  }

  #begin(target: string): Recent {
    if (this.#targets.size >= mostTargets) this.#dropQuietest()
    const made = { times: new Float64Array(lookBack), count: 0, notedAt: 0, p95: undefined, reckonedAt: 0 }
    this.#targets.set(target, made)
    return made
  }

  #dropQuietest(): void {
    let quietest: string | undefined
    let lowest = Infinity
    for (const [target, { notedAt }] of this.#targets) {
      if (notedAt >= lowest) continue
      lowest = notedAt
      quietest = target
    }
    if (quietest !== undefined) this.#targets.delete(quietest)
  }
}

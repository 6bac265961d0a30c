import type { Seen } from "./Seen.ts"

/** Counts what happened in runs, so that a simulation in which nothing happens is found out. */
export class Coverage {
  readonly #counts = new Map<string, number>()

  note(seen: Seen): void {
    const { story, tries, openedAt } = seen
    for (const { record, send } of tries) {
      this.#count(record.kind)
      this.#count(record.outcome)
      if (record.failure !== undefined) this.#count(record.failure.class)
      if (record.outcome === "failed" && record.firstContentMs !== undefined) this.#count("content that nobody got")
      if (record.kind === "hedge" && record.outcome === "answered") this.#count("a hedge that won")
      if (record.kind === "first" && record.queuedMs < record.sentMs) this.#count("a first attempt that waited")
      if (send.told.length === 0 && record.outcome === "answered") this.#count("an answer without anything in it")
    }
    if (tries.length === 0) this.#count("nothing sent")
    if (story.leftAt !== undefined)
      this.#count(openedAt === undefined ? "left before the answer" : "left during the answer")
    if (story.plan.steps.length > 1) this.#count("several targets")
    if (story.call.slow.share > 0 && openedAt !== undefined) this.#count("a slow caller")
    if (seen.hasFault) this.#count("a fault of ours")
  }

  /** What happened less often than that, with its count; `expected` is looked for too. */
  rarerThan(least: number, expected: ReadonlyArray<string>): Readonly<Record<string, number>> {
    const counts = expected.map((what) => [what, this.#counts.get(what) ?? 0] as const)
    return Object.fromEntries(counts.filter(([, count]) => count < least))
  }

  #count(what: string): void {
    this.#counts.set(what, (this.#counts.get(what) ?? 0) + 1)
  }
}

/** What a simulation must have seen to be worth its name. */
export const worthSeeing: ReadonlyArray<string> = [
  "first",
  "retry",
  "rotation",
  "fallback",
  "hedge",
  "race",
  "answered",
  "broken",
  "failed",
  "lost",
  "cancelled",
  "content that nobody got",
  "a hedge that won",
  "an answer without anything in it",
  "nothing sent",
  "left before the answer",
  "left during the answer",
  "several targets",
  "a slow caller",
  "a fault of ours"
]

import type { FailureTag } from "../../domain/Failure.ts"
import { type Target, targetName } from "../../domain/routing/Target.ts"

/** Targets can be names that callers made (any model of a compatible host). */
const mostTargets = 1_000

/** How the attempts at one target ended. */
export interface TargetFigures {
  readonly target: string
  /** `provider/model`, by which latencies are kept. */
  readonly model: string
  readonly provider: string
  readonly answered: number
  /** The caller left, or another target was earlier. */
  readonly stopped: number
  readonly failures: ReadonlyMap<FailureTag, number>
}

interface Counts extends TargetFigures {
  answered: number
  stopped: number
  readonly failures: Map<FailureTag, number>
}

/** Counts how attempts ended, since the start of the process. */
export class Figures {
  readonly #targets = new Map<string, Counts>()

  /** Notes the end of an attempt. */
  note(target: Target, ending: FailureTag | "answered" | "stopped"): void {
    const counts = this.#countsOf(target)
    if (ending === "answered") counts.answered++
    else if (ending === "stopped") counts.stopped++
    else counts.failures.set(ending, (counts.failures.get(ending) ?? 0) + 1)
  }

  #countsOf(target: Target): Counts {
    // Without a region or a key's name that is its name, and no text need be made of it.
    const isPlain = target.region === undefined && target.keyAlias === undefined
    const name = isPlain ? target.model.id : targetName(target)
    return this.#targets.get(name) ?? this.#begin(name, target)
  }

  /** The targets that were tried, in the order of their first attempt. */
  snapshot(): ReadonlyArray<TargetFigures> {
    return [...this.#targets.values()]
  }

  #begin(target: string, { model }: Target): Counts {
    const oldest = this.#targets.size >= mostTargets ? this.#targets.keys().next() : undefined
    if (oldest?.done === false) this.#targets.delete(oldest.value)
    const made = { target, model: model.id, provider: model.provider, answered: 0, stopped: 0, failures: new Map() }
    this.#targets.set(target, made)
    return made
  }
}

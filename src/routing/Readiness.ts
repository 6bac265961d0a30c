import type { Result } from "effect"
import type { Failure } from "../domain/Failure.ts"
import type { Ready } from "../providers/Providers.ts"
import type { Grounds } from "./Grounds.ts"
import type { Step } from "./planning/Plan.ts"
import { streams } from "./planning/StepFacts.ts"

/**
 * How long a provider is waited for before the next one's request is written, in milliseconds. No provider's model
 * answers sooner, so that it costs no answer any time; a failure that comes sooner pays a tenth of a millisecond.
 */
const prepareAfterMs = 10

const nothing = (): void => {}

/**
 * The requests of one walk in its targets' words, each written once; the next one while the provider before it is
 * waited for, so that it can leave at once.
 */
export class Readiness {
  readonly #grounds: Pick<Grounds, "providers" | "timers">
  /** The first step's, which is all that most walks need, and those of the others. */
  #first: { readonly step: Step; readonly ready: Result.Result<Ready, Failure> } | undefined
  #others: Map<Step, Result.Result<Ready, Failure>> | undefined
  #cancel: () => void = nothing

  constructor(grounds: Pick<Grounds, "providers" | "timers">) {
    this.#grounds = grounds
  }

  of(step: Step): Result.Result<Ready, Failure> {
    const before = this.#written(step)
    if (before !== undefined) return before
    const ready = this.#grounds.providers.prepare(step.ask, step.target, streams(step))
    if (this.#first === undefined) this.#first = { step, ready }
    else (this.#others ??= new Map()).set(step, ready)
    return ready
  }

  /** Has the first of the other steps written in a moment, unless `stop` comes before. */
  prepareOther(current: Step, steps: ReadonlyArray<Step>): void {
    const following = steps.find((step) => step !== current)
    if (following === undefined || this.#written(following) !== undefined) return
    this.#cancel()
    this.#cancel = this.#grounds.timers.after(prepareAfterMs, () => {
      try {
        this.of(following)
      } catch {
        // A fault of ours shows again when its turn comes, and there it ends one request instead of the process.
      }
    })
  }

  #written(step: Step): Result.Result<Ready, Failure> | undefined {
    return this.#first?.step === step ? this.#first.ready : this.#others?.get(step)
  }

  stop(): void {
    this.#cancel()
  }
}

import { type Failure, Overloaded } from "../domain/Failure.ts"
import type { Place } from "../providers/Deployments.ts"
import type { Providers } from "../providers/Providers.ts"
import type { Breakers, Pass } from "./health/Breakers.ts"
import { barred, partAtFault } from "./planning/StepFacts.ts"
import type { Step } from "./planning/Plan.ts"

/** The process's timers, as far as a walk needs them. */
export interface Clock {
  /** Milliseconds on a clock that never goes back. */
  readonly now: () => number
  /** Calls `run` once after `ms` milliseconds, unless the returned function is called before. */
  readonly after: (ms: number, run: () => void) => () => void
}

/** A place that the breakers let this request go to. */
export interface Admitted {
  readonly place: Place
  readonly pass: Pass
}

/** Where no place may be gone to: the moment at which the first one may. */
export interface Barred {
  readonly until: number
  readonly failure: Failure
}

/** The same of several steps, with the one that may be gone to first. */
export interface AllBarred extends Barred {
  readonly step: Step | undefined
}

const noPlaces: ReadonlySet<Place> = new Set()

/** Finds the places of a step that may be gone to now. */
export class Guide {
  readonly #providers: Pick<Providers["Service"], "places">
  readonly #breakers: Breakers
  readonly #clock: Clock

  constructor(providers: Pick<Providers["Service"], "places">, breakers: Breakers, clock: Clock) {
    this.#providers = providers
    this.#breakers = breakers
    this.#clock = clock
  }

  /** The first step that has a place to go to, or the moment at which one will have. */
  first(steps: ReadonlyArray<Step>): { readonly step: Step; readonly at: Admitted } | AllBarred {
    let earliest: AllBarred | undefined
    for (const noAlternative of [false, true]) {
      for (const step of steps) {
        const at = this.admit(step, noPlaces, noAlternative)
        if (!("until" in at)) return { step, at }
        if (earliest === undefined || at.until < earliest.until) earliest = { ...at, step }
      }
    }
    const failure = new Overloaded({ message: "No target is left to try." })
    return earliest ?? { until: Infinity, failure, step: undefined }
  }

  /**
   * A place for a step that has failed; where there is nowhere else to go, one that only the operator can mend is gone
   * to all the same.
   */
  admitAgain(step: Step, hasNext: boolean): Admitted | Barred {
    const at = this.admit(step)
    return "until" in at && !hasNext ? this.admit(step, noPlaces, true) : at
  }

  /** The first place of a step that was not tried and that the breakers let pass. */
  admit(step: Step, tried: ReadonlySet<Place> = noPlaces, noAlternative = false): Admitted | Barred {
    const { model } = step.target
    let until = Infinity
    let reason: Failure["_tag"] = "Overloaded"
    for (const place of this.#providers.places(model.provider)) {
      if (tried.has(place)) continue
      const { address, keyAlias } = place
      const admission = this.#breakers.admit(
        { provider: model.provider, model: model.id, address, keyAlias },
        { noAlternative }
      )
      if (admission.passes) return { place, pass: admission.pass }
      if (admission.until >= until) continue
      until = admission.until
      reason = admission.reason
    }
    return { until, failure: barred(model.id, reason, until - this.#clock.now()) }
  }

  /**
   * Another key or address of the same provider, where the failure at `place` is the key's or the address's own.
   * `failed`: what came of the places tried, that one included.
   */
  another(step: Step, place: Place, failed: ReadonlyMap<Place, Failure>): Admitted | undefined {
    const failure = failed.get(place)
    const places = this.#providers.places(step.target.model.provider)
    if (places.length === 1 || failure === undefined || partAtFault(failure) === undefined) return undefined
    const useless = new Set(failed.keys())
    for (const [at, failure] of failed) {
      const part = partAtFault(failure)
      if (part === undefined) continue
      // A place that shares what failed would fail as well.
      for (const other of places) if (other[part] === at[part]) useless.add(other)
    }
    const admitted = this.admit(step, useless)
    return "until" in admitted ? undefined : admitted
  }
}

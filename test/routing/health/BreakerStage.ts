import { type Failure, RateLimited, ServerFault, Unauthorized, Unreachable } from "../../../src/domain/Failure.ts"
import {
  type BreakerChange,
  Breakers,
  type Ending,
  neutral,
  type Pass,
  type Place
} from "../../../src/routing/health/Breakers.ts"

export const message = "no"
export const here: Place = { provider: "p", address: "https://one.example/v1", model: "p/m", keyAlias: "a" }
export const otherModel: Place = { ...here, model: "p/n" }
export const otherKey: Place = { ...here, keyAlias: "b" }
export const otherHost: Place = { ...here, address: "https://two.example/v1" }
export const elsewhere: Place = { provider: "q", address: "https://q.example", model: "q/m", keyAlias: undefined }

export const ended = (failure: Failure, countsTimeout = true): Ending => ({ _tag: "Failure", failure, countsTimeout })
export const fault = ended(new ServerFault({ message }))
export const gone = ended(new Unreachable({ message }))
export const refused = ended(new Unauthorized({ message, words: { provider: "p", status: 401 } }))
export const limited = (retryAfterMs: number): Ending => ended(new RateLimited({ message, retryAfterMs }))

/** Breakers with a clock that is moved by hand. */
export const start = () => {
  const clock = { now: 0, looks: 0 }
  const changes: Array<BreakerChange> = []
  const breakers = new Breakers({
    now: () => {
      clock.looks++
      return clock.now
    },
    onChange: (change) => changes.push(change)
  })
  const pass = (place: Place): Pass => {
    const admission = breakers.admit(place)
    if (!admission.passes) throw new Error(`${place.model} is shut until ${admission.until}`)
    return admission.pass
  }
  /** Sends so many requests that all end so. */
  const send = (place: Place, ending: Ending, times = 1): void => {
    const passes = Array.from({ length: times }, () => pass(place))
    for (const each of passes) breakers.settle(each, ending)
  }
  const passes = (place: Place): boolean => {
    const admission = breakers.admit(place)
    if (admission.passes) breakers.settle(admission.pass, neutral)
    return admission.passes
  }
  return { breakers, clock, changes, pass, send, passes }
}

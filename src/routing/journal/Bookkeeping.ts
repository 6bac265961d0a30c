import type { Failure } from "../../domain/Failure.ts"
import type { Need } from "../../domain/keys/Purse.ts"
import type { Attempt, Ending } from "../Attempt.ts"
import { nothing } from "../funding/Funding.ts"
import type { Grounds } from "../Grounds.ts"
import { neutral, succeeded } from "../health/Breakers.ts"
import { limitsOf, type Policy } from "../planning/Policy.ts"
import { mayThink } from "../planning/StepFacts.ts"

/** Remembers how soon a target had content. */
export const noteContent = (attempt: Attempt, grounds: Grounds): void => {
  grounds.latencies.note(attempt.order.target.model.id, grounds.timers.now() - attempt.sentAt)
  // A probe has found its target alive; the rest of a long answer would keep all others waiting.
  if (attempt.pass?.probe === true) settle(attempt, "answered", grounds)
}

/** Remembers how an attempt ended. */
export const noteEnd = (attempt: Attempt, ending: Ending, grounds: Grounds): void => {
  grounds.figures.note(attempt.order.target, typeof ending === "string" ? ending : ending._tag)
  settle(attempt, ending, grounds)
  if (attempt.hold !== undefined) attempt.hold.settle(usedBy(attempt))
}

/** What is taken from what was put aside for an attempt. */
const usedBy = ({ spending }: Attempt): Need => {
  if (spending === undefined) return nothing
  const { usage, cost } = spending
  return { tokens: usage.inputTokens + usage.outputTokens, ...(cost === undefined ? {} : { nanos: cost.total }) }
}

const settle = (attempt: Attempt, ending: Ending, { breakers, usual }: Grounds): void => {
  const { pass } = attempt
  if (pass === undefined) return
  attempt.pass = undefined
  if (ending === "answered") return breakers.settle(pass, succeeded)
  if (ending === "stopped") return breakers.settle(pass, neutral)
  breakers.settle(pass, { _tag: "Failure", failure: ending, countsTimeout: countsTimeout(attempt, ending, usual) })
}

/** Whether a timeout says something of the provider: a limit that only this caller set is no measure for others. */
const countsTimeout = ({ order }: Attempt, failure: Failure, policy: Policy): boolean => {
  if (failure._tag !== "TimedOut") return false
  const { ready, target, limits } = order
  const circumstances = { streams: ready.stream, mayThink: mayThink(target), leftMs: Infinity, targetsLeft: Infinity }
  const usual = limitsOf({ policy, ...circumstances })
  if (failure.stage === "connect") return limits.connectMs >= usual.connectMs
  if (failure.stage === "headers") return limits.headersMs >= usual.headersMs
  return failure.stage === "idle" && limits.silenceMs >= usual.silenceMs && limits.idleMs >= usual.idleMs
}

import { type Failure, Overloaded, RateLimited, TimedOut } from "../../domain/Failure.ts"
import type { Target } from "../../domain/routing/Target.ts"
import type { Place } from "../../providers/Deployments.ts"
import type { Step } from "./Plan.ts"
import { type AttemptLimits, limitsOf, type Policy } from "./Policy.ts"

/** Whether a provider is asked for a stream, whatever the caller asked for: where its first content must be seen. */
export const streams = ({ ask, policy }: Step): boolean =>
  ask.stream || policy.timeouts.firstContentMs !== undefined || policy.hedge !== undefined || policy.race

/**
 * How long a step's next attempt may take, `leftMs` before the deadline and with so many targets left, this one
 * included.
 */
export const limitsFor = (step: Step, leftMs: number, targetsLeft: number): AttemptLimits =>
  limitsOf({ policy: step.policy, streams: streams(step), mayThink: mayThink(step.target), leftMs, targetsLeft })

/** A model that may think in silence: it says so, or is newer than the catalog. */
export const mayThink = ({ model }: Target): boolean => model.reasoning === true || !model.listed

/** Whether a prompt that was too long for one model may fit another. */
export const isRoomier = (step: Step, than: Step): boolean => roomOf(step.target) > roomOf(than.target)

const roomOf = ({ model }: Target): number => model.maxInputTokens ?? model.contextTokens ?? 0

/** Which part of a place a failure says is bad; nothing when another key or address would not help. */
export const partAtFault = (failure: Failure): "keyAlias" | "address" | undefined => {
  switch (failure._tag) {
    case "Unauthorized":
    case "QuotaExhausted":
    case "RateLimited":
      return "keyAlias"
    case "Unreachable":
    case "Overloaded":
    case "ServerFault":
    case "TimedOut":
    case "Cut":
    case "Garbled":
      return "address"
    default:
      return undefined
  }
}

export const placed = (target: Target, { region, keyAlias }: Place): Target =>
  region === undefined && keyAlias === undefined
    ? target
    : {
        ...target,
        ...(region === undefined ? {} : { region }),
        ...(keyAlias === undefined ? {} : { keyAlias })
      }

export const tooLate = ({ deadlineMs }: Policy): TimedOut =>
  new TimedOut({ stage: "deadline", message: `No target had answered within the deadline of ${deadlineMs} ms.` })

/** Why a target is not even asked, with when it will be. */
export const barred = (model: string, reason: Failure["_tag"], ms: number): Failure => {
  const seconds = Math.max(1, Math.ceil(ms / 1000))
  const message = `${model} is not asked for another ${seconds} s, because it failed again and again (${reason}).`
  const details = { message, ...(Number.isFinite(ms) ? { retryAfterMs: Math.max(0, ms) } : {}) }
  return reason === "RateLimited" ? new RateLimited(details) : new Overloaded(details)
}

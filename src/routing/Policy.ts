import { type Failure, failureKinds, type FailureTag } from "../domain/Failure.ts"
import type { Steering } from "../domain/Steering.ts"

/** How one target is tried: every setting decided. Times are milliseconds; a part without a limit is absent. */
export interface Policy {
  readonly headersMs: number
  readonly idleMs: number
  readonly firstContentMs: number | undefined
  readonly totalMs: number | undefined
  /** The failures after which the next target is tried. */
  readonly on: ReadonlySet<FailureTag>
  readonly retries: number
  readonly backoffMs: number
}

/** Longest that a provider's own word on when to come back is waited for, in milliseconds; the official SDKs take a minute too. */
export const longestRetryAfterMs = 60_000

/** Wait before the one retry of a request that has nowhere else to go. */
const loneBackoffMs = 500

/** All but the caller's own faults and a refusal of the content: those another target may answer well. */
export const defaultOn: ReadonlySet<FailureTag> = new Set(
  tags().filter((tag) => failureKinds[tag].retry !== "none" && tag !== "ContentRefused")
)

function tags(): ReadonlyArray<FailureTag> {
  return Object.keys(failureKinds).filter((name): name is FailureTag => name in failureKinds)
}

/** Lays what was said over what is usual, nearest first. `alone`: there is no other target. */
export const policyOf = (said: ReadonlyArray<Steering>, alone: boolean): Policy => {
  const first = <A>(read: (steering: Steering) => A | undefined): A | undefined => {
    for (const steering of said) {
      const value = read(steering)
      if (value !== undefined) return value
    }
    return undefined
  }
  const on = first(({ on }) => on)
  const retries = first(({ retries }) => retries)
  return {
    headersMs: first(({ timeouts }) => timeouts?.headersMs) ?? 30_000,
    idleMs: first(({ timeouts }) => timeouts?.idleMs) ?? 30_000,
    firstContentMs: first(({ timeouts }) => timeouts?.firstContentMs),
    totalMs: first(({ timeouts }) => timeouts?.totalMs),
    on: on === undefined ? defaultOn : new Set(on),
    // With another target at hand the first failure goes there at once.
    retries: retries?.attempts ?? (alone ? 1 : 0),
    backoffMs: retries?.backoffMs ?? loneBackoffMs
  }
}

/** What follows a failed attempt. */
export type Next =
  /** The same target again, after so many milliseconds. */
  | { readonly _tag: "Retry"; readonly waitMs: number }
  /** The next target. */
  | { readonly _tag: "Follow" }
  /** Nothing: the failure is the answer. */
  | { readonly _tag: "Stop" }

/** What is known when an attempt has failed before its gate. */
export interface Situation {
  readonly failure: Failure
  readonly policy: Policy
  /** Attempts at this target so far, this one included. */
  readonly attempts: number
  /** Whether another target is left that may take the request. */
  readonly hasNext: boolean
  /** Milliseconds until the answer must have begun. */
  readonly leftMs: number
  /** Whether the provider's retry budget has room. */
  readonly mayRetry: boolean
  /** From 0 to 1. */
  readonly random: number
}

/** Decides after a failure. Pure, so that a table can hold it. */
export const next = ({ failure, policy, attempts, hasNext, leftMs, mayRetry, random }: Situation): Next => {
  const { retry } = failureKinds[failure._tag]
  const follow: Next = hasNext && policy.on.has(failure._tag) ? { _tag: "Follow" } : { _tag: "Stop" }
  if (retry !== "same" || attempts > policy.retries || !mayRetry) return follow
  const waitMs = waitBefore(failure, policy, attempts, random)
  // A wait that does not fit is no wait: the next target is asked at once.
  return waitMs === undefined || waitMs >= leftMs ? follow : { _tag: "Retry", waitMs }
}

/** The provider's own time, else jittered exponential back-off; nothing when the provider asks for longer than anyone waits. */
const waitBefore = (failure: Failure, policy: Policy, attempts: number, random: number): number | undefined => {
  if (failure.retryAfterMs !== undefined) {
    return failure.retryAfterMs <= longestRetryAfterMs ? failure.retryAfterMs : undefined
  }
  const full = policy.backoffMs * 2 ** (attempts - 1)
  // Between half and all of it, so that callers who failed together do not come back together.
  return full * (0.5 + random / 2)
}

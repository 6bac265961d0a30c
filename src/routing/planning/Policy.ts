import { type Failure, failureKinds, type FailureTag } from "../../domain/Failure.ts"
import { putAsideCode } from "../../domain/keys/Purse.ts"
import type { AttemptTimeouts, Hedge, Steering } from "../../domain/routing/Steering.ts"

/** How one target is tried: all that was said and, where nothing was, what is usual. Times are milliseconds. */
export interface Policy {
  /** Only the parts that were said; `limitsOf` decides the others for each attempt. */
  readonly timeouts: AttemptTimeouts
  /** From the request's arrival until the answer must have begun, over all attempts. */
  readonly deadlineMs: number
  /** The failures after which the next target is tried. */
  readonly on: ReadonlySet<FailureTag>
  /** More tries at the same target. */
  readonly retries: number
  /** The first wait between two tries; doubled with each. */
  readonly backoffMs: number
  readonly hedge: Hedge | undefined
  readonly race: boolean
  readonly midStream: "error" | "hold"
  readonly trail: boolean
}

/** The official SDKs give up after ten minutes, most proxies after one or two. */
const usualDeadlineMs = 120_000
const usualBackoffMs = 500
const usualConnectMs = 3_000
/** Usual limit of headers, of silence, and between two signs of life. */
const usualSilenceMs = 30_000
/** Longest delay that `setTimeout` takes; a longer one would fire at once. */
const longestMs = 2 ** 31 - 1

/**
 * Longest that a provider's word on when to come back is waited for, and that back-off grows to; the official SDKs take
 * a minute too.
 */
export const longestRetryAfterMs = 60_000

/**
 * The failures that another target may answer well; not a refused content, which would only look for somebody who minds
 * less.
 */
export const defaultOn: ReadonlySet<FailureTag> = new Set(
  Object.keys(failureKinds)
    .filter((name): name is FailureTag => name in failureKinds)
    .filter((tag) => failureKinds[tag].retry !== "none" && tag !== "ContentRefused")
)

/** Lays what was said over what is usual, nearest first. `alone`: there is no other target. */
export const policyOf = (said: ReadonlyArray<Steering>, alone: boolean): Policy =>
  said.every(saysNothing) ? usual[alone ? "alone" : "amongOthers"] : merged(said, alone)

const saysNothing = (steering: Steering): boolean => {
  for (const _ in steering) return false
  return true
}

const merged = (said: ReadonlyArray<Steering>, alone: boolean): Policy => {
  const first = <A>(read: (steering: Steering) => A | undefined): A | undefined => {
    for (const steering of said) {
      const value = read(steering)
      if (value !== undefined) return value
    }
    return undefined
  }
  const on = first((steering) => steering.on)
  // Each answers lateness in its own way, so the nearer word on either is the word on both. One that says both means
  // the cheaper.
  const late = said.find(({ hedge, race }) => hedge !== undefined || race === true)
  const race = late?.race === true && late.hedge === undefined
  return {
    timeouts: timeoutsOf(first),
    deadlineMs: first((steering) => steering.deadlineMs) ?? usualDeadlineMs,
    on: on === undefined ? defaultOn : new Set(on),
    // Where another target is at hand, the first failure goes there at once.
    retries: first(({ retries }) => retries?.attempts) ?? (alone ? 1 : 0),
    backoffMs: first(({ retries }) => retries?.backoffMs) ?? usualBackoffMs,
    hedge: late?.hedge,
    race: race && first((steering) => steering.race) === true,
    midStream: first((steering) => steering.midStream) ?? "error",
    trail: first((steering) => steering.trail) ?? false
  }
}

const timeoutsOf = (first: <A>(read: (steering: Steering) => A | undefined) => A | undefined): AttemptTimeouts => {
  const connectMs = first(({ timeouts }) => timeouts?.connectMs)
  const headersMs = first(({ timeouts }) => timeouts?.headersMs)
  const firstContentMs = first(({ timeouts }) => timeouts?.firstContentMs)
  const idleMs = first(({ timeouts }) => timeouts?.idleMs)
  const totalMs = first(({ timeouts }) => timeouts?.totalMs)
  return {
    ...(connectMs === undefined ? {} : { connectMs }),
    ...(headersMs === undefined ? {} : { headersMs }),
    ...(firstContentMs === undefined ? {} : { firstContentMs }),
    ...(idleMs === undefined ? {} : { idleMs }),
    ...(totalMs === undefined ? {} : { totalMs })
  }
}

/** Most requests say nothing: they share these. */
const usual = { alone: merged([], true), amongOthers: merged([], false) } as const

/** The time that one attempt has, every part decided. Milliseconds; a part without a limit is `undefined`. */
export interface AttemptLimits {
  /** Until the connection stands. */
  readonly connectMs: number
  /** Until the provider's headers. */
  readonly headersMs: number
  /** Longest silence between the headers and the first content. */
  readonly silenceMs: number
  /** Longest silence after the first content. */
  readonly idleMs: number
  /** From the attempt's start until its first content. */
  readonly contentMs: number | undefined
  /** From the attempt's start until its end. */
  readonly totalMs: number | undefined
  /** From the attempt's start until its gate must have opened: what is left of the request's deadline. */
  readonly untilGateMs: number
}

/** What the limits of an attempt depend on. */
export interface Circumstances {
  readonly policy: Policy
  /** The provider is asked for a stream. */
  readonly streams: boolean
  /** The model reasons, perhaps out of sight. */
  readonly mayThink: boolean
  /** Milliseconds until the answer must have begun. */
  readonly leftMs: number
  /** Targets that are left, this one included. */
  readonly targetsLeft: number
}

/** How long an attempt that starts now may take for each of its parts. */
export const limitsOf = ({ policy, streams, mayThink, leftMs, targetsLeft }: Circumstances): AttemptLimits => {
  const { connectMs, headersMs, firstContentMs, idleMs, totalMs } = policy.timeouts
  const untilGateMs = within(leftMs, longestMs)
  const share = Math.max(usualSilenceMs, untilGateMs / Math.max(1, targetsLeft))
  // Idle and total go on after the gate, where the deadline does not reach: what is left of it must not cut an answer
  // that has begun.
  return {
    connectMs: within(connectMs ?? usualConnectMs, untilGateMs),
    // A whole answer's headers come with its end, so they may take as long as the making of the answer.
    headersMs: within(headersMs ?? (streams ? usualSilenceMs : share), untilGateMs),
    // Some providers are silent for minutes while a model reasons out of sight or a whole answer is made: no sign of
    // life, yet no fault.
    silenceMs: within(idleMs ?? (mayThink || !streams ? share : usualSilenceMs), untilGateMs),
    idleMs: within(idleMs ?? usualSilenceMs, longestMs),
    contentMs: firstContentMs === undefined ? undefined : within(firstContentMs, untilGateMs),
    totalMs: totalMs === undefined ? undefined : within(totalMs, longestMs),
    untilGateMs
  }
}

const within = (ms: number, most: number): number => Math.max(0, Math.min(ms, most))

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
  /** Whether another target is left that may take the request; after `ContextTooLong`, one with more room. */
  readonly hasNext: boolean
  /** Milliseconds until the answer must have begun. */
  readonly leftMs: number
  /** Whether the provider's retry budget has room. */
  readonly mayRetry: boolean
  /** From 0 to 1. */
  readonly random: number
}

/** Decides after a failure. A timeout never repeats at the same target: `failureKinds` sends it to the next. */
export const next = ({ failure, policy, attempts, hasNext, leftMs, mayRetry, random }: Situation): Next => {
  const follow: Next = hasNext && policy.on.has(failure._tag) ? { _tag: "Follow" } : { _tag: "Stop" }
  if (failureKinds[failure._tag].retry !== "same" || attempts > policy.retries || !mayRetry) return follow
  const waitMs = waitBefore(failure, policy, attempts, random)
  // A wait that does not fit is no wait: the next target is asked at once.
  return waitMs === undefined || waitMs >= leftMs ? follow : { _tag: "Retry", waitMs }
}

/** The provider's own time, and nothing when that is longer than anyone waits; else jittered exponential back-off. */
const waitBefore = (failure: Failure, policy: Policy, attempts: number, random: number): number | undefined => {
  const { retryAfterMs } = failure
  // Some proxies write 0 whatever happens, which tells nobody when to come back.
  if (retryAfterMs !== undefined && retryAfterMs > 0) {
    return retryAfterMs <= longestRetryAfterMs ? retryAfterMs : undefined
  }
  const full = Math.min(policy.backoffMs * 2 ** (attempts - 1), Math.max(longestRetryAfterMs, policy.backoffMs))
  // Between half and all of it, so that callers who failed together do not come back together.
  return full * (0.5 + random / 2)
}

/**
 * Classes whose status (429, 5xx) the official SDKs try again by themselves, though the same call ends the same way.
 */
const hopeless: ReadonlySet<FailureTag> = new Set([
  "TimedOut",
  "Unauthorized",
  "QuotaExhausted",
  "OverBudget",
  "Internal"
])

/** What has been done for a caller before it is told a failure. */
export interface Tried {
  /** Attempts in all; 0 when nothing was sent. */
  readonly attempts: number
  /** The provider's retry budget has no room. */
  readonly budgetSpent: boolean
}

/**
 * The answer's `x-should-retry`: `false` when the SDK's own retries would not help, nothing where its own rules are
 * right.
 */
export const shouldRetry = (failure: Failure, { attempts, budgetSpent }: Tried): false | undefined => {
  // What is put aside for others comes back, whatever a provider's retries are.
  if (failure.code === putAsideCode) return undefined
  if (hopeless.has(failure._tag) || budgetSpent) return false
  // Each call of the SDK would repeat all of these attempts; one that waits as long as it is told is another matter.
  return attempts > 1 && failure.retryAfterMs === undefined ? false : undefined
}

import { type Failure, failureKinds, type FailureKind } from "../../domain/Failure.ts"

/** When a breaker opens and for how long. Times are milliseconds. */
export interface BreakerRules {
  /** Successes and failures count for at least half and at most all of this. */
  readonly windowMs: number
  /**
   * With more samples than this the oldest go early, so that a busy target's outage is seen within its next hundred
   * failures.
   */
  readonly mostSamples: number
  /** Fewer samples say nothing: one failure in the night is no outage. */
  readonly leastSamples: number
  /** Share of failures at which it opens. */
  readonly openAt: number
  /**
   * How long it stays open before a probe is let through; doubled with each probe that fails, up to `longestOpenMs`.
   */
  readonly openMs: number
  readonly longestOpenMs: number
  /** How long a probe keeps others out: one that hangs must not delay the recovery until it times out. */
  readonly probeMs: number
  /**
   * How long a breaker that was open is remembered without being asked for; longer than attempts last that were sent
   * before it closed.
   */
  readonly forgetMs: number
}

/**
 * A provider that is back is found within 30 seconds: the longest opening and the longest wait for a probe's place are
 * below that.
 */
export const breakerRules: BreakerRules = {
  windowMs: 30_000,
  mostSamples: 200,
  leastSamples: 5,
  openAt: 0.5,
  openMs: 5_000,
  longestOpenMs: 20_000,
  probeMs: 5_000,
  forgetMs: 300_000
}

/** Whose refusals end together: an address, a key, or one model with one key. */
export type BreakerScope = Exclude<FailureKind["breaker"], "none">

interface Tally {
  readonly from: number
  readonly samples: number
  readonly failures: number
}

/**
 * One breaker's state. Times are milliseconds of a clock that never goes back; passes are numbered in the order of
 * their admission.
 */
export type Breaker = Closed | Open | HalfOpen

interface Closed {
  readonly state: "closed"
  readonly before: Tally
  readonly current: Tally
  /** The pass that closed it, and when: what was sent before that pass tells of the outage, not of now. */
  readonly recovered: { readonly serial: number; readonly at: number } | undefined
}

interface Open {
  readonly state: "open"
  readonly until: number
  readonly openedFor: number
  /** By the provider's word or a refused key, not by counting. */
  readonly ordered: boolean
}

interface HalfOpen {
  readonly state: "half-open"
  readonly since: number
  /** The one request that tries whether the target is back. */
  readonly probe: { readonly serial: number; readonly at: number } | undefined
  /** The first probe since the opening ended: those before it tell of what opened it last. */
  readonly first: number
  readonly openedFor: number
  readonly ordered: boolean
}

/** How a request ended, as far as a breaker cares. */
export type Verdict =
  | { readonly _tag: "Success" }
  | { readonly _tag: "Failure" }
  /** Open at once for so long, whatever was counted. */
  | { readonly _tag: "Shut"; readonly forMs: number }
  /** Says nothing about the target. */
  | { readonly _tag: "Neutral" }

/** How a request got past a breaker: as usual, to try whether the target is back, or although it is shut. */
export type Entered = "usual" | "probe" | "forced"

const none = (from: number): Tally => ({ from, samples: 0, failures: 0 })

/** A breaker that has seen nothing. */
export const closedBreaker = (now: number): Breaker => ({
  state: "closed",
  before: none(now),
  current: none(now),
  recovered: undefined
})

/**
 * A timer may fire a little before its time, and who waited for the opening must not be sent away for that.
 * Milliseconds.
 */
const timerLeewayMs = 2

/** The breaker at a moment: one that was open for long enough is half-open. */
export const at = (breaker: Breaker, now: number): Breaker =>
  breaker.state === "open" && now + timerLeewayMs >= breaker.until
    ? {
        state: "half-open",
        since: breaker.until,
        probe: undefined,
        first: Infinity,
        openedFor: breaker.openedFor,
        ordered: breaker.ordered
      }
    : breaker

/** Whether the request with this number may pass, and the breaker after it did; otherwise when to ask again. */
export const admit = (
  breaker: Breaker,
  serial: number,
  now: number,
  rules: BreakerRules
):
  | { readonly passes: true; readonly breaker: Breaker; readonly entered: Entered }
  | { readonly passes: false; readonly until: number } => {
  const current = at(breaker, now)
  if (current.state === "closed") return { passes: true, breaker: current, entered: "usual" }
  if (current.state === "open") return { passes: false, until: current.until }
  // The probe under way may end at any moment, and then the target is as good as any.
  if (isHeld(current, now, rules)) return { passes: false, until: now + rules.probeMs / 10 }
  const first = Math.min(current.first, serial)
  return { passes: true, breaker: { ...current, probe: { serial, at: now }, first }, entered: "probe" }
}

const isHeld = ({ probe }: HalfOpen, now: number, rules: BreakerRules): boolean =>
  probe !== undefined && now - probe.at < rules.probeMs

/** The breaker after the request with this number ended. */
export const after = (
  breaker: Breaker,
  verdict: Verdict,
  pass: { readonly serial: number; readonly entered: Entered },
  now: number,
  rules: BreakerRules
): Breaker => {
  const current = at(breaker, now)
  if (verdict._tag === "Shut") return shut(current, verdict.forMs, now)
  if (verdict._tag === "Neutral") return withoutProbe(current, pass.serial)
  if (current.state === "closed") return counted(current, verdict._tag === "Failure", pass.serial, now, rules)
  // Sent before it opened: old news.
  if (pass.entered === "usual") return current
  if (verdict._tag === "Failure") {
    const isNews = current.state === "half-open" && pass.entered === "probe" && pass.serial >= current.first
    return isNews ? reopened(current, now, rules) : current
  }
  // A provider's word that came after a probe went out holds, whatever the probe brings; who passed in spite of the
  // word knows better.
  if (current.state === "open" && current.ordered && pass.entered === "probe") return current
  return { state: "closed", before: none(now), current: none(now), recovered: { serial: pass.serial, at: now } }
}

const shut = (current: Breaker, forMs: number, now: number): Breaker => {
  const until = now + forMs
  // A shorter word never replaces a longer one.
  if (current.state === "open" && current.until >= until) return current
  return { state: "open", until, openedFor: forMs, ordered: true }
}

/** A probe whose caller left gives its place back. */
const withoutProbe = (current: Breaker, serial: number): Breaker =>
  current.state === "half-open" && current.probe?.serial === serial ? { ...current, probe: undefined } : current

const counted = (current: Closed, failed: boolean, serial: number, now: number, rules: BreakerRules): Breaker => {
  if (current.recovered !== undefined && serial < current.recovered.serial) return current
  const slid = slide(current, now, rules)
  const tally = {
    from: slid.current.from,
    samples: slid.current.samples + 1,
    failures: slid.current.failures + (failed ? 1 : 0)
  }
  const samples = slid.before.samples + tally.samples
  const failures = slid.before.failures + tally.failures
  if (failed && samples >= rules.leastSamples && failures / samples >= rules.openAt) {
    return { state: "open", until: now + rules.openMs, openedFor: rules.openMs, ordered: false }
  }
  return { ...slid, current: tally }
}

/** The counts in two halves, each of which ends by time or by number. */
const slide = (closed: Closed, now: number, rules: BreakerRules): Closed => {
  const age = now - closed.current.from
  if (age >= rules.windowMs) return { ...closed, before: none(now), current: none(now) }
  if (age < rules.windowMs / 2 && closed.current.samples < rules.mostSamples / 2) return closed
  return { ...closed, before: closed.current, current: none(now) }
}

const reopened = (current: HalfOpen, now: number, rules: BreakerRules): Breaker => {
  // How long a provider ordered it shut says nothing of how long an outage lasts.
  const openedFor = current.ordered ? rules.openMs : Math.min(rules.longestOpenMs, current.openedFor * 2)
  return { state: "open", until: now + openedFor, openedFor, ordered: false }
}

/** What a closed breaker has counted of late; nothing for the others. */
export const tallyOf = (
  breaker: Breaker,
  now: number,
  rules: BreakerRules
): { readonly samples: number; readonly failures: number } => {
  if (breaker.state !== "closed") return { samples: 0, failures: 0 }
  const { before, current } = slide(breaker, now, rules)
  return { samples: before.samples + current.samples, failures: before.failures + current.failures }
}

/** Whether a breaker that is not kept any more would decide the same, or nobody has asked for it for a long time. */
export const isForgettable = (breaker: Breaker, now: number, rules: BreakerRules): boolean => {
  const current = at(breaker, now)
  if (current.state === "open") return false
  if (current.state === "half-open") return now - current.since >= rules.forgetMs && !isHeld(current, now, rules)
  if (current.recovered !== undefined && now - current.recovered.at < rules.forgetMs) return false
  return tallyOf(current, now, rules).failures === 0
}

/**
 * How long a key is left alone that was refused or has no credit: long enough to spare the provider, short enough to
 * see that somebody mended it.
 */
const keyShutMs = 60_000
/** Longest that a provider's word keeps a target shut, so that an absurd number is no outage of its own. */
const longestShutMs = 600_000

const success: Verdict = { _tag: "Success" }
const failing: Verdict = { _tag: "Failure" }
const neutral: Verdict = { _tag: "Neutral" }

/** What one ending means to each scope. */
export type Verdicts = Readonly<Record<BreakerScope, Verdict>>

/** A whole answer is good news everywhere. */
export const allSuccess: Verdicts = { host: success, key: success, "key-and-model": success }
/** The caller left, or what failed is its own doing. */
export const allNeutral: Verdicts = { host: neutral, key: neutral, "key-and-model": neutral }

/** What a failure means to each scope. `countsTimeout`: the limit that passed was no tighter than the operator's. */
export const verdictsOf = (failure: Failure, countsTimeout: boolean): Verdicts => {
  const scope = scopeOf(failure, countsTimeout)
  if (scope === "none") return allNeutral
  const verdict = verdictAt(failure)
  if (scope === "host") return { host: verdict, key: neutral, "key-and-model": neutral }
  // A provider that answered at all is there, and knew the key when it minds something narrower; but not every 403
  // means a good key.
  const answered = failure.words?.status === undefined ? neutral : success
  if (scope === "key") return { host: answered, key: verdict, "key-and-model": neutral }
  const key = failure._tag === "Unauthorized" ? neutral : answered
  return { host: answered, key, "key-and-model": verdict }
}

/** `failureKinds` says it by class; some classes hold cases that differ. */
const scopeOf = (failure: Failure, countsTimeout: boolean): FailureKind["breaker"] => {
  const scope = failureKinds[failure._tag].breaker
  const status = failure.words?.status
  if (failure._tag === "TimedOut") {
    // A provider's own 408 or 504 is no limit of ours. What does not even connect is the address's trouble.
    if (status === undefined && !countsTimeout) return "none"
    return failure.stage === "connect" ? "host" : scope
  }
  // 403 can be about one model that the key may not use, and a caller who asks for that must not shut the key for all
  // others.
  if (failure._tag === "Unauthorized" && status === 403) return "key-and-model"
  // Groq's 400 for a tool call that its model wrote wrongly: another try may do, but it is the prompt's doing.
  if (failure._tag === "ServerFault" && status !== undefined && status >= 400 && status < 500) return "none"
  return scope
}

const verdictAt = (failure: Failure): Verdict => {
  const { _tag: tag, retryAfterMs } = failure
  if (tag === "Unauthorized" || tag === "QuotaExhausted") return { _tag: "Shut", forMs: keyShutMs }
  if (tag !== "RateLimited" && tag !== "Overloaded") return failing
  if (retryAfterMs === undefined || retryAfterMs <= 0) return failing
  return { _tag: "Shut", forMs: Math.min(longestShutMs, retryAfterMs) }
}

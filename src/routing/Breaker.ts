/** When a breaker opens and for how long. */
export interface BreakerRules {
  /** Failures and successes are counted over this long, in milliseconds. */
  readonly windowMs: number
  /** Fewer samples say nothing: one failure in the night is no outage. */
  readonly leastSamples: number
  /** Share of failures at which it opens. */
  readonly openAt: number
  /** How long it stays open before a probe is let through; doubled with each probe that fails, up to `longestOpenMs`. */
  readonly openMs: number
  readonly longestOpenMs: number
}

/** A provider that is back is found within 30 seconds: the longest opening is below that. */
export const breakerRules: BreakerRules = {
  windowMs: 30_000,
  leastSamples: 5,
  openAt: 0.5,
  openMs: 5_000,
  longestOpenMs: 20_000
}

/** One breaker's state. Times are milliseconds of a clock that never goes back. */
export type Breaker =
  | { readonly state: "closed"; readonly samples: ReadonlyArray<Sample> }
  | { readonly state: "open"; readonly until: number; readonly openedFor: number }
  /** One request at a time may try whether the target is back. */
  | { readonly state: "half-open"; readonly probing: boolean; readonly openedFor: number }

interface Sample {
  readonly at: number
  readonly failed: boolean
}

/** How a request ended, as far as a breaker cares. */
export type Verdict =
  | { readonly kind: "success" }
  | { readonly kind: "failure" }
  /** Open at once for so long, whatever the samples say: a rate limit with its time, a key that is refused. */
  | { readonly kind: "shut"; readonly forMs: number }
  /** Says nothing about the target: the caller's own fault, or a caller who left. */
  | { readonly kind: "neutral" }

export const closedBreaker: Breaker = { state: "closed", samples: [] }

/** Most samples that are kept; with more, the oldest of the window go early. */
const mostSamples = 200

/** The breaker at a moment: one that was open long enough is half-open. */
export const at = (breaker: Breaker, now: number): Breaker =>
  breaker.state === "open" && now >= breaker.until
    ? { state: "half-open", probing: false, openedFor: breaker.openedFor }
    : breaker

/** Whether a request may pass, and the breaker after it did; otherwise when it opens again. */
export const admit = (
  breaker: Breaker,
  now: number
):
  | { readonly passes: true; readonly breaker: Breaker; readonly probe: boolean }
  | { readonly passes: false; readonly until: number } => {
  const current = at(breaker, now)
  if (current.state === "closed") return { passes: true, breaker: current, probe: false }
  if (current.state === "open") return { passes: false, until: current.until }
  // The probe under way decides soon; nobody waits for longer than a moment to look again.
  if (current.probing) return { passes: false, until: now + 1000 }
  return { passes: true, breaker: { ...current, probing: true }, probe: true }
}

/** The breaker after a request ended. `probe`: that request was the one let through to try. */
export const after = (
  breaker: Breaker,
  verdict: Verdict,
  probe: boolean,
  now: number,
  rules: BreakerRules
): Breaker => {
  const current = at(breaker, now)
  if (verdict.kind === "shut") {
    const until = now + verdict.forMs
    // A shorter order never replaces a longer one.
    if (current.state === "open" && current.until >= until) return current
    return { state: "open", until, openedFor: rules.openMs }
  }
  if (current.state === "half-open") {
    if (!probe) return current
    if (verdict.kind === "success") return closedBreaker
    // A probe whose caller left gives its place back.
    if (verdict.kind === "neutral") return { ...current, probing: false }
    const openedFor = Math.min(rules.longestOpenMs, current.openedFor * 2)
    return { state: "open", until: now + openedFor, openedFor }
  }
  if (current.state === "open" || verdict.kind === "neutral") return current
  const recent = current.samples.filter((sample) => now - sample.at < rules.windowMs).slice(-(mostSamples - 1))
  const samples = [...recent, { at: now, failed: verdict.kind === "failure" }]
  const failures = samples.filter((sample) => sample.failed).length
  if (verdict.kind === "failure" && samples.length >= rules.leastSamples && failures / samples.length >= rules.openAt) {
    return { state: "open", until: now + rules.openMs, openedFor: rules.openMs }
  }
  return { state: "closed", samples }
}

import type { Failure, FailureTag } from "../../domain/Failure.ts"
import {
  admit,
  after,
  allNeutral,
  allSuccess,
  at,
  type Breaker,
  breakerRules,
  type BreakerRules,
  type BreakerScope,
  closedBreaker,
  type Entered,
  isForgettable,
  tallyOf,
  type Verdict,
  type Verdicts,
  verdictsOf
} from "./Breaker.ts"

/** Where an attempt goes, as far as breakers tell places apart. */
export interface Place {
  readonly provider: string
  /** The provider's address: its base URL without query, or its region. */
  readonly address: string
  /** `provider/model`. */
  readonly model: string
  readonly keyAlias: string | undefined
}

/** Leave to send one attempt; settled once, when it is known how the attempt ended. */
export interface Pass {
  readonly place: Place
  readonly serial: number
  /** How it got past each scope; those that are absent let it through as usual. */
  readonly entered: Entrances
  /** It tries whether a place is back, and keeps others out meanwhile: worth settling as soon as there is content. */
  readonly probe: boolean
  settled: boolean
}

type Entrances = Readonly<Partial<Record<BreakerScope, Entered>>>

/**
 * A pass, or why there is none and when to ask again (milliseconds of the clock). `reason` is the class of failure that
 * shut the way.
 */
export type Admission = { readonly passes: true; readonly pass: Pass } | Refusal

interface Refusal {
  readonly passes: false
  readonly until: number
  readonly scope: BreakerScope
  readonly reason: FailureTag
}

/** How an attempt ended. */
export type Ending =
  | { readonly _tag: "Success" }
  /** `countsTimeout`: the limit that passed was the operator's or longer, for a caller's tiny one shuts nothing. */
  | { readonly _tag: "Failure"; readonly failure: Failure; readonly countsTimeout: boolean }
  /** The caller left, or another attempt won. */
  | { readonly _tag: "Neutral" }

export const succeeded: Ending = { _tag: "Success" }
export const neutral: Ending = { _tag: "Neutral" }

/** A breaker that came into another state. */
export interface BreakerChange {
  readonly scope: BreakerScope
  /** Host: `provider@address`; key: `provider#alias`; key and model: `provider/model#alias`. */
  readonly name: string
  readonly state: Breaker["state"]
  /** When it lets a probe through; while it is open. */
  readonly until?: number
  /** The class of failure that opened it. */
  readonly reason: FailureTag
}

/** A breaker as `GET /admin/targets` shows it; those that are closed and have seen no failure of late are not kept. */
export interface BreakerView extends BreakerChange {
  readonly failures: number
  readonly samples: number
  /** Length of the present opening, in milliseconds. */
  readonly openedFor?: number
}

/** What the breakers need from outside. */
export interface BreakersOptions {
  /** Milliseconds on a clock that never goes back. */
  readonly now: () => number
  /** Told of changes of state, not of every failure, so that an outage is one line in the log. */
  readonly onChange?: (change: BreakerChange) => void
  readonly rules?: BreakerRules
}

const scopes = ["host", "key", "key-and-model"] as const

/** Names can be made by callers (any model of a compatible host), so they are bounded; 10,000 take a few megabytes. */
const mostEntries = 10_000
/** How many of the oldest entries are looked at for one that is missed least. */
const evictionSpan = 64

interface Entry {
  readonly scope: BreakerScope
  readonly name: string
  breaker: Breaker
  reason: FailureTag
}

const asUsual: Entrances = {}

/**
 * Refusals that only a change by the operator ends: when nothing else can serve, waiting would help nobody and the true
 * error is worth more.
 */
const isPassable = (reason: FailureTag): boolean => reason === "Unauthorized" || reason === "QuotaExhausted"

/**
 * Which places are left alone for a while, by address, by key, and by key and model. Without trouble anywhere it costs
 * one comparison.
 */
export class Breakers {
  readonly #now: () => number
  readonly #onChange: (change: BreakerChange) => void
  readonly #rules: BreakerRules
  /** Only what has failed of late, in the order of the first failure. */
  readonly #entries = new Map<string, Entry>()
  #serial = 0
  #sweepAt = 0

  constructor({ now, onChange, rules }: BreakersOptions) {
    this.#now = now
    this.#onChange = onChange ?? (() => {})
    this.#rules = rules ?? breakerRules
  }

  /** Breakers that are kept. */
  get size(): number {
    return this.#entries.size
  }

  /**
   * Whether an attempt may go there now. `noAlternative`: it goes past what only the operator can mend, so that the
   * caller is told of it.
   */
  admit(place: Place, options?: { readonly noAlternative: boolean }): Admission {
    const serial = ++this.#serial
    if (this.#entries.size === 0) return { passes: true, pass: passFor(place, serial, asUsual, false) }
    const now = this.#now()
    if (now >= this.#sweepAt) this.#sweep(now)
    const passed: Array<{ readonly entry: Entry; readonly breaker: Breaker }> = []
    const entered: Partial<Record<BreakerScope, Entered>> = {}
    let probe = false
    let refusal: Refusal | undefined
    for (const scope of scopes) {
      const entry = this.#entries.get(idOf(scope, nameOf(scope, place)))
      if (entry === undefined) continue
      const admission = admit(entry.breaker, serial, now, this.#rules)
      if (admission.passes) {
        passed.push({ entry, breaker: admission.breaker })
        entered[scope] = admission.entered
        if (admission.entered === "probe") probe = true
        continue
      }
      if (options?.noAlternative === true && isPassable(entry.reason)) {
        entered[scope] = "forced"
        continue
      }
      const { until } = admission
      // All must let it through, so the last to do so counts.
      if (refusal === undefined || until > refusal.until) {
        refusal = { passes: false, until, scope, reason: entry.reason }
      }
    }
    if (refusal !== undefined) return refusal
    for (const { entry, breaker } of passed) this.#set(entry, breaker, entry.reason)
    return { passes: true, pass: passFor(place, serial, entered, probe) }
  }

  /** Whether an attempt would be sent away now; asking takes nobody's place. */
  isShut(place: Place): boolean {
    if (this.#entries.size === 0) return false
    const now = this.#now()
    return scopes.some((scope) => {
      const entry = this.#entries.get(idOf(scope, nameOf(scope, place)))
      return entry !== undefined && !admit(entry.breaker, this.#serial, now, this.#rules).passes
    })
  }

  /** Notes how an attempt ended: once for each pass, a second time changes nothing. */
  settle(pass: Pass, ending: Ending): void {
    if (pass.settled) return
    pass.settled = true
    if (this.#entries.size === 0 && ending._tag !== "Failure") return
    const verdicts = verdictsFor(ending)
    if (this.#entries.size === 0 && verdicts === allNeutral) return
    const now = this.#now()
    const failure = ending._tag === "Failure" ? ending.failure._tag : undefined
    for (const scope of scopes) this.#note(scope, pass, verdicts[scope], failure, now)
  }

  /** The breakers that are kept, in the order of their first failure. */
  snapshot(): ReadonlyArray<BreakerView> {
    const now = this.#now()
    this.#sweep(now)
    return [...this.#entries.values()].map(({ scope, name, breaker, reason }) => {
      const current = at(breaker, now)
      const view = { scope, name, state: current.state, reason, ...tallyOf(current, now, this.#rules) }
      if (current.state === "closed") return view
      const { openedFor } = current
      return current.state === "open" ? { ...view, until: current.until, openedFor } : { ...view, openedFor }
    })
  }

  #note(scope: BreakerScope, pass: Pass, verdict: Verdict, failure: FailureTag | undefined, now: number): void {
    const name = nameOf(scope, pass.place)
    const found = this.#entries.get(idOf(scope, name))
    const bad = verdict._tag === "Failure" || verdict._tag === "Shut"
    const entry = found ?? (bad && failure !== undefined ? this.#keep(scope, name, failure, now) : undefined)
    if (entry === undefined) return
    const { serial, entered } = pass
    const breaker = after(entry.breaker, verdict, { serial, entered: entered[scope] ?? "usual" }, now, this.#rules)
    // Old news that changed nothing is not why it is as it is.
    const isNews = bad && breaker !== entry.breaker && breaker.state !== "half-open"
    this.#set(entry, breaker, isNews && failure !== undefined ? failure : entry.reason)
  }

  #set(entry: Entry, breaker: Breaker, reason: FailureTag): void {
    const before = entry.breaker.state
    entry.breaker = breaker
    entry.reason = reason
    if (before !== breaker.state) this.#tell(entry)
  }

  #tell({ scope, name, breaker, reason }: Entry): void {
    const change = { scope, name, state: breaker.state, reason }
    this.#onChange(breaker.state === "open" ? { ...change, until: breaker.until } : change)
  }

  #keep(scope: BreakerScope, name: string, reason: FailureTag, now: number): Entry {
    if (this.#entries.size >= mostEntries) this.#evict(now)
    const entry: Entry = { scope, name, breaker: closedBreaker(now), reason }
    this.#entries.set(idOf(scope, name), entry)
    return entry
  }

  /**
   * Makes room, at the cost of one that is closed if there is one near, and not of an address or a key, whose names are
   * the operator's.
   */
  #evict(now: number): void {
    let least: Entry | undefined
    let seen = 0
    for (const entry of this.#entries.values()) {
      if (++seen > evictionSpan) break
      if (least === undefined || (least.scope !== "key-and-model" && entry.scope === "key-and-model")) least = entry
      if (entry.scope !== "key-and-model" || entry.breaker.state !== "closed") continue
      least = entry
      break
    }
    if (least !== undefined) this.#forget(least, now)
  }

  #sweep(now: number): void {
    this.#sweepAt = now + this.#rules.windowMs
    for (const entry of this.#entries.values()) {
      if (isForgettable(entry.breaker, now, this.#rules)) this.#forget(entry, now)
    }
  }

  /** What is not kept lets everything through: that is a change of state where it did not. */
  #forget(entry: Entry, now: number): void {
    this.#entries.delete(idOf(entry.scope, entry.name))
    if (entry.breaker.state !== "closed") this.#set(entry, closedBreaker(now), entry.reason)
  }
}

const passFor = (place: Place, serial: number, entered: Entrances, probe: boolean): Pass => ({
  place,
  serial,
  entered,
  probe,
  settled: false
})

const verdictsFor = (ending: Ending): Verdicts => {
  if (ending._tag === "Success") return allSuccess
  return ending._tag === "Neutral" ? allNeutral : verdictsOf(ending.failure, ending.countsTimeout)
}

const nameOf = (scope: BreakerScope, { provider, address, model, keyAlias }: Place): string => {
  if (scope === "host") return `${provider}@${address}`
  const key = keyAlias === undefined ? "" : `#${keyAlias}`
  return scope === "key" ? `${provider}${key}` : `${model}${key}`
}

/** A provider and a model may have the same name. */
const idOf = (scope: BreakerScope, name: string): string => `${scope} ${name}`

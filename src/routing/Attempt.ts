import { Cause, Effect, Exit } from "effect"
import { costOf } from "../catalog/Cost.ts"
import { billedRegion } from "../catalog/pricing/BilledRegion.ts"
import type { Tokens } from "../catalog/tokens/Tokens.ts"
import type { Circumstances, Spending } from "../domain/usage/Cost.ts"
import { type Delta, type Deltas, isContent, noDeltas } from "../domain/Delta.ts"
import { asText } from "../domain/Fields.ts"
import { type Failure, Internal } from "../domain/Failure.ts"
import type { Hold } from "../domain/keys/Purse.ts"
import { type Target, targetName } from "../domain/routing/Target.ts"
import type { AttemptFailure, AttemptKind, AttemptOutcome, AttemptRecord } from "../domain/routing/Trail.ts"
import type { Writable } from "../domain/Writable.ts"
import type { Place } from "../providers/Deployments.ts"
import type { Providers, Ready } from "../providers/Providers.ts"
import { beginning, type SendLimits } from "../providers/sending/Limits.ts"
import type { Pass } from "./health/Breakers.ts"
import type { Contender } from "./Contest.ts"
import type { Door, Gate, Opening, Outcome, Sink } from "./Door.ts"
import type { Asked, Journal } from "./journal/Journal.ts"
import { Meter } from "./journal/Meter.ts"

/** How an attempt ended: with nothing to say against the target, with a failure, or because somebody stopped it. */
export type Ending = Failure | "answered" | "stopped"

/** Who started an attempt, and is told of its life. */
export interface Watcher {
  /**
   * At the first content, or at the end of an empty answer. The attempt has lost afterwards if another one was earlier.
   */
  readonly onContent: (attempt: Attempt) => void
  readonly onEnd: (attempt: Attempt, ending: Ending) => void
}

/** One attempt that is to be made. */
export interface Order {
  readonly kind: AttemptKind
  readonly ready: Ready
  readonly place: Place
  /** With the place's region and key. */
  readonly target: Target
  readonly limits: SendLimits
  readonly gate: Gate
  /** The answer is to tell every attempt, so that something must be put into it. */
  readonly tellsTrail: boolean
  /** When it was due; it may have waited since. */
  readonly queuedAt: number
  /** Counts what no provider has. */
  readonly tokens: Tokens["Service"]
  /** Which of several that are under way at once it belongs to. */
  readonly contender: Contender | undefined
}

/**
 * Tries one target. Fails as long as the gate is shut, so that another target may follow; afterwards a failure is part
 * of the outcome, for the caller has begun to read. Interrupting it closes the provider's connection.
 */
export class Attempt {
  readonly order: Order
  readonly sentAt: number
  /** Leave of the breakers, until they are told how it went. */
  pass: Pass | undefined
  /** What was put aside for it, where its caller's means are limited. */
  hold: Hold | undefined
  readonly #door: Door
  readonly #watcher: Watcher
  readonly #journal: Journal
  readonly #now: () => number
  readonly #progress = beginning()
  readonly #meter = new Meter()
  #spending: Spending | "nothing" | undefined
  /** What came while the gate is shut: the one list that it usually is, or all of it joined. */
  #only: Deltas | undefined
  #joined: Array<Delta> | undefined
  #opening: Opening | undefined
  #sink: Sink | undefined
  #resume: ((exit: Exit.Exit<Outcome, Failure>) => void) | undefined
  #ending: Ending | undefined
  #endedAt: number | undefined
  #contentAt: number | undefined
  #textAt: number | undefined

  constructor(order: Order, door: Door, watcher: Watcher, journal: Journal, now: () => number) {
    this.order = order
    this.#door = door
    this.#watcher = watcher
    this.#journal = journal
    this.#now = now
    this.sentAt = now()
  }

  /** Another attempt had content first. */
  get isLost(): boolean {
    return this.order.contender?.isLost === true
  }

  /**
   * `otherwise`: what follows a failure while the gate is shut. Said here, because a handler around each attempt costs
   * more than all of its own.
   */
  run<E>(
    providers: Providers["Service"],
    otherwise: (failure: Failure) => Effect.Effect<Outcome, E>
  ): Effect.Effect<Outcome, E> {
    return Effect.callback<Outcome, E>((resume) => {
      this.#resume = (exit) => {
        if (Exit.isSuccess(exit)) return resume(Effect.succeed(exit.value))
        const failure = Cause.findErrorOption(exit.cause)
        resume(failure._tag === "Some" ? otherwise(failure.value) : Effect.die(Cause.squash(exit.cause)))
      }
      this.#journal.add(this)
      const { ready, place, limits, gate, tellsTrail } = this.order
      const stop = providers.send(ready, place, {
        limits,
        relay: this.#door.relay && !tellsTrail,
        isHeld: gate === "end",
        progress: this.#progress,
        onDeltas: (deltas) => this.#take(deltas),
        settle: (exit) => {
          try {
            this.#settle(exit)
          } catch (error) {
            // Who sent it has done with it, so nobody else would tell the caller.
            this.#break(Cause.die(error))
          }
        }
      })
      return Effect.sync(() => {
        stop()
        this.#end("stopped")
      })
    })
  }

  /** What it used, and what that costs, once it is over; nothing when a provider bills nothing for it. */
  get spending(): Spending | undefined {
    this.#spending ??= this.#measure() ?? "nothing"
    return this.#spending === "nothing" ? undefined : this.#spending
  }

  #measure(): Spending | undefined {
    const { target, place, ready, tokens } = this.order
    const { model } = target
    const ending = this.#ending
    const failure = typeof ending === "string" ? undefined : ending
    const measured = this.#meter.usage({ ask: ready.ask, model, progress: this.#progress, failure, tokens })
    if (measured === undefined) return undefined
    // Prices hold from a day on: that of its sending.
    const circumstances: Writable<Circumstances> = { at: Date.now() - (this.#now() - this.sentAt) }
    const region = billedRegion(place.address, place.region)
    if (region !== undefined) circumstances.region = region
    const serviceTier = asText(ready.ask.source["service_tier"])
    if (serviceTier !== undefined) circumstances.serviceTier = serviceTier
    const { usage, source } = measured
    const cost = costOf(model, usage, circumstances)
    return cost === undefined ? measured : { usage, source, cost }
  }

  /** What became of it so far. */
  record({ id, receivedAt }: Asked, place: number): AttemptRecord {
    const { kind, target, queuedAt, ready } = this.order
    const { headersAt } = this.#progress
    const ending = this.#ending
    const failure = ending === undefined || typeof ending === "string" ? undefined : ending
    const since = (at: number): number => Math.max(0, Math.round((at - receivedAt) * 100) / 100)
    const record: Writable<AttemptRecord> = {
      id: `${id}/${place}`,
      kind,
      target: targetName(target),
      provider: target.model.provider,
      model: target.model.id,
      queuedMs: since(queuedAt),
      sentMs: since(this.sentAt),
      endedMs: since(this.#endedAt ?? this.#now()),
      outcome: this.#outcome(failure),
      dropped: ready.prepared.dropped
    }
    if (target.region !== undefined) record.region = target.region
    if (headersAt !== undefined) record.headersMs = since(headersAt)
    if (this.#contentAt !== undefined) record.firstContentMs = since(this.#contentAt)
    if (this.#textAt !== undefined) record.firstTextMs = since(this.#textAt)
    if (failure !== undefined) record.failure = attemptFailure(failure)
    const spending = ending === undefined ? undefined : this.spending
    if (spending !== undefined) record.spending = spending
    return record
  }

  #outcome(failure: Failure | undefined): AttemptOutcome {
    if (failure !== undefined) return this.#opening === undefined ? "failed" : "broken"
    if (this.isLost) return "lost"
    return this.#ending === "stopped" ? "cancelled" : "answered"
  }

  #take(deltas: Deltas): void | Promise<void> {
    this.#meter.take(deltas)
    if (this.#contentAt === undefined || this.#textAt === undefined) this.#note(deltas)
    if (this.isLost) return undefined
    if (this.#sink !== undefined) return this.#sink.write(deltas)
    this.#hold(deltas)
    const opens = this.order.gate === "first-content" && this.#contentAt !== undefined
    return opens ? this.#open().write(this.#held()) : undefined
  }

  #hold(deltas: Deltas): void {
    if (this.#only === undefined) {
      this.#only = deltas
      return
    }
    this.#joined ??= [...this.#only]
    for (const delta of deltas) this.#joined.push(delta)
  }

  #held(): Deltas {
    return this.#joined ?? this.#only ?? noDeltas
  }

  /** Writes down when the first content and the first text came. */
  #note(deltas: Deltas): void {
    const { showsReasoning } = this.#door
    for (const delta of deltas) {
      if (this.#contentAt === undefined && isContent(delta, showsReasoning)) {
        this.#contentAt = this.#now()
        this.#progress.hasContent = true
        this.#watcher.onContent(this)
      }
      const isText = delta._tag === "Text" || (delta._tag === "Relayed" && delta.content)
      if (isText && this.#contentAt !== undefined) {
        this.#textAt ??= this.#now()
        return
      }
    }
  }

  #open(): Sink {
    const { target, ready, tellsTrail } = this.order
    const opening = {
      target,
      dropped: ready.prepared.dropped,
      sentAt: this.sentAt,
      arrivedAt: this.#now(),
      journal: this.#journal,
      tellsTrail
    }
    const sink = this.#door.open(opening)
    this.#opening = opening
    this.#sink = sink
    this.#progress.isOpen = true
    return sink
  }

  #settle(exit: Exit.Exit<void, Failure>): void {
    if (this.isLost) return
    if (Exit.isSuccess(exit)) return this.#succeed()
    const failure = Cause.findErrorOption(exit.cause)
    if (failure._tag === "None") return this.#break(exit.cause)
    this.#end(failure.value)
    const opening = this.#opening
    this.#resume?.(opening === undefined ? Exit.fail(failure.value) : Exit.succeed({ opening, failure: failure.value }))
  }

  #succeed(): void {
    // An empty answer is one too.
    if (this.#contentAt === undefined) this.#watcher.onContent(this)
    if (this.isLost) return
    const waiting = this.#sink === undefined ? this.#open().write(this.#held()) : undefined
    const opening = this.#opening
    if (opening === undefined) return
    this.#end("answered")
    if (waiting === undefined) return this.#resume?.(Exit.succeed({ opening }))
    void waiting.then(() => this.#resume?.(Exit.succeed({ opening })))
  }

  /** A fault of ours: it is told as such, and says nothing against the target. */
  #break(cause: Cause.Cause<Failure>): void {
    this.#end(new Internal({ message: "The gateway failed while it read this answer." }))
    this.#resume?.(Exit.failCause(cause))
  }

  #end(ending: Ending): void {
    if (this.#ending !== undefined) return
    this.#ending = ending
    this.#endedAt = this.#now()
    this.#watcher.onEnd(this, ending)
  }
}

const attemptFailure = ({ _tag, message, words }: Failure): AttemptFailure =>
  words?.status === undefined ? { class: _tag, message } : { class: _tag, message, status: words.status }

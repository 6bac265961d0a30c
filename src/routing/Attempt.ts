import { Cause, Effect, Exit } from "effect"
import { type Delta, type Deltas, isContent } from "../domain/Delta.ts"
import type { Failure } from "../domain/Failure.ts"
import type { Target } from "../domain/Target.ts"
import type { Providers } from "../providers/Providers.ts"
import type { Step } from "./Plan.ts"

/** Where an answer goes once it may not be replaced any more. */
export interface Sink {
  /** A promise when the caller is slow: nothing more is read until it resolves. */
  readonly write: (deltas: Deltas) => void | Promise<void>
}

/** The caller's side of an answer. */
export interface Door {
  /** When the answer is settled: at its first content (a stream), or at its end (a whole answer). */
  readonly gate: "first-content" | "end"
  /** Whether reasoning is shown, so that it counts as content. */
  readonly showsReasoning: boolean
  /** Whether this door speaks OpenAI chat and wants nothing that looks inside the answer. */
  readonly relay: boolean
  /** Called once, at the gate. From then on no other target is tried. */
  readonly open: (opening: Opening) => Sink
}

/** What is known when an answer passes its gate. Times are milliseconds of `performance.now`. */
export interface Opening {
  readonly target: Target
  readonly dropped: ReadonlyArray<string>
  readonly sentAt: number
  /** When the content came that opened the gate. */
  readonly arrivedAt: number
}

/** How an answer ended after its gate: well, or with the failure that broke it off. */
export interface Outcome {
  readonly opening: Opening
  readonly failure?: Failure
}

/**
 * Tries one target. Fails as long as the gate is shut, so that another target may follow; afterwards a failure is part of the outcome,
 * for the caller has begun to read. Interrupting it closes the provider's connection.
 */
export const attempt = (
  step: Step,
  door: Door,
  providers: Providers["Service"],
  now: () => number
): Effect.Effect<Outcome, Failure> =>
  Effect.callback<Outcome, Failure>((resume) => {
    const stop = new Attempt(step, door, now, resume).start(providers)
    return Effect.sync(stop)
  })

class Attempt {
  readonly #step: Step
  readonly #door: Door
  readonly #now: () => number
  readonly #resume: (outcome: Effect.Effect<Outcome, Failure>) => void
  readonly #sentAt: number
  readonly #held: Array<Delta> = []
  #opening: Opening | undefined
  #sink: Sink | undefined

  constructor(step: Step, door: Door, now: () => number, resume: (outcome: Effect.Effect<Outcome, Failure>) => void) {
    this.#step = step
    this.#door = door
    this.#now = now
    this.#resume = resume
    this.#sentAt = now()
  }

  start(providers: Providers["Service"]): () => void {
    const { ready, limits } = this.#step
    return providers.send(ready, {
      limits,
      relay: this.#door.relay,
      onDeltas: (deltas) => this.#take(deltas),
      settle: (exit) => this.#settle(exit)
    })
  }

  #take(deltas: Deltas): void | Promise<void> {
    if (this.#sink !== undefined) return this.#sink.write(deltas)
    for (const delta of deltas) this.#held.push(delta)
    const { gate, showsReasoning } = this.#door
    if (gate === "end" || !deltas.some((delta) => isContent(delta, showsReasoning))) return undefined
    return this.#open().write(this.#held)
  }

  #open(): Sink {
    const { target, prepared } = this.#step.ready
    const opening = { target, dropped: prepared.dropped, sentAt: this.#sentAt, arrivedAt: this.#now() }
    const sink = this.#door.open(opening)
    this.#opening = opening
    this.#sink = sink
    return sink
  }

  #settle(exit: Exit.Exit<void, Failure>): void {
    if (Exit.isSuccess(exit)) return this.#end()
    const opening = this.#opening
    const failure = opening === undefined ? undefined : Cause.findErrorOption(exit.cause)
    if (opening === undefined || failure?._tag !== "Some") return this.#resume(Effect.failCause(exit.cause))
    this.#resume(Effect.succeed({ opening, failure: failure.value }))
  }

  #end(): void {
    const waiting = this.#sink === undefined ? this.#open().write(this.#held) : undefined
    const opening = this.#opening
    if (opening === undefined) return
    if (waiting === undefined) return this.#resume(Effect.succeed({ opening }))
    void waiting.then(() => this.#resume(Effect.succeed({ opening })))
  }
}

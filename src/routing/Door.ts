import type { Deltas } from "../domain/Delta.ts"
import type { Failure } from "../domain/Failure.ts"
import type { Origin, RequestRecord } from "../domain/usage/RequestRecord.ts"
import type { Target } from "../domain/routing/Target.ts"
import type { Asked, Journal } from "./journal/Journal.ts"

/** Where an answer goes once it may not be replaced any more. */
export interface Sink {
  /** A promise when the caller is slow: nothing more is read until it resolves. */
  readonly write: (deltas: Deltas) => void | Promise<void>
}

/** When an answer is settled: at its first content, or at its end. */
export type Gate = "first-content" | "end"

/** The caller's side of an answer. */
export interface Door extends Asked {
  /** A stream's is its first content, a whole answer's its end. */
  readonly gate: Gate
  /** Whether reasoning is shown, so that it counts as content. */
  readonly showsReasoning: boolean
  /** Whether this door speaks OpenAI chat and wants nothing that looks inside the answer. */
  readonly relay: boolean
  /** Who asks, and what the headers say of it. */
  readonly origin: Origin
  /** Told how the caller stands with its limits, where it has any. */
  readonly entered: (standing: Standing) => void
  /** Told what became of the request when it is over, before the answer's end is. */
  readonly recorded: (record: RequestRecord) => void
  /** Called once, at the gate. From then on no other target is tried. */
  readonly open: (opening: Opening) => Sink
}

/** How a caller stands with its limits, for the headers of its answer. */
export interface Standing {
  readonly headers: () => Readonly<Record<string, string>>
}

/** What is known when an answer passes its gate. Times are milliseconds of the timers' clock. */
export interface Opening {
  readonly target: Target
  readonly dropped: ReadonlyArray<string>
  readonly sentAt: number
  /** When the content came that opened the gate. */
  readonly arrivedAt: number
  readonly journal: Journal
  /** The answer is to tell every attempt. */
  readonly tellsTrail: boolean
}

/** How an answer ended after its gate: well, or with the failure that broke it off. */
export interface Outcome {
  readonly opening: Opening
  readonly failure?: Failure
}

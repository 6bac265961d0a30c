import { Effect } from "effect"
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
 * for the caller has begun to read.
 */
export const attempt = (
  { ready, limits }: Step,
  door: Door,
  providers: Providers["Service"],
  now: () => number
): Effect.Effect<Outcome, Failure> =>
  Effect.suspend(() => {
    const sentAt = now()
    const held: Array<Delta> = []
    let opened: { readonly opening: Opening; readonly sink: Sink } | undefined

    const open = (): { readonly opening: Opening; readonly sink: Sink } => {
      const opening = { target: ready.target, dropped: ready.prepared.dropped, sentAt, arrivedAt: now() }
      opened = { opening, sink: door.open(opening) }
      return opened
    }

    const onDeltas = (deltas: Deltas): void | Promise<void> => {
      if (opened !== undefined) return opened.sink.write(deltas)
      held.push(...deltas)
      if (door.gate === "end" || !deltas.some((delta) => isContent(delta, door.showsReasoning))) return undefined
      return open().sink.write(held)
    }

    const atEnd = (): Effect.Effect<Outcome> => {
      if (opened !== undefined) return Effect.succeed({ opening: opened.opening })
      const { opening, sink } = open()
      const written = sink.write(held)
      return written === undefined
        ? Effect.succeed({ opening })
        : Effect.as(
            Effect.promise(() => written),
            { opening }
          )
    }

    return Effect.matchEffect(providers.send(ready, { limits, relay: door.relay, onDeltas }), {
      onSuccess: atEnd,
      onFailure: (failure): Effect.Effect<Outcome, Failure> =>
        opened === undefined ? Effect.fail(failure) : Effect.succeed({ opening: opened.opening, failure })
    })
  })

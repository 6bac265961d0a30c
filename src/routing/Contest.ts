import { Cause, Effect, Exit, Fiber, Queue } from "effect"
import type { Failure } from "../domain/Failure.ts"
import type { Outcome } from "./Attempt.ts"

/** A target was given up. */
export interface GivenUp {
  readonly failure: Failure
  /** Whether the failure is one after which another target is tried. */
  readonly follow: boolean
}

/** One of several ways to an answer that are under way at once; the first that has content wins. */
export class Contender {
  readonly #contest: Contest

  constructor(contest: Contest) {
    this.#contest = contest
  }

  /** Says that there is content. Stops the others, unless one of them was earlier. */
  claim(): void {
    this.#contest.claim(this)
  }

  get isLost(): boolean {
    const { winner } = this.#contest
    return winner !== undefined && winner !== this
  }
}

/** A way to an answer, started with the contender that it is. */
export type Way = (contender: Contender) => Effect.Effect<Outcome, GivenUp>

/** A way that is started when those under way are late; nothing when none may be. */
export interface Late {
  /** Ends when it is time. */
  readonly wait: Effect.Effect<void>
  readonly way: () => Way | undefined
}

type Event =
  | { readonly _tag: "Ended"; readonly contender: Contender; readonly exit: Exit.Exit<Outcome, GivenUp> }
  | { readonly _tag: "Late" }

/** Runs several ways at once as children of the request's fiber. */
export class Contest {
  winner: Contender | undefined
  readonly #fibers = new Map<Contender, Fiber.Fiber<Outcome, GivenUp>>()

  claim(contender: Contender): void {
    if (this.winner !== undefined) return
    this.winner = contender
    for (const [other, fiber] of this.#fibers) if (other !== contender) fiber.interruptUnsafe()
  }

  /** The winner's outcome; fails when the winner does before its gate, or when all have. */
  run(ways: ReadonlyArray<Way>, late: Late | undefined): Effect.Effect<Outcome, GivenUp> {
    return Effect.gen({ self: this }, function* () {
      const events = yield* Queue.unbounded<Event>()
      for (const way of ways) yield* this.#start(way, events)
      const timer =
        late === undefined
          ? undefined
          : yield* Effect.forkChild(Effect.andThen(late.wait, Queue.offer(events, { _tag: "Late" })))
      const everyone = Effect.suspend(() =>
        Fiber.interruptAll([...this.#fibers.values(), ...(timer === undefined ? [] : [timer])])
      )
      // The losers are stopped and written down before the answer goes on.
      return yield* Effect.ensuring(this.#decide(events, late), everyone)
    })
  }

  #start(way: Way, events: Queue.Queue<Event>): Effect.Effect<void> {
    const contender = new Contender(this)
    const told = Effect.onExit(way(contender), (exit) => Queue.offer(events, { _tag: "Ended", contender, exit }))
    return Effect.map(Effect.forkChild(told), (fiber) => {
      this.#fibers.set(contender, fiber)
    })
  }

  #decide(events: Queue.Queue<Event>, late: Late | undefined): Effect.Effect<Outcome, GivenUp> {
    return Effect.gen({ self: this }, function* () {
      let running = this.#fibers.size
      while (true) {
        const event = yield* Queue.take(events)
        if (event._tag === "Late") {
          const way = this.winner === undefined ? late?.way() : undefined
          if (way === undefined) continue
          running++
          yield* this.#start(way, events)
          continue
        }
        running--
        const { contender, exit } = event
        if (Exit.isSuccess(exit)) return exit.value
        const hasLost = contender.isLost && Cause.hasInterruptsOnly(exit.cause)
        if (contender === this.winner || (running === 0 && !hasLost)) return yield* Effect.failCause(exit.cause)
      }
    })
  }
}

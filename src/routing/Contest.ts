import { Cause, Effect, Exit, Fiber, Queue } from "effect"
import type { Failure } from "../domain/Failure.ts"
import type { Outcome } from "./Door.ts"

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

/**
 * Finds a way at the moment at which it is to start, so that what it takes to go there is not taken for nothing;
 * nothing when there is none.
 */
export type Start = () => Way | undefined

/** A way that is started when those under way are late. */
export interface Late {
  /** Ends when it is time. */
  readonly wait: Effect.Effect<void>
  readonly start: Start
}

type Event =
  | { readonly _tag: "Ended"; readonly contender: Contender; readonly exit: Exit.Exit<Outcome, GivenUp> }
  | { readonly _tag: "Late" }

/** A fiber that is interrupted before its start never runs, and would not give back its leave of the breakers. */
const immediately = { startImmediately: true } as const

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
  run(starts: ReadonlyArray<Start>, late: Late | undefined): Effect.Effect<Outcome, GivenUp> {
    return Effect.gen({ self: this }, function* () {
      const events = yield* Queue.unbounded<Event>()
      for (const start of starts) yield* this.#start(start, events)
      const timer =
        late === undefined
          ? undefined
          : yield* Effect.forkChild(Effect.andThen(late.wait, Queue.offer(events, { _tag: "Late" })), immediately)
      const everyone = Effect.suspend(() =>
        Fiber.interruptAll([...this.#fibers.values(), ...(timer === undefined ? [] : [timer])])
      )
      // The losers are stopped and written down before the answer goes on.
      return yield* Effect.ensuring(this.#decide(events, late), everyone)
    })
  }

  /** Whether a way was found and started; none is once there is a winner. */
  #start(start: Start, events: Queue.Queue<Event>): Effect.Effect<boolean> {
    return Effect.suspend(() => {
      const way = this.winner === undefined ? start() : undefined
      if (way === undefined) return Effect.succeed(false)
      const contender = new Contender(this)
      const told = Effect.onExit(way(contender), (exit) => Queue.offer(events, { _tag: "Ended", contender, exit }))
      return Effect.map(Effect.forkChild(told, immediately), (fiber) => {
        this.#fibers.set(contender, fiber)
        return true
      })
    })
  }

  #decide(events: Queue.Queue<Event>, late: Late | undefined): Effect.Effect<Outcome, GivenUp> {
    return Effect.gen({ self: this }, function* () {
      let running = this.#fibers.size
      while (true) {
        const event = yield* Queue.take(events)
        if (event._tag === "Late") {
          if (late !== undefined && (yield* this.#start(late.start, events))) running++
          continue
        }
        running--
        const { contender, exit } = event
        if (Exit.isSuccess(exit)) return exit.value
        const hasLost = contender.isLost && Cause.hasInterruptsOnly(exit.cause)
        if (contender === this.winner || (running === 0 && !hasLost)) return yield* Effect.failCause(exit.cause)
        // Another may still answer the caller, who then hears nothing of it.
        if (Cause.hasDies(exit.cause)) yield* Effect.logError("an attempt failed inside the gateway", exit.cause)
      }
    })
  }
}

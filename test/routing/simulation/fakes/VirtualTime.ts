import { Context, Effect, type Exit, type Fiber, Metric, Scheduler } from "effect"
import { TestClock } from "effect/testing"
import type { TimersService } from "../../../../src/net/Timers.ts"

/**
 * Timers end on these parts of a millisecond, which add up without rounding: a limit and what was left of it end at the
 * same moment.
 */
const grain = 1024
/** More tasks than this without time going on is a loop without end. */
const mostTasks = 100_000
/** The longest delay that the process's own timers take. */
const longestMs = 2 ** 31 - 1

interface Timer {
  readonly at: number
  readonly owner: string
  readonly run: () => void
}

/**
 * The engine's timers on the test clock, and a scheduler whose tasks run when they are told to: between two moments of
 * the clock everything that can happen has happened, in the same order each time.
 */
export class VirtualTime {
  readonly #clock: TestClock.TestClock
  readonly #timers: Array<Timer> = []
  #tasks: Array<() => void> = []
  #fibers = 0
  readonly #scheduler = new Scheduler.MixedScheduler("async", (task) => {
    this.#tasks.push(task)
    return () => {
      this.#tasks = this.#tasks.filter((other) => other !== task)
    }
  })
  readonly #context = Context.make(Scheduler.Scheduler, this.#scheduler).pipe(
    Context.add(Metric.FiberRuntimeMetrics, {
      recordFiberStart: () => void this.#fibers++,
      recordFiberEnd: () => void this.#fibers--
    })
  )
  /** Whether fibers run after each timer, or only after all timers of a moment: a real event loop does both. */
  interleaves = true

  /** Starts at 0, whatever the clock says. */
  static readonly make: Effect.Effect<VirtualTime> = TestClock.testClockWith((clock) =>
    Effect.as(clock.setTime(0), new VirtualTime(clock))
  )

  private constructor(clock: TestClock.TestClock) {
    this.#clock = clock
  }

  readonly now = (): number => this.#clock.currentTimeMillisUnsafe()

  /** Timers that are counted for an owner. */
  timersOf(owner: string): TimersService {
    return {
      now: this.now,
      after: (ms, run) => {
        const due = this.now() + Math.max(0, Math.min(ms, longestMs))
        const timer = { at: Math.ceil(due * grain) / grain, owner, run }
        this.#timers.push(timer)
        return () => this.#drop(timer)
      }
    }
  }

  /** Timers of an owner that have not fired. */
  pending(owner: string): number {
    return this.#timers.filter((timer) => timer.owner === owner).length
  }

  /** Fibers that were started and have not ended. */
  get fibers(): number {
    return this.#fibers
  }

  /** Starts a fiber as a server does for a request: it runs at once until it has to wait. */
  run<A, E>(effect: Effect.Effect<A, E>, onExit?: (exit: Exit.Exit<A, E>) => void): Fiber.Fiber<A, E> {
    const fiber = Effect.runForkWith(this.#context)(effect)
    if (onExit !== undefined) fiber.addObserver(onExit)
    return fiber
  }

  /** Lets everything happen that can without time going on. */
  readonly settle: Effect.Effect<void> = Effect.gen({ self: this }, function* () {
    do {
      this.#drain()
      // Promises are heard of before the event loop turns.
      yield* Effect.yieldNow
    } while (this.#tasks.length > 0)
  })

  /** Goes on to the next moment at which a timer is due; false when there is none until `limit`. */
  step(limit = Infinity): Effect.Effect<boolean> {
    return Effect.gen({ self: this }, function* () {
      const at = this.#timers.reduce((earliest, timer) => Math.min(earliest, timer.at), Infinity)
      if (at > limit || at === Infinity) return false
      if (at > this.now()) yield* this.#clock.setTime(at)
      for (const timer of this.#timers.filter((timer) => timer.at <= at)) {
        // One that ran before may have cancelled it.
        if (!this.#drop(timer)) continue
        timer.run()
        if (this.interleaves) this.#drain()
      }
      yield* this.settle
      return true
    })
  }

  /** Lets so many milliseconds pass. */
  advance(ms: number): Effect.Effect<void> {
    return Effect.gen({ self: this }, function* () {
      const until = this.now() + ms
      yield* this.settle
      while (yield* this.step(until));
      yield* this.#clock.setTime(until)
    })
  }

  #drop(timer: Timer): boolean {
    const index = this.#timers.indexOf(timer)
    if (index >= 0) this.#timers.splice(index, 1)
    return index >= 0
  }

  #drain(): void {
    for (let count = 0; this.#tasks.length > 0; count++) {
      if (count > mostTasks) throw new Error("Tasks follow each other without end.")
      this.#tasks.shift()?.()
    }
  }
}

import { describe, expect } from "bun:test"
import { Cause, Deferred, Effect, Exit, Fiber } from "effect"
import { ServerFault } from "../../src/domain/Failure.ts"
import type { Outcome } from "../../src/routing/Door.ts"
import { type Contender, Contest, type GivenUp, type Late, type Start } from "../../src/routing/Contest.ts"
import { Journal } from "../../src/routing/journal/Journal.ts"
import { it } from "../effect.ts"
import { modelOf } from "./Stage.ts"

const outcome = (model: string): Outcome => ({
  opening: {
    target: { model: modelOf(model) },
    dropped: [],
    sentAt: 0,
    arrivedAt: 0,
    journal: new Journal({ id: "r", receivedAt: 0 }),
    tellsTrail: false
  }
})

const givenUp = (message: string): GivenUp => ({ failure: new ServerFault({ message }), follow: true })

/** A way that does what it is told, and tells when it is stopped. */
class FakeWay {
  readonly deferred = Deferred.makeUnsafe<Outcome, GivenUp>()
  contender: Contender | undefined
  isStopped = false
  readonly start: Start = () => (contender) => {
    this.contender = contender
    return Effect.onInterrupt(Deferred.await(this.deferred), () =>
      Effect.sync(() => {
        this.isStopped = true
      })
    )
  }

  claim(): void {
    this.contender?.claim()
  }

  get isStarted(): boolean {
    return this.contender !== undefined
  }

  readonly end = (exit: Exit.Exit<Outcome, GivenUp>) =>
    Effect.andThen(Deferred.done(this.deferred, exit), Effect.yieldNow)
}

const begin = (ways: ReadonlyArray<FakeWay>, late?: Late) =>
  Effect.forkChild(
    Effect.exit(
      new Contest().run(
        ways.map(({ start }) => start),
        late
      )
    ),
    { startImmediately: true }
  )

describe("several ways at once", () => {
  it.effect("end with the one that had content first, the others stopped before that", () =>
    Effect.gen(function* () {
      const [one, two, three] = [new FakeWay(), new FakeWay(), new FakeWay()]
      const fiber = yield* begin([one, two, three])
      two.claim()
      expect([one.isStopped, two.isStopped, three.isStopped]).toEqual([true, false, true])
      expect([one.contender?.isLost, two.contender?.isLost]).toEqual([true, false])
      one.claim()
      expect(two.contender?.isLost).toBe(false)
      yield* two.end(Exit.succeed(outcome("b/m")))
      expect(yield* Fiber.join(fiber)).toEqual(Exit.succeed(outcome("b/m")))
    })
  )

  it.effect("wait for the others when one fails, and fail as the last", () =>
    Effect.gen(function* () {
      const [one, two] = [new FakeWay(), new FakeWay()]
      const fiber = yield* begin([one, two])
      yield* one.end(Exit.fail(givenUp("one")))
      expect([two.isStopped, fiber.pollUnsafe()]).toEqual([false, undefined])
      yield* two.end(Exit.fail(givenUp("two")))
      expect(yield* Fiber.join(fiber)).toEqual(Exit.fail(givenUp("two")))
    })
  )

  it.effect("fail as soon as the winner does", () =>
    Effect.gen(function* () {
      const [one, two] = [new FakeWay(), new FakeWay()]
      const fiber = yield* begin([one, two])
      one.claim()
      yield* one.end(Exit.fail(givenUp("one")))
      expect(yield* Fiber.join(fiber)).toEqual(Exit.fail(givenUp("one")))
    })
  )

  it.effect("are not all started when one of them has content at once", () =>
    Effect.gen(function* () {
      const second = new FakeWay()
      const quick: Start = () => (contender) => {
        contender.claim()
        return Effect.succeed(outcome("a/m"))
      }
      const exit = yield* Effect.exit(new Contest().run([quick, second.start], undefined))
      expect([exit, second.isStarted]).toEqual([Exit.succeed(outcome("a/m")), false])
    })
  )

  it.effect("pass over those that cannot be started", () =>
    Effect.gen(function* () {
      const one = new FakeWay()
      const fiber = yield* Effect.forkChild(new Contest().run([() => undefined, one.start], undefined), {
        startImmediately: true
      })
      yield* one.end(Exit.fail(givenUp("one")))
      expect(Exit.isFailure(yield* Fiber.await(fiber))).toBe(true)
    })
  )

  it.effect("are stopped with the request", () =>
    Effect.gen(function* () {
      const [one, two] = [new FakeWay(), new FakeWay()]
      const fiber = yield* begin([one, two], { wait: Effect.never, start: () => undefined })
      yield* Fiber.interrupt(fiber)
      expect([one.isStopped, two.isStopped]).toEqual([true, true])
    })
  )

  it.effect("outlive a fault of ours in one of them, and tell it when there is nothing else to tell", () =>
    Effect.gen(function* () {
      const [one, two] = [new FakeWay(), new FakeWay()]
      const fiber = yield* begin([one, two])
      yield* one.end(Exit.die("a bug"))
      expect([two.isStopped, fiber.pollUnsafe()]).toEqual([false, undefined])
      yield* two.end(Exit.die("another bug"))
      const exit = yield* Fiber.join(fiber)
      expect(Exit.isFailure(exit) && Cause.hasDies(exit.cause)).toBe(true)
    })
  )
})

describe("a late way", () => {
  const late = () => {
    const way = new FakeWay()
    const time = Deferred.makeUnsafe<void>()
    return {
      way,
      late: { wait: Deferred.await(time), start: way.start },
      come: Effect.andThen(Deferred.succeed(time, undefined), Effect.yieldNow)
    }
  }

  it.effect("starts when it is time and may win", () =>
    Effect.gen(function* () {
      const one = new FakeWay()
      const { way, late: second, come } = late()
      const fiber = yield* begin([one], second)
      expect(way.isStarted).toBe(false)
      yield* come
      way.claim()
      expect([way.isStarted, one.isStopped]).toEqual([true, true])
      yield* way.end(Exit.succeed(outcome("b/m")))
      expect(yield* Fiber.join(fiber)).toEqual(Exit.succeed(outcome("b/m")))
    })
  )

  it.effect("does not start once there is content", () =>
    Effect.gen(function* () {
      const one = new FakeWay()
      const { way, late: second, come } = late()
      yield* begin([one], second)
      one.claim()
      yield* come
      expect(way.isStarted).toBe(false)
    })
  )

  it.effect("is not waited for when all before it have failed", () =>
    Effect.gen(function* () {
      const one = new FakeWay()
      const { way, late: second } = late()
      const fiber = yield* begin([one], second)
      yield* one.end(Exit.fail(givenUp("one")))
      expect(yield* Fiber.join(fiber)).toEqual(Exit.fail(givenUp("one")))
      expect(way.isStarted).toBe(false)
    })
  )

  it.effect("is waited for when it was started before the others failed", () =>
    Effect.gen(function* () {
      const one = new FakeWay()
      const { way, late: second, come } = late()
      const fiber = yield* begin([one], second)
      yield* come
      yield* one.end(Exit.fail(givenUp("one")))
      expect(fiber.pollUnsafe()).toBeUndefined()
      yield* way.end(Exit.succeed(outcome("b/m")))
      expect(yield* Fiber.join(fiber)).toEqual(Exit.succeed(outcome("b/m")))
    })
  )
})

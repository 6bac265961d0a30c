import { describe, expect } from "bun:test"
import { Effect } from "effect"
import {
  ContentRefused,
  ContextTooLong,
  type Failure,
  Overloaded,
  QuotaExhausted,
  RateLimited,
  ServerFault,
  Unauthorized,
  Unreachable
} from "../../src/domain/Failure.ts"
import { it } from "../effect.ts"
import { answers, refuses, silent, Stage } from "./Stage.ts"
import { everyFailure } from "./EveryFailure.ts"
import { fakeDeployment } from "./simulation/fakes/FakeProviders.ts"

const message = "no"
const words = (status: number) => ({ words: { provider: "a", status } })
const limited = (retryAfterMs: number) => new RateLimited({ message, retryAfterMs, ...words(429) })
const fault = new ServerFault({ message, ...words(500) })
const second = 1_000

/** Shuts a target by its own word. */
const shut = (stage: Stage, model: string, ms: number) =>
  Effect.gen(function* () {
    stage.behaviours[model] = [refuses(limited(ms), 0), answers()]
    stage.walk([model], { retries: { attempts: 0 } })
    yield* stage.time.settle
  })

describe("when every target is left alone", () => {
  it.effect("the one that may be asked first is waited for", () =>
    Effect.gen(function* () {
      const stage = yield* Stage.with({})
      yield* shut(stage, "a/m", 5 * second)
      yield* shut(stage, "b/m", 3 * second)
      const asked = stage.walk(["a/m", "b/m"])
      yield* stage.time.advance(10 * second)
      expect(asked.trail()).toEqual(["fallback b/m answered 3000-3020"])
    })
  )

  it.effect("it is not waited for beyond the deadline: the caller is told when to come back", () =>
    Effect.gen(function* () {
      const stage = yield* Stage.with({})
      yield* shut(stage, "a/m", 5 * second)
      yield* shut(stage, "b/m", 3 * second)
      const asked = stage.walk(["a/m", "b/m"], { deadlineMs: 2 * second })
      yield* stage.time.settle
      expect(asked.trail()).toEqual([])
      expect(asked.unanswered()).toMatchObject({ failure: { _tag: "RateLimited", retryAfterMs: 3 * second } })
      expect(asked.unanswered()?.shouldRetry).toBeUndefined()
    })
  )

  it.effect("the deadline that counts is that of the target which is waited for", () =>
    Effect.gen(function* () {
      const stage = yield* Stage.with({ "a/m": [refuses(fault)] })
      yield* shut(stage, "b/m", 3 * second)
      const long = stage.walk(["a/m", "b/m"], { deadlineMs: second }, {}, { "b/m": { deadlineMs: 5 * second } })
      const short = stage.walk(["a/m", "b/m"], {}, {}, { "b/m": { deadlineMs: second } })
      yield* stage.time.advance(20)
      expect(short.failure()).toBe(fault)
      yield* stage.time.advance(5 * second)
      expect(long.trail()).toEqual(["first a/m failed ServerFault 0-10", "fallback b/m answered 3000-3020"])
    })
  )

  it.effect("what only the operator can mend is tried once more, so that the caller learns of it", () =>
    Effect.gen(function* () {
      const refused = new Unauthorized({ message: "Incorrect API key", ...words(401) })
      const stage = yield* Stage.with({ "a/m": [refuses(refused)] })
      stage.walk(["a/m"])
      yield* stage.time.advance(second)
      const asked = stage.walk(["a/m"])
      yield* stage.time.advance(second)
      expect([asked.trail(), asked.failure()]).toEqual([["first a/m failed Unauthorized 0-10"], refused])
    })
  )
})

describe("a target that is left alone", () => {
  it.effect("is passed over while another can be asked", () =>
    Effect.gen(function* () {
      const stage = yield* Stage.with({ "b/m": [answers()] })
      yield* shut(stage, "a/m", 5 * second)
      const asked = stage.walk(["a/m", "b/m"])
      yield* stage.time.advance(second)
      expect(asked.trail()).toEqual(["fallback b/m answered 0-20"])
    })
  )

  it.effect("stays so for the longest time that was named, whatever comes later", () =>
    Effect.gen(function* () {
      const stage = yield* Stage.with({
        "a/m": [refuses(limited(30 * second), 10), refuses(limited(second), 20)],
        "b/m": [answers()]
      })
      stage.walk(["a/m"], { retries: { attempts: 0 } })
      stage.walk(["a/m"], { retries: { attempts: 0 } })
      yield* stage.time.advance(29 * second)
      const early = stage.walk(["a/m", "b/m"])
      yield* stage.time.advance(2 * second)
      stage.behaviours["a/m"] = [answers()]
      const late = stage.walk(["a/m", "b/m"])
      yield* stage.time.advance(second)
      expect([early.trail()[0], late.trail()[0]]).toEqual(["fallback b/m answered 0-20", "first a/m answered 0-20"])
    })
  )

  it.effect("is tried by one request at a time, and open to all with its first content", () =>
    Effect.gen(function* () {
      const stage = yield* Stage.with({})
      yield* shut(stage, "a/m", second)
      yield* stage.time.advance(second)
      stage.behaviours["a/m"] = [answers(400)]
      stage.behaviours["b/m"] = [answers()]
      const probe = stage.walk(["a/m", "b/m"])
      const beside = stage.walk(["a/m", "b/m"])
      yield* stage.time.advance(500)
      const later = stage.walk(["a/m", "b/m"])
      yield* stage.time.advance(5 * second)
      expect([probe, beside, later].map(({ trail }) => trail()[0])).toEqual([
        "first a/m answered 0-800",
        "fallback b/m answered 0-20",
        "first a/m answered 0-800"
      ])
    })
  )

  it.effect("is found to be back by the next, when the one that tried it has left", () =>
    Effect.gen(function* () {
      const stage = yield* Stage.with({})
      yield* shut(stage, "a/m", second)
      yield* stage.time.advance(second)
      stage.behaviours["a/m"] = [silent, answers()]
      stage.walk(["a/m", "b/m"]).fiber.interruptUnsafe()
      const asked = stage.walk(["a/m", "b/m"])
      yield* stage.time.advance(second)
      expect(asked.trail()).toEqual(["first a/m answered 0-20"])
    })
  )

  it.effect("is found to be back though a race that was to try it was over before", () =>
    Effect.gen(function* () {
      const stage = yield* Stage.with({})
      yield* shut(stage, "b/m", second)
      yield* stage.time.advance(second)
      stage.behaviours["a/m"] = [answers(0)]
      stage.behaviours["b/m"] = [silent, answers()]
      const race = stage.walk(["a/m", "b/m"], { race: true })
      yield* stage.time.settle
      expect(race.read()).toBe("hello")
      stage.behaviours["b/m"] = [answers()]
      const asked = stage.walk(["b/m", "c/m"])
      yield* stage.time.advance(second)
      expect(asked.trail()).toEqual(["first b/m answered 0-20"])
    })
  )
})

it.effect("a hundred prompts that are too long and a hundred callers who leave shut nothing", () =>
  Effect.gen(function* () {
    const tooLong = new ContextTooLong({ message, ...words(400) })
    const stage = yield* Stage.with({
      "a/m": [...Array(100).fill(refuses(tooLong)), ...Array(100).fill(silent), answers()]
    })
    for (let count = 0; count < 100; count++) stage.walk(["a/m"])
    yield* stage.time.advance(100)
    const leaving = Array.from({ length: 100 }, () => stage.walk(["a/m"]))
    yield* stage.time.advance(100)
    for (const { fiber } of leaving) fiber.interruptUnsafe()
    expect(stage.grounds.breakers.snapshot()).toEqual([])
    const asked = stage.walk(["a/m", "b/m"])
    yield* stage.time.advance(second)
    expect(asked.trail()).toEqual(["first a/m answered 0-20"])
  })
)

describe("a provider with two addresses and two keys", () => {
  const twoByTwo = [fakeDeployment("a", 2, 2), fakeDeployment("b", 1, 1)]
  const table: ReadonlyArray<readonly [Failure, ReadonlyArray<string>]> = [
    [new Unauthorized({ message, ...words(401) }), ["a/m@r0#k0", "a/m@r0#k1", "b/m"]],
    [new QuotaExhausted({ message, ...words(429) }), ["a/m@r0#k0", "a/m@r0#k1", "b/m"]],
    [new RateLimited({ message, ...words(429) }), ["a/m@r0#k0", "a/m@r0#k1", "b/m"]],
    [new Unreachable({ message }), ["a/m@r0#k0", "a/m@r1#k0", "b/m"]],
    [new Overloaded({ message, ...words(503) }), ["a/m@r0#k0", "a/m@r1#k0", "b/m"]],
    [fault, ["a/m@r0#k0", "a/m@r1#k0", "b/m"]],
    [everyFailure.TimedOut, ["a/m@r0#k0", "a/m@r1#k0", "b/m"]],
    [everyFailure.Cut, ["a/m@r0#k0", "a/m@r1#k0", "b/m"]],
    [everyFailure.Garbled, ["a/m@r0#k0", "a/m@r1#k0", "b/m"]],
    [everyFailure.NoSuchModel, ["a/m@r0#k0", "b/m"]],
    [everyFailure.Unable, ["a/m@r0#k0", "b/m"]],
    [new ContentRefused({ message }), ["a/m@r0#k0"]]
  ]
  for (const [failure, expected] of table) {
    it.effect(`is asked at ${expected.join(", then ")} on ${failure._tag}`, () =>
      Effect.gen(function* () {
        const stage = yield* Stage.with({ "a/m": [refuses(failure, 0)], "b/m": [answers(0)] }, twoByTwo)
        const asked = stage.walk(["a/m", "b/m"])
        yield* stage.time.settle
        const trail = asked.walk.journal.trail()
        expect(trail.map(({ target }) => target)).toEqual([...expected])
        expect(trail.slice(1, -1).every(({ kind }) => kind === "rotation")).toBe(true)
      })
    )
  }

  it.effect("goes from a refused key to one that is good, and does not ask with the refused one again", () =>
    Effect.gen(function* () {
      const refused = new Unauthorized({ message, ...words(401) })
      const stage = yield* Stage.with({ "a/m@r0#k0": [refuses(refused)], "a/m": [answers()] }, twoByTwo)
      const first = stage.walk(["a/m", "b/m"])
      yield* stage.time.advance(second)
      const second_ = stage.walk(["a/m", "b/m"])
      yield* stage.time.advance(second)
      expect(first.trail()).toEqual(["first a/m@r0#k0 failed Unauthorized 0-10", "rotation a/m@r0#k1 answered 10-30"])
      expect(second_.trail()).toEqual(["first a/m@r0#k1 answered 0-20"])
    })
  )
})

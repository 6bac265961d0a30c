import { describe, expect } from "bun:test"
import { Effect } from "effect"
import { ServerFault } from "../../src/domain/Failure.ts"
import { it } from "../effect.ts"
import { answers, refuses, silent, Stage, text } from "./Stage.ts"

const fault = new ServerFault({ message: "no" })
const second = 1_000

describe("a deadline", () => {
  it.effect("ends all waiting for an answer at its very moment", () =>
    Effect.gen(function* () {
      const stage = yield* Stage.with({ "a/m": [refuses(fault, 400)], "b/m": [silent] })
      const asked = stage.walk(["a/m", "b/m"], { deadlineMs: second })
      yield* stage.time.advance(2 * second)
      expect(asked.trail()).toEqual(["first a/m failed ServerFault 0-400", "fallback b/m failed TimedOut 400-1000"])
      expect(asked.failure()).toMatchObject({ _tag: "TimedOut", stage: "deadline" })
    })
  )

  it.effect("does not end an answer that has begun", () =>
    Effect.gen(function* () {
      const stage = yield* Stage.with({ "a/m": [answers(900)] })
      const asked = stage.walk(["a/m"], { deadlineMs: second })
      yield* stage.time.advance(2 * second)
      expect(asked.trail()).toEqual(["first a/m answered 0-1800"])
    })
  )

  it.effect("of a fallback is its own", () =>
    Effect.gen(function* () {
      const stage = yield* Stage.with({ "a/m": [refuses(fault)], "b/m": [silent] })
      const asked = stage.walk(["a/m", "b/m"], {}, {}, { "b/m": { deadlineMs: 500 } })
      yield* stage.time.advance(second)
      expect(asked.trail()).toEqual(["first a/m failed ServerFault 0-10", "fallback b/m failed TimedOut 10-500"])
    })
  )
})

describe("a caller who leaves", () => {
  it.effect("stops what is under way, wherever it is", () =>
    Effect.gen(function* () {
      const stage = yield* Stage.with({
        "a/m": [refuses(fault), silent, [{ _tag: "Deltas", afterMs: 10, deltas: [text("x")] }]]
      })
      const waiting = stage.walk(["a/m"], { retries: { attempts: 1, backoffMs: 10_000 } })
      const hanging = stage.walk(["a/m"])
      const reading = stage.walk(["a/m"])
      yield* stage.time.advance(100)
      for (const { fiber } of [waiting, hanging, reading]) fiber.interruptUnsafe()
      yield* stage.time.settle
      expect([stage.time.fibers, stage.time.pending("engine"), stage.time.pending("provider")]).toEqual([0, 0, 0])
      expect(hanging.trail()).toEqual(["first a/m cancelled 0-100"])
      expect(reading.trail()).toEqual(["first a/m cancelled 0-100"])
      expect(waiting.trail()).toEqual(["first a/m failed ServerFault 0-10"])
    })
  )
})

describe("a provider's share of retries", () => {
  it.effect("is kept to though many requests fail at once", () =>
    Effect.gen(function* () {
      // Of different models, so that no breaker has a word in it.
      const models = Array.from({ length: 40 }, (_, index) => `a/m${index}`)
      const stage = yield* Stage.with(Object.fromEntries(models.map((model) => [model, [refuses(fault)]])))
      const asked = models.map((model) => stage.walk([model]))
      yield* stage.time.advance(2 * second)
      const trails = asked.map(({ trail }) => trail().length)
      // A fifth of 40 is less than what every provider gets in a minute.
      expect(trails.filter((length) => length === 2)).toHaveLength(10)
      expect(asked.map((one) => one.unanswered()?.shouldRetry)).toEqual(Array(40).fill(false))
    })
  )
})

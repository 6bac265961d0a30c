import { describe, expect } from "bun:test"
import { Effect, Exit } from "effect"
import {
  ContextTooLong,
  Cut,
  Garbled,
  InvalidRequest,
  Overloaded,
  RateLimited,
  ServerFault
} from "../../src/domain/Failure.ts"
import { it } from "../effect.ts"
import { answers, breaks, finish, modelOf, refuses, Stage, text } from "./Stage.ts"

const message = "no"
const fault = new ServerFault({ message })
const second = 1_000

describe("a request without trouble", () => {
  it.effect("is one attempt, one fiber, and no timer afterwards", () =>
    Effect.gen(function* () {
      const stage = yield* Stage.with({ "a/m": [answers()] })
      const asked = stage.walk(["a/m"])
      yield* stage.time.advance(5)
      expect(stage.time.fibers).toBe(1)
      yield* stage.time.advance(15)
      expect([asked.read(), asked.trail()]).toEqual(["hello", ["first a/m answered 0-20"]])
      expect([stage.time.fibers, stage.time.pending("engine")]).toEqual([0, 0])
      expect(stage.providers.prepared).toEqual(["a/m"])
    })
  )

  it.effect("has the next target's request written while it waits, and only the next one's", () =>
    Effect.gen(function* () {
      const stage = yield* Stage.with({ "a/m": [answers(500)] })
      stage.walk(["a/m", "b/m", "c/m"])
      yield* stage.time.advance(9)
      expect(stage.providers.prepared).toEqual(["a/m"])
      yield* stage.time.advance(1)
      expect(stage.providers.prepared).toEqual(["a/m", "b/m"])
      yield* stage.time.advance(2 * second)
      expect(stage.providers.prepared).toEqual(["a/m", "b/m"])
      expect(stage.providers.sends).toHaveLength(1)
    })
  )

  it.effect("has nothing written for others when its answer is quick", () =>
    Effect.gen(function* () {
      const stage = yield* Stage.with({ "a/m": [answers(4)] })
      stage.walk(["a/m", "b/m"])
      yield* stage.time.advance(8)
      expect(stage.time.pending("engine")).toBe(0)
      yield* stage.time.advance(second)
      expect(stage.providers.prepared).toEqual(["a/m"])
    })
  )

  it.effect("is answered though writing the next target's request would break", () =>
    Effect.gen(function* () {
      const stage = yield* Stage.with({ "a/m": [answers(500)] })
      const { prepare } = stage.providers.service
      const providers: typeof stage.providers.service = {
        ...stage.providers.service,
        prepare: (ask, target, stream) => {
          if (target.model.provider === "b") throw new Error("a bug")
          return prepare(ask, target, stream)
        }
      }
      Object.assign(stage.grounds, { providers })
      const asked = stage.walk(["a/m", "b/m"])
      yield* stage.time.advance(second)
      expect(asked.read()).toBe("hello")
    })
  )
})

describe("a target that fails before its answer has begun", () => {
  it.effect("is followed by the next one at once", () =>
    Effect.gen(function* () {
      const stage = yield* Stage.with({ "a/m": [refuses(fault)], "b/m": [answers()] })
      const asked = stage.walk(["a/m", "b/m"])
      yield* stage.time.advance(second)
      expect(asked.trail()).toEqual(["first a/m failed ServerFault 0-10", "fallback b/m answered 10-30"])
      expect(asked.read()).toBe("hello")
    })
  )

  it.effect("is asked again after a while where there is no other, once", () =>
    Effect.gen(function* () {
      const stage = yield* Stage.with({ "a/m": [refuses(fault)] })
      const asked = stage.walk(["a/m"])
      yield* stage.time.advance(second)
      expect(asked.trail()).toEqual(["first a/m failed ServerFault 0-10", "retry a/m failed ServerFault 510-520"])
      expect(asked.unanswered()).toMatchObject({ failure: fault, shouldRetry: false })
    })
  )

  it.effect("is asked as often as was promised, and waits for twice as long each time, before the next one", () =>
    Effect.gen(function* () {
      const stage = yield* Stage.with({ "a/m": [refuses(fault, 0)], "b/m": [answers()] })
      const asked = stage.walk(["a/m", "b/m"], { retries: { attempts: 3, backoffMs: 100 } })
      yield* stage.time.advance(second)
      expect(asked.trail()).toEqual([
        "first a/m failed ServerFault 0-0",
        "retry a/m failed ServerFault 100-100",
        "retry a/m failed ServerFault 300-300",
        "retry a/m failed ServerFault 700-700",
        "fallback b/m answered 700-720"
      ])
    })
  )

  it.effect("is not waited for when its word does not fit the deadline", () =>
    Effect.gen(function* () {
      const limited = new RateLimited({ message, retryAfterMs: 5 * second })
      const stage = yield* Stage.with({ "a/m": [refuses(limited)], "b/m": [answers()] })
      const asked = stage.walk(["a/m", "b/m"], { retries: { attempts: 2 }, deadlineMs: 3 * second })
      yield* stage.time.advance(second)
      expect(asked.trail()).toEqual(["first a/m failed RateLimited 0-10", "fallback b/m answered 10-30"])
    })
  )

  it.effect("in the middle of its body is a failure like any other", () =>
    Effect.gen(function* () {
      for (const failure of [new Cut({ message }), new Garbled({ message })]) {
        const broken = [
          { _tag: "Headers", afterMs: 5 },
          { _tag: "Deltas", afterMs: 5, deltas: [text("")] },
          { _tag: "Failing", afterMs: 5, deltas: [], failure }
        ] as const
        const stage = yield* Stage.with({ "a/m": [broken, broken, answers()] })
        const asked = stage.walk(["a/m"], { retries: { attempts: 2, backoffMs: 10 } })
        yield* stage.time.advance(second)
        expect(asked.trail().map((line) => line.replace(/ [^ ]+$/, ""))).toEqual([
          `first a/m failed ${failure._tag}`,
          `retry a/m failed ${failure._tag}`,
          "retry a/m answered"
        ])
        expect(asked.read()).toBe("hello")
      }
    })
  )

  it.effect("leads nowhere when the request itself is wrong, or when nobody said that this class leads on", () =>
    Effect.gen(function* () {
      const wrong = new InvalidRequest({ message })
      const stage = yield* Stage.with({ "a/m": [refuses(wrong), refuses(fault)], "b/m": [answers()] })
      const asked = [stage.walk(["a/m", "b/m"]), stage.walk(["a/m", "b/m"], { on: ["Overloaded"] })]
      yield* stage.time.advance(second)
      expect(asked.map(({ trail }) => trail().length)).toEqual([1, 1])
      expect(asked.map(({ failure }) => failure())).toEqual([wrong, fault])
    })
  )

  it.effect("because the prompt is too long is followed by models with more room only", () =>
    Effect.gen(function* () {
      const tooLong = new ContextTooLong({ message })
      const models = [
        modelOf("a/small", { contextTokens: 8_000 }),
        modelOf("b/same", { contextTokens: 8_000 }),
        modelOf("b/large", { contextTokens: 128_000 }),
        modelOf("c/unknown"),
        modelOf("c/larger", { contextTokens: 200_000 })
      ] as const
      const stage = yield* Stage.with({
        "a/small": [refuses(tooLong)],
        "b/large": [refuses(fault)],
        "c/larger": [answers()]
      })
      const asked = stage.walk(models)
      const alone = stage.walk([models[0], models[1]])
      yield* stage.time.advance(second)
      expect(asked.trail()).toEqual([
        "first a/small failed ContextTooLong 0-10",
        "fallback b/large failed ServerFault 10-20",
        "fallback c/larger answered 20-40"
      ])
      expect([alone.trail().length, alone.failure()]).toEqual([1, tooLong])
    })
  )

  it.effect("is told as it failed, with the trail of all", () =>
    Effect.gen(function* () {
      const last = new Overloaded({ message })
      const stage = yield* Stage.with({ "a/m": [refuses(fault)], "b/m": [refuses(last)] })
      const asked = stage.walk(["a/m", "b/m"])
      yield* stage.time.advance(second)
      expect(asked.unanswered()).toMatchObject({ failure: last, shouldRetry: false })
      expect(
        asked
          .unanswered()
          ?.journal.trail()
          .map(({ id }) => id)
      ).toEqual(["request-1/1", "request-1/2"])
    })
  )
})

describe("a target that fails after its answer has begun", () => {
  it.effect("ends the answer, and no other is asked", () =>
    Effect.gen(function* () {
      const cut = new Cut({ message })
      const stage = yield* Stage.with({ "a/m": [breaks(cut)], "b/m": [answers()] })
      const asked = stage.walk(["a/m", "b/m"], { retries: { attempts: 2 } })
      yield* stage.time.advance(5 * second)
      expect([asked.read(), asked.failure()]).toEqual(["half", cut])
      expect(asked.trail()).toEqual(["first a/m broken Cut 0-20"])
    })
  )

  it.effect("is replaced unseen where the answer is held, or asked for whole", () =>
    Effect.gen(function* () {
      const stage = yield* Stage.with({
        "a/m": [breaks(new Cut({ message })), breaks(new Cut({ message }))],
        "b/m": [answers(10, "whole")]
      })
      const held = stage.walk(["a/m", "b/m"], { midStream: "hold" })
      const whole = stage.walk(["a/m", "b/m"], {}, { gate: "end" })
      yield* stage.time.advance(second)
      for (const asked of [held, whole]) {
        expect(asked.read()).toBe("whole")
        expect(asked.trail()).toEqual(["first a/m failed Cut 0-20", "fallback b/m answered 20-40"])
      }
    })
  )
})

it.effect("an empty answer is an answer", () =>
  Effect.gen(function* () {
    const stage = yield* Stage.with({
      "a/m": [
        [{ _tag: "End", afterMs: 10, exit: Exit.void }],
        [
          { _tag: "Deltas", afterMs: 0, deltas: [finish] },
          { _tag: "End", afterMs: 0, exit: Exit.void }
        ]
      ]
    })
    const asked = [stage.walk(["a/m", "b/m"]), stage.walk(["a/m", "b/m"])]
    yield* stage.time.advance(second)
    expect(asked.map(({ trail }) => trail())).toEqual([["first a/m answered 0-10"], ["first a/m answered 0-0"]])
  })
)

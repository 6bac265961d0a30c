import { describe, expect } from "bun:test"
import { Effect } from "effect"
import { Cut, ServerFault } from "../../src/domain/Failure.ts"
import type { Model } from "../../src/domain/Model.ts"
import type { Steering } from "../../src/domain/routing/Steering.ts"
import { Funding } from "../../src/routing/funding/Funding.ts"
import { it } from "../effect.ts"
import { MemoryPurse } from "./funding/MemoryPurse.ts"
import { answers, breaks, modelOf, refuses, silent, Stage } from "./Stage.ts"

const message = "no"
const fault = new ServerFault({ message })
const cut = new Cut({ message })
const second = 1_000

describe("a hedge", () => {
  const hedged: Steering = { hedge: { after: 100 } }

  it.effect("starts when the first is late, and the first with content wins", () =>
    Effect.gen(function* () {
      const stage = yield* Stage.with({ "a/m": [answers(500, "slow")], "b/m": [answers(20, "quick")] })
      const asked = stage.walk(["a/m", "b/m", "c/m"], hedged)
      yield* stage.time.advance(second)
      expect([asked.read(), asked.trail()]).toEqual(["quick", ["first a/m lost 0-120", "hedge b/m answered 100-140"]])
      expect(stage.providers.sends.map(({ stops }) => stops)).toEqual([1, 0])
      expect([stage.time.fibers, stage.time.pending("engine")]).toEqual([0, 0])
    })
  )

  it.effect("loses to a first that was late and yet earlier", () =>
    Effect.gen(function* () {
      const stage = yield* Stage.with({ "a/m": [answers(150, "first")], "b/m": [answers(60, "hedge")] })
      const asked = stage.walk(["a/m", "b/m"], hedged)
      yield* stage.time.advance(second)
      expect([asked.read(), asked.trail()]).toEqual(["first", ["first a/m answered 0-300", "hedge b/m lost 100-150"]])
    })
  )

  it.effect("does not start when there is content, though the answer goes on", () =>
    Effect.gen(function* () {
      const stage = yield* Stage.with({ "a/m": [answers(90)] })
      const asked = stage.walk(["a/m", "b/m"], hedged)
      const whole = stage.walk(["a/m", "b/m"], hedged, { gate: "end" })
      yield* stage.time.advance(second)
      expect(asked.trail()).toEqual(["first a/m answered 0-180"])
      expect(whole.trail()).toEqual(["first a/m answered 0-180"])
    })
  )

  it.effect("is waited for when the first fails meanwhile, and the walk goes on when it fails too", () =>
    Effect.gen(function* () {
      const stage = yield* Stage.with({
        "a/m": [refuses(fault, 150)],
        "b/m": [answers(200), refuses(fault, 200)],
        "c/m": [answers()]
      })
      const saved = stage.walk(["a/m", "b/m", "c/m"], hedged)
      yield* stage.time.advance(second)
      const lost = stage.walk(["a/m", "b/m", "c/m"], hedged)
      yield* stage.time.advance(second)
      expect(saved.trail()).toEqual(["first a/m failed ServerFault 0-150", "hedge b/m answered 100-500"])
      expect(lost.trail()).toEqual([
        "first a/m failed ServerFault 0-150",
        "hedge b/m failed ServerFault 100-300",
        "fallback c/m answered 300-320"
      ])
    })
  )

  it.effect("is not needed when the first fails before it is late", () =>
    Effect.gen(function* () {
      const stage = yield* Stage.with({ "a/m": [refuses(fault, 50)], "b/m": [answers()] })
      const asked = stage.walk(["a/m", "b/m"], hedged)
      yield* stage.time.advance(second)
      expect(asked.trail()).toEqual(["first a/m failed ServerFault 0-50", "fallback b/m answered 50-70"])
    })
  )

  it.effect("comes from the slowest in twenty of the last answers, once there are twenty", () =>
    Effect.gen(function* () {
      const stage = yield* Stage.with({ "a/m": [silent], "b/m": [answers()] })
      const said: Steering = { hedge: { after: "p95" } }
      for (let ms = 1; ms <= 19; ms++) stage.grounds.latencies.note("a/m", ms)
      const early = stage.walk(["a/m", "b/m"], said)
      stage.grounds.latencies.note("a/m", 20)
      const late = stage.walk(["a/m", "b/m"], said)
      yield* stage.time.advance(second)
      expect(early.trail()).toHaveLength(1)
      expect(late.trail()).toEqual(["first a/m lost 0-29", "hedge b/m answered 19-39"])
    })
  )

  const priced = (id: string, dollars: number): Model =>
    modelOf(id, { maxOutputTokens: 1_000, prices: [{ from: "2026-01-01", input: 0, output: dollars * 1_000_000 }] })

  it.effect("goes to the first target that costs no more than allowed, and an unknown price is more", () =>
    Effect.gen(function* () {
      const stage = yield* Stage.with({ "a/m": [silent], "c/m": [answers()] })
      const said: Steering = { hedge: { after: 100, maxExtraCost: 2_000_000_000 } }
      const asked = stage.walk([modelOf("a/m"), priced("b/m", 3), modelOf("b/unpriced"), priced("c/m", 2)], said)
      const none = stage.walk([modelOf("a/m"), priced("b/m", 3)], said)
      yield* stage.time.advance(second)
      expect(asked.trail()).toEqual(["first a/m lost 0-110", "hedge c/m answered 100-120"])
      expect(none.trail()).toHaveLength(1)
    })
  )

  it.effect("does not start where the provider's share of second tries is used up, or it is left alone", () =>
    Effect.gen(function* () {
      const stage = yield* Stage.with({ "a/m": [silent], "c/m": [answers()] })
      while (stage.grounds.budget.take("b", stage.time.now()));
      const asked = stage.walk(["a/m", "b/m", "c/m"], hedged)
      yield* stage.time.advance(second)
      expect(asked.trail()).toEqual(["first a/m lost 0-110", "hedge c/m answered 100-120"])
    })
  )

  it.effect("that there is no money for takes nothing of its provider's share of second tries", () =>
    Effect.gen(function* () {
      const stage = yield* Stage.with({ "a/m": [answers(200)], "b/m": [answers()] })
      const price = { from: "2026-01-01", input: 0, output: 1 }
      // Enough for one attempt of the usual length.
      const funding = new Funding(
        new MemoryPurse({ tokens: 1e9, nanos: 1_000 }),
        () => price,
        () => 1_000
      )
      const before = stage.grounds.budget.left("b", stage.time.now())
      const asked = stage.walk(["a/m", "b/m"], hedged, {}, {}, funding)
      yield* stage.time.advance(second)
      expect(asked.trail()).toEqual(["first a/m answered 0-400"])
      expect(stage.grounds.budget.left("b", stage.time.now())).toBe(before)
      stage.walk(["a/m", "b/m"], hedged)
      yield* stage.time.advance(second)
      expect(stage.grounds.budget.left("b", stage.time.now())).toBe(before - 1)
    })
  )

  it.effect("is asked as a stream though the caller wants a whole answer, so that its content is seen", () =>
    Effect.gen(function* () {
      const stage = yield* Stage.with({ "a/m": [answers()], "b/m": [answers()] })
      stage.walk(["a/m", "b/m"], hedged, { gate: "end" })
      stage.walk(["a/m", "b/m"], {}, { gate: "end" })
      expect(stage.providers.sends.map(({ ready }) => ready.stream)).toEqual([true, false])
    })
  )
})

describe("a race", () => {
  it.effect("starts all at once; the first content wins and the others are closed", () =>
    Effect.gen(function* () {
      const stage = yield* Stage.with({ "a/m": [answers(300)], "b/m": [answers(50, "b")], "c/m": [refuses(fault, 20)] })
      const asked = stage.walk(["a/m", "b/m", "c/m"], { race: true })
      expect(stage.providers.sends).toHaveLength(3)
      yield* stage.time.advance(second)
      expect([asked.read(), asked.trail()]).toEqual([
        "b",
        ["race a/m lost 0-50", "race b/m answered 0-100", "race c/m failed ServerFault 0-20"]
      ])
      expect(stage.grounds.breakers.snapshot().map(({ name }) => name)).toEqual(["c/m"])
    })
  )

  it.effect("is over at once when one has an answer at once: the others are not even asked", () =>
    Effect.gen(function* () {
      const stage = yield* Stage.with({ "a/m": [answers(0)], "b/m": [silent] })
      const asked = stage.walk(["a/m", "b/m", "c/m"], { race: true })
      yield* stage.time.settle
      expect(asked.trail()).toEqual(["race a/m answered 0-0"])
    })
  )

  it.effect("that all lose is told with the last failure", () =>
    Effect.gen(function* () {
      const stage = yield* Stage.with({ "a/m": [refuses(cut, 30)], "b/m": [refuses(fault, 50)] })
      const asked = stage.walk(["a/m", "b/m"], { race: true })
      yield* stage.time.advance(second)
      expect([asked.failure(), asked.trail().length]).toEqual([fault, 2])
    })
  )

  it.effect("whose winner dies unseen goes on with those it had beaten", () =>
    Effect.gen(function* () {
      const stage = yield* Stage.with({
        "a/m": [breaks(cut, 10)],
        "b/m": [answers(50, "b")],
        "c/m": [answers(60, "c")]
      })
      const asked = stage.walk(["a/m", "b/m", "c/m"], { race: true, midStream: "hold" })
      yield* stage.time.advance(second)
      expect(asked.read()).toBe("b")
      expect(asked.trail()).toEqual([
        "race a/m failed Cut 0-20",
        "race b/m lost 0-10",
        "race c/m lost 0-10",
        "race b/m answered 20-120",
        "race c/m lost 20-70"
      ])
    })
  )

  it.effect("is left by its caller with nothing going on", () =>
    Effect.gen(function* () {
      const stage = yield* Stage.with({ "a/m": [silent], "b/m": [refuses(fault, 10)] })
      const asked = stage.walk(["a/m", "b/m"], { race: true, retries: { attempts: 3, backoffMs: 10_000 } })
      yield* stage.time.advance(100)
      asked.fiber.interruptUnsafe()
      yield* stage.time.settle
      expect(asked.trail()).toEqual(["race a/m cancelled 0-100", "race b/m failed ServerFault 0-10"])
      expect([stage.time.fibers, stage.time.pending("engine"), stage.time.pending("provider")]).toEqual([0, 0, 0])
    })
  )
})

describe("what is remembered of a target's speed", () => {
  it.effect("is the time to its first content, once for each attempt that had some and did not lose", () =>
    Effect.gen(function* () {
      const stage = yield* Stage.with({ "a/m": [answers(300)], "b/m": [answers(50)], "c/m": [breaks(cut, 20)] })
      stage.walk(["a/m", "b/m"], { race: true })
      stage.walk(["a/m"])
      stage.walk(["c/m"])
      yield* stage.time.advance(second)
      expect(stage.latencies.noted).toEqual([
        { target: "c/m", ms: 20 },
        { target: "b/m", ms: 50 },
        { target: "a/m", ms: 300 }
      ])
    })
  )
})

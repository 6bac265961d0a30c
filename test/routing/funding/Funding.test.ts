import { describe, expect, test } from "bun:test"
import { Effect, Fiber, Result } from "effect"
import { TimedOut } from "../../../src/domain/Failure.ts"
import type { Prices } from "../../../src/routing/planning/Estimate.ts"
import { Funding, nothing } from "../../../src/routing/funding/Funding.ts"
import { needByLength } from "../../../src/routing/funding/Needs.ts"
import { policyOf } from "../../../src/routing/planning/Policy.ts"
import { fakeAsk } from "../simulation/fakes/FakeAsk.ts"
import { modelOf } from "../Stage.ts"
import { MemoryPurse } from "./MemoryPurse.ts"

const prices: Prices = () => ({ from: "2026-01-01", input: 10, output: 100 })
const model = modelOf("a/m", { maxOutputTokens: 100_000 })
const stepOf = (maxOutputTokens?: number) => ({
  target: { model },
  ask: fakeAsk("k", "a/m", maxOutputTokens === undefined ? {} : { maxOutputTokens }),
  policy: policyOf([], true)
})
const inputNanos = needByLength(stepOf().ask, model, prices).inputNanos ?? Number.NaN
const plenty = { tokens: 1e9, nanos: 1e12 }
const fundingOf = (purse: MemoryPurse, usual = 4_096) => new Funding(purse, prices, () => usual)
const never = Effect.never

const lengthOf = (effect: ReturnType<Funding["fund"]>) =>
  Effect.map(Effect.result(effect), (result) =>
    Result.isFailure(result) ? result.failure._tag : result.success.ask.request().maxOutputTokens
  )

describe("the answer", () => {
  test("may be as long as was asked for, and that is what is put aside", () => {
    const purse = new MemoryPurse(plenty)
    expect(Effect.runSync(lengthOf(fundingOf(purse).fund(stepOf(50), undefined)))).toBe(50)
    expect(purse.held.nanos).toBe(inputNanos + 50 * 100)
  })

  test("may be as long as usual where no length is named, and the provider is told so", () => {
    const purse = new MemoryPurse(plenty)
    expect(Effect.runSync(lengthOf(fundingOf(purse).fund(stepOf(), undefined)))).toBe(4_096)
    expect(purse.held.nanos).toBe(inputNanos + 4_096 * 100)
  })

  test("may be no longer than the model can make it", () => {
    const purse = new MemoryPurse(plenty)
    expect(Effect.runSync(lengthOf(fundingOf(purse, 1e6).fund(stepOf(), undefined)))).toBe(100_000)
  })

  test("is cut down to what is left", () => {
    const purse = new MemoryPurse({ ...plenty, nanos: inputNanos + 300 * 100 + 99 })
    expect(Effect.runSync(lengthOf(fundingOf(purse).fund(stepOf(), undefined)))).toBe(300)
    expect(purse.left().nanos).toBe(99)
  })

  test("is not cut down where its length was asked for, nor to less than is of use", () => {
    const purse = new MemoryPurse({ ...plenty, nanos: inputNanos + 255 * 100 })
    expect(Effect.runSync(lengthOf(fundingOf(purse).fund(stepOf(), undefined)))).toBe("OverBudget")
    expect(Effect.runSync(lengthOf(fundingOf(purse).fund(stepOf(256), undefined)))).toBe("OverBudget")
    expect(Effect.runSync(lengthOf(fundingOf(purse).fund(stepOf(255), undefined)))).toBe(255)
  })

  test("may be cut down for want of tokens, too", () => {
    const { inputTokens } = needByLength(stepOf().ask, model, prices)
    const purse = new MemoryPurse({ ...plenty, tokens: inputTokens + 1_000 })
    expect(Effect.runSync(lengthOf(fundingOf(purse).fund(stepOf(), undefined)))).toBe(1_000)
  })
})

test("an attempt that waits gets as much as is there when its turn comes, and gives all of it back", async () => {
  const purse = new MemoryPurse({ ...plenty, nanos: inputNanos + 1_000 * 100 })
  const first = purse.take({ tokens: 1, nanos: inputNanos + 900 * 100 })
  const fiber = Effect.runFork(fundingOf(purse).fund(stepOf(), never))
  await Promise.resolve()
  expect(fiber.pollUnsafe()).toBeUndefined()
  if ("settle" in first) first.settle({ tokens: 1, nanos: 500 * 100 })
  const { ask, hold } = await Effect.runPromise(Fiber.join(fiber))
  expect(ask.request().maxOutputTokens).toBe(500)
  hold.settle({ tokens: 10, nanos: 100 })
  expect([purse.held.nanos, purse.spent.nanos]).toEqual([0, 500 * 100 + 100])
})

test("what cannot be enough is not waited for, and a wait ends with the request's time", async () => {
  const purse = new MemoryPurse({ ...plenty, nanos: inputNanos + 300 * 100 })
  expect(await Effect.runPromise(lengthOf(fundingOf(purse).fund(stepOf(301), never)))).toBe("OverBudget")
  purse.take({ tokens: 1, nanos: 300 * 100 })
  const late = Effect.fail(new TimedOut({ stage: "deadline", message: "late" }))
  expect(await Effect.runPromise(lengthOf(fundingOf(purse).fund(stepOf(300), late)))).toBe("TimedOut")
})

test("a hold that was settled is not settled again", () => {
  const purse = new MemoryPurse(plenty)
  const { hold } = Effect.runSync(fundingOf(purse).fund(stepOf(50), undefined))
  hold.settle({ tokens: 5, nanos: 7 })
  hold.settle(nothing)
  expect([purse.spent, purse.held]).toEqual([
    { tokens: 5, nanos: 7 },
    { tokens: 0, nanos: 0 }
  ])
})

test("an attempt whose hold was made longer and whose cost is not known counts with all that was put aside", async () => {
  const purse = new MemoryPurse({ ...plenty, nanos: inputNanos + 1_000 * 100 })
  const first = purse.take({ tokens: 1, nanos: inputNanos + 900 * 100 })
  const fiber = Effect.runFork(fundingOf(purse).fund(stepOf(), never))
  await Promise.resolve()
  if ("settle" in first) first.settle({ tokens: 1, nanos: 500 * 100 })
  const { hold } = await Effect.runPromise(Fiber.join(fiber))
  hold.settle({ tokens: 10 })
  expect([purse.held.nanos, purse.spent]).toEqual([0, { tokens: 11, nanos: inputNanos + 1_000 * 100 }])
})

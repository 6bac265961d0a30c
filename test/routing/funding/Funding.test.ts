import { describe, expect, test } from "bun:test"
import { Effect, Fiber, Result } from "effect"
import { TimedOut } from "../../../src/domain/Failure.ts"
import type { Prices } from "../../../src/routing/planning/Estimate.ts"
import { Funding, nothing } from "../../../src/routing/funding/Funding.ts"
import { needByLength, needOf } from "../../../src/routing/funding/Needs.ts"
import { policyOf } from "../../../src/routing/planning/Policy.ts"
import { fakeAsk } from "../simulation/FakeAsk.ts"
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

describe("what is put aside for a prompt", () => {
  const need = (price: Partial<ReturnType<Prices>>, content: ReadonlyArray<unknown> = []) => {
    const { ask } = stepOf(1)
    const messages = [{ role: "user", content }]
    const source = { model: "a/m", messages }
    const request = () => Object.assign({ ...ask.request() }, { messages })
    return needByLength({ ...ask, source, request }, model, () => ({ from: "", input: 10, output: 100, ...price }))
  }

  test("is at the price of writing it to the cache where there is one", () => {
    const { inputTokens, inputNanos: nanos } = need({ cacheWrite5m: 12 })
    expect(nanos).toBe(inputTokens * 12)
  })

  test("counts a picture as a picture and not as text", () => {
    const picture = { type: "image", url: `data:image/png;base64,${"A".repeat(3_000_000)}` }
    expect(need({}, [picture]).inputTokens).toBeWithin(5_000, 5_100)
    expect(need({}, [{ type: "image", url: "https://a.example/b.png" }]).inputTokens).toBeWithin(5_000, 5_100)
  })

  test("counts sound by its length, at the price of sound", () => {
    const { inputTokens, inputNanos: nanos } = need({ audioInput: 30 }, [
      { type: "audio", data: "A".repeat(50_000), format: "mp3" }
    ])
    expect(inputTokens).toBeWithin(1_000, 1_100)
    expect(nanos).toBe(inputTokens * 30)
  })

  test("is not known where the price is not", () => {
    const { ask } = stepOf(1)
    const unknown = needByLength(ask, model, () => undefined)
    expect(needOf(unknown, 10)).toEqual({ tokens: unknown.inputTokens + 10 })
  })
})

import { describe, expect, test } from "bun:test"
import type { Model } from "../../../src/domain/Model.ts"
import {
  inputTokensAtMost,
  outputTokensAtMost,
  type Prices,
  worstCost
} from "../../../src/routing/planning/Estimate.ts"
import { fakeAsk } from "../simulation/FakeAsk.ts"
import { modelOf } from "../Stage.ts"

const priced: Prices = () => ({ input: 1_000, output: 2_000 })
const ask = (maxOutputTokens?: number) =>
  fakeAsk("caller", "a/m", maxOutputTokens === undefined ? {} : { maxOutputTokens })

test("a prompt is a token for each three characters of its body, rounded up", () => {
  const source = { model: "m", messages: [{ role: "user", content: "x".repeat(300) }] }
  const characters = JSON.stringify(source).length
  const tokens = inputTokensAtMost({ ...ask(), source })
  expect([tokens * 3 >= characters, (tokens - 1) * 3 < characters]).toEqual([true, true])
})

describe("an answer is as long", () => {
  const table: ReadonlyArray<readonly [string, number | undefined, Partial<Model>, number | undefined]> = [
    ["as was asked for", 50, { maxOutputTokens: 1_000 }, 50],
    ["as the model can make it", undefined, { maxOutputTokens: 1_000 }, 1_000],
    ["as was asked for where nothing is known of the model", 50, {}, 50],
    ["as nobody knows", undefined, {}, undefined]
  ]
  for (const [what, asked, facts, expected] of table) {
    test(what, () => expect(outputTokensAtMost(ask(asked), modelOf("a/m", facts))).toBe(expected))
  }

  test("as often as answers are wanted", () => {
    const one = ask(50)
    const three = { ...one, request: () => ({ ...one.request(), choices: 3 }) }
    expect(outputTokensAtMost(three, modelOf("a/m"))).toBe(150)
  })
})

describe("what an answer costs at most", () => {
  test("is the prompt and the longest answer at today's prices", () => {
    const input = inputTokensAtMost(ask(50))
    expect(worstCost(ask(50), modelOf("a/m"), priced)).toBe(input * 1_000 + 50 * 2_000)
  })

  test("is no number where a price or a length is not known, so that no comparison holds", () => {
    for (const cost of [
      worstCost(ask(50), modelOf("a/m"), () => undefined),
      worstCost(ask(), modelOf("a/m"), priced)
    ]) {
      expect(cost).toBeNaN()
      expect([cost <= Infinity, cost > 0]).toEqual([false, false])
    }
  })
})

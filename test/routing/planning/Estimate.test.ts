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

const priced: Prices = () => ({ from: "2026-01-01", input: 1_000, output: 2_000 })
const ask = (maxOutputTokens?: number) =>
  fakeAsk("caller", "a/m", maxOutputTokens === undefined ? {} : { maxOutputTokens })

test("a prompt is a token for each three bytes of its body, rounded up: a Chinese character is one", () => {
  for (const content of ["x".repeat(300), "語".repeat(300)]) {
    const source = { model: "m", messages: [{ role: "user", content }] }
    const bytes = Buffer.byteLength(JSON.stringify(source))
    const tokens = inputTokensAtMost({ ...ask(), source })
    expect([tokens * 3 >= bytes, (tokens - 1) * 3 < bytes]).toEqual([true, true])
  }
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

  test("is at the prices of a prompt that long", () => {
    const input = inputTokensAtMost(ask(50))
    const tiers = [
      { above: input - 1, input: 3_000, output: 4_000 },
      { above: input - 2, input: 1, output: 1 },
      { above: input, input: 9_000, output: 9_000 }
    ]
    const tiered: Prices = () => ({ from: "2026-01-01", input: 1_000, output: 2_000, tiers })
    expect(worstCost(ask(50), modelOf("a/m"), tiered)).toBe(input * 3_000 + 50 * 4_000)
  })

  test("writes the whole prompt to the cache where it is marked for that", () => {
    const one = ask(50)
    const marked = { ...one, request: () => ({ ...one.request(), cache: { type: "ephemeral", ttl: "1h" } as const }) }
    const price: Prices = () => ({
      from: "2026-01-01",
      input: 1_000,
      output: 2_000,
      cacheWrite5m: 1_250,
      cacheWrite1h: 2_000
    })
    const input = inputTokensAtMost(one)
    expect(worstCost(one, modelOf("a/m"), price)).toBe(input * 1_000 + 50 * 2_000)
    expect(worstCost(marked, modelOf("a/m"), price)).toBe(input * 2_000 + 50 * 2_000)
  })

  test("is no number where media are given by address", () => {
    const one = ask(50)
    const parts = [
      { type: "image", url: "https://a.example/b.png" },
      { type: "file", id: "file-1" }
    ] as const
    for (const part of parts) {
      const request = () => ({ ...one.request(), messages: [{ role: "user", content: [part] } as const] })
      expect(worstCost({ ...one, request }, modelOf("a/m"), priced)).toBeNaN()
    }
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

import { describe, expect, test } from "bun:test"
import { needByLength, needOf } from "../../../src/routing/funding/Needs.ts"
import { worstCost } from "../../../src/routing/funding/WorstCost.ts"
import { inputTokensAtMost, type Prices } from "../../../src/routing/planning/Estimate.ts"
import { fakeAsk } from "../simulation/fakes/FakeAsk.ts"
import { modelOf } from "../Stage.ts"

const priced: Prices = () => ({ from: "2026-01-01", input: 1_000, output: 2_000 })
const ask = (maxOutputTokens?: number) =>
  fakeAsk("caller", "a/m", maxOutputTokens === undefined ? {} : { maxOutputTokens })

describe("what an answer costs at most", () => {
  test("is the prompt and the longest answer at today's prices", () => {
    const input = inputTokensAtMost(ask(50), modelOf("a/m"))
    expect(worstCost(ask(50), modelOf("a/m"), priced)).toBe(input * 1_000 + 50 * 2_000)
  })

  test("is at the prices of a prompt that long", () => {
    const input = inputTokensAtMost(ask(50), modelOf("a/m"))
    const tiers = [
      { above: input - 1, input: 3_000, output: 4_000 },
      { above: input - 2, input: 2_000, output: 3_000 },
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
    const input = inputTokensAtMost(one, modelOf("a/m"))
    // Where a price for writing is known, providers may write unasked.
    expect(worstCost(one, modelOf("a/m"), price)).toBe(input * 1_250 + 50 * 2_000)
    expect(worstCost(marked, modelOf("a/m"), price)).toBe(input * 2_000 + 50 * 2_000)
  })

  test("is as much as is put aside for it, whatever makes it dearer", () => {
    const one = ask(50)
    const urgent = { ...one, request: () => ({ ...one.request(), serviceTier: "priority" }) }
    const facts = { serviceTiers: new Map([["priority", 250]]), regions: new Map([["eu", 110]]) }
    const model = modelOf("a/m", facts)
    const { nanos } = needOf(needByLength(urgent, model, priced), 50)
    expect(worstCost(urgent, model, priced)).toBe(nanos ?? Number.NaN)
    expect(worstCost(urgent, model, priced)).toBeGreaterThan(2.7 * worstCost(one, modelOf("a/m"), priced))
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

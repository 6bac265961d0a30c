import { expect, test } from "bun:test"
import type { Spending } from "../../../../../src/domain/usage/Cost.ts"
import { noUsage } from "../../../../../src/domain/usage/Usage.ts"
import { chatCost } from "../../../../../src/wire/openai/chat/usage/ChatCost.ts"

const spending = (more: Partial<Spending> = {}): Spending => ({
  usage: noUsage,
  source: "provider",
  cost: {
    total: 123_000,
    byClass: { input: 100_000, cachedInput: 1, cacheWrite1h: 2_999, reasoning: 20_000 },
    priceVersion: "2026-07-02"
  },
  ...more
})

test("the cost is told in exact decimal dollars, in all and by class", () => {
  expect(chatCost(spending())).toEqual({
    cost: "0.000123",
    cost_details: { input: "0.0001", cached_input: "0.000000001", cache_write_1h: "0.000002999", reasoning: "0.00002" }
  })
})

test("a cost of nothing is 0, and a cost that is not known is null", () => {
  const { cost: _, ...unknown } = spending()
  expect(chatCost(spending({ cost: { total: 0, byClass: {}, priceVersion: "2026-07-02" } }))).toEqual({
    cost: "0",
    cost_details: {}
  })
  expect(chatCost(unknown)).toEqual({ cost: null, cost_details: null })
})

test("an estimate is marked, whether its price is known or not", () => {
  const { cost: _, ...unknown } = spending({ source: "estimate" })
  expect(chatCost(spending({ source: "estimate" }))).toMatchObject({ cost: "0.000123", is_estimated: true })
  expect(chatCost(unknown)).toEqual({ cost: null, cost_details: null, is_estimated: true })
})

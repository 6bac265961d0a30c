import { expect, test } from "bun:test"
import { noUsage } from "../../../../src/domain/usage/Usage.ts"
import { usageOf } from "../../../../src/wire/openai/responses/ResponsesAnswer.ts"

const usage = { input_tokens: 9, output_tokens: 5, total_tokens: 14 }
const counted = { ...noUsage, inputTokens: 9, outputTokens: 5 }

test.each([
  ["default", "default"],
  ["flex", "flex"],
  ["Priority", "priority"]
])("a response that was served in %p says so of its usage", (service_tier, serviceTier) => {
  expect(usageOf({ service_tier, usage })).toEqual({ ...counted, serviceTier })
})

test.each([["auto"], [null], [""], [7]])("%p is no tier that served", (service_tier) => {
  expect(usageOf({ service_tier, usage })).toEqual(counted)
})

test("what is written to the cache for twelve hours is told apart", () => {
  const lifetimes = { cache_write_tokens_details: { ttl_30m_tokens: 2, ttl_12h_tokens: 3 } }
  const input_tokens_details = { cached_tokens: 1, cache_write_tokens: 5, ...lifetimes }
  expect(usageOf({ usage: { ...usage, input_tokens_details } })).toEqual({
    ...counted,
    cachedTokens: 1,
    cacheWriteTokens: 5,
    cacheWrite1hTokens: 3,
    extra: lifetimes
  })
})

test("a response without usage has none", () => {
  expect(usageOf({ service_tier: "flex", usage: null })).toBeUndefined()
})

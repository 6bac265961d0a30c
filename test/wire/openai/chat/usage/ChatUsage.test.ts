import { describe, expect, test } from "bun:test"
import type { Fields } from "../../../../../src/domain/Fields.ts"
import { noUsage, type Usage } from "../../../../../src/domain/usage/Usage.ts"
import { chatUsage, usageIn, usageOf } from "../../../../../src/wire/openai/chat/usage/ChatUsage.ts"

/** Usages as hosts send them, and what they come to; what is not named is 0. */
const usages: ReadonlyArray<readonly [host: string, sent: Fields, ours: Partial<Usage>]> = [
  [
    "OpenAI",
    {
      prompt_tokens: 100,
      completion_tokens: 50,
      total_tokens: 150,
      prompt_tokens_details: { cached_tokens: 40, cache_write_tokens: 10, audio_tokens: 5, image_tokens: 6 },
      completion_tokens_details: {
        reasoning_tokens: 20,
        audio_tokens: 3,
        accepted_prediction_tokens: 2,
        rejected_prediction_tokens: 1
      }
    },
    {
      inputTokens: 100,
      outputTokens: 50,
      cachedTokens: 40,
      cacheWriteTokens: 10,
      inputAudioTokens: 5,
      inputImageTokens: 6,
      reasoningTokens: 20,
      outputAudioTokens: 3,
      acceptedPredictionTokens: 2,
      rejectedPredictionTokens: 1
    }
  ],
  [
    "nulls",
    { prompt_tokens: 1, completion_tokens: null, prompt_tokens_details: null, completion_tokens_details: null },
    { inputTokens: 1 }
  ],
  [
    "Together",
    { prompt_tokens: 10, completion_tokens: 1, cached_tokens: 4 },
    { inputTokens: 10, outputTokens: 1, cachedTokens: 4, extra: { cached_tokens: 4 } }
  ],
  [
    "DeepSeek",
    { prompt_tokens: 10, completion_tokens: 1, prompt_cache_hit_tokens: 4 },
    { inputTokens: 10, outputTokens: 1, cachedTokens: 4, extra: { prompt_cache_hit_tokens: 4 } }
  ],
  [
    "xAI, whose completion tokens leave reasoning out",
    { prompt_tokens: 10, completion_tokens: 5, total_tokens: 35, completion_tokens_details: { reasoning_tokens: 20 } },
    { inputTokens: 10, outputTokens: 25, reasoningTokens: 20 }
  ],
  [
    "OpenAI, whose completion tokens do not",
    { prompt_tokens: 10, completion_tokens: 25, total_tokens: 35, completion_tokens_details: { reasoning_tokens: 20 } },
    { inputTokens: 10, outputTokens: 25, reasoningTokens: 20 }
  ],
  [
    "OpenRouter's cost",
    { prompt_tokens: 1, completion_tokens: 1, cost: 0.5 },
    { inputTokens: 1, outputTokens: 1, extra: { cost: 0.5 } }
  ],
  ["the names of the other API", { input_tokens: 3, output_tokens: 4 }, { inputTokens: 3, outputTokens: 4 }],
  [
    "Anthropic's cache behind a proxy",
    {
      prompt_tokens: 30,
      completion_tokens: 1,
      prompt_tokens_details: { cache_creation: { ephemeral_5m_input_tokens: 5, ephemeral_1h_input_tokens: 7 } }
    },
    { inputTokens: 30, outputTokens: 1, cacheWriteTokens: 12, cacheWrite1hTokens: 7 }
  ],
  ["nonsense", { prompt_tokens: -5, completion_tokens: "many", total_tokens: {} }, {}]
]

describe("usage is read:", () => {
  for (const [host, sent, ours] of usages) test(host, () => expect(usageOf(sent)).toEqual({ ...noUsage, ...ours }))

  test("from the event, or from x_groq; an empty one says nothing", () => {
    expect(usageIn({ usage: { prompt_tokens: 1 } })?.inputTokens).toBe(1)
    expect(usageIn({ usage: null, x_groq: { usage: { prompt_tokens: 2 } } })?.inputTokens).toBe(2)
    expect([usageIn({}), usageIn({ usage: {} }), usageIn({ usage: [] }), usageIn({ x_groq: null })]).toEqual([
      undefined,
      undefined,
      undefined,
      undefined
    ])
  })
})

describe("usage is told", () => {
  test("with every detail, since AssemblyAI's client wants them all, and without those that only some have", () => {
    expect(chatUsage({ ...noUsage, inputTokens: 3, outputTokens: 4 })).toEqual({
      prompt_tokens: 3,
      completion_tokens: 4,
      total_tokens: 7,
      prompt_tokens_details: { cached_tokens: 0, cache_write_tokens: 0, audio_tokens: 0 },
      completion_tokens_details: {
        reasoning_tokens: 0,
        audio_tokens: 0,
        accepted_prediction_tokens: 0,
        rejected_prediction_tokens: 0
      }
    })
  })

  test("with the cache by its time to live, and so that it reads back the same", () => {
    const usage: Usage = {
      ...noUsage,
      inputTokens: 30,
      outputTokens: 4,
      cachedTokens: 1,
      cacheWriteTokens: 12,
      cacheWrite1hTokens: 7,
      reasoningTokens: 2,
      inputImageTokens: 3,
      extra: { cost: 1 }
    }
    const told = chatUsage(usage)
    expect(told["prompt_tokens_details"]).toMatchObject({
      cache_write_tokens: 12,
      cache_creation: { ephemeral_5m_input_tokens: 5, ephemeral_1h_input_tokens: 7 }
    })
    expect(usageOf(told)).toEqual(usage)
  })
})

test.each([
  [{ service_tier: "flex" }, "flex"],
  [{ service_tier: "Priority" }, "priority"],
  [{ service_tier: "default" }, "default"],
  [{ service_tier: "on_demand" }, "on_demand"],
  [{ service_tier: "auto" }, undefined],
  [{ service_tier: null }, undefined],
  [{ service_tier: "" }, undefined],
  [{}, undefined]
])("a body or chunk with %p was served in the tier %p", (event, tier) => {
  expect(usageIn({ ...event, usage: { prompt_tokens: 1 } })?.serviceTier).toBe(tier)
})

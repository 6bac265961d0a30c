import { expect, test } from "bun:test"
import type { Fields } from "../../../src/domain/Fields.ts"
import { noUsage, type Usage } from "../../../src/domain/usage/Usage.ts"
import { mergeUsage, usageOf } from "../../../src/wire/anthropic/Usage.ts"

const cases: ReadonlyArray<readonly [name: string, raw: Fields, wanted: Partial<Usage>]> = [
  [
    "cached tokens, which Anthropic leaves out of the input, are in it",
    {
      input_tokens: 10,
      cache_read_input_tokens: 30,
      cache_creation_input_tokens: 60,
      cache_creation: { ephemeral_5m_input_tokens: 40, ephemeral_1h_input_tokens: 20 },
      output_tokens: 7,
      output_tokens_details: { thinking_tokens: 5 }
    },
    // 10 + 30 + 60
    {
      inputTokens: 100,
      cachedTokens: 30,
      cacheWriteTokens: 60,
      cacheWrite1hTokens: 20,
      outputTokens: 7,
      reasoningTokens: 5
    }
  ],
  [
    "the tier and the place are told",
    { input_tokens: 1, service_tier: "standard", inference_geo: "us" },
    { inputTokens: 1, serviceTier: "standard", geography: "us" }
  ],
  [
    "fast mode is a tier of its own",
    { input_tokens: 1, service_tier: "standard", speed: "fast" },
    { inputTokens: 1, serviceTier: "fast" }
  ],
  ["fast mode needs no other word", { input_tokens: 1, speed: "fast" }, { inputTokens: 1, serviceTier: "fast" }],
  [
    "fast mode on committed capacity is neither",
    { input_tokens: 1, service_tier: "priority", speed: "fast" },
    { inputTokens: 1, serviceTier: "priority fast" }
  ],
  [
    "the usual speed is no tier",
    { input_tokens: 1, service_tier: "standard", speed: "standard" },
    { inputTokens: 1, serviceTier: "standard" }
  ],
  ["nulls are nothing", { input_tokens: 1, service_tier: null, inference_geo: null }, { inputTokens: 1 }]
]

for (const [name, raw, wanted] of cases) {
  test(name, () => {
    const { extra: _extra, ...usage } = usageOf(raw)
    expect(usage).toEqual({ ...noUsage, ...wanted })
  })
}

test("the tier and the place that a stream begins with hold at its end", () => {
  const begun = mergeUsage({}, { input_tokens: 5, output_tokens: 1, service_tier: "priority", inference_geo: "us" })
  const ended = mergeUsage(begun, { output_tokens: 9, service_tier: null })
  expect(usageOf(ended)).toMatchObject({ inputTokens: 5, outputTokens: 9, serviceTier: "priority", geography: "us" })
})

import { describe, expect, test } from "bun:test"
import { Result } from "effect"
import { costOf } from "../../src/catalog/Cost.ts"
import { builtIn } from "../../src/catalog/ModelFile.ts"
import type { Circumstances, Cost } from "../../src/domain/usage/Cost.ts"
import type { Model } from "../../src/domain/Model.ts"
import { noUsage, type Usage } from "../../src/domain/usage/Usage.ts"

const file = Result.getOrThrow(builtIn())
const modelOf = (id: string): Model => {
  const found = file.models.find(({ model }) => model.id === id)
  if (found === undefined) throw new Error(`The catalog has no ${id}`)
  return found.model
}

const today = Date.parse("2026-11-22T12:00:00Z")

const cost = (model: string, usage: Partial<Usage>, circumstances: Partial<Circumstances>) =>
  costOf(modelOf(model), { ...noUsage, ...usage }, { at: today, ...circumstances })

type Row = readonly [
  name: string,
  model: string,
  usage: Partial<Usage>,
  circumstances: Partial<Circumstances>,
  byClass: Cost["byClass"],
  total: number,
  version: string
]

// Nano-dollars a token are a thousandth of the price in USD a million tokens: $2.50 is 2500.
const rows: ReadonlyArray<Row> = [
  [
    "plain input and output",
    "openai/gpt-4o",
    { inputTokens: 1000, outputTokens: 100 },
    {},
    // 1000 × 2500; 100 × 10000
    { input: 2_500_000, output: 1_000_000 },
    3_500_000,
    "2026-07-02"
  ],
  [
    "reasoning costs what output costs",
    "openai/gpt-5",
    { inputTokens: 10, outputTokens: 300, reasoningTokens: 256 },
    {},
    // 10 × 1250; 44 × 10000; 256 × 10000
    { input: 12_500, output: 440_000, reasoning: 2_560_000 },
    3_012_500,
    "2026-07-02"
  ],
  [
    "cache reads, and writes for five minutes and an hour",
    "anthropic/claude-sonnet-4-6",
    {
      inputTokens: 10_000,
      cachedTokens: 6000,
      cacheWriteTokens: 3000,
      cacheWrite1hTokens: 1000,
      outputTokens: 500,
      reasoningTokens: 200
    },
    {},
    // 1000 × 3000; 6000 × 300; 2000 × 3750; 1000 × 6000; 300 × 15000; 200 × 15000
    {
      input: 3_000_000,
      cachedInput: 1_800_000,
      cacheWrite5m: 7_500_000,
      cacheWrite1h: 6_000_000,
      output: 4_500_000,
      reasoning: 3_000_000
    },
    25_800_000,
    "2026-07-02"
  ],
  [
    "OpenAI's cache writes from gpt-5.6 on",
    "openai/gpt-6.1-terra",
    { inputTokens: 3000, cachedTokens: 1000, cacheWriteTokens: 1500, outputTokens: 10 },
    {},
    // 500 × 1000; 1000 × 50; 1500 × 1250; 10 × 5000
    { input: 500_000, cachedInput: 50_000, cacheWrite5m: 1_875_000, output: 50_000 },
    2_475_000,
    "2026-11-10"
  ],
  [
    "cache writes at OpenAI before that cost as input",
    "openai/gpt-5.2",
    { inputTokens: 1000, cacheWriteTokens: 600 },
    {},
    // 400 × 1750; 600 × 1750
    { input: 700_000, cacheWrite5m: 1_050_000 },
    1_750_000,
    "2026-07-02"
  ],
  [
    "a prompt as long as the bound has the low price",
    "openai/gpt-5.4",
    { inputTokens: 272_000, outputTokens: 1 },
    {},
    // 272000 × 2500; 1 × 15000
    { input: 680_000_000, output: 15_000 },
    680_015_000,
    "2026-07-02"
  ],
  [
    "one token more reprices the whole request, cached input and output too",
    "openai/gpt-5.4",
    { inputTokens: 272_001, cachedTokens: 200_000, outputTokens: 1 },
    {},
    // 72001 × 5000; 200000 × 500; 1 × 22500
    { input: 360_005_000, cachedInput: 100_000_000, output: 22_500 },
    460_027_500,
    "2026-07-02 >272000"
  ],
  [
    "Haiku 5.5 has its bound at 100000 tokens, whatever part was cached",
    "anthropic/claude-haiku-5-5",
    {
      inputTokens: 100_001,
      cachedTokens: 90_000,
      cacheWriteTokens: 10_000,
      cacheWrite1hTokens: 4000,
      outputTokens: 10
    },
    {},
    // 1 × 500; 90000 × 50; 6000 × 625; 4000 × 1000; 10 × 2500
    { input: 500, cachedInput: 4_500_000, cacheWrite5m: 3_750_000, cacheWrite1h: 4_000_000, output: 25_000 },
    12_275_500,
    "2026-11-10 >100000"
  ],
  [
    "Gemini's long prompts",
    "google/gemini-3.1-pro-preview",
    { inputTokens: 200_001, outputTokens: 100, reasoningTokens: 60 },
    {},
    // 200001 × 4000; 40 × 18000; 60 × 18000
    { input: 800_004_000, output: 720_000, reasoning: 1_080_000 },
    801_804_000,
    "2026-07-02 >200000"
  ],
  [
    "sound at its own price, images as text",
    "google/gemini-2.5-flash",
    { inputTokens: 1000, inputAudioTokens: 300, inputImageTokens: 258, outputTokens: 10 },
    {},
    // 442 × 300; 300 × 1000; 258 × 300; 10 × 2500
    { input: 132_600, audioInput: 300_000, imageInput: 77_400, output: 25_000 },
    535_000,
    "2026-07-02"
  ],
  [
    "cached sound at its own price",
    "google/gemini-2.5-flash",
    { inputTokens: 1000, cachedTokens: 500, inputAudioTokens: 300, cachedAudioTokens: 200 },
    {},
    // 400 × 300; 300 × 30 + 200 × 100; 100 × 1000
    { input: 120_000, cachedInput: 29_000, audioInput: 100_000 },
    249_000,
    "2026-07-02"
  ],
  [
    "sound costs as text where Google has one price of input, cached or not",
    "google/gemini-2.5-pro",
    { inputTokens: 1000, cachedTokens: 100, inputAudioTokens: 300, cachedAudioTokens: 100 },
    {},
    // 700 × 1250; 100 × 125; 200 × 1250
    { input: 875_000, cachedInput: 12_500, audioInput: 250_000 },
    1_137_500,
    "2026-07-02"
  ],
  [
    "flex is half, rounded half up for each class alone",
    "openai/gpt-5",
    { inputTokens: 3, cachedTokens: 1, outputTokens: 1, serviceTier: "flex" },
    {},
    // 2 × 1250 ÷ 2; 1 × 125 ÷ 2 = 62.5 → 63; 1 × 10000 ÷ 2
    { input: 1250, cachedInput: 63, output: 5000 },
    6313,
    "2026-07-02 flex"
  ],
  [
    "priority is 1.8 times for gpt-5-mini",
    "openai/gpt-5-mini",
    { inputTokens: 101, cachedTokens: 1, outputTokens: 10, serviceTier: "priority" },
    {},
    // 100 × 250 × 1.8; 1 × 25 × 1.8; 10 × 2000 × 1.8
    { input: 45_000, cachedInput: 45, output: 36_000 },
    81_045,
    "2026-07-02 priority"
  ],
  [
    "fast is the newer word for priority",
    "openai/gpt-6-sol",
    { inputTokens: 272_001, cacheWriteTokens: 1, outputTokens: 1, serviceTier: "fast" },
    {},
    // 272000 × 4000 × 2; 1 × 5000 × 2; 1 × 15000 × 2
    { input: 2_176_000_000, cacheWrite5m: 10_000, output: 30_000 },
    2_176_040_000,
    "2026-09-23 >272000 fast"
  ],
  [
    "a tier may have prices of its own",
    "openai/gpt-4o-mini",
    { inputTokens: 100, cachedTokens: 40, outputTokens: 10, serviceTier: "priority" },
    {},
    // 60 × 250; 40 × 125; 10 × 1000
    { input: 15_000, cachedInput: 5000, output: 10_000 },
    30_000,
    "2026-07-02 priority"
  ],
  [
    "and those may be tiered",
    "openai/gpt-5.4",
    { inputTokens: 300_000, cachedTokens: 100_000, outputTokens: 10, serviceTier: "flex" },
    {},
    // 200000 × 2500; 100000 × 250; 10 × 11250
    { input: 500_000_000, cachedInput: 25_000_000, output: 112_500 },
    525_112_500,
    "2026-07-02 >272000 flex"
  ],
  [
    "Gemini's priority, where it is known",
    "google/gemini-3.8-flash",
    { inputTokens: 100, outputTokens: 10, serviceTier: "priority" },
    {},
    // 100 × 750 × 1.8; 10 × 3750 × 1.8
    { input: 135_000, output: 67_500 },
    202_500,
    "2026-09-23 priority"
  ],
  [
    "Anthropic's fast mode multiplies the cache's prices too",
    "anthropic/claude-opus-5-5",
    {
      inputTokens: 300,
      cachedTokens: 100,
      cacheWriteTokens: 100,
      cacheWrite1hTokens: 50,
      outputTokens: 10,
      serviceTier: "fast"
    },
    {},
    // 100 × 8000; 100 × 400; 50 × 10000; 50 × 16000; 10 × 40000
    { input: 800_000, cachedInput: 40_000, cacheWrite5m: 500_000, cacheWrite1h: 800_000, output: 400_000 },
    2_540_000,
    "2026-09-23 fast"
  ],
  [
    "processing kept in the United States at Anthropic",
    "anthropic/claude-opus-4-8",
    { inputTokens: 1118, outputTokens: 58, serviceTier: "standard", geography: "us" },
    {},
    // 1118 × 5000 × 1.1; 58 × 25000 × 1.1
    { input: 6_149_000, output: 1_595_000 },
    7_744_000,
    "2026-07-02 us"
  ],
  [
    "a regional host of OpenAI's, with flex",
    "openai/gpt-6.1-sol",
    { inputTokens: 1001, cachedTokens: 1, outputTokens: 3, serviceTier: "flex" },
    { region: "eu" },
    // 1000 × 2000 × 0.55; 1 × 100 × 0.55; 3 × 10000 × 0.55
    { input: 1_100_000, cachedInput: 55, output: 16_500 },
    1_116_555,
    "2026-11-10 flex eu"
  ],
  [
    "a regional host has no surcharge before gpt-5.4",
    "openai/gpt-5.2",
    { inputTokens: 100, outputTokens: 10 },
    { region: "eu" },
    // 100 × 1750; 10 × 14000
    { input: 175_000, output: 140_000 },
    315_000,
    "2026-07-02"
  ],
  [
    "an address that the operator named is no region that costs more",
    "openai/gpt-6.1-sol",
    { inputTokens: 100 },
    { region: "frankfurt" },
    // 100 × 2000
    { input: 200_000 },
    200_000,
    "2026-11-10"
  ]
]

describe("what an answer costs", () => {
  for (const [name, model, usage, circumstances, byClass, total, priceVersion] of rows) {
    test(name, () => expect(cost(model, usage, circumstances)).toEqual({ total, byClass, priceVersion }))
  }
})

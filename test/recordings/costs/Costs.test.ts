import { expect, test } from "bun:test"
import { Result } from "effect"
import { costOf, tokenCountsOf } from "../../../src/catalog/Cost.ts"
import { decodeOverrides } from "../../../src/catalog/ModelFacts.ts"
import { builtIn } from "../../../src/catalog/ModelFile.ts"
import { makeModels } from "../../../src/catalog/Models.ts"
import { tokenClasses } from "../../../src/domain/usage/Cost.ts"
import type { Model } from "../../../src/domain/Model.ts"
import type { Usage } from "../../../src/domain/usage/Usage.ts"
import { decoded, languageFor } from "../Languages.ts"
import { openAiCosts } from "./OpenAiCosts.ts"
import { otherCosts } from "./OtherCosts.ts"
import { absent, recordings } from "../Recordings.ts"

const costCases = [...openAiCosts, ...otherCosts]

const at = Date.UTC(2026, 10, 22, 12)
const from = "2026-01-01"

/** Prices of models that the catalog does not list, as an operator writes them. */
const ownPrices = {
  "own/claude-sonnet-4-0": { input: 3, output: 15, cachedInput: 0.3, cacheWrite5m: 3.75, cacheWrite1h: 6 },
  "own/claude-3-7-sonnet": { input: 3, output: 15, cachedInput: 0.3, cacheWrite5m: 3.75, cacheWrite1h: 6 },
  "own/gpt-audio": { input: 2.5, output: 10, audioInput: 32, audioOutput: 64 },
  "own/grok-code-fast-1": { input: 0.2, output: 1.5, cachedInput: 0.02 },
  "own/grok-4-fast": { input: 0.2, output: 0.5, cachedInput: 0.05 },
  "own/grok-3-mini": { input: 0.3, output: 0.5, cachedInput: 0.075 },
  "own/grok-4-1-fast": { input: 0.2, output: 0.5, cachedInput: 0.05 },
  "own/glm-5-turbo": { input: 1.2, output: 4, cachedInput: 0.24 },
  "own/deepseek-v4-flash": { input: 0.14, output: 0.28, cachedInput: 0.028 },
  "own/mistral-small": { input: 0.1, output: 0.3, cachedInput: 0.01 }
}

const models = Result.getOrThrow(
  makeModels(Result.getOrThrow(builtIn()), {
    providers: ["openai", "anthropic", "google", "baseten", "own"].map((name) => ({
      name,
      language: name === "anthropic" ? "anthropic" : name === "google" ? "gemini" : "openai",
      models: "catalog"
    })),
    unconfigured: [],
    aliases: [],
    overrides: Result.getOrThrow(
      decodeOverrides(Object.entries(ownPrices).map(([id, prices]) => [id, { prices: [{ from, ...prices }] }]))
    )
  })
)

const modelOf = (id: string): Model => {
  const found = models.all.find((model) => model.id === id)
  if (found === undefined) throw new Error(`There is no model ${id}`)
  return found
}

/** What the gateway reads of a recorded answer's usage. */
const usageOf = (file: string): Usage => {
  const recording = recordings.find(({ id }) => id === file)
  if (recording === undefined) throw new Error(`There is no recording ${file}`)
  const language = languageFor(recording)
  const decoder = recording.stream ? language.stream() : language.whole()
  const usages = decoded(decoder, [new TextEncoder().encode(recording.body)]).flatMap((delta) =>
    delta._tag === "Usage" ? [delta.usage] : []
  )
  const [usage, ...others] = usages
  if (usage === undefined || others.length > 0) throw new Error(`${file} tells ${usages.length} usages`)
  return usage
}

test.skipIf(absent !== undefined).each(costCases)(
  "%s costs what its provider bills for %s",
  (file, id, classes, total) => {
    const usage = usageOf(file)
    const counts = tokenCountsOf(usage)
    expect(tokenClasses.map((name) => [name, counts[name]])).toEqual(
      tokenClasses.map((name) => [name, classes[name]?.[0] ?? 0])
    )
    const cost = costOf(modelOf(id), usage, { at })
    const nanos = tokenClasses.flatMap((name) => {
      const share = classes[name]
      return share === undefined ? [] : [[name, share[1]] as const]
    })
    expect(cost?.byClass).toEqual(Object.fromEntries(nanos))
    expect(cost?.total).toBe(total)
  }
)

/**
 * Costs that the hosts themselves told in recorded answers, in nano-dollars (`cost` in USD, xAI's `cost_in_usd_ticks`
 * of 10⁻¹⁰ USD).
 */
const toldByHosts: ReadonlyArray<readonly [file: string, nanos: number]> = [
  ["openrouter-chat-1calls-claude_haiku_4.5", 996_000],
  ["openrouter-chat-structured-gpt_4o_mini_2024_07_18", 23_250],
  ["openrouter-chat-stream-1calls-reasoning-glm_5_turbo", 216_720],
  ["xai-chat-2calls-reasoning-grok_code_fast_1", 438_940],
  ["xai-chat-stream-1calls-reasoning-grok_code_fast_1", 163_380],
  ["xai-chat-stream-grok_4_fast", 79_000],
  ["xai-chat-reasoning-grok_3_mini", 207_125]
]

test.skipIf(absent !== undefined)("costs that hosts tell themselves are the costs worked out", () => {
  for (const [file, nanos] of toldByHosts) {
    const { extra } = usageOf(file)
    const ticks = extra?.["cost_in_usd_ticks"]
    const told = typeof ticks === "number" ? ticks / 10 : Number(extra?.["cost"]) * 1e9
    expect(Math.round(told)).toBe(nanos)
    expect(costCases.find(([id]) => id === file)?.[3]).toBe(nanos)
  }
})

test.skipIf(absent !== undefined)("recorded sound has no cost at a list that has no price of sound", () => {
  expect(costOf(modelOf("openai/gpt-4o"), usageOf("openai-chat-gpt_audio"), { at })).toBeUndefined()
})

test.skipIf(absent !== undefined).each([
  ["openai-chat-1calls-gpt_5", "default", undefined],
  ["openai-chat-stream-2calls-gpt_4o", "default", undefined],
  ["openai-responses-stream-reasoning-gpt_5", "default", undefined],
  ["groq-chat-reasoning-gpt_oss_120b", "on_demand", undefined],
  ["anthropic-messages-1calls-claude_opus_4_8", "standard", "global"],
  ["anthropic-messages-refusal-claude_fable_5", "standard", "not_available"],
  ["gemini-generate_content-reasoning-gemini_3.5_flash", "standard", undefined],
  ["vertex-stream_generate_content-stream-reasoning-gemini_3_flash_preview", "on_demand", undefined],
  ["openai-chat-1calls-gpt_4", undefined, undefined]
])("%s was served in the tier %p at %p", (file, tier, geography) => {
  const usage = usageOf(file)
  expect([usage.serviceTier, usage.geography]).toEqual([tier, geography])
})

test.skipIf(absent !== undefined)("in every recorded answer the classes are what the provider's totals say", () => {
  let answers = 0
  for (const recording of recordings) {
    if (recording.status >= 300) continue
    const language = languageFor(recording)
    const decoder = recording.stream ? language.stream() : language.whole()
    for (const delta of decoded(decoder, [new TextEncoder().encode(recording.body)])) {
      if (delta._tag !== "Usage") continue
      const counts = tokenCountsOf(delta.usage)
      const { output, reasoning, audioOutput, ...input } = counts
      expect(Object.values(input).reduce((sum, tokens) => sum + tokens, 0)).toBe(delta.usage.inputTokens)
      expect(output + reasoning + audioOutput).toBe(delta.usage.outputTokens)
      expect(Math.min(...Object.values(counts))).toBeGreaterThanOrEqual(0)
      answers++
    }
  }
  expect(answers).toBeGreaterThan(250)
})

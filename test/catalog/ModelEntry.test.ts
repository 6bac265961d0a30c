import { expect, test } from "bun:test"
import { Result } from "effect"
import { builtIn } from "../../src/catalog/ModelFile.ts"
import { describe as entryOf, describeForAssemblyAi } from "../../src/catalog/ModelEntry.ts"

const file = Result.getOrThrow(builtIn())
const today = "2026-11-22"
const modelOf = (id: string) => {
  const found = file.models.find(({ model }) => model.id === id)
  if (found === undefined) throw new Error(`The catalog has no ${id}`)
  return found.model
}

test("an entry says what is known, in USD a million tokens", () => {
  expect(entryOf(modelOf("openai/gpt-5-nano"), today)).toEqual({
    id: "openai/gpt-5-nano",
    object: "model",
    created: 0,
    owned_by: "openai",
    name: "gpt-5-nano",
    description: "gpt-5-nano at openai: a context of 400,000 tokens, answers of up to 128,000 tokens.",
    context_length: 400000,
    max_input_tokens: 272000,
    max_output_tokens: 128000,
    architecture: { input_modalities: ["text", "image", "file"], output_modalities: ["text"] },
    abilities: { tools: true, structured_outputs: true, reasoning: true },
    reasoning_efforts: ["minimal", "low", "medium", "high"],
    supported_parameters: expect.arrayContaining(["tools", "response_format", "reasoning_effort"]),
    prices: { unit: "USD per million tokens", from: "2026-07-02", input: 0.05, output: 0.4, cached_input: 0.005 },
    service_tier_prices: { flex: 0.5 },
    shutdown_date: "2026-12-11",
    notes: null
  })
})

test("tiers and announced prices are told", () => {
  expect(entryOf(modelOf("openai/gpt-6.1-terra"), today).prices).toMatchObject({
    tiers: [{ above_input_tokens: 272000, input: 2, output: 7.5, cached_input: 0.1, cache_write_5m: 2.5 }]
  })
  const flash = entryOf(modelOf("google/gemini-3.8-flash"), today)
  expect(flash.prices).toMatchObject({ until: "2026-12-31", input: 0.75 })
  expect(flash.announced_prices).toMatchObject([{ from: "2027-01-01", input: 1.5 }])
})

test("what service tiers and regions make of the price is told, as a factor or in prices of their own", () => {
  const entry = entryOf(modelOf("openai/gpt-5.4"), today)
  expect(entry.service_tier_prices).toEqual({
    flex: {
      unit: "USD per million tokens",
      input: 1.25,
      output: 7.5,
      cached_input: 0.13,
      tiers: [{ above_input_tokens: 272000, input: 2.5, output: 11.25, cached_input: 0.25 }]
    },
    priority: { unit: "USD per million tokens", up_to_input_tokens: 272000, input: 5, output: 30, cached_input: 0.5 },
    fast: { unit: "USD per million tokens", up_to_input_tokens: 272000, input: 5, output: 30, cached_input: 0.5 }
  })
  expect(entry.region_price_factors).toMatchObject({ eu: 1.1, us: 1.1 })
  expect(entryOf(modelOf("anthropic/claude-opus-5-5"), today)).toMatchObject({
    service_tier_prices: { fast: 2 },
    region_price_factors: { us: 1.1 }
  })
})

test("what is not known is null", () => {
  expect(entryOf(modelOf("baseten/qwen3-235b-a22b-instruct-2507"), today)).toMatchObject({
    context_length: null,
    max_output_tokens: null,
    abilities: { tools: null, structured_outputs: null, reasoning: null },
    prices: null,
    shutdown_date: null
  })
})

test.each([
  ["openai/gpt-5-nano", "temperature", false],
  ["openai/gpt-5.5", "temperature", true],
  ["openai/gpt-4o", "stop", true],
  ["openai/gpt-5.5", "stop", false],
  ["openai/gpt-4o", "reasoning_effort", false],
  ["anthropic/claude-opus-5", "temperature", false],
  ["anthropic/claude-haiku-4-5", "top_k", true],
  ["google/gemini-2.5-flash", "presence_penalty", false],
  ["google/gemini-3.8-flash", "presence_penalty", true],
  ["baseten/minimax-m2.5", "reasoning_effort", false],
  ["baseten/kimi-k3", "reasoning_effort", true]
])("%s lists %s: %p", (id, parameter, is) => {
  expect(entryOf(modelOf(id), today).supported_parameters.includes(parameter)).toBe(is)
})

test("AssemblyAI's fields are there for every model, with numbers where its client wants numbers", () => {
  for (const { model } of file.models) {
    const entry = describeForAssemblyAi(model, today)
    const { prompt, completions } = entry.pricing.global
    const { context_length, max_completion_tokens } = entry.top_provider
    const numbers = [
      entry.context_length,
      entry.retirement_date,
      prompt,
      completions,
      context_length,
      max_completion_tokens
    ]
    expect(numbers.filter((number) => !Number.isFinite(number))).toEqual([])
  }
  expect(describeForAssemblyAi(modelOf("anthropic/claude-sonnet-4-5"), today)).toMatchObject({
    id: "anthropic/claude-sonnet-4-5",
    name: "claude-sonnet-4-5",
    creator: "anthropic",
    context_length: 200000,
    default_parameters: { temperature: null, top_p: null, frequency_penalty: null },
    top_provider: { is_moderated: false, context_length: 200000, max_completion_tokens: 64000 },
    pricing: {
      global: { prompt: 3, completions: 15, input_cache_read: 0.3, input_cache_write: 3.75, input_cache_write_1h: 6 }
    },
    retirement_date: 1795996800,
    available_regions: ["global"],
    providers: [{ id: "anthropic", name: "anthropic" }],
    default_provider: { id: "anthropic", name: "anthropic" }
  })
  expect(describeForAssemblyAi(modelOf("baseten/kimi-k3"), today).creator).toBe("moonshotai")
})

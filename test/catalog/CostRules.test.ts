import { expect, test } from "bun:test"
import { Result } from "effect"
import { costOf } from "../../src/catalog/Cost.ts"
import { builtIn } from "../../src/catalog/ModelFile.ts"
import type { Circumstances } from "../../src/domain/usage/Cost.ts"
import type { Model, Price } from "../../src/domain/Model.ts"
import { noUsage, type Usage } from "../../src/domain/usage/Usage.ts"

const file = Result.getOrThrow(builtIn())
const modelOf = (id: string): Model => {
  const found = file.models.find(({ model }) => model.id === id)
  if (found === undefined) throw new Error(`The catalog has no ${id}`)
  return found.model
}

const on = (day: string, time = "12:00:00Z"): number => Date.parse(`${day}T${time}`)
const today = on("2026-11-22")

const cost = (model: string | Model, usage: Partial<Usage>, circumstances: Partial<Circumstances> = {}) =>
  costOf(typeof model === "string" ? modelOf(model) : model, { ...noUsage, ...usage }, { at: today, ...circumstances })

test("nothing used costs nothing", () => {
  expect(cost("openai/gpt-5-nano", {})).toEqual({ total: 0, byClass: {}, priceVersion: "2026-07-02" })
})

test("the tier that was asked for counts where the provider said none, and not where it said another", () => {
  // 100 × 50 ÷ 2; 100 × 50
  expect(cost("openai/gpt-5-nano", { inputTokens: 100 }, { serviceTier: "flex" })?.total).toBe(2500)
  const served = { inputTokens: 100, serviceTier: "default" }
  expect(cost("openai/gpt-5-nano", served, { serviceTier: "flex" })?.total).toBe(5000)
})

test.each(["default", "standard", "on_demand", "auto"])("the tier %p has the list's price", (serviceTier) => {
  expect(cost("openai/gpt-5", { inputTokens: 10, serviceTier })).toEqual({
    total: 12_500,
    byClass: { input: 12_500 },
    priceVersion: "2026-07-02"
  })
})

test.each(["global", "not_available"])("processing %p has the list's price", (geography) => {
  expect(cost("anthropic/claude-opus-4-8", { inputTokens: 10, geography })?.priceVersion).toBe("2026-07-02")
})

const unknown: ReadonlyArray<readonly [string, string, Partial<Usage>, Partial<Circumstances>?]> = [
  ["no price list", "baseten/qwen3-235b-a22b-instruct-2507", { inputTokens: 1 }],
  ["no list for the day", "openai/gpt-6.1-sol", { inputTokens: 1 }, { at: on("2026-11-09") }],
  ["a tier without a price", "openai/gpt-5", { inputTokens: 1, serviceTier: "scale" }],
  ["a tier that this model has no price in", "openai/gpt-4.1", { inputTokens: 1, serviceTier: "flex" }],
  [
    "a tier that this model has no price in, asked for",
    "openai/gpt-5-nano",
    { inputTokens: 1 },
    { serviceTier: "fast" }
  ],
  ["a tier called like a part of every object", "openai/gpt-5", { inputTokens: 1, serviceTier: "constructor" }],
  ["Anthropic's committed capacity", "anthropic/claude-opus-5-5", { inputTokens: 1, serviceTier: "priority" }],
  ["fast mode where there is none", "anthropic/claude-sonnet-5-5", { inputTokens: 1, serviceTier: "fast" }],
  ["a long prompt in a tier for short ones", "openai/gpt-5.5", { inputTokens: 272_001, serviceTier: "priority" }],
  [
    "a place of which the provider takes who knows what",
    "anthropic/claude-opus-5-5",
    { inputTokens: 1, geography: "eu" }
  ],
  ["cached input without a price", "baseten/deepseek-v3.1", { inputTokens: 2, cachedTokens: 1 }],
  [
    "cached input in a tier whose price of it is not known",
    "google/gemini-2.5-flash",
    { inputTokens: 2, cachedTokens: 1, serviceTier: "flex" }
  ],
  [
    "OpenAI's cache writes for twelve hours",
    "openai/gpt-6.1-sol",
    { inputTokens: 2, cacheWriteTokens: 1, cacheWrite1hTokens: 1 }
  ],
  ["sound at a model with a price of text", "openai/gpt-4o", { inputTokens: 2, inputAudioTokens: 1 }],
  ["spoken output at a model with a price of text", "openai/gpt-4o", { outputTokens: 2, outputAudioTokens: 1 }],
  ["images at a provider that says nothing of them", "baseten/kimi-k3", { inputTokens: 2, inputImageTokens: 1 }]
]

for (const [name, model, usage, circumstances] of unknown) {
  test(`${name}: the cost is not known`, () => expect(cost(model, usage, circumstances ?? {})).toBeUndefined())
}

test("cached sound without a price of its own is not taken for cached text", () => {
  const { cachedAudioInput: _without, ...price } = modelOf("google/gemini-2.5-flash").prices[0] ?? {
    from: "",
    input: 0,
    output: 0
  }
  const model = { ...modelOf("google/gemini-2.5-flash"), prices: [price] }
  const usage = { inputTokens: 10, cachedTokens: 5, inputAudioTokens: 5 }
  expect(cost(model, { ...usage, cachedAudioTokens: 1 })).toBeUndefined()
  expect(cost(model, usage)?.byClass.cachedInput).toBe(5 * 30)
})

const promotion = "google/gemini-4-argon"

test.each([
  ["the last moment of a promotion", promotion, on("2026-11-30", "23:59:59.999Z"), 2000, "2026-11-10"],
  ["the first moment after it", promotion, on("2026-12-01", "00:00:00Z"), 4000, "2026-12-01"],
  ["a day that has begun in Berlin but not in UTC", promotion, on("2026-12-01", "00:30:00+01:00"), 2000, "2026-11-10"],
  ["before a price went down", "openai/gpt-5.6-luna", on("2026-07-29"), 1000, "2026-07-01"],
  ["when it went down", "openai/gpt-5.6-luna", on("2026-07-30"), 200, "2026-07-30"]
])("%s has the price list of its day", (_name, model, at, input, priceVersion) => {
  expect(cost(model, { inputTokens: 1 }, { at })).toEqual({ total: input, byClass: { input }, priceVersion })
})

test("large requests are exact to the nano-dollar", () => {
  // 999999 × 10000 × 0.55 = 5499994500; 127999 × 50000 × 0.55 = 3519972500
  expect(
    cost(
      { ...modelOf("openai/gpt-6-astra"), prices: [{ from: "2026-01-01", input: 10_000, output: 50_000 }] },
      { inputTokens: 999_999, outputTokens: 127_999, serviceTier: "flex" },
      { region: "us" }
    )?.byClass
  ).toEqual({ input: 5_499_994_500, output: 3_519_972_500 })
})

test("a share of a nano-dollar is rounded half up, as exact fractions say", () => {
  const price: Price = { from: "2026-01-01", input: 1, output: 1 }
  for (let percent = 0; percent <= 300; percent += 7) {
    const model: Model = {
      ...modelOf("openai/gpt-5"),
      prices: [price],
      serviceTiers: new Map([["odd", percent]]),
      regions: new Map([["eu", 110]])
    }
    for (let tokens = 1; tokens < 60_000; tokens = tokens * 3 + 1) {
      const exact = BigInt(tokens) * BigInt(percent) * 110n
      const rounded = Number((exact + 5_000n) / 10_000n)
      expect(cost(model, { inputTokens: tokens, serviceTier: "odd" }, { region: "eu" })?.total).toBe(rounded)
    }
  }
})

test("for every listed model and tier the classes sum to the total, in whole nano-dollars", () => {
  let known = 0
  for (const { model } of file.models) {
    for (const serviceTier of [undefined, ...(model.serviceTiers?.keys() ?? [])]) {
      for (const region of [undefined, ...(model.regions?.keys() ?? [])]) {
        for (const inputTokens of [0, 1, 99_999, 250_001, 900_001]) {
          const third = Math.floor(inputTokens / 3)
          const usage = {
            inputTokens,
            cachedTokens: third,
            inputImageTokens: 7,
            outputTokens: 777,
            reasoningTokens: 333
          }
          const found = cost(
            model,
            serviceTier === undefined ? usage : { ...usage, serviceTier },
            region === undefined ? {} : { region }
          )
          if (found === undefined) continue
          known++
          const classes = Object.values(found.byClass)
          expect(classes.reduce((sum, nanos) => sum + nanos, 0)).toBe(found.total)
          expect(classes.every((nanos) => Number.isSafeInteger(nanos) && nanos >= 0)).toBe(true)
          expect(found.priceVersion.startsWith("20")).toBe(true)
        }
      }
    }
  }
  expect(known).toBeGreaterThan(500)
})

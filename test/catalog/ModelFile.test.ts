import { describe, expect, test } from "bun:test"
import { Result } from "effect"
import type { Effort } from "../../src/domain/Reasoning.ts"
import { builtIn, readModelFile } from "../../src/catalog/ModelFile.ts"

const file = Result.getOrThrow(builtIn())
const models = new Map(file.models.map(({ model }) => [model.id, model]))
const rulesOf = (id: string) => models.get(id)?.rules

describe("the catalog's data", () => {
  test("decodes, with a model for every provider and the simulator", () => {
    const providers = [...new Set(file.models.map(({ model }) => model.provider))].sort()
    expect(providers).toEqual(["anthropic", "baseten", "google", "openai", "sim"])
    expect(file.models.length).toBeGreaterThanOrEqual(72)
  })

  test("has no name twice within a provider", () => {
    const names = file.models.flatMap(({ model, snapshots }) =>
      [...new Set([model.id.slice(model.id.indexOf("/") + 1), model.name, ...snapshots])].map((name) =>
        `${model.provider}/${name}`.toLowerCase()
      )
    )
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([])
  })

  test("gives each provider's models rules of the language it speaks", () => {
    const languages = new Map([
      ["openai", "openai"],
      ["anthropic", "anthropic"],
      ["google", "gemini"],
      ["baseten", "compatible"],
      ["sim", "openai"]
    ])
    const odd = file.models.filter(({ model }) => model.rules.language !== languages.get(model.provider))
    expect(odd.map(({ model }) => model.id)).toEqual([])
  })

  test("has prices in whole nano-dollars, oldest first, for all but the simulator and one retired model", () => {
    const unpriced = file.models.filter(({ model }) => model.prices.length === 0).map(({ model }) => model.id)
    expect(unpriced.filter((id) => !id.startsWith("sim/"))).toEqual(["baseten/qwen3-235b-a22b-instruct-2507"])
    expect(unpriced.filter((id) => id.startsWith("sim/"))).toHaveLength(6)
    for (const { model } of file.models) {
      for (const price of model.prices) {
        const { from: _from, until: _until, tiers, ...tokens } = price
        const figures = [...Object.values(tokens), ...(tiers ?? []).flatMap((tier) => Object.values(tier))]
        expect(figures.filter((figure) => !Number.isInteger(figure))).toEqual([])
      }
      const days = model.prices.map(({ from }) => from)
      expect(days).toEqual([...days].sort())
    }
  })
})

type AnthropicRow = readonly [
  id: string,
  maxOut: number,
  sampling: string,
  thinking: string,
  off: string,
  forced: string,
  prefill: boolean,
  lateSystem: boolean
]

const anthropicRows: ReadonlyArray<AnthropicRow> = [
  ["claude-haiku-4-5", 64000, "one-of", "budget", "yes", "without-thinking", true, false],
  ["claude-sonnet-4-5", 64000, "one-of", "budget", "yes", "without-thinking", true, false],
  ["claude-opus-4-5", 64000, "one-of", "budget", "yes", "without-thinking", true, false],
  ["claude-opus-4-6", 128000, "one-of", "adaptive-or-budget", "yes", "yes", false, false],
  ["claude-sonnet-4-6", 128000, "one-of", "adaptive-or-budget", "yes", "yes", false, false],
  ["claude-opus-4-7", 128000, "never", "adaptive", "yes", "yes", false, false],
  ["claude-opus-4-8", 128000, "never", "adaptive", "yes", "yes", false, true],
  ["claude-sonnet-5", 128000, "never", "adaptive", "yes", "yes", false, false],
  ["claude-opus-5", 128000, "never", "adaptive", "up-to-high", "yes", false, true],
  ["claude-haiku-5-5", 128000, "never", "adaptive", "up-to-high", "yes", false, true],
  ["claude-opus-5-5", 128000, "never", "adaptive", "no", "no", false, true],
  ["claude-sonnet-5-5", 128000, "never", "adaptive", "between-tools", "no", false, true],
  ["claude-fable-5", 128000, "never", "adaptive", "no", "yes", false, true],
  ["claude-fable-5-1", 128000, "never", "adaptive", "no", "no", false, true],
  ["claude-fable-5-2", 128000, "never", "adaptive", "no", "no", false, true]
]

/** Of those that can be told not to think, only sonnet-5 and sonnet-5-5 think unprompted. */
const thinkers = ["sonnet-5", "sonnet-5-5", "opus-5-5", "fable-5", "fable-5-1", "fable-5-2"].map(
  (name) => `claude-${name}`
)

test.each(anthropicRows)("%s follows its row of Anthropic's capability table", (name, maxOut, ...row) => {
  const [sampling, thinking, thinkingOff, forcedToolChoice, prefill, lateSystem] = row
  expect(models.get(`anthropic/${name}`)?.maxOutputTokens).toBe(maxOut)
  expect<unknown>(rulesOf(`anthropic/${name}`)).toEqual({
    language: "anthropic",
    sampling,
    thinking,
    thinkingOff,
    thinksByDefault: thinkers.includes(name),
    forcedToolChoice,
    prefill,
    structured: true,
    lateSystem
  })
})

test("every Claude of the catalog is in that table", () => {
  const ids = file.models.filter(({ model }) => model.provider === "anthropic").map(({ model }) => model.id)
  expect(ids.sort()).toEqual(anthropicRows.map(([name]) => `anthropic/${name}`).sort())
})

const openAiRows: ReadonlyArray<
  readonly [id: string, api: string, reasoning: boolean, sampling: string, role: string]
> = [
  ["gpt-4o", "chat", false, "always", "system"],
  ["gpt-4.1-mini", "chat", false, "always", "system"],
  ["o3", "chat", true, "never", "developer"],
  ["o4-mini", "chat", true, "never", "developer"],
  ["gpt-5", "chat", true, "never", "developer"],
  ["gpt-5-mini", "chat", true, "never", "developer"],
  ["gpt-5-nano", "chat", true, "never", "developer"],
  ["gpt-5.1", "chat", true, "without-reasoning", "developer"],
  ["gpt-5.4-nano", "responses-for-tools-with-effort", true, "without-reasoning", "developer"],
  ["gpt-5.5", "responses-for-tools-with-effort", true, "without-reasoning", "developer"],
  ["gpt-5.6-sol", "responses-for-tools", true, "without-reasoning", "developer"],
  ["gpt-5.6-luna", "responses-for-tools", true, "without-reasoning", "developer"],
  ["gpt-6-sol", "responses-for-tools", true, "without-reasoning", "developer"],
  ["gpt-6-astra", "responses-for-tools", true, "never", "developer"]
]

test.each(openAiRows)("%s follows OpenAI's model rules", (name, api, reasoning, sampling, systemRole) => {
  expect<unknown>(rulesOf(`openai/${name}`)).toEqual({ language: "openai", api, reasoning, sampling, systemRole })
})

const effortRows: ReadonlyArray<readonly [id: string, least: Effort, most: Effort]> = [
  ["openai/gpt-5-nano", "minimal", "high"],
  ["openai/gpt-5.1", "none", "high"],
  ["openai/gpt-5.2", "none", "xhigh"],
  ["openai/gpt-5.6-sol", "none", "max"],
  ["openai/gpt-6-astra", "low", "max"],
  ["openai/o3", "low", "high"],
  ["google/gemini-3.6-flash", "minimal", "high"],
  ["google/gemini-3.8-flash", "low", "high"]
]

test.each(effortRows)("%s takes efforts from %s to %s", (id, least, most) => {
  const efforts = models.get(id)?.efforts ?? []
  expect([efforts[0], efforts.at(-1)]).toEqual([least, most])
})

test.each([
  ["gemini-2.5-flash", { min: 0, max: 24576, off: true }],
  ["gemini-2.5-flash-lite", { min: 512, max: 24576, off: true }],
  ["gemini-2.5-pro", { min: 128, max: 32768, off: false }]
])("%s has its thinking budget and none of what came with Gemini 3", (name, budget) => {
  expect<unknown>(rulesOf(`google/${name}`)).toEqual({
    language: "gemini",
    thinking: "budget",
    budget,
    minimalLevel: false,
    penalties: false,
    jsonWithTools: false,
    signatures: false,
    imagesInResults: false,
    systemInstruction: true
  })
})

test.each([
  ["gemini-3-flash-preview", true],
  ["gemini-3.6-flash", true],
  ["gemini-3.7-flash", false],
  ["gemini-3.1-pro-preview", false],
  ["gemini-4-argon", false]
])("%s thinks by level, the minimal one: %p", (name, minimalLevel) => {
  expect(rulesOf(`google/${name}`)).toMatchObject({ thinking: "level", minimalLevel, signatures: true })
})

test("Kimi wants its reasoning back and GLM does not", () => {
  expect(rulesOf("baseten/kimi-k2.6")).toMatchObject({ reasoningBack: true, reasoningSwitch: "template" })
  expect(rulesOf("baseten/kimi-k3")).toMatchObject({ reasoningBack: true, reasoningSwitch: "effort" })
  expect(rulesOf("baseten/glm-4.7")).toMatchObject({ reasoningBack: false, reasoningSwitch: "template" })
})

test("models that were shut down stay listed with their day", () => {
  expect(models.get("openai/gpt-4.1-nano")?.shutdown).toBe("2026-10-23")
  expect(models.get("openai/o4-mini")?.shutdown).toBe("2026-10-23")
  expect(models.get("anthropic/claude-sonnet-4-5")?.shutdown).toBe("2026-11-30")
  expect(models.get("openai/gpt-5-nano")?.shutdown).toBe("2026-12-11")
})

const unlisted = Object.fromEntries(
  ["openai", "anthropic", "gemini", "compatible"].map((language) => [language, { newest: "plain", families: [] }])
)
const plain = { language: "compatible", reasoningSwitch: "none", reasoningBack: false, parallelToolCalls: true }
const price = { from: "2026-01-01", input: 1, output: 2 }
const fileWith = (model: object) => ({
  rules: { plain },
  unlisted,
  models: [{ id: "host/model", rules: "plain", ...model }]
})

test("a file in order is read", () => {
  const read = Result.getOrThrow(readModelFile(fileWith({ prices: [price] })))
  expect(read.models[0]?.model.prices).toEqual([{ from: "2026-01-01", input: 1000, output: 2000 }])
})

test("what a price depends on is the provider's, with what a model says of itself over it", () => {
  const read = Result.getOrThrow(
    readModelFile({
      ...fileWith({
        serviceTiers: {
          flex: 0.6,
          priority: { upTo: 10, input: 3, output: 4, tiers: [{ above: 5, input: 6, output: 8 }] }
        },
        regions: { eu: 1.15 }
      }),
      billing: { host: { serviceTiers: { flex: 0.5, batch: 0.5 }, plainPriced: ["imageInput"] }, other: {} }
    })
  )
  const priority = { upTo: 10, input: 3000, output: 4000, tiers: [{ above: 5, input: 6000, output: 8000 }] }
  expect(read.models[0]?.model).toMatchObject({
    serviceTiers: new Map<string, unknown>([
      ["flex", 60],
      ["batch", 50],
      ["priority", priority]
    ]),
    regions: new Map([["eu", 115]]),
    plainPriced: ["imageInput"]
  })
})

test.each([
  [
    "a price below a nano-dollar a token",
    { prices: [{ ...price, input: 0.0375 }] },
    "prices.0.input",
    "whole nano-dollars"
  ],
  ["a negative price", { prices: [{ ...price, output: -1 }] }, "prices.0.output", "whole nano-dollars"],
  ["a price as text", { prices: [{ ...price, input: "1" }] }, "prices.0.input", "expected a number, found text"],
  ["a day that does not exist", { shutdown: "2026-02-30" }, "shutdown", "YYYY-MM-DD"],
  [
    "price lists in the wrong order",
    { prices: [price, { ...price, from: "2025-01-01" }] },
    "prices.1.from",
    "later day"
  ],
  ["an end before the beginning", { prices: [{ ...price, until: "2025-01-01" }] }, "prices.0.until", "not before"],
  ["a tier's factor of three decimals", { serviceTiers: { flex: 0.375 } }, "serviceTiers.flex", "two decimals"],
  ["a tier's price without output", { serviceTiers: { flex: { input: 1 } } }, "serviceTiers.flex.output", "is missing"],
  ["a negative factor", { regions: { eu: -1.1 } }, "regions.eu", "from 0 to 100"],
  ["a class that is always plain", { plainPriced: ["reasoning"] }, "plainPriced.0", "imageInput"],
  ["an unknown field", { contextToken: 5 }, "contextToken", 'did you mean "contextTokens"?'],
  ["one price list that is in no list", { prices: price }, "prices", "must be a list such as"],
  ["an unknown effort", { efforts: ["huge"] }, "efforts.0", "minimal"]
])("%s is a mistake that names its place", (_name, model, path, message) => {
  const read = readModelFile(fileWith(model))
  const mistakes = Result.isFailure(read) ? read.failure : []
  expect(mistakes.map((mistake) => mistake.path.join("."))).toEqual([`models.0.${path}`])
  expect(mistakes[0]?.message).toContain(message)
})

test("a rule set that does not exist is a mistake", () => {
  const read = readModelFile(fileWith({ rules: "fancy" }))
  expect(Result.isFailure(read) ? read.failure : []).toEqual([
    { path: ["models", "host/model", "rules"], message: 'There is no rule set "fancy"' }
  ])
})

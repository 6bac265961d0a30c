import { describe, expect, test } from "bun:test"
import { Result } from "effect"
import { findModel } from "../../src/catalog/Lookup.ts"
import { decodeOverrides, type Overrides } from "../../src/catalog/ModelFacts.ts"
import { builtIn } from "../../src/catalog/ModelFile.ts"
import { type CatalogOptions, makeModels } from "../../src/catalog/Models.ts"

const file = Result.getOrThrow(builtIn())

const facts = (written: Readonly<Record<string, unknown>>): Overrides =>
  Result.getOrThrow(decodeOverrides(Object.entries(written)))

const everything: CatalogOptions = {
  providers: [
    { name: "myhost", language: "compatible", models: "any" },
    { name: "lab", language: "compatible", models: ["Llama-4"] },
    { name: "baseten", language: "compatible", models: "catalog" },
    { name: "anthropic", language: "anthropic", models: "catalog" },
    { name: "openai", language: "openai", models: "catalog" }
  ],
  unconfigured: [],
  aliases: [],
  overrides: new Map()
}

const modelsWith = (options: Partial<CatalogOptions>) =>
  Result.getOrThrow(makeModels(file, { ...everything, ...options }))
const all = modelsWith({})

const found = (asked: string, models = all) => Result.getOrThrow(findModel(models, asked)).model

describe("an operator's facts", () => {
  test("correct a model and leave the rest of it as it is", () => {
    const overrides = facts({
      "openai/gpt-5-nano": { contextTokens: 1000, prices: [{ from: "2026-11-01", input: 0.01, output: 0.02 }] },
      "baseten/moonshotai/Kimi-K3": { rules: { reasoningBack: false } }
    })
    const models = modelsWith({ overrides })
    const prices = [{ from: "2026-11-01", input: 10, output: 20 }]
    expect(found("gpt-5-nano", models)).toEqual({ ...found("gpt-5-nano"), contextTokens: 1000, prices })
    expect(found("gpt-5-nano-2025-08-07", models).prices).toEqual(prices)
    expect(found("kimi-k3", models).rules).toMatchObject({ reasoningBack: false, reasoningSwitch: "effort" })
    expect(models.all.length).toBe(all.all.length)
  })

  test("correct one service tier or region and leave the others as they are", () => {
    const prices = [{ from: "2026-11-01", input: 1, output: 2 }]
    const overrides = facts({
      "openai/gpt-5.5": { serviceTiers: { flex: 0.6 }, regions: { eu: 1.2 }, prices },
      "openai/gpt-9": { prices }
    })
    const models = modelsWith({ overrides })
    const known = found("gpt-5.5")
    const model = found("gpt-5.5", models)
    expect(model.serviceTiers).toEqual(new Map([...(known.serviceTiers ?? []), ["flex", 60]]))
    expect(model.serviceTiers?.get("priority")).toMatchObject({ upTo: 272000 })
    expect(model.regions).toEqual(new Map([...(known.regions ?? []), ["eu", 120]]))
    expect(model.regions?.get("us")).toBe(110)
    // What the catalog does not list is billed as its provider bills.
    expect(found("gpt-9", models).plainPriced).toEqual(["imageInput", "cacheWrite5m"])
  })

  test("add a model, which is then found by its bare name too", () => {
    const overrides = facts({ "myhost/org/Llama-9": { contextTokens: 32768, rules: "baseten-toggle" } })
    const models = modelsWith({ overrides })
    expect(found("ORG/llama-9", models)).toMatchObject({
      id: "myhost/org/Llama-9",
      name: "org/Llama-9",
      contextTokens: 32768,
      listed: true,
      rules: { reasoningSwitch: "template" }
    })
    expect(models.all.map(({ id }) => id)).toContain("myhost/org/Llama-9")
  })

  test("add to a provider's own list, and may correct one dated name alone", () => {
    const overrides = facts({
      "lab/extra": {},
      "anthropic/claude-haiku-4-5-20251001": { prices: [{ from: "2026-01-01", input: 9, output: 9 }] }
    })
    const models = modelsWith({ overrides })
    expect(found("extra", models).id).toBe("lab/extra")
    expect(found("claude-haiku-4-5-20251001", models)).toMatchObject({
      maxOutputTokens: 64000,
      prices: [{ input: 9000 }]
    })
    expect(found("claude-haiku-4-5", models).prices[0]?.input).toBe(1000)
  })

  test.each([
    ["nowhere/model", {}, "models.nowhere/model", "no such provider"],
    ["openai/gpt-5", { rules: "gpt-9" }, "models.openai/gpt-5.rules", 'no rule set "gpt-9"'],
    ["openai/gpt-5", { rules: { api: "fax" } }, "models.openai/gpt-5.rules.api", "responses-for-tools"],
    ["openai/gpt-5", { rules: "gemini-3" }, "models.openai/gpt-5.rules", "speaks openai"]
  ])("that do not fit are a mistake: %s %j", (id, written, path, message) => {
    const made = makeModels(file, { ...everything, overrides: facts({ [id]: written }) })
    const mistakes = Result.isFailure(made) ? made.failure : []
    expect(mistakes.map((mistake) => mistake.path.join("."))).toEqual([path])
    expect(mistakes[0]?.message).toContain(message)
  })

  test("are decoded with all their mistakes at once, each with its place", () => {
    const decoded = decodeOverrides(
      new Map<string, unknown>([
        ["openai/gpt-5", { prices: [{ from: "soon", input: 1, output: 1 }], colour: "red" }],
        ["openai/o3", 5]
      ])
    )
    const paths = Result.isFailure(decoded) ? decoded.failure.map(({ path }) => path.join(".")) : []
    expect(paths.sort()).toEqual([
      "models.openai/gpt-5.colour",
      "models.openai/gpt-5.prices.0.from",
      "models.openai/o3"
    ])
  })
})

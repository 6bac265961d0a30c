import { describe, expect, test } from "bun:test"
import { Result } from "effect"
import { findModel, nameMistakes } from "../../src/catalog/Lookup.ts"
import { builtIn } from "../../src/catalog/ModelFile.ts"
import { type CatalogOptions, makeModels } from "../../src/catalog/Models.ts"

const file = Result.getOrThrow(builtIn())

const everything: CatalogOptions = {
  providers: [
    { name: "myhost", language: "compatible", models: "any" },
    { name: "lab", language: "compatible", models: ["Llama-4", "gpt-5-nano"] },
    { name: "azure", language: "openai", models: "any" },
    { name: "sim", language: "openai", models: "catalog" },
    { name: "baseten", language: "compatible", models: "catalog" },
    { name: "google", language: "gemini", models: "catalog" },
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

const found = (asked: string, models = all) => {
  const result = findModel(models, asked)
  if (Result.isFailure(result)) throw result.failure
  return result.success.model
}

const refused = (asked: string, models = all) => {
  const result = findModel(models, asked)
  if (Result.isSuccess(result)) throw new Error(`${asked} is ${result.success.model.id}`)
  return result.failure
}

describe("a listed model is found", () => {
  test.each([
    ["by its id", "openai/gpt-5-nano", "openai/gpt-5-nano", "gpt-5-nano"],
    ["by its bare name, first at the four known providers", "gpt-5-nano", "openai/gpt-5-nano", "gpt-5-nano"],
    ["in capitals", "OpenAI/GPT-5-Nano", "openai/gpt-5-nano", "gpt-5-nano"],
    ["by Baseten's short name", "baseten/kimi-k3", "baseten/kimi-k3", "moonshotai/Kimi-K3"],
    ["by Baseten's own name", "baseten/moonshotai/Kimi-K3", "baseten/kimi-k3", "moonshotai/Kimi-K3"],
    ["by Baseten's own name alone", "moonshotai/kimi-k3", "baseten/kimi-k3", "moonshotai/Kimi-K3"],
    ["by a short name alone", "glm-5.3", "baseten/glm-5.3", "zai-org/GLM-5.3"],
    [
      "by the date in its name",
      "claude-haiku-4-5-20251001",
      "anthropic/claude-haiku-4-5-20251001",
      "claude-haiku-4-5-20251001"
    ],
    ["by provider and dated name", "openai/gpt-4o-2024-08-06", "openai/gpt-4o-2024-08-06", "gpt-4o-2024-08-06"],
    ["among the simulator's", "sim/echo", "sim/echo", "echo"],
    ["in an operator's list", "lab/llama-4", "lab/Llama-4", "Llama-4"],
    ["in an operator's list by its bare name", "llama-4", "lab/Llama-4", "Llama-4"]
  ])("%s (%s)", (_how, asked, id, name) => {
    expect(found(asked)).toMatchObject({ id, name, listed: true })
  })

  test("a dated name keeps the facts and prices of the model that it is", () => {
    expect(found("claude-haiku-4-5-20251001").prices).toEqual(found("claude-haiku-4-5").prices)
    expect(found("claude-sonnet-4-5-20250929").shutdown).toBe("2026-11-30")
  })
})

describe("a name that is not listed", () => {
  test.each([
    ["openai/gpt-7-nova", "gpt-7-nova", "openai/gpt-6-sol"],
    ["openai/gpt-4o-2024-05-13", "gpt-4o-2024-05-13", "openai/gpt-4o"],
    ["openai/gpt-4-turbo", "gpt-4-turbo", "openai/gpt-4o"],
    ["openai/gpt-3.5-turbo", "gpt-3.5-turbo", "openai/gpt-4o"],
    ["openai/gpt-5.1-2025-11-13", "gpt-5.1-2025-11-13", "openai/gpt-5.1"],
    ["openai/gpt-5-mini-2099-01-01", "gpt-5-mini-2099-01-01", "openai/gpt-5-mini"],
    ["openai/o3-mini", "o3-mini", "openai/o3"],
    ["anthropic/claude-next", "claude-next", "anthropic/claude-fable-5-2"],
    ["anthropic/claude-opus-4-1-20250805", "claude-opus-4-1-20250805", "anthropic/claude-opus-4-5"],
    ["anthropic/claude-sonnet-5-5-20260929", "claude-sonnet-5-5-20260929", "anthropic/claude-sonnet-5-5"],
    ["google/gemini-5-neon", "gemini-5-neon", "google/gemini-3.8-flash"],
    ["google/gemini-2.5-flash-preview-09-2025", "gemini-2.5-flash-preview-09-2025", "google/gemini-2.5-flash"],
    [
      "google/gemini-2.5-flash-lite-preview-06-17",
      "gemini-2.5-flash-lite-preview-06-17",
      "google/gemini-2.5-flash-lite"
    ],
    ["google/gemini-2.5-pro-preview-05-06", "gemini-2.5-pro-preview-05-06", "google/gemini-2.5-pro"],
    ["baseten/nvidia/Nemotron-9", "nvidia/Nemotron-9", "baseten/glm-5.3"],
    ["baseten/moonshotai/Kimi-K2-Thinking", "moonshotai/Kimi-K2-Thinking", "baseten/kimi-k2.6"],
    ["azure/gpt-5-nano", "gpt-5-nano", "openai/gpt-5-nano"],
    ["sim/words:count=100:first=1s:cut=20", "words:count=100:first=1s:cut=20", "sim/words"]
  ])("%s goes to its provider with rules and no price", (asked, name, like) => {
    const model = found(asked)
    expect(model).toEqual({
      id: asked,
      provider: asked.slice(0, asked.indexOf("/")),
      name,
      rules: found(like).rules,
      prices: [],
      listed: false
    })
  })

  test.each([
    ["openai/gpt-5.2-pro", { api: "responses" }],
    ["openai/gpt-5.1-codex-mini", { api: "responses" }],
    ["openai/o1-mini-2024-09-12", { systemRole: "user" }],
    ["anthropic/claude-3-haiku-20240307", { thinking: "none", sampling: "always", prefill: true }],
    ["anthropic/claude-3-7-sonnet-20250219", { thinking: "budget", structured: false }],
    ["anthropic/claude-sonnet-4-0", { thinking: "budget", sampling: "always", structured: false }],
    ["google/gemini-2.0-flash-001", { thinking: "none", signatures: false }],
    ["google/gemma-3-27b-it", { systemInstruction: false }],
    ["myhost/org/model:7b", { language: "compatible", reasoningSwitch: "effort" }]
  ])("%s has its family's rules", (asked, rules) => {
    expect(found(asked).rules).toMatchObject(rules)
  })

  test("with a date is found without its provider when a listed model begins it", () => {
    expect(found("gpt-5.1-2025-11-13")).toMatchObject({ id: "openai/gpt-5.1-2025-11-13", listed: false, prices: [] })
    expect(found("claude-opus-5-20260801")).toMatchObject({ id: "anthropic/claude-opus-5-20260801", listed: false })
    expect(found("gemini-2.5-pro-preview-05-06").id).toBe("google/gemini-2.5-pro-preview-05-06")
  })

  test.each([["openai/"], ["openai/a b"], [`openai/${"x".repeat(301)}`], ["google/../../x"], ["openai/mod\u0000el"]])(
    "%p is refused",
    (asked) => {
      expect(refused(asked)._tag).toBe("NoSuchModel")
    }
  )
})

test("a script of the simulator's with options costs what the script does", () => {
  const prices = [{ from: "2026-01-01", input: 1, output: 10 }]
  const priced = modelsWith({ overrides: new Map([["sim/words", { prices }]]) })
  expect(found("sim/words", priced).prices).toHaveLength(1)
  expect(found("sim/words:count=10:pace=5ms", priced).prices).toEqual(found("sim/words", priced).prices)
  expect(found("sim/what:ever", priced).prices).toEqual([])
})

describe("a name that means nothing", () => {
  test("is a model_not_found about `model`, with near matches and the way to an unlisted model", () => {
    const failure = refused("claude-sonet-4-5")
    expect(failure).toMatchObject({ _tag: "NoSuchModel", code: "model_not_found", param: "model" })
    expect(failure.message).toStartWith(
      'There is no model "claude-sonet-4-5". Did you mean anthropic/claude-sonnet-4-5'
    )
    expect(failure.message).toContain('"openai/claude-sonet-4-5"')
    expect(failure.message).toContain("GET /v1/models")
  })

  test.each([
    ["gpt-5-nan", "openai/gpt-5-nano"],
    ["anthropc/claude-opus-5", "anthropic/claude-opus-5"],
    ["gemini-3.8-flsh", "google/gemini-3.8-flash"],
    ["gpt-5-turbo", "openai/gpt-5"]
  ])("%s is near %s", (asked, id) => {
    expect(refused(asked).message).toContain(id)
  })

  test("unlike any model gets no guesses", () => {
    expect(refused("zzzzzzzz").message).not.toContain("Did you mean")
    expect(refused("").message).not.toContain("Did you mean")
    expect(refused("gpt-5-".repeat(100_000)).message.length).toBeLessThan(600)
  })

  test("at a provider with a list of its own is not passed on", () => {
    expect(refused("lab/other").message).toStartWith('The provider lab has no model "other".')
  })
})

describe("without a provider's key", () => {
  const hint = "set ANTHROPIC_API_KEY"
  const some = modelsWith({
    providers: [{ name: "baseten", language: "compatible", models: "catalog" }],
    unconfigured: [
      { name: "anthropic", hint },
      { name: "openai", hint: "set OPENAI_API_KEY" }
    ]
  })

  test.each([
    ["anthropic/claude-opus-5"],
    ["claude-opus-5"],
    ["anthropic/claude-of-tomorrow"],
    ["claude-haiku-4-5-20251001"],
    ["claude-opus-5-20260801"]
  ])("%s says what to set", (asked) => {
    const failure = refused(asked, some)
    expect(failure).toMatchObject({ code: "model_not_found", param: "model" })
    expect(failure.message).toContain("anthropic, which is not configured")
    expect(failure.message).toContain(hint)
  })

  test("a model of Baseten's whose name begins with openai is not taken for it", () => {
    expect(refused("openai/gpt-oss-120b", some).message).toContain("OPENAI_API_KEY")
    expect(found("gpt-oss-120b", some).id).toBe("baseten/gpt-oss-120b")
  })

  test("only models that can be called are listed", () => {
    expect([...new Set(some.all.map(({ provider }) => provider))]).toEqual(["baseten"])
  })

  test("a bare name goes to whoever has it", () => {
    const lab = modelsWith({
      providers: [{ name: "lab", language: "compatible", models: ["gpt-5-nano"] }],
      unconfigured: [{ name: "openai", hint }]
    })
    expect(found("gpt-5-nano", lab).id).toBe("lab/gpt-5-nano")
  })
})

describe("an alias", () => {
  test.each([
    ["fast", "openai/gpt-5-nano", "openai/gpt-5-nano"],
    ["Fast", "gpt-5-nano", "openai/gpt-5-nano"],
    ["gpt-4o", "openai/gpt-5-mini", "openai/gpt-5-mini"],
    ["next", "anthropic/claude-of-tomorrow", "anthropic/claude-of-tomorrow"],
    ["constructor", "sim/echo", "sim/echo"]
  ])("%s → %s leads to %s", (name, target, id) => {
    const models = modelsWith({ aliases: [[name, target]] })
    expect(found(name, models).id).toBe(id)
    expect(found(name.toUpperCase(), models).id).toBe(id)
    expect(nameMistakes(models, [])).toEqual([])
  })

  test("may lead to another alias", () => {
    const models = modelsWith({
      aliases: [
        ["a", "b"],
        ["b", "openai/gpt-5"]
      ]
    })
    expect(found("a", models).id).toBe("openai/gpt-5")
  })

  test.each([
    [[["a", "a"]]],
    [
      [
        ["a", "b"],
        ["b", "a"]
      ]
    ],
    [
      [
        ["A", "b"],
        ["b", "a"]
      ]
    ]
  ] as const)("that leads back to itself is a mistake: %j", (aliases) => {
    const made = makeModels(file, { ...everything, aliases: aliases.map(([name, model]) => [name, model] as const) })
    expect(Result.isFailure(made) ? made.failure.map(({ message }) => message) : []).toContain("leads back to itself")
  })

  test("is followed where another setting names it, whose own mistakes have its place", () => {
    const models = modelsWith({ aliases: [["fast", "openai/gpt-5-nano"]] })
    const named = ["fast", "openai/gpt-5", "no-such-model"].map((model, index) => ({
      path: ["routes", "r", index],
      model
    }))
    expect(nameMistakes(models, named)).toEqual([
      { path: ["routes", "r", 2], message: expect.stringContaining('There is no model "no-such-model"') }
    ])
  })

  test("that leads nowhere is a mistake, and one that lacks only a key is not", () => {
    const models = modelsWith({
      providers: [{ name: "openai", language: "openai", models: "catalog" }],
      unconfigured: [{ name: "anthropic", hint: "set ANTHROPIC_API_KEY" }],
      aliases: [
        ["a", "gpt-5-nan"],
        ["b", "anthropic/claude-opus-5"],
        ["c", "claude-opus-5"]
      ]
    })
    expect(nameMistakes(models, [])).toEqual([
      { path: ["aliases", "a"], message: expect.stringContaining("Did you mean openai/gpt-5-nano") }
    ])
    expect(refused("b", models).message).toContain("ANTHROPIC_API_KEY")
  })
})

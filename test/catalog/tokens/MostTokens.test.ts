import { describe, expect, test } from "bun:test"
import { Effect } from "effect"
import { mostAround, mostMediaTokens, mostTextTokens } from "../../../src/catalog/tokens/MostTokens.ts"
import { Tokens } from "../../../src/catalog/tokens/Tokens.ts"
import type { Part } from "../../../src/domain/Message.ts"
import type { Model } from "../../../src/domain/Model.ts"
import { TextTally } from "../../../src/domain/usage/TextTally.ts"
import { it } from "../../effect.ts"
import { fixedKinds, type Kinds, randomKinds } from "./TextKinds.ts"
import { named } from "./Named.ts"

const mostOf = (model: Model, text: string): number => {
  const tally = new TextTally()
  tally.add(text)
  return Math.ceil(mostTextTokens(tally, model))
}

/** One of each vocabulary, and of each factor that a family has for it. */
const families: ReadonlyArray<Model> = [
  named("gpt-5-nano"),
  named("gpt-4-turbo"),
  named("claude-sonnet-4-5", "anthropic"),
  named("claude-opus-4-8", "anthropic"),
  named("gemini-3.5-flash", "gemini"),
  named("Qwen/Qwen3-Coder", "compatible"),
  named("deepseek-ai/DeepSeek-V4", "compatible"),
  named("zai-org/GLM-5.3", "compatible"),
  named("house-model", "compatible")
]

/** One of each vocabulary, and the greatest factor. */
const extremes: typeof families = [named("gpt-5-nano"), named("gpt-4-turbo"), named("claude-opus-4-8", "anthropic")]

const texts: ReadonlyArray<readonly [which: string, models: typeof families, kinds: () => Kinds]> = [
  ["usual", families, () => fixedKinds],
  ...[7, 1_861].map((seed) => [`at random from ${seed}`, extremes, () => randomKinds(seed)] as const)
]

describe("a text has no more tokens than the most that it can have", () => {
  const { live } = it.layer(Tokens.layer)
  for (const [which, models, kinds] of texts) {
    live(
      `whatever is in it: ${which}`,
      () =>
        Effect.gen(function* () {
          const tokens = yield* Tokens
          yield* Effect.forEach(models, tokens.load)
          const short = kinds().flatMap(([kind, text]) =>
            models.flatMap((model) => {
              const used = tokens.count(model, text)
              const most = mostOf(model, text)
              return most >= used ? [] : [{ model: model.name, kind, used, most }]
            })
          )
          expect(short).toEqual([])
        }),
      "20 seconds"
    )
  }
})

const usual = ["English", "German", "code", "Chinese", "traditional Chinese", "Japanese", "Korean", "JSON of prose"]

describe("the most that a text can have is near enough", () => {
  it.layer(Tokens.layer).live("to what prose in many languages, code and JSON have", () =>
    Effect.gen(function* () {
      const tokens = yield* Tokens
      yield* Effect.forEach(families, tokens.load)
      const far = fixedKinds
        .filter(([kind]) => usual.includes(kind))
        .flatMap(([kind, text]) =>
          families.flatMap((model) => {
            const used = tokens.count(model, text)
            const most = mostOf(model, text)
            return most < 3 * used ? [] : [{ model: model.name, kind, used, most }]
          })
        )
      expect(far).toEqual([])
    })
  )
})

const gpt = named("gpt-5-nano")
const claude = named("claude-opus-4-8", "anthropic")

describe("besides its text a prompt has", () => {
  const around: ReadonlyArray<readonly [what: string, model: Model, hasTools: boolean, least: number]> = [
    ["what Claude is told of its tools", claude, true, 660],
    ["nothing without tools", claude, false, 0],
    ["what gpt-oss is always told", named("openai/gpt-oss-120b", "compatible"), false, 70]
  ]
  test.each(around)("%s", (_what, model, hasTools, least) => {
    expect(mostAround(model, hasTools)).toBeWithin(least, least + 100)
  })

  const base64 = (length: number) => "A".repeat(length)
  const pdf = (...objects: ReadonlyArray<string>): Part => {
    const text = `%PDF-1.7\n${objects.map((object) => `<< ${object} >>\n`).join("")}`
    return { type: "file", data: `data:application/pdf;base64,${Buffer.from(text.padEnd(150)).toString("base64")}` }
  }
  const media: ReadonlyArray<readonly [what: string, part: Part, model: Model, tokens: number]> = [
    ["a picture of high resolution", { type: "image", url: "https://a.example/b.png" }, claude, 5_000],
    [
      "a picture as GPT-4o mini counts it",
      { type: "image", url: "https://a.example/b.png" },
      named("gpt-4o-mini"),
      53_440
    ],
    ["sound by its length", { type: "audio", data: base64(50_000), format: "mp3" }, gpt, 1_000],
    ["a document by its bytes", { type: "file", data: base64(300_000) }, claude, 225_000],
    ["a document by its bytes, and by the pages that are seen", pdf("/Type /Page", "/Type/Page"), claude, 10_150],
    ["no more pages than there are", pdf("/Type /Pages", "/Type/PageLabel", "/S /Page"), claude, 2_000],
    ["pages however they are written", pdf("/Type\n\t /Page", "/Type\0/Page"), claude, 10_150],
    ["as much of a document as the model takes", pdf("/Type /Page"), { ...claude, contextTokens: 3_000 }, 3_000],
    [
      "a document of nothing but text by its bytes",
      { type: "file", data: `data:text/csv;base64,${base64(40_000)}` },
      claude,
      30_000
    ],
    [
      "a document elsewhere, as long as the model takes",
      { type: "file", id: "f" },
      { ...claude, maxInputTokens: 90_000 },
      90_000
    ],
    ["text, which is counted elsewhere", { type: "text", text: base64(1_000) }, claude, 0]
  ]
  test.each(media)("%s", (_what, part, model, tokens) => expect(mostMediaTokens(part, model)).toBe(tokens))
})

import { describe, expect, test } from "bun:test"
import { Effect } from "effect"
import { boundedCount } from "../../../src/catalog/tokens/Counting.ts"
import { familyOf } from "../../../src/catalog/tokens/Families.ts"
import { Tokens } from "../../../src/catalog/tokens/Tokens.ts"
import { it } from "../../effect.ts"
import { named } from "./Named.ts"

const today = named("gpt-4o-mini")
const older = named("gpt-4-turbo")

describe("how a model's tokens are counted", () => {
  const cases = [
    ["gpt-4o", "openai", "o200k_base", 1],
    ["gpt-4.1-nano", "openai", "o200k_base", 1],
    ["o4-mini", "openai", "o200k_base", 1],
    ["gpt-6-sol", "openai", "o200k_base", 1],
    ["gpt-4", "openai", "cl100k_base", 1],
    ["gpt-4-0613", "openai", "cl100k_base", 1],
    ["gpt-3.5-turbo", "openai", "cl100k_base", 1],
    ["openai/gpt-4-turbo", "compatible", "cl100k_base", 1],
    ["openai/gpt-oss-120b", "compatible", "o200k_base", 1],
    ["claude-opus-4-6", "anthropic", "o200k_base", 1.17],
    ["claude-sonnet-4-5-20250929", "anthropic", "o200k_base", 1.17],
    ["claude-opus-4-8", "anthropic", "o200k_base", 1.45],
    ["claude-haiku-5-5", "anthropic", "o200k_base", 1.45],
    ["anthropic/claude-fable-5", "compatible", "o200k_base", 1.45],
    ["gemini-3.5-flash", "gemini", "o200k_base", 1.05],
    ["Qwen/Qwen3-Coder", "compatible", "o200k_base", 1],
    ["zai-org/GLM-5.3", "compatible", "o200k_base", 1.1],
    ["house-model", "compatible", "o200k_base", 1.1]
  ] as const
  test.each(cases)("%s, asked as %s", (name, language, encoding, factor) => {
    expect(familyOf(named(name, language))).toEqual({ encoding, factor })
  })
})

/** Texts with their tokens in both vocabularies, as another implementation counts them. */
const known: ReadonlyArray<readonly [text: string, o200k: number, cl100k: number]> = [
  ["", 0, 0],
  ["hello world", 2, 2],
  ["tiktoken is great!", 6, 6],
  ["antidisestablishmentarianism", 6, 6],
  ["2 + 2 = 4", 7, 7],
  ["お誕生日おめでとう", 8, 9],
  ["The quick brown fox jumps over the lazy dog.", 10, 10],
  ['{"city":"München","temp":-3.5,"tags":["a","b"]}', 21, 18],
  ["const add = (a: number, b: number) => a + b\n\n", 17, 17],
  ["👩‍👩‍👧 🙂", 9, 14],
  ["<|endoftext|>", 7, 7],
  ["   \n\t  x", 3, 3]
]

describe("tokens", () => {
  it.layer(Tokens.layer).live("are OpenAI's own once the vocabulary is there", () =>
    Effect.gen(function* () {
      const tokens = yield* Tokens
      yield* tokens.load(today)
      yield* tokens.load(older)
      const counted = known.map(([text]) => [text, tokens.count(today, text), tokens.count(older, text)])
      expect<unknown>(counted).toEqual(known)
    })
  )

  it.layer(Tokens.layer).live("are a quarter of the bytes until then, and the first count loads it", () =>
    Effect.gen(function* () {
      const tokens = yield* Tokens
      const text = "naïve ".repeat(100)
      expect(tokens.count(today, text)).toBe(175)
      yield* tokens.load(today)
      expect(tokens.count(today, text)).not.toBe(175)
    })
  )

  it.layer(Tokens.layer).live("are more for a model that splits finer", () =>
    Effect.gen(function* () {
      const tokens = yield* Tokens
      yield* tokens.load(today)
      const text = "The quick brown fox jumps over the lazy dog. ".repeat(10)
      const count = (name: string) => tokens.count(named(name, "anthropic"), text)
      const base = tokens.count(today, text)
      expect([count("claude-opus-4-6"), count("claude-opus-4-7")]).toEqual([
        Math.ceil(1.17 * base),
        Math.ceil(1.45 * base)
      ])
    })
  )

  it.layer(Tokens.layer).live("of a long text are within a few in a hundred of all that are counted", () =>
    Effect.gen(function* () {
      const tokens = yield* Tokens
      yield* tokens.load(today)
      const lines = Array.from({ length: 6_000 }, (_, line) =>
        line % 7 === 0 ? `{"line":${line},"value":"${line * 31}"}` : `Line ${line} says what no other line has said.`
      )
      const all = lines.reduce((sum, line) => sum + tokens.count(today, `${line}\n`), 0)
      const sampled = tokens.count(today, lines.map((line) => `${line}\n`).join(""))
      expect(Math.abs(sampled - all) / all).toBeLessThan(0.05)
    })
  )
})

describe("the work of counting", () => {
  /** How much a counter was shown at once at the most, and in all. */
  const shown = (text: string) => {
    let most = 0
    let all = 0
    const tokens = boundedCount((piece) => {
      most = Math.max(most, piece.length)
      all += piece.length
      return piece.length
    }, text)
    return { most, all, tokens: Math.round(tokens) }
  }

  test("is bounded for text of any length, which is scaled", () => {
    expect(shown("ab ".repeat(1_000_000))).toEqual({ most: 1024, all: 16 * 1024, tokens: 3_000_000 })
    expect(shown("ab ".repeat(10_000)).all).toBe(30_000)
  })

  const runs = ["a", " ", "你", "=", "e\u0301", "ส"] as const
  test.each(runs)("is bounded for a run of %p that cannot be split", (letter) => {
    const run = letter.repeat(20_000 / letter.length)
    expect(shown(run)).toEqual({ most: 64, all: 20_000, tokens: 20_000 })
    expect(shown(`x1 ${run} y2`).all).toBe(20_006)
  })
})

import { expect, test } from "bun:test"
import { inputTokensOf } from "../../../src/catalog/tokens/InputTokens.ts"
import { mediaTokens } from "../../../src/catalog/tokens/MediaTokens.ts"
import { Tokens } from "../../../src/catalog/tokens/Tokens.ts"
import type { Part } from "../../../src/domain/Message.ts"
import type { Model } from "../../../src/domain/Model.ts"
import type { Request } from "../../../src/domain/Request.ts"
import { Effect } from "effect"
import { named } from "./Named.ts"

const gpt = named("gpt-4o")
const claude = named("claude-opus-4-6", "anthropic")
const gemini = named("gemini-3.5-flash", "gemini")

/** Every letter is a token. */
const letters = Tokens.of({ count: (_model, text) => text.replaceAll("\n", "").length, load: () => Effect.void })

const request = (said: Partial<Request>): Request => ({
  model: "m",
  messages: [],
  stream: false,
  includeUsage: false,
  tools: [],
  requireParameters: false,
  legacyFunctions: false,
  ...said
})
const text = (length: number) => "x".repeat(length)
const tool = { kind: "function", name: text(3), description: text(5), parameters: { a: 1 } } as const
const schema = { type: "json_schema", name: "n", schema: { b: 2 }, strict: true } as const

const cases: ReadonlyArray<readonly [name: string, model: Model, said: Partial<Request>, tokens: number]> = [
  ["one message", gpt, { messages: [{ role: "user", content: text(10) }] }, 14],
  ["one message for Gemini, which frames less", gemini, { messages: [{ role: "user", content: text(10) }] }, 11],
  [
    "every turn: parts, calls and their results",
    gpt,
    {
      messages: [
        { role: "system", content: text(1) },
        { role: "user", content: [{ type: "text", text: text(2) }] },
        {
          role: "assistant",
          content: [{ type: "refusal", refusal: text(4) }],
          toolCalls: [{ id: "never counted", name: text(8), arguments: text(16), kind: "function" }],
          reasoning: text(1000)
        },
        { role: "tool", callId: "never counted", content: text(32) }
      ]
    },
    63 + 4 * 4
  ],
  ["tools", gpt, { tools: [tool, { kind: "custom", name: text(2), definition: {} }] }, 3 + 5 + 7 + 2 + 2],
  ["tools for Claude, before which stands a prompt of its own", claude, { tools: [tool] }, 500 + 15],
  ["a schema for the answer", gpt, { responseFormat: schema }, 7],
  ["a schema that is not put into the prompt", gemini, { responseFormat: schema }, 0],
  [
    "no more than the model takes",
    { ...gpt, contextTokens: 100 },
    { messages: [{ role: "user", content: text(1000) }] },
    100
  ]
]

test.each(cases)("the tokens of %s are counted", (_name, model, said, tokens) => {
  expect(inputTokensOf(request(said), model, letters)).toEqual({ all: tokens, audio: 0 })
})

const bytes = (count: number) => text((count / 3) * 4)
const image: Part = { type: "image", url: "https://example.com/a.png" }
const media: ReadonlyArray<readonly [name: string, part: Part, model: Model, tokens: number]> = [
  ["a picture", image, claude, 1_600],
  ["a picture in low detail", { ...image, detail: "low" }, gpt, 85],
  ["a picture in low detail for a model that has none", { ...image, detail: "low" }, claude, 1_600],
  ["a picture for GPT-4o mini, to which it is dearer", { ...image, detail: "low" }, named("gpt-4o-mini"), 2_839],
  ["ten seconds of a wave file", { type: "audio", data: bytes(320_000), format: "wav" }, gpt, 100],
  ["ten seconds of MP3 for Gemini", { type: "audio", data: bytes(40_000), format: "mp3" }, gemini, 320],
  ["a document of three pages", { type: "file", data: bytes(120_000) }, claude, 6_000],
  ["a document that is elsewhere", { type: "file", id: "file_1" }, gpt, 20_000],
  ["text", { type: "text", text: text(1000) }, gpt, 0]
]

test.each(media)("%s counts as much as it may well have", (_name, part, model, tokens) => {
  expect(Math.round(mediaTokens(part, model))).toBe(tokens)
})

test("media count beside the text, and sound apart as well", () => {
  const content: ReadonlyArray<Part> = [
    { type: "text", text: text(6) },
    image,
    { type: "audio", data: bytes(320_000), format: "wav" }
  ]
  expect(inputTokensOf(request({ messages: [{ role: "user", content }] }), gpt, letters)).toEqual({
    all: 6 + 4 + 1_600 + 100,
    audio: 100
  })
})

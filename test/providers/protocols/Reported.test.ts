import { describe, expect, test } from "bun:test"
import type { Fields } from "../../../src/domain/Fields.ts"
import type { Usage } from "../../../src/domain/usage/Usage.ts"
import { type Decoder, StreamDecoder } from "../../../src/providers/Decoder.ts"
import { AnthropicMessages } from "../../../src/providers/protocols/AnthropicMessages.ts"
import { GeminiContent } from "../../../src/providers/protocols/GeminiContent.ts"
import { OpenAiChat } from "../../../src/providers/protocols/OpenAiChat.ts"
import { OpenAiResponses } from "../../../src/providers/protocols/OpenAiResponses.ts"
import * as anthropic from "./anthropic/AnthropicEvents.ts"
import { answering, chunk, ending, sse } from "./chat/ChatStreams.ts"

const chat = () => new StreamDecoder(OpenAiChat, answering())
const messages = () => new StreamDecoder(AnthropicMessages, anthropic.answering())
const gemini = () => new StreamDecoder(GeminiContent, answering())
const responses = () => new StreamDecoder(OpenAiResponses, answering())

const said = (text: string, usageMetadata?: Fields): Fields => ({
  candidates: [{ content: { role: "model", parts: [{ text }] }, index: 0 }],
  responseId: "r",
  ...(usageMetadata === undefined ? {} : { usageMetadata })
})
const word = (text: string) => anthropic.delta(0, { type: "text_delta", text })
const block = anthropic.opened(0, { type: "text", text: "" })
const cached = {
  input_tokens: 10,
  cache_creation_input_tokens: 20,
  cache_read_input_tokens: 30,
  output_tokens: 2,
  service_tier: "priority",
  inference_geo: "us"
}
const counts = (prompt_tokens: number, completion_tokens: number): Fields => ({
  usage: { prompt_tokens, completion_tokens, total_tokens: prompt_tokens + completion_tokens }
})

type Expected = (Partial<Usage> & { readonly isCurrent: boolean }) | undefined

const cases: ReadonlyArray<
  readonly [name: string, decoder: () => Decoder, events: ReadonlyArray<Fields>, expected: Expected]
> = [
  ["chat without a word of it", chat, [chunk({ content: "a" })], undefined],
  [
    "chat with usage in every chunk",
    chat,
    [chunk({ content: "a" }, {}, counts(7, 1)), chunk({ content: "b" }, {}, counts(7, 2))],
    { inputTokens: 7, outputTokens: 2, isCurrent: true }
  ],
  [
    "chat with usage before its last words",
    chat,
    [chunk({ content: "a" }, {}, counts(7, 1)), chunk({ content: "b" })],
    { inputTokens: 7, outputTokens: 1, isCurrent: false }
  ],
  [
    "chat after its usage chunk, with the tier that served it",
    chat,
    [chunk({ content: "a" }), ending("stop"), chunk({}, {}, { choices: [], service_tier: "flex", ...counts(7, 1) })],
    { inputTokens: 7, outputTokens: 1, serviceTier: "flex", isCurrent: true }
  ],
  [
    "messages at their start, caches and tier included",
    messages,
    [anthropic.begin(cached)],
    {
      inputTokens: 60,
      cachedTokens: 30,
      cacheWriteTokens: 20,
      outputTokens: 2,
      serviceTier: "priority",
      geography: "us",
      isCurrent: true
    }
  ],
  [
    "messages that go on",
    messages,
    [anthropic.begin(cached), block, word("Hello")],
    { inputTokens: 60, outputTokens: 2, isCurrent: false }
  ],
  [
    "messages of which only the stop is missing",
    messages,
    [anthropic.begin(cached), block, word("Hello"), anthropic.closed(0), ...anthropic.done("end_turn").slice(0, 1)],
    { inputTokens: 60, outputTokens: 5, isCurrent: true }
  ],
  [
    "messages that tell none at their start",
    messages,
    [anthropic.begin({}), block],
    { inputTokens: 0, isCurrent: true }
  ],
  [
    "gemini with counts in every chunk",
    gemini,
    [
      said("a", { promptTokenCount: 4, candidatesTokenCount: 1, serviceTier: "flex" }),
      said("b", { promptTokenCount: 4, candidatesTokenCount: 2, thoughtsTokenCount: 9, serviceTier: "flex" })
    ],
    { inputTokens: 4, outputTokens: 11, reasoningTokens: 9, serviceTier: "flex", isCurrent: true }
  ],
  [
    "gemini whose later chunks count nothing",
    gemini,
    [said("a", { promptTokenCount: 4, candidatesTokenCount: 1 }), said("b", { trafficType: "ON_DEMAND" })],
    { inputTokens: 4, outputTokens: 1, isCurrent: false }
  ],
  [
    "gemini that failed before its first word",
    gemini,
    [
      {
        candidates: [{ index: 0, finishReason: "MALFORMED_FUNCTION_CALL" }],
        usageMetadata: { promptTokenCount: 4, thoughtsTokenCount: 6 }
      }
    ],
    { inputTokens: 4, outputTokens: 6, isCurrent: true }
  ],
  [
    "responses, which say it with their end only",
    responses,
    [{ type: "response.created", response: { id: "r", usage: null } }],
    undefined
  ]
]

describe("what a provider has reported of its usage by the middle of a stream", () => {
  test.each(cases)("%s", (_name, decoder, events, expected) => {
    for (const pieces of [[sse(events)], [...sse(events)]]) {
      const reading = decoder()
      for (const piece of pieces) reading.push(piece)
      const { reported } = reading
      if (expected === undefined) expect(reported).toBeUndefined()
      else expect<unknown>({ ...reported?.usage, isCurrent: reported?.isCurrent }).toMatchObject(expected)
    }
  })
})

test("responses tell the tier that served them, not the one that was asked for", () => {
  const usage = { input_tokens: 3, output_tokens: 4 }
  const event = (service_tier: string) => ({
    type: "response.completed",
    response: { id: "r", model: "m", output: [], status: "completed", usage, service_tier }
  })
  const told = (tier: string) => {
    const reading = responses()
    return [...reading.push(sse([event(tier)])), ...reading.finish()].flatMap((delta) =>
      delta._tag === "Usage" ? [delta.usage.serviceTier] : []
    )
  }
  expect([told("priority"), told("auto")]).toEqual([["priority"], [undefined]])
})

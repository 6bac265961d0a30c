import { expect, test } from "bun:test"
import type { Protocol } from "../../src/providers/Protocol.ts"
import { StreamDecoder } from "../../src/providers/Decoder.ts"
import { AnthropicMessages } from "../../src/providers/protocols/AnthropicMessages.ts"
import { GeminiContent } from "../../src/providers/protocols/GeminiContent.ts"
import { OpenAiResponses } from "../../src/providers/protocols/OpenAiResponses.ts"
import { requestWith } from "../wire/anthropic/Bodies.ts"
import { answering, begin, closed, delta, done, opened } from "./protocols/anthropic/AnthropicEvents.ts"

/** What a decoder says after each event: `ended`, `whole`, or nothing. */
const statesOf = <State>(protocol: Protocol<State>, events: ReadonlyArray<unknown>, choices?: number) => {
  const request = requestWith(choices === undefined ? {} : { choices })
  const decoder = new StreamDecoder(protocol, { ...answering(), request })
  return events.map((event) => {
    decoder.push(`data: ${JSON.stringify(event)}\n\n`)
    return decoder.ended ? "ended" : decoder.whole ? "whole" : ""
  })
}

test("Anthropic's answer ends with the event that says so, not with the connection", () => {
  const text = [opened(0, { type: "text", text: "" }), delta(0, { type: "text_delta", text: "Hi" }), closed(0)]
  expect(statesOf(AnthropicMessages, [begin(), ...text, ...done("end_turn")])).toEqual(["", "", "", "", "", "ended"])
})

test("so does that of OpenAI's responses", () => {
  const response = { id: "resp_1", model: "m", output: [], usage: { input_tokens: 1, output_tokens: 1 } }
  const events = [
    { type: "response.created", response },
    { type: "response.completed", response: { ...response, status: "completed" } }
  ]
  expect(statesOf(OpenAiResponses, events)).toEqual(["", "ended"])
})

test("Gemini's, which has no such event, is whole when every answer that was asked for has its reason and the usage is known", () => {
  const piece = (index: number, more: object) => ({
    candidates: [{ content: { role: "model", parts: [{ text: "Hi" }] }, index, ...more }]
  })
  const usageMetadata = { promptTokenCount: 1, candidatesTokenCount: 1, totalTokenCount: 2 }
  const stop = { finishReason: "STOP" }
  expect(statesOf(GeminiContent, [piece(0, {}), { ...piece(0, stop), usageMetadata }])).toEqual(["", "whole"])
  expect(statesOf(GeminiContent, [piece(0, stop), { usageMetadata }])).toEqual(["", "whole"])
  expect(statesOf(GeminiContent, [{ ...piece(0, stop), usageMetadata }, piece(1, {}), piece(1, stop)], 2)).toEqual([
    "",
    "",
    "whole"
  ])
})

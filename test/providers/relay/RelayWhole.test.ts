import { describe, expect, test } from "bun:test"
import type { Deltas } from "../../../src/domain/Delta.ts"
import { type Fields, objectOf, parseJson } from "../../../src/domain/Fields.ts"
import { OpenAiChat } from "../../../src/providers/protocols/OpenAiChat.ts"
import { RelayWholeDecoder } from "../../../src/providers/relay/RelayWhole.ts"
import { answering, brief } from "../protocols/chat/ChatStreams.ts"

const body = (message: Fields, finish_reason: unknown = "stop", more: Fields = {}): Fields => ({
  id: "chatcmpl-1",
  object: "chat.completion",
  model: "gpt-x-2026",
  choices: [{ index: 0, message: { role: "assistant", refusal: null, ...message }, logprobs: null, finish_reason }],
  usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 },
  system_fingerprint: null,
  ...more
})
const call = (args: string): Fields => ({ id: "a", type: "function", function: { name: "f", arguments: args } })

const told = (pieces: ReadonlyArray<string>): Deltas => {
  const decoder = new RelayWholeDecoder(OpenAiChat, answering({ regular: true }))
  for (const piece of pieces) expect(decoder.push(piece)).toEqual([])
  const deltas = decoder.finish()
  expect(decoder.ended).toBe(true)
  expect(decoder.finish()).toEqual([])
  return deltas
}
const textOf = ([first]: Deltas): string => (first?._tag === "Relayed" ? first.text : "")
const relayed = (value: Fields): Fields => objectOf(parseJson(textOf(told([JSON.stringify(value)]))))

describe("a relayed body", () => {
  test("goes on to the letter, but for the model, however it was split", () => {
    const text = JSON.stringify(body({ content: 'say "model":"gpt-x-2026" 🙂' }), null, 2)
    const out = textOf(told([text.slice(0, 50), text.slice(50)]))
    expect(out).toBe(text.replace('"model": "gpt-x-2026"', '"model": "host/model"'))
  })

  test("tells its usage and its end to the gateway", () => {
    const deltas = told([JSON.stringify(body({ content: "Hi" }))])
    expect(brief(deltas.slice(1))).toEqual(["finish stop", "usage 3 (0 cached) 2 (0 reasoning)"])
  })

  test("tells its usage as often as it is asked for, with the tier that served it, and none where there is none", () => {
    const usage = (more: Fields) => told([...JSON.stringify(body({ content: "Hi" }, "stop", more))]).at(-1)
    const delta = usage({ service_tier: "flex" })
    const expected = { inputTokens: 3, outputTokens: 2, serviceTier: "flex" }
    for (let asked = 0; asked < 2; asked++)
      expect(delta?._tag === "Usage" ? delta.usage : undefined).toMatchObject(expected)
    expect(usage({ usage: undefined })?._tag).toBe("Finish")
  })

  const odd: ReadonlyArray<readonly [name: string, sent: Fields, model: string]> = [
    ["without a model", { ...body({ content: "a" }), model: undefined }, "host/model"],
    ["with a model within as well", body({ content: "a" }, "stop", { echo: { model: "gpt-x-2026" } }), "host/model"],
    ["whose model is no text", body({ content: "a" }, "stop", { model: null }), "host/model"],
    ["with a quoted model in its text only", { ...body({ content: '\\"model":"x"' }), model: undefined }, "host/model"]
  ]
  for (const [name, sent, model] of odd) {
    test(`${name} gets the catalog's model, and nothing else changes`, () => {
      const { model: _sent, ...rest } = objectOf(parseJson(JSON.stringify(sent)))
      expect(relayed(sent)).toEqual({ ...rest, model })
    })
  }

  test("of a call that was forced by name ends with tool_calls, and without arguments has `{}`", () => {
    expect(relayed(body({ content: null, tool_calls: [call("{}")] }))).toMatchObject({
      choices: [{ finish_reason: "tool_calls" }]
    })
    for (const reason of ["stop", "tool_calls"]) {
      expect(relayed(body({ content: null, tool_calls: [call(""), call('{"x":1}')] }, reason))).toMatchObject({
        choices: [
          { finish_reason: "tool_calls", message: { content: null, tool_calls: [call("{}"), call('{"x":1}')] } }
        ]
      })
    }
  })

  test("without a finish reason gets one", () => {
    expect(relayed(body({ content: "a" }, null))).toMatchObject({ choices: [{ finish_reason: "stop" }] })
  })

  const failures: ReadonlyArray<readonly [name: string, text: string, failure: string]> = [
    ["that is cut", JSON.stringify(body({ content: "a" })).slice(0, -1), "Garbled"],
    ["that is empty", "", "Garbled"],
    ["that is a page", "<html></html>", "Garbled"],
    ["that is a list", "[]", "Garbled"],
    ["without a choice", JSON.stringify({ id: "c", choices: [] }), "Cut"],
    ["that is an error after all", '{"error":{"message":"busy","code":"server_is_overloaded"}}', "Overloaded"]
  ]
  for (const [name, text, failure] of failures) {
    test(`${name} fails, and nothing of it goes on`, () => expect(brief(told([text]))).toEqual([`failed ${failure}`]))
  }
})

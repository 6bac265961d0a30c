import { describe, expect, test } from "bun:test"
import { Result } from "effect"
import type { Deltas } from "../../../../src/domain/Delta.ts"
import type { Fields } from "../../../../src/domain/Fields.ts"
import type { Message } from "../../../../src/domain/Message.ts"
import type { Model, OpenAiRules } from "../../../../src/domain/Model.ts"
import type { ReasoningDetail } from "../../../../src/domain/Reasoning.ts"
import type { Request } from "../../../../src/domain/Request.ts"
import { StreamDecoder, WholeDecoder } from "../../../../src/providers/Decoder.ts"
import type { Preparing } from "../../../../src/providers/Protocol.ts"
import { OpenAiResponses } from "../../../../src/providers/protocols/OpenAiResponses.ts"

const rules: OpenAiRules = {
  language: "openai",
  api: "responses",
  reasoning: true,
  sampling: "without-reasoning",
  systemRole: "developer"
}
const model: Model = { id: "openai/gpt-x", provider: "openai", name: "gpt-x", rules, prices: [], listed: true }
const asked: Request = {
  model: "gpt-x",
  messages: [{ role: "user", content: "Hi" }],
  stream: false,
  includeUsage: false,
  tools: [],
  requireParameters: false,
  legacyFunctions: false
}
const prepare = (said: Partial<Request>, how: Partial<Preparing> = {}) =>
  OpenAiResponses.prepare({ ...asked, ...said }, { model, stream: false, recall: () => undefined, quirks: {}, ...how })

describe("a request", () => {
  const hi = { type: "message", role: "user", content: "Hi" }

  test("is never stored, asks for encrypted reasoning, and has no field that was not said", () => {
    const body = { model: "gpt-x", input: [hi], include: ["reasoning.encrypted_content"], store: false }
    expect(Result.getOrThrow(prepare({}))).toEqual({ path: "/responses", body, dropped: [] })
  })

  test("asks for a stream without padding, unless the caller wants it", () => {
    const options = (extra: Fields) => Result.getOrThrow(prepare({ extra }, { stream: true })).body["stream_options"]
    expect(options({})).toEqual({ include_obfuscation: false })
    expect(options({ include_obfuscation: true })).toEqual({ include_obfuscation: true })
  })

  test("to another host has no stream options, and calls the system system", () => {
    const said: Partial<Request> = { messages: [{ role: "developer", content: "D" }] }
    const { body } = Result.getOrThrow(prepare(said, { stream: true, quirks: { compatible: true } }))
    expect(body["input"]).toEqual([{ type: "message", role: "system", content: "D" }])
    expect([body["stream"], body["stream_options"]]).toEqual([true, undefined])
  })

  test("brings back the reasoning that is remembered of a call", () => {
    const data: ReasoningDetail = { type: "reasoning.encrypted", format: "openai-responses-v1", data: "E", index: 0 }
    const call = { id: "c", name: "f", arguments: "{}", kind: "function" } as const
    const messages: ReadonlyArray<Message> = [{ role: "assistant", content: "", toolCalls: [call] }]
    const { body } = Result.getOrThrow(prepare({ messages }, { recall: () => ({ reasoningDetails: [data] }) }))
    expect(body["input"]).toMatchObject([{ type: "reasoning", encrypted_content: "E" }, { call_id: "c" }, {}])
  })

  const unusable: ReadonlyArray<readonly [name: string, message: Message]> = [
    [
      "an image in the model's words",
      { role: "assistant", content: [{ type: "image", url: "data:i" }], toolCalls: [] }
    ],
    [
      "sound in a tool's output",
      { role: "tool", callId: "c", content: [{ type: "audio", data: "AA", format: "wav" }] }
    ],
    ["a file without a content", { role: "user", content: [{ type: "file", name: "n" }] }]
  ]
  for (const [name, message] of unusable) {
    test(`is refused with the place of ${name}`, () => {
      const prepared = prepare({ messages: [message] })
      const refused = { _tag: "Unable", param: "messages[0].content[0].type" }
      expect(Result.isFailure(prepared) && prepared.failure).toMatchObject(refused)
    })
  }
})

const answering = { model, request: asked, quirks: {}, newId: (prefix: string) => `${prefix}new` }

const stream = (...events: ReadonlyArray<Fields>): Deltas => {
  const decoder = new StreamDecoder(OpenAiResponses, answering)
  const text = events.map((event) => `event: x\ndata: ${JSON.stringify(event)}\n\n`).join("")
  return [...decoder.push(text), ...decoder.finish()]
}
const whole = (body: unknown): Deltas => {
  const decoder = new WholeDecoder(OpenAiResponses, answering)
  return [...decoder.push(JSON.stringify(body)), ...decoder.finish()]
}

const created = { type: "response.created", response: { id: "resp_1", model: "gpt-x-1" } }
const completed = { type: "response.completed", response: {} }
const text = { type: "response.output_text.delta", output_index: 0, content_index: 0, delta: "A" }
const item = { type: "message", content: [{ type: "output_text", text: "A" }] }

describe("an answer that is not well", () => {
  const quota = { type: "insufficient_quota", code: "insufficient_quota", message: "m" }
  const failed = (response: Fields) => ({ type: "response.failed", response })
  const broken: ReadonlyArray<readonly [name: string, deltas: Deltas, tags: string]> = [
    [
      "has a nested error after 200 once",
      stream(created, { type: "error", error: quota }, failed({ error: quota })),
      "Start QuotaExhausted"
    ],
    ["has a flat error", stream({ type: "error", code: "rate_limit_exceeded", message: "m" }), "RateLimited"],
    ["has an error without a type", stream({ error: { code: "server_is_overloaded" } }), "Overloaded"],
    [
      "that failed tells what it used",
      stream(created, failed({ error: { code: "server_error" }, usage: { input_tokens: 3 } })),
      "Start Usage ServerFault"
    ],
    ["without its end was cut", stream(created, text), "Start Text Cut"],
    [
      "is not whole when its text is",
      stream(created, text, { type: "response.output_item.done", output_index: 0, item }),
      "Start Text Cut"
    ],
    [
      "that is whole and failed under 200 is an error",
      whole({ object: "response", status: "failed", error: quota }),
      "Start QuotaExhausted"
    ],
    [
      "that was cancelled is an error",
      whole({ object: "response", status: "cancelled", output: [] }),
      "Start ServerFault"
    ],
    ["that still runs is none", whole({ object: "response", status: "in_progress", output: [] }), "Start Cut"],
    ["that is an error body under 200 is an error", whole({ error: "Model busy", code: 503 }), "Overloaded"],
    ["that is something else is none", whole({ hello: 1 }), "Cut"],
    ["that is a list is none", whole([1]), "Cut"]
  ]
  for (const [name, deltas, tags] of broken) {
    test(name, () => {
      const found = deltas.map((delta) => (delta._tag === "Failed" ? delta.failure._tag : delta._tag))
      expect(found.join(" ")).toBe(tags)
    })
  }

  test("is not made whole by an end mark, which this API does not have", () => {
    const deltas = new StreamDecoder(OpenAiResponses, answering).push(
      `data: ${JSON.stringify(created)}\n\ndata: [DONE]\n\n`
    )
    expect(deltas).toMatchObject([{ _tag: "Start" }, { _tag: "Failed", failure: { _tag: "Cut" } }])
  })

  test("never makes the protocol throw, whatever it holds", () => {
    const odd = [null, 1, "x", [], {}, completed, { type: "response.output_item.done", item: 3 }, { type: "error" }]
    for (const event of odd) expect(OpenAiResponses.step(OpenAiResponses.start(answering), event)).toHaveLength(2)
  })
})

const fields: ReadonlyArray<readonly [param: string, field: string]> = [
  ["input[3].content[0].image_url", "messages"],
  ["max_output_tokens", "max_completion_tokens"],
  ["reasoning.effort", "reasoning_effort"],
  ["text.format.schema", "response_format.json_schema.schema"],
  ["text.format", "response_format"],
  ["tools[2].parameters", "tools[2].function.parameters"],
  ["temperature", "temperature"]
]
for (const [param, field] of fields) {
  test(`a refusal of ${param} names the field as the caller wrote it: ${field}`, () => {
    const body = JSON.stringify({ error: { message: "m", param } })
    const failed = OpenAiResponses.failure({ provider: "openai", status: 400, headers: new Headers(), body })
    expect([failed._tag, failed.param, failed.words?.param]).toEqual(["InvalidRequest", field, param])
  })
}

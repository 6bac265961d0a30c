import { describe, expect, test } from "bun:test"
import { Result } from "effect"
import { type Fields, listOf, objectOf } from "../../../../src/domain/Fields.ts"
import { OpenAiChat } from "../../../../src/providers/protocols/OpenAiChat.ts"
import { readChat } from "../../../../src/wire/openai/chat/ChatRead.ts"
import { limits } from "./ChatBodies.ts"
import { answering, bodyOf, brief, chunksOf, eventsOf, hosted, malformed, whole } from "./ChatStreams.ts"

const usage = { prompt_tokens: 11, completion_tokens: 4, total_tokens: 15 }
const counted = "usage 11 (0 cached) 4 (0 reasoning)"
const call = (id: string, name: string, args: unknown): Fields => ({
  id,
  type: "function",
  function: { name, arguments: args }
})
const answer = (message: Fields, choice: Fields = {}, envelope: Fields = {}): Fields => ({
  id: "c",
  object: "chat.completion",
  created: 5,
  model: "their-model",
  choices: [{ index: 0, message: { role: "assistant", ...message }, finish_reason: "stop", ...choice }],
  usage,
  ...envelope
})

/** Bodies of hosts, what is told of them between the start and the usage, and the message that the caller gets. */
const bodies: ReadonlyArray<
  readonly [host: string, body: Fields, told: ReadonlyArray<string>, message: Fields, counted?: string]
> = [
  [
    "OpenAI's text",
    answer({ content: "Hello", refusal: null, annotations: [] }),
    ["text Hello", "finish stop"],
    { content: "Hello" }
  ],
  [
    "OpenAI's refusal",
    answer({ content: null, refusal: "No." }),
    ["refusal No.", "finish stop"],
    { content: null, refusal: "No." }
  ],
  [
    "OpenAI's two calls",
    answer(
      { content: null, tool_calls: [call("a", "f", '{"x":1}'), call("b", "g", "{}")] },
      { finish_reason: "tool_calls" }
    ),
    ["call 0 a f", 'arguments 0 {"x":1}', "call 1 b g", "arguments 1 {}", "finish tool_calls"],
    { content: null, tool_calls: [call("a", "f", '{"x":1}'), call("b", "g", "{}")] }
  ],
  [
    "OpenAI's call forced by name, which ends with `stop`",
    answer({ content: null, tool_calls: [call("a", "f", "{}")] }),
    ["call 0 a f", "arguments 0 {}", "finish tool_calls"],
    { content: null, tool_calls: [call("a", "f", "{}")] }
  ],
  [
    "OpenAI's custom tool",
    answer({ content: null, tool_calls: [{ id: "a", type: "custom", custom: { name: "sh", input: "ls" } }] }),
    ["call 0 a sh custom", "arguments 0 ls", "finish tool_calls"],
    { content: null, tool_calls: [{ id: "a", type: "custom", custom: { name: "sh", input: "ls" } }] }
  ],
  [
    "OpenAI's sound",
    answer({ content: null, audio: { id: "audio_1", data: "AA", transcript: "Hi" } }),
    ['audio {"id":"audio_1","data":"AA","transcript":"Hi"}', "finish stop"],
    { content: null, audio: { id: "audio_1", data: "AA", transcript: "Hi" } }
  ],
  [
    "the old function_call",
    answer({ content: null, function_call: { name: "f", arguments: '{"x":1}' } }, { finish_reason: "function_call" }),
    ["call 0 call_0 f", 'arguments 0 {"x":1}', "finish tool_calls"],
    { content: null, tool_calls: [call("call_0", "f", '{"x":1}')] }
  ],
  [
    "Gemini's OpenAI door: empty ids, one for two calls",
    answer({ tool_calls: [call("", "f", "{}"), call("", "f", "{}")] }),
    ["call 0 call_0 f", "arguments 0 {}", "call 1 call_1 f", "arguments 1 {}", "finish tool_calls"],
    { content: null, tool_calls: [call("call_0", "f", "{}"), call("call_1", "f", "{}")] }
  ],
  [
    "a host that gives two calls the same id",
    answer({ tool_calls: [call("a", "f", "{}"), call("a", "f", "{}")] }),
    ["call 0 a f", "arguments 0 {}", "call 1 call_0 f", "arguments 1 {}", "finish tool_calls"],
    { tool_calls: [call("a", "f", "{}"), call("call_0", "f", "{}")] }
  ],
  [
    "arguments as an object, or none",
    answer({ content: "", tool_calls: [call("a", "f", { city: "Paris" }), call("b", "g", "")] }),
    ["call 0 a f", 'arguments 0 {"city":"Paris"}', "call 1 b g", "arguments 1 {}", "finish tool_calls"],
    { content: null, tool_calls: [call("a", "f", '{"city":"Paris"}'), call("b", "g", "{}")] }
  ],
  [
    "Groq's reasoning",
    answer({ content: "Hello", reasoning: "Hm" }, {}, { x_groq: { id: "r" } }),
    ["reasoning Hm", "text Hello", "finish stop"],
    { content: "Hello", reasoning_content: "Hm" }
  ],
  [
    "OpenRouter's reasoning, said twice",
    answer({
      content: "Hello",
      reasoning: "Hm",
      reasoning_details: [
        { type: "reasoning.text", text: "Hm", signature: "S", format: "anthropic-claude-v1", index: 0 }
      ]
    }),
    ["reasoning Hm", "detail 0 reasoning.text", "text Hello", "finish stop"],
    {
      content: "Hello",
      reasoning_content: "Hm",
      reasoning_details: [
        { type: "reasoning.text", text: "Hm", signature: "S", format: "anthropic-claude-v1", index: 0 }
      ]
    }
  ],
  [
    "Mistral's thinking as parts of the content",
    answer({
      content: [
        { type: "thinking", thinking: [{ type: "text", text: "Hm" }] },
        { type: "text", text: "Hello" }
      ]
    }),
    ["reasoning Hm", "text Hello", "finish stop"],
    { content: "Hello", reasoning_content: "Hm" }
  ],
  [
    "xAI's reasoning tokens beside the completion tokens",
    answer(
      { content: "Hello" },
      {},
      { usage: { ...usage, total_tokens: 20, completion_tokens_details: { reasoning_tokens: 5 } } }
    ),
    ["text Hello", "finish stop"],
    { content: "Hello" },
    "usage 11 (0 cached) 9 (5 reasoning)"
  ],
  [
    "Together's flat cached tokens",
    answer({ content: "Hello" }, {}, { usage: { ...usage, cached_tokens: 7 } }),
    ["text Hello", "finish stop"],
    { content: "Hello" },
    "usage 11 (7 cached) 4 (0 reasoning)"
  ],
  [
    "Perplexity's empty delta beside the message",
    answer({ content: "Hello" }, { delta: { role: "assistant", content: "" } }, { citations: ["https://a.example"] }),
    ["text Hello", "finish stop"],
    { content: "Hello" }
  ],
  [
    "a length that was reached",
    answer({ content: "Hel" }, { finish_reason: "length" }),
    ["text Hel", "finish length"],
    { content: "Hel" }
  ],
  [
    "no finish reason",
    answer({ content: "Hello" }, { finish_reason: null }),
    ["text Hello", "finish stop"],
    { content: "Hello" }
  ],
  ["no content and no reason", answer({ content: null }, { finish_reason: null }), ["finish stop"], { content: "" }]
]

describe("a body of", () => {
  for (const [host, body, told, message, used = counted] of bodies) {
    test(`${host}`, () => {
      const deltas = whole(body)
      expect(brief(deltas)).toEqual(["start c their-model", ...told, used])
      const ours = bodyOf(deltas)
      expect(ours).toMatchObject({ object: "chat.completion", id: "chatcmpl-ours", model: "host/model" })
      expect(ours["choices"]).toMatchObject([{ index: 0, message: { role: "assistant", ...message } }])
      expect(malformed(chunksOf(deltas), false)).toEqual([])
    })
  }

  test("several choices keeps them apart, by their place where they have no index", () => {
    const choices = ["A", "B"].map((content) => ({ message: { content }, finish_reason: "stop" }))
    const deltas = whole({ id: "c", model: "m", choices })
    expect(brief(deltas)).toEqual(["start c m", "text A", "1: text B", "finish stop", "1: finish stop"])
    expect(bodyOf(deltas)["choices"]).toMatchObject([
      { message: { content: "A" } },
      { index: 1, message: { content: "B" } }
    ])
  })

  test("an unknown kind keeps its fields: of the envelope, of the choice, of the usage", () => {
    const body = answer(
      { content: "Hello" },
      { content_filter_results: { hate: { filtered: false } }, stop_reason: 7 },
      { system_fingerprint: "fp", service_tier: "default", usage: { ...usage, cost: 0.5 } }
    )
    const ours = bodyOf(whole(body))
    expect(ours).toMatchObject({ system_fingerprint: "fp", service_tier: "default", usage: { cost: 0.5 } })
    expect(ours["choices"]).toMatchObject([{ content_filter_results: { hate: { filtered: false } }, stop_reason: 7 }])
  })
})

test("a caller of the old functions asks and is answered in the old form, whole and streamed", () => {
  const body = {
    model: "m",
    messages: [{ role: "user", content: "Hi" }],
    functions: [{ name: "f" }],
    function_call: "auto"
  }
  const request = Result.getOrThrow(readChat(body, { text: JSON.stringify(body), caller: "test" }, limits)).request()
  const prepared = OpenAiChat.prepare(request, { model: hosted, stream: false, recall: () => undefined, quirks: {} })
  expect(Result.getOrThrow(prepared).body).toMatchObject({
    tools: [{ type: "function", function: { name: "f" } }],
    tool_choice: "auto"
  })

  const told = answering({ compatible: true }, request)
  const deltas = whole(answer({ content: null, tool_calls: [call("a", "f", '{"x":1}')] }), told)
  const ours = bodyOf(deltas, request.legacyFunctions)
  const message = {
    role: "assistant",
    content: null,
    refusal: null,
    function_call: { name: "f", arguments: '{"x":1}' }
  }
  expect(ours["choices"]).toEqual([{ index: 0, message, logprobs: null, finish_reason: "function_call" }])

  const events = eventsOf(chunksOf(deltas, { legacyFunctions: request.legacyFunctions }))
  const choices = events.map((event) => objectOf(listOf(event["choices"])[0]))
  expect(choices.map(({ delta, finish_reason }) => [delta, finish_reason])).toEqual([
    [{ role: "assistant", content: "", refusal: null }, null],
    [{ content: "", function_call: { name: "f", arguments: "" } }, null],
    [{ content: "", function_call: { arguments: '{"x":1}' } }, null],
    [{ content: "" }, "function_call"]
  ])
})

describe("a body that is no answer fails:", () => {
  const failures: ReadonlyArray<readonly [name: string, body: unknown, failure: string]> = [
    ["an error with status 200", { error: { message: "no", type: "invalid_request_error" } }, "InvalidRequest"],
    ["an error in a list", [{ error: { message: "busy", code: 503 } }], "Overloaded"],
    [
      "an error within the choice",
      answer({ content: "" }, { finish_reason: "error", error: { code: 502, message: "x" } }),
      "ServerFault"
    ],
    ["no choice", { id: "c", choices: [] }, "Cut"],
    ["nothing", {}, "Cut"],
    ["a text", "hello", "Cut"],
    ["null", null, "Cut"]
  ]
  for (const [name, body, failure] of failures) {
    test(`${name}`, () => expect(brief(whole(body)).at(-1)).toBe(`failed ${failure}`))
  }
})

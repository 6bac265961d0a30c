import { expect, test } from "bun:test"
import { OpenAiChat } from "../../../../src/simulator/languages/openai/OpenAiChat.ts"
import { type Body, said, user, schema, strict } from "../Checking.ts"

const chatTool = { type: "function", function: { name: "t", parameters: schema } }
const chatCall = { id: "call_1", type: "function", function: { name: "t", arguments: "{}" } }
const chatLoop = [
  user,
  { role: "assistant", content: null, tool_calls: [chatCall] },
  { role: "tool", tool_call_id: "call_1", content: "ok" }
]
const format = (inner: Body) => ({ type: "json_schema", json_schema: { name: "n", strict: true, schema: inner } })

const chat: ReadonlyArray<readonly [string, Body, string]> = [
  ["gpt-5-nano", { messages: [user] }, "taken"],
  ["gpt-5-nano", { messages: [user], max_tokens: 5 }, "400 Unsupported parameter: 'max_tokens'"],
  ["gpt-5-nano", { messages: [user], max_completion_tokens: 5 }, "taken"],
  ["o4-mini", { messages: [user], max_tokens: 5 }, "400 Unsupported parameter: 'max_tokens'"],
  ["gpt-4o-mini", { messages: [user], max_tokens: 5, stop: "x", temperature: 0.2 }, "taken"],
  ["gpt-oss-120b", { messages: [user], max_tokens: 5, chat_template_args: {} }, "taken"],
  ["words", { messages: [user], max_tokens: 5, anything: 1 }, "taken"],
  ["gpt-4o-mini", { messages: [user], anything: 1 }, "400 Unknown parameter: 'anything'."],
  ["gpt-5-nano", { messages: [user], temperature: 0.2 }, "400 Unsupported value: 'temperature' does not support 0.2"],
  ["gpt-5.1", { messages: [user], temperature: 0.2 }, "taken"],
  ["gpt-5.1", { messages: [user], temperature: 0.2, reasoning_effort: "low" }, "400 Unsupported value: 'temperature'"],
  ["gpt-5.6-sol", { messages: [user], temperature: 0.2 }, "400 Unsupported value: 'temperature'"],
  ["gpt-5.6-sol", { messages: [user], temperature: 0.2, reasoning_effort: "none" }, "taken"],
  ["gpt-5", { messages: [user], stop: ["x"] }, "400 Unsupported parameter: 'stop'"],
  ["gpt-5", { messages: [user], logprobs: true }, "400 Unsupported parameter: 'logprobs'"],
  [
    "gpt-5.6-terra",
    { messages: [user], tools: [chatTool] },
    "400 Function tools with reasoning_effort are not supported"
  ],
  ["gpt-5.6-terra", { messages: [user], tools: [chatTool], reasoning_effort: "none" }, "taken"],
  ["gpt-5.4", { messages: [user], tools: [chatTool] }, "taken"],
  [
    "gpt-5.4",
    { messages: [user], tools: [chatTool], reasoning_effort: "low" },
    "400 Function tools with reasoning_effort"
  ],
  ["gpt-5.2-codex", { messages: [user] }, "404 This model is only supported in v1/responses"],
  ["gpt-5-pro", { messages: [user] }, "404 This model is only supported in v1/responses"],
  ["o1-mini", { messages: [{ role: "system", content: "x" }] }, "400 Unsupported value: 'messages[0].role'"],
  ["words", {}, "400 Missing required parameter: 'messages'."],
  ["words", { messages: [] }, "400 Invalid 'messages': empty array."],
  ["words", { messages: [{ role: "bot", content: "x" }] }, "400 Invalid value: 'bot'."],
  ["words", { messages: [{ role: "user", content: null }] }, "400 Invalid value for 'content'"],
  ["words", { messages: chatLoop }, "taken"],
  ["words", { messages: chatLoop.slice(0, 2) }, "400 An assistant message with 'tool_calls' must be followed"],
  [
    "words",
    { messages: [...chatLoop.slice(0, 2), user] },
    "400 An assistant message with 'tool_calls' must be followed"
  ],
  ["words", { messages: chatLoop.slice(2) }, "400 Invalid parameter: messages with role 'tool'"],
  [
    "words",
    { messages: [user], tools: [{ type: "function", function: { name: "a.b" } }] },
    "400 Invalid 'tools[0].function.name'"
  ],
  ["words", { messages: [user], tool_choice: "required" }, "400 Invalid value for 'tool_choice'"],
  ["gpt-4o", { messages: [user], response_format: format(strict) }, "taken"],
  [
    "gpt-4o",
    { messages: [user], response_format: format(schema) },
    "400 Invalid schema for response_format 'n': In context=(), 'additionalProperties'"
  ],
  [
    "gpt-4o",
    { messages: [user], response_format: format({ ...strict, required: [] }) },
    "400 Invalid schema for response_format 'n': In context=(), 'required'"
  ]
]

test.each(chat)("of a request to %s, %j: %s", (model, body, expected) => {
  expect(said(OpenAiChat, model, body, {}).slice(0, expected.length)).toBe(expected)
})

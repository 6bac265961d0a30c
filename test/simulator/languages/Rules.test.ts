import { expect, test } from "bun:test"
import { AnthropicMessages } from "../../../src/simulator/languages/anthropic/AnthropicMessages.ts"
import { GeminiContent } from "../../../src/simulator/languages/gemini/GeminiContent.ts"
import type { Language } from "../../../src/simulator/languages/Language.ts"
import { OpenAiChat } from "../../../src/simulator/languages/openai/OpenAiChat.ts"
import { OpenAiResponses } from "../../../src/simulator/languages/openai/OpenAiResponses.ts"
import { seal } from "../../../src/simulator/script/Seal.ts"

type Body = Readonly<Record<string, unknown>>

const said = (language: Language, model: string, body: Body, headers: Readonly<Record<string, string>>): string => {
  const refusal = language.check({ body, model, stream: false, header: (name) => headers[name] })
  return refusal === undefined ? "taken" : `${refusal.status} ${refusal.message}`
}

const user = { role: "user", content: "x" }
const schema = { type: "object", properties: { a: { type: "string" } } }
const strict = { ...schema, required: ["a"], additionalProperties: false }

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

const call = { type: "function_call", call_id: "c", name: "t", arguments: "{}" }
const output = { type: "function_call_output", call_id: "c", output: "ok" }
const reasoning = { type: "reasoning", id: "rs_1", summary: [], encrypted_content: seal("reasoning 1") }

const responses: ReadonlyArray<readonly [string, Body, string]> = [
  ["gpt-5.6-sol", { input: "x", tools: [{ type: "function", name: "t", parameters: strict }] }, "taken"],
  [
    "gpt-5.6-sol",
    { input: "x", tools: [{ type: "function", name: "t", parameters: schema }] },
    "400 Invalid schema for function 't'"
  ],
  ["gpt-5.6-sol", { input: "x", tools: [{ type: "function", name: "t", parameters: schema, strict: false }] }, "taken"],
  ["gpt-5-nano", { input: "x", temperature: 0 }, "400 Unsupported parameter: 'temperature'"],
  ["gpt-5-nano", { input: "x", max_output_tokens: 5 }, "400 Invalid 'max_output_tokens'"],
  ["gpt-5-nano", { input: "x", stop: "y" }, "400 Unknown parameter: 'stop'."],
  ["gpt-5-nano", {}, "400 Missing required parameter: 'input'."],
  ["words", { input: [user, call, output] }, "taken"],
  ["words", { input: [user, call] }, "400 No tool output found for function call c."],
  ["words", { input: [user, output] }, "400 No tool call found for function call output with call_id c."],
  ["words", { input: [user, reasoning, call, output] }, "taken"],
  ["words", { input: [user, call, output, reasoning] }, "400 Item 'rs_1' of type 'reasoning'"],
  ["words", { input: [user, { ...reasoning, encrypted_content: "gAAA" }, call, output] }, "400 The encrypted content"],
  ["words", { input: [{ role: "user", content: [{ type: "text", text: "x" }] }] }, "400 Invalid value: 'text'."],
  [
    "words",
    { input: [{ role: "assistant", content: [{ type: "input_text", text: "x" }] }] },
    "400 Invalid value: 'input_text'."
  ]
]

const version = { "anthropic-version": "2023-06-01" }
const use = { type: "tool_use", id: "toolu_1", name: "t", input: {} }
const result = { type: "tool_result", tool_use_id: "toolu_1", content: "ok" }
const tool = { name: "t", input_schema: schema }
const turn = (role: string, ...content: ReadonlyArray<unknown>) => ({ role, content })
const text = (value: string) => ({ type: "text", text: value })
const thought = { type: "thinking", thinking: "hm", signature: seal("hm") }
const budget = { type: "enabled", budget_tokens: 2000 }

const anthropic: ReadonlyArray<readonly [string, Body, string]> = [
  ["claude-haiku-4-5", { messages: [user], max_tokens: 9 }, "taken"],
  ["claude-haiku-4-5", { messages: [user] }, "400 max_tokens: Field required"],
  ["claude-haiku-4-5", { messages: [], max_tokens: 9 }, "400 messages: at least one message is required"],
  ["words", { messages: [user], max_tokens: 9, n: 1 }, "400 n: Extra inputs are not permitted"],
  ["words", { messages: [user, user], max_tokens: 9 }, "400 messages: roles must alternate"],
  [
    "words",
    { messages: [turn("assistant", text("x")), user], max_tokens: 9 },
    '400 messages: first message must use the "user" role'
  ],
  ["words", { messages: [{ role: "tool", content: "x" }], max_tokens: 9 }, '400 messages: Unexpected role "tool"'],
  [
    "words",
    { messages: [{ role: "user", content: "" }], max_tokens: 9 },
    "400 messages.0: all messages must have non-empty content"
  ],
  [
    "words",
    { messages: [turn("user", text(""))], max_tokens: 9 },
    "400 messages: text content blocks must be non-empty"
  ],
  [
    "words",
    { messages: [user, turn("assistant", text("x "))], max_tokens: 9 },
    "400 messages: final assistant content cannot end with trailing whitespace"
  ],
  ["words", { messages: [user, turn("assistant", use), turn("user", result)], max_tokens: 9 }, "taken"],
  ["words", { messages: [user, turn("assistant", use), turn("user", result, text("and?"))], max_tokens: 9 }, "taken"],
  [
    "words",
    { messages: [user, turn("assistant", use), turn("user", text("and?"), result)], max_tokens: 9 },
    "400 messages.1: `tool_use` ids were found without"
  ],
  [
    "words",
    { messages: [user, turn("assistant", use), user], max_tokens: 9 },
    "400 messages.1: `tool_use` ids were found without"
  ],
  [
    "words",
    { messages: [user, turn("assistant", use)], max_tokens: 9 },
    "400 messages.1: `tool_use` ids were found without"
  ],
  ["words", { messages: [turn("user", result)], max_tokens: 9 }, "400 messages.0.content.0: unexpected `tool_use_id`"],
  [
    "words",
    { messages: [user, turn("assistant", { ...use, id: "functions.x:0" }), turn("user", result)], max_tokens: 9 },
    "400 messages.1.content.0.tool_use.id: String should match"
  ],
  [
    "words",
    { messages: [user, turn("assistant", { ...use, input: "{}" }), turn("user", result)], max_tokens: 9 },
    "400 messages.1.content.0.tool_use.input"
  ],
  ["words", { messages: [user, turn("assistant", thought, use), turn("user", result)], max_tokens: 9 }, "taken"],
  [
    "words",
    { messages: [user, turn("assistant", { ...thought, thinking: "hm!" }, use), turn("user", result)], max_tokens: 9 },
    "400 messages.1.content.0: Invalid `signature`"
  ],
  [
    "claude-haiku-4-5",
    { messages: [user, turn("assistant", use), turn("user", result)], max_tokens: 9000, thinking: budget },
    "400 messages.1.content.0.type: Expected `thinking`"
  ],
  [
    "claude-haiku-4-5",
    { messages: [user, turn("assistant", thought, use), turn("user", result)], max_tokens: 9000, thinking: budget },
    "taken"
  ],
  [
    "claude-haiku-4-5",
    { messages: [user], max_tokens: 900, thinking: budget },
    "400 `max_tokens` must be greater than"
  ],
  [
    "claude-opus-4-8",
    { messages: [user], max_tokens: 9000, thinking: budget },
    '400 "thinking.type.enabled" is not supported'
  ],
  [
    "claude-haiku-4-5",
    { messages: [user], max_tokens: 9000, thinking: { type: "adaptive" } },
    "400 adaptive thinking is not supported"
  ],
  ["claude-haiku-4-5", { messages: [user], max_tokens: 9, temperature: 0.5 }, "taken"],
  ["claude-haiku-4-5", { messages: [user], max_tokens: 9, temperature: 1.5 }, "400 temperature: range: 0..1"],
  [
    "claude-haiku-4-5",
    { messages: [user], max_tokens: 9, temperature: 0.5, top_p: 0.5 },
    "400 `temperature` and `top_p` cannot both"
  ],
  ["claude-opus-4-7", { messages: [user], max_tokens: 9, temperature: 0.5 }, "400 `temperature` is deprecated"],
  ["claude-of-tomorrow-9", { messages: [user], max_tokens: 9, top_k: 5 }, "400 `top_k` is deprecated"],
  ["claude-sonnet-4-5", { messages: [user, turn("assistant", text("x"))], max_tokens: 9 }, "taken"],
  [
    "claude-opus-4-6",
    { messages: [user, turn("assistant", text("x"))], max_tokens: 9 },
    "400 This model does not support assistant message prefill"
  ],
  ["words", { messages: [user], max_tokens: 9, tools: [tool], tool_choice: { type: "any" } }, "taken"],
  [
    "words",
    { messages: [user], max_tokens: 9, tool_choice: { type: "any" } },
    "400 tool_choice may only be specified while providing tools"
  ],
  [
    "words",
    { messages: [user], max_tokens: 9, tools: [tool], tool_choice: { type: "required" } },
    "400 tool_choice: Input tag 'required'"
  ],
  ["words", { messages: [user], max_tokens: 9, tools: [tool, tool] }, "400 tools: Tool names must be unique."],
  [
    "words",
    { messages: [user], max_tokens: 9, tools: [{ name: "t" }] },
    "400 tools.0.custom.input_schema: Field required"
  ],
  [
    "words",
    { messages: [user], max_tokens: 9, tools: [{ ...tool, parameters: {} }] },
    "400 tools.0.custom.parameters: Extra inputs"
  ],
  [
    "words",
    { messages: [user], max_tokens: 9, tools: "abcde".split("").map((name) => ({ ...tool, name, cache_control: {} })) },
    "400 A maximum of 4 blocks with cache_control"
  ]
]

const contents = (...turns: ReadonlyArray<readonly [string, ReadonlyArray<unknown>]>) => ({
  contents: turns.map(([role, parts]) => ({ role, parts }))
})
const words = { text: "x" }
const functionCall = { functionCall: { name: "t", args: {} } }
const signed = { ...functionCall, thoughtSignature: seal("call 1") }
const answered = { functionResponse: { name: "t", response: { output: "ok" } } }
const declared = (parameters: Body) => [{ functionDeclarations: [{ name: "t", parameters }] }]

const gemini: ReadonlyArray<readonly [string, Body, string]> = [
  ["gemini-2.5-flash", contents(["user", [words]]), "taken"],
  ["gemini-2.5-flash", {}, "400 * GenerateContentRequest.contents: contents is not specified"],
  ["gemini-2.5-flash", contents(["assistant", [words]]), "400 Please use a valid role: user, model."],
  ["gemini-2.5-flash", contents(["user", []]), "400 * GenerateContentRequest.contents[0].parts"],
  [
    "gemini-2.5-flash",
    { ...contents(["user", [words]]), messages: [] },
    '400 Invalid JSON payload received. Unknown name "messages"'
  ],
  ["gemini-2.5-flash", { ...contents(["user", [words]]), generation_config: { max_output_tokens: 5 } }, "taken"],
  [
    "gemini-2.5-flash",
    { ...contents(["user", [words]]), generationConfig: { maxTokens: 5 } },
    "400 Invalid JSON payload received. Unknown name \"maxTokens\" at 'generation_config'"
  ],
  [
    "gemini-2.5-flash",
    { ...contents(["user", [words]]), generationConfig: { presencePenalty: 1 } },
    "400 Penalty is not enabled"
  ],
  [
    "gemini-2.5-flash",
    { ...contents(["user", [words]]), generationConfig: { thinkingConfig: { thinkingLevel: "LOW" } } },
    "400 Thinking level is not supported"
  ],
  [
    "gemini-2.5-flash",
    {
      ...contents(["user", [words]]),
      tools: declared(schema),
      generationConfig: { responseMimeType: "application/json" }
    },
    "400 Function calling with a response mime type"
  ],
  ["gemini-2.5-flash", { ...contents(["user", [words]]), tools: declared(schema) }, "taken"],
  [
    "gemini-2.5-flash",
    { ...contents(["user", [words]]), tools: declared({ type: "object", properties: {} }) },
    "400 * GenerateContentRequest.tools[0].function_declarations[0].parameters.properties"
  ],
  [
    "gemini-2.5-flash",
    { ...contents(["user", [words]]), tools: declared(strict) },
    '400 Invalid JSON payload received. Unknown name "additionalProperties"'
  ],
  [
    "gemini-2.5-flash",
    {
      ...contents(["user", [words]]),
      tools: [{ functionDeclarations: [{ name: "t", parametersJsonSchema: strict }] }]
    },
    "taken"
  ],
  ["gemini-2.5-flash", contents(["user", [words]], ["model", [functionCall]], ["user", [answered]]), "taken"],
  [
    "gemini-2.5-flash",
    contents(["user", [words]], ["model", [functionCall, functionCall]], ["user", [answered]]),
    "400 Please ensure that the number of function response parts"
  ],
  [
    "gemini-2.5-flash",
    contents(["user", [words]], ["model", [functionCall]], ["user", [words]]),
    "400 Please ensure that the number of function response parts"
  ],
  [
    "gemini-2.5-flash",
    contents(["user", [answered]]),
    "400 Please ensure that function response turn comes immediately after"
  ],
  [
    "gemini-2.5-flash",
    contents(
      ["user", [words]],
      ["model", [functionCall]],
      ["user", [{ functionResponse: { name: "t", response: "ok" } }]]
    ),
    "400 Invalid value at 'contents[2].parts[0].function_response.response'"
  ],
  [
    "gemini-3-flash",
    contents(["user", [words]], ["model", [functionCall]], ["user", [answered]]),
    "400 Function call is missing a thought_signature in functionCall parts."
  ],
  [
    "gemini-3-flash",
    contents(["user", [words]], ["model", [signed, functionCall]], ["user", [answered, answered]]),
    "taken"
  ],
  [
    "gemini-3-flash",
    contents(
      ["user", [words]],
      ["model", [{ ...functionCall, thoughtSignature: "skip_thought_signature_validator" }]],
      ["user", [answered]]
    ),
    "taken"
  ],
  [
    "gemini-3-flash",
    contents(["user", [words]], ["model", [functionCall]], ["user", [answered]], ["model", [words]], ["user", [words]]),
    "taken"
  ],
  [
    "gemini-3-flash",
    {
      ...contents(["user", [words]]),
      generationConfig: { thinkingConfig: { thinkingLevel: "LOW", thinkingBudget: 5 } }
    },
    "400 You can only set only one"
  ]
]

const table = [
  ...chat.map((row) => [OpenAiChat, ...row] as const),
  ...responses.map((row) => [OpenAiResponses, ...row] as const),
  ...anthropic.map((row) => [AnthropicMessages, ...row] as const),
  ...gemini.map((row) => [GeminiContent, ...row] as const)
].map(([language, model, body, expected]) => ({ language, name: language.name, model, body, expected }))

test.each(table)("$name says of a request to $model: $expected", ({ language, model, body, expected }) => {
  expect(said(language, model, body, version).slice(0, expected.length)).toBe(expected)
})

test("Anthropic wants its version, and the newest version takes no sampling at all", () => {
  const body = { messages: [user], max_tokens: 9, temperature: 1 }
  expect(said(AnthropicMessages, "claude-haiku-4-5", body, {})).toContain("anthropic-version: header is required")
  expect(said(AnthropicMessages, "claude-haiku-4-5", body, { "anthropic-version": "2026-10-21" })).toBe(
    "400 temperature: Extra inputs are not permitted"
  )
})

import { expect, test } from "bun:test"
import { AnthropicMessages } from "../../../../src/simulator/languages/anthropic/AnthropicMessages.ts"
import { seal } from "../../../../src/simulator/script/Seal.ts"
import { type Body, said, user, schema } from "../Checking.ts"

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

test.each(anthropic)("of a request to %s, %j: %s", (model, body, expected) => {
  expect(said(AnthropicMessages, model, body, version).slice(0, expected.length)).toBe(expected)
})

test("Anthropic wants its version, and the newest version takes no sampling at all", () => {
  const body = { messages: [user], max_tokens: 9, temperature: 1 }
  expect(said(AnthropicMessages, "claude-haiku-4-5", body, {})).toContain("anthropic-version: header is required")
  expect(said(AnthropicMessages, "claude-haiku-4-5", body, { "anthropic-version": "2026-10-21" })).toBe(
    "400 temperature: Extra inputs are not permitted"
  )
})

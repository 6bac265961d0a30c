import { expect, test } from "bun:test"
import { OpenAiResponses } from "../../../../src/simulator/languages/openai/OpenAiResponses.ts"
import { seal } from "../../../../src/simulator/script/Seal.ts"
import { type Body, said, user, schema, strict } from "../Checking.ts"

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

test.each(responses)("of a request to %s, %j: %s", (model, body, expected) => {
  expect(said(OpenAiResponses, model, body, {}).slice(0, expected.length)).toBe(expected)
})

import { describe, expect, test } from "bun:test"
import type { Fields } from "../../../../../src/domain/Fields.ts"
import { mistakeIn } from "../../../../../src/wire/openai/chat/schema/ChatMistakes.ts"

const messages = [{ role: "user", content: "Hi" }]
const right: Fields = { model: "m", messages }
const said = (message: Fields): Fields => ({ model: "m", messages: [{ role: "user", content: "Hi" }, message] })
const parts = (part: unknown): Fields => said({ role: "user", content: [{ type: "text", text: "x" }, part] })
const call = (call: Fields): Fields => said({ role: "assistant", tool_calls: [call] })
const missing = "missing_required_parameter"
const wrong = "invalid_value"
const roles = '"system", "developer", "user", "assistant" or "tool"'
const kinds = '"text", "image_url", "input_audio" or "file"'

/** A body, the field that is at fault, the code, and the sentence. */
const mistakes: ReadonlyArray<readonly [body: Fields, param: string, code: string | undefined, message: string]> = [
  [{ messages }, "model", missing, "`model` is required."],
  [{ model: 3, messages }, "model", wrong, "`model` must be a string, not 3."],
  [
    { model: "", messages },
    "model",
    wrong,
    "`model` must be a value with a length of at least 1, not an empty string."
  ],
  [{ model: "m" }, "messages", undefined, "One of `messages` or `prompt` is required."],
  [{ model: "m", messages: null }, "messages", undefined, "One of `messages` or `prompt` is required."],
  [{ model: "m", messages: [] }, "messages", undefined, "`messages` must hold at least one message."],
  [{ model: "m", messages: {} }, "messages", wrong, "`messages` must be an array or null, not an object."],
  [{ ...right, prompt: "x" }, "prompt", undefined, "Give `messages` or `prompt`, not both."],
  [{ model: "m", prompt: 3 }, "prompt", wrong, "`prompt` must be a string or null, not 3."],
  [said({}), "messages[1].role", missing, `\`messages[1].role\` must be ${roles}; it is missing.`],
  [
    said({ role: "robot", content: "x" }),
    "messages[1].role",
    wrong,
    `\`messages[1].role\` must be ${roles}, not "robot".`
  ],
  [said({ role: "user" }), "messages[1].content", missing, "`messages[1].content` is required."],
  [
    said({ role: "user", content: null }),
    "messages[1].content",
    wrong,
    "`messages[1].content` must be a string or an array, not null."
  ],
  [
    said({ role: "tool", content: "x" }),
    "messages[1].tool_call_id",
    missing,
    "`messages[1].tool_call_id` is required."
  ],
  [parts({ type: "text" }), "messages[1].content[1].text", missing, "`messages[1].content[1].text` is required."],
  [
    parts({ type: "video" }),
    "messages[1].content[1].type",
    wrong,
    `\`messages[1].content[1].type\` must be ${kinds}, not "video".`
  ],
  [
    parts({ text: "x" }),
    "messages[1].content[1].type",
    missing,
    `\`messages[1].content[1].type\` must be ${kinds}; it is missing.`
  ],
  [
    parts({ type: "image_url", image_url: "http" }),
    "messages[1].content[1].image_url",
    wrong,
    '`messages[1].content[1].image_url` must be an object, not "http".'
  ],
  [
    said({ role: "system", content: [{ type: "file" }] }),
    "messages[1].content[0].type",
    wrong,
    '`messages[1].content[0].type` must be "text", not "file".'
  ],
  [
    said({ role: "assistant", content: [{ type: "file" }] }),
    "messages[1].content[0].type",
    wrong,
    '`messages[1].content[0].type` must be "text" or "refusal", not "file".'
  ],
  [
    call({ id: "a", function: {} }),
    "messages[1].tool_calls[0].type",
    missing,
    '`messages[1].tool_calls[0].type` must be "function" or "custom"; it is missing.'
  ],
  [
    call({ id: "a", type: "function", function: { name: "f" } }),
    "messages[1].tool_calls[0].function.arguments",
    missing,
    "`messages[1].tool_calls[0].function.arguments` is required."
  ],
  [
    call({ id: "a", type: "function", function: { name: "f", arguments: {} } }),
    "messages[1].tool_calls[0].function.arguments",
    wrong,
    "`messages[1].tool_calls[0].function.arguments` must be a string, not an object."
  ],
  [
    said({ type: "function_call", name: "f" }),
    "messages[1].arguments",
    missing,
    "`messages[1].arguments` is required."
  ],
  [
    said({ type: "function_call_output", output: 3 }),
    "messages[1].output",
    wrong,
    "`messages[1].output` must be a string or an object, not 3."
  ],
  [{ ...right, stream: "yes" }, "stream", wrong, '`stream` must be a boolean or null, not "yes".'],
  [{ ...right, temperature: "hot" }, "temperature", wrong, '`temperature` must be a number or null, not "hot".'],
  [{ ...right, max_tokens: 0 }, "max_tokens", wrong, "`max_tokens` must be a value greater than or equal to 1, not 0."],
  [
    { ...right, max_completion_tokens: 1.5 },
    "max_completion_tokens",
    wrong,
    "`max_completion_tokens` must be an integer, not 1.5."
  ],
  [{ ...right, top_k: 1e20 }, "top_k", wrong, "`top_k` must be an integer, not 100000000000000000000."],
  [{ ...right, stop: [3] }, "stop[0]", wrong, "`stop[0]` must be a string, not 3."],
  [{ ...right, tools: {} }, "tools", wrong, "`tools` must be an array or null, not an object."],
  [
    { ...right, tools: [{ name: "f" }] },
    "tools[0].type",
    missing,
    '`tools[0].type` must be "function" or "custom"; it is missing.'
  ],
  [
    { ...right, tools: [{ type: "function", function: {} }] },
    "tools[0].function.name",
    missing,
    "`tools[0].function.name` is required."
  ],
  [
    { ...right, tools: [{ type: "function", function: { name: "f", parameters: [] } }] },
    "tools[0].function.parameters",
    wrong,
    "`tools[0].function.parameters` must be an object or null, not an array."
  ],
  [
    { ...right, tool_choice: "any" },
    "tool_choice",
    wrong,
    '`tool_choice` must be "none" or "auto" or "required", not "any".'
  ],
  [
    { ...right, tool_choice: { type: "function", name: "f" } },
    "tool_choice.function",
    missing,
    "`tool_choice.function` is required."
  ],
  [
    { ...right, tool_choice: { type: "allowed_tools", allowed_tools: { mode: "none", tools: [] } } },
    "tool_choice.allowed_tools.mode",
    wrong,
    '`tool_choice.allowed_tools.mode` must be "auto" or "required", not "none".'
  ],
  [
    { ...right, response_format: { type: "xml" } },
    "response_format.type",
    wrong,
    '`response_format.type` must be "text", "json_object" or "json_schema", not "xml".'
  ],
  [
    { ...right, response_format: { type: "json_schema", json_schema: {} } },
    "response_format.json_schema.name",
    missing,
    "`response_format.json_schema.name` is required."
  ],
  [
    { ...right, reasoning: { effort: "huge" } },
    "reasoning.effort",
    wrong,
    '`reasoning.effort` must be "none" or "minimal" or "low" or "medium" or "high" or "xhigh" or "max", not "huge".'
  ],
  [
    { ...right, cache_control: { type: "x" } },
    "cache_control.type",
    wrong,
    '`cache_control.type` must be "ephemeral", not "x".'
  ],
  [{ ...right, functions: [{}] }, "functions[0].name", missing, "`functions[0].name` is required."],
  [
    { ...right, function_call: "required" },
    "function_call",
    wrong,
    '`function_call` must be "none" or "auto", not "required".'
  ]
]

describe("a wrong body is told with its field:", () => {
  for (const [body, param, code, message] of mistakes) {
    test(message, () => {
      const mistake = mistakeIn(body)
      expect([mistake?.param, mistake?.code, mistake?.message]).toEqual([param, code, message])
    })
  }

  test("a value that is long or private is never repeated", () => {
    for (const secret of ["a secret sentence", "x".repeat(40), "sk-proj-abcdefghijklmnopqrstuvwxyz0123456789"]) {
      expect(mistakeIn({ ...right, temperature: secret })?.message).toBe(
        "`temperature` must be a number or null, not a string."
      )
    }
  })

  test("no field is at fault in a right one, nor in AssemblyAI's prompt beside an empty list", () => {
    expect(mistakeIn(right)).toBeUndefined()
    expect(mistakeIn({ model: "m", prompt: "Hi" })).toBeUndefined()
    expect(mistakeIn({ model: "m", prompt: "Hi", messages: [] })).toBeUndefined()
  })
})

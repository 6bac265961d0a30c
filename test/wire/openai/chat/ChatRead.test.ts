import { describe, expect, test } from "bun:test"
import { Result } from "effect"
import { type Fields, objectOf, parseJson } from "../../../../src/domain/Fields.ts"
import type { Request } from "../../../../src/domain/Request.ts"
import { readChat } from "../../../../src/wire/openai/chat/ChatRead.ts"

const limits = { depth: 8, messages: 3, tools: 2, schemaBytes: 200 }
const messages = [{ role: "user", content: "Hi" }]
const reading = (body: unknown) =>
  Result.map(readChat(body, { text: JSON.stringify(body) ?? "", caller: "test" }, limits), (ask) => ask.request())
const read = (body: Fields): Request => Result.getOrThrow(reading({ model: "m", messages, ...body }))
const refused = (body: unknown) => {
  const result = reading(body)
  return Result.isFailure(result) ? result.failure : undefined
}

test("a body says no more in our words than in the caller's", () => {
  expect(read({})).toEqual({
    model: "m",
    messages: [{ role: "user", content: "Hi" }],
    stream: false,
    includeUsage: false,
    tools: [],
    requireParameters: false,
    legacyFunctions: false
  })
})

/** Fields of the caller, and what they are in our request. */
const fields: ReadonlyArray<readonly [name: string, body: Fields, request: Partial<Request>]> = [
  ["stream and usage", { stream: true, stream_options: { include_usage: true } }, { stream: true, includeUsage: true }],
  [
    "numbers",
    { temperature: 0, top_p: 1, top_k: 5, seed: -1, n: 2, top_logprobs: 0, presence_penalty: -2, frequency_penalty: 2 },
    { temperature: 0, topP: 1, topK: 5, seed: -1, choices: 2, topLogprobs: 0, presencePenalty: -2, frequencyPenalty: 2 }
  ],
  ["the old maximum", { max_tokens: 5 }, { maxOutputTokens: 5 }],
  ["the new maximum first", { max_tokens: 5, max_completion_tokens: 6 }, { maxOutputTokens: 6 }],
  ["one stop", { stop: "x" }, { stop: ["x"] }],
  ["an effort", { reasoning_effort: "low" }, { reasoning: { effort: "low" } }],
  [
    "AssemblyAI's reasoning",
    { reasoning: { effort: "low", max_tokens: 9 } },
    { reasoning: { effort: "low", maxTokens: 9 } }
  ],
  ["a cache mark", { cache_control: { type: "ephemeral", ttl: "1h" } }, { cache: { type: "ephemeral", ttl: "1h" } }],
  ["a strict caller", { provider: { require_parameters: true } }, { requireParameters: true }],
  ["unknown fields", { tomorrow: { deep: [1] }, fallbacks: ["x"] }, { extra: { tomorrow: { deep: [1] } } }],
  ["padding", { stream_options: { include_obfuscation: true } }, { extra: { include_obfuscation: true } }],
  [
    "a forced tool",
    { tool_choice: { type: "function", function: { name: "f" } } },
    { toolChoice: { mode: "named", kind: "function", name: "f" } }
  ],
  [
    "a forced custom tool",
    { tool_choice: { type: "custom", custom: { name: "c" } } },
    { toolChoice: { mode: "named", kind: "custom", name: "c" } }
  ],
  [
    "allowed tools",
    {
      tool_choice: {
        type: "allowed_tools",
        allowed_tools: {
          mode: "required",
          tools: [
            { type: "function", function: { name: "f" } },
            { type: "custom", custom: { name: "c" } }
          ]
        }
      }
    },
    { toolChoice: { mode: "allowed", required: true, names: ["f", "c"] } }
  ],
  [
    "a schema without `strict`",
    { response_format: { type: "json_schema", json_schema: { name: "s" } } },
    { responseFormat: { type: "json_schema", name: "s", schema: {}, strict: false } }
  ],
  [
    "a tool with unknown fields at both places",
    {
      tools: [
        {
          type: "function",
          function: { name: "f", parameters: null, inner: 1 },
          outer: 2,
          cache_control: { type: "ephemeral" }
        }
      ]
    },
    {
      tools: [{ kind: "function", name: "f", extra: { inner: 1 }, beside: { outer: 2 }, cache: { type: "ephemeral" } }]
    }
  ],
  [
    "the old functions",
    { functions: [{ name: "f", description: "d", parameters: { type: "object" } }], function_call: { name: "f" } },
    {
      tools: [{ kind: "function", name: "f", description: "d", parameters: { type: "object" } }],
      toolChoice: { mode: "named", kind: "function", name: "f" },
      legacyFunctions: true
    }
  ]
]

describe("is read:", () => {
  for (const [name, body, request] of fields) test(name, () => expect(read(body)).toMatchObject(request))
})

/** Messages of AssemblyAI and of other houses, and what they are in our words. */
const conversations: ReadonlyArray<readonly [name: string, given: ReadonlyArray<Fields>, ours: Request["messages"]]> = [
  [
    "AssemblyAI's items: neighbouring calls are one turn, outputs are results",
    [
      { type: "function_call", call_id: "a", name: "f", arguments: '{"x":1}' },
      { type: "function_call", id: "b", name: "g", arguments: { y: 2 } },
      { type: "function_call_output", call_id: "a", name: "f", output: { z: 3 } }
    ],
    [
      {
        role: "assistant",
        content: "",
        toolCalls: [
          { id: "a", kind: "function", name: "f", arguments: '{"x":1}' },
          { id: "b", kind: "function", name: "g", arguments: '{"y":2}' }
        ]
      },
      { role: "tool", callId: "a", name: "f", content: '{"z":3}' }
    ]
  ],
  [
    "AssemblyAI's call behind the words of its turn, paired by name where no id is",
    [
      { role: "assistant", content: "I look." },
      { type: "function_call", name: "f", arguments: "{}" },
      { type: "function_call_output", name: "f", output: "1" }
    ],
    [
      { role: "assistant", content: "I look.", toolCalls: [{ id: "f", kind: "function", name: "f", arguments: "{}" }] },
      { role: "tool", callId: "f", name: "f", content: "1" }
    ]
  ],
  [
    "reasoning under its three names, an empty one being none",
    [
      { role: "assistant", content: "a", thinking: "Hm" },
      { role: "assistant", content: "b", reasoning: "Hm" },
      { role: "assistant", content: "c", reasoning_content: "" }
    ],
    [
      { role: "assistant", content: "a", toolCalls: [], reasoning: "Hm" },
      { role: "assistant", content: "b", toolCalls: [], reasoning: "Hm" },
      { role: "assistant", content: "c", toolCalls: [] }
    ]
  ],
  [
    "signed reasoning, and what is of no known kind left out",
    [
      {
        role: "assistant",
        content: "a",
        reasoning_details: [
          { type: "new" },
          { type: "reasoning.text", text: "Hm", signature: "S", format: "anthropic-claude-v1" },
          { type: "reasoning.encrypted", data: "E", format: "x" }
        ]
      }
    ],
    [
      {
        role: "assistant",
        content: "a",
        toolCalls: [],
        reasoningDetails: [
          { type: "reasoning.text", format: "anthropic-claude-v1", text: "Hm", signature: "S", index: 1 },
          { type: "reasoning.encrypted", format: "unknown", data: "E", index: 2 }
        ]
      }
    ]
  ],
  [
    "Gemini's signature of a call",
    [
      {
        role: "assistant",
        tool_calls: [
          {
            id: "a",
            type: "function",
            function: { name: "f", arguments: "{}" },
            extra_content: { google: { thought_signature: "S" } }
          }
        ]
      }
    ],
    [
      {
        role: "assistant",
        content: "",
        toolCalls: [{ id: "a", kind: "function", name: "f", arguments: "{}", signature: "S" }]
      }
    ]
  ],
  [
    "an answer as AssemblyAI's Python client sends it back",
    [{ role: "assistant", content: "a", name: null, tool_call_id: null, tool_calls: null }],
    [{ role: "assistant", content: "a", toolCalls: [] }]
  ]
]

describe("messages are read:", () => {
  for (const [name, given, ours] of conversations)
    test(name, () => expect(read({ messages: given }).messages).toEqual(ours))

  test("AssemblyAI's prompt is one message of the user", () => {
    const asked = { model: "m", prompt: "Hi" }
    expect(Result.getOrThrow(reading(asked)).messages).toEqual([{ role: "user", content: "Hi" }])
  })
})

describe("a body is refused", () => {
  const deep = (levels: number): unknown => (levels === 0 ? 1 : [deep(levels - 1)])
  const cases: ReadonlyArray<readonly [name: string, body: unknown, param: string | undefined]> = [
    ["that is no object", [1], undefined],
    ["that is null", null, undefined],
    ["with a wrong field", { model: "m", messages, n: 0 }, "n"],
    ["with too many messages", { model: "m", messages: Array.from({ length: 4 }, () => messages[0]) }, "messages"],
    [
      "with too many tools",
      { model: "m", messages, tools: Array.from({ length: 3 }, () => ({ type: "function", function: { name: "f" } })) },
      "tools"
    ],
    ["that is too deep", { model: "m", messages, tomorrow: deep(9) }, "tomorrow"],
    [
      "with too long a schema",
      {
        model: "m",
        messages,
        tools: [
          { type: "function", function: { name: "f" } },
          { type: "function", function: { name: "g", parameters: { d: "x".repeat(200) } } }
        ]
      },
      "tools[1].function.parameters"
    ],
    [
      "with too long a format",
      {
        model: "m",
        messages,
        response_format: { type: "json_schema", json_schema: { name: "s", schema: { d: "x".repeat(200) } } }
      },
      "response_format"
    ]
  ]
  for (const [name, body, param] of cases) {
    test(`${name}`, () =>
      expect(refused(body)).toMatchObject({ _tag: "InvalidRequest", ...(param === undefined ? {} : { param }) }))
  }
  test("not when it is just as large as it may be", () => {
    expect(
      refused({ model: "m", messages: Array.from({ length: 3 }, () => messages[0]), tomorrow: deep(8) })
    ).toBeUndefined()
  })
})

test("a key that would set a prototype is inert wherever it stands", () => {
  const text = `{"model":"m","__proto__":{"stream":true,"polluted":1},"metadata":{"__proto__":{"polluted":1}},
    "messages":[{"role":"user","content":"Hi","__proto__":{"polluted":1}}],
    "tools":[{"type":"function","function":{"name":"f","__proto__":{"polluted":1}},"__proto__":{"polluted":1}}]}`
  const body = objectOf(parseJson(text))
  const request = Result.getOrThrow(readChat(body, { text, caller: "test" }, limits)).request()
  expect(request.stream).toBe(false)
  expect([request.extra, request.messages[0]?.extra]).toEqual([undefined, undefined])
  expect(request.tools).toEqual([{ kind: "function", name: "f" }])
  for (const value of [{}, request, request.messages[0] ?? {}, request.tools[0] ?? {}])
    expect("polluted" in value).toBe(false)
})

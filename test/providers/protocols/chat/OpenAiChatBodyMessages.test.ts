import { describe, expect, test } from "bun:test"
import { Result } from "effect"
import type { Fields } from "../../../../src/domain/Fields.ts"
import { bodyOf, compatibleRules, droppedOf, openAiRules, prepared } from "./ChatBodies.ts"

const { old } = openAiRules
const call = { id: "a", type: "function", function: { name: "f", arguments: '{"x":1}' } }
const asked = { role: "assistant", content: null, tool_calls: [call] }
const result = { role: "tool", tool_call_id: "a", content: "42" }

/** Messages that OpenAI gets as they came. */
const same: ReadonlyArray<readonly [name: string, ...messages: ReadonlyArray<Fields>]> = [
  ["text", { role: "user", content: "Hi" }],
  ["an empty text", { role: "user", content: "" }],
  [
    "parts of every kind",
    {
      role: "user",
      content: [
        { type: "text", text: "Hi" },
        { type: "image_url", image_url: { url: "https://a.example/i.png", detail: "low" } },
        { type: "image_url", image_url: { url: "data:image/png;base64,AA" } },
        { type: "input_audio", input_audio: { data: "AA", format: "wav" } },
        { type: "file", file: { file_data: "data:application/pdf;base64,AA", filename: "a.pdf" } },
        { type: "file", file: { file_id: "file-1" } }
      ]
    }
  ],
  ["text parts of the system", { role: "system", content: [{ type: "text", text: "S" }] }],
  ["a call and its result", asked, result],
  ["text beside a call", { ...asked, content: "I look." }, result],
  ["a result in text parts", asked, { ...result, content: [{ type: "text", text: "42" }] }],
  ["a result with a name (AssemblyAI)", asked, { ...result, name: "f" }],
  [
    "a custom call",
    {
      role: "assistant",
      content: null,
      tool_calls: [{ id: "a", type: "custom", custom: { name: "sh", input: "ls" } }]
    },
    result
  ],
  ["a refusal", { role: "assistant", content: "", refusal: "No." }],
  ["a refusal as a part", { role: "assistant", content: [{ type: "refusal", refusal: "No." }] }],
  ["a spoken answer by its id", { role: "assistant", content: "", audio: { id: "audio_1" } }],
  ["names", { role: "user", content: "Hi", name: "Ann" }, { role: "assistant", content: "Hi", name: "Bot" }],
  [
    "unknown fields of a message, a part and a call",
    {
      role: "user",
      content: [{ type: "text", text: "Hi", prompt_cache_breakpoint: { mode: "explicit" } }],
      tomorrow: { deep: [1] }
    },
    { role: "assistant", content: null, tool_calls: [{ ...call, tomorrow: 1 }], phase: "commentary" },
    { ...result, tomorrow: true }
  ]
]

describe("messages for OpenAI", () => {
  for (const [name, ...messages] of same) {
    test(`go on as they came: ${name}`, () => {
      expect(bodyOf(old, { messages })).toEqual({ messages })
      expect(droppedOf(old, { messages })).toEqual([])
    })
  }

  test("lose what is of other houses: reasoning, citations, and, which is told, cache marks and signatures", () => {
    const messages = [
      { role: "user", content: [{ type: "text", text: "Hi", cache_control: { type: "ephemeral", ttl: "1h" } }] },
      {
        ...asked,
        reasoning_content: "Hm",
        reasoning_details: [{ type: "reasoning.text", text: "Hm", format: "anthropic-claude-v1", index: 0 }],
        annotations: [],
        tool_calls: [{ ...call, extra_content: { google: { thought_signature: "S" } } }]
      },
      result
    ]
    expect(bodyOf(old, { messages })).toEqual({
      messages: [{ role: "user", content: [{ type: "text", text: "Hi" }] }, asked, result]
    })
    expect(droppedOf(old, { messages })).toEqual([
      "messages[1].reasoning_details",
      "messages[1].tool_calls[0].extra_content",
      "cache_control"
    ])
  })

  test("have null where only tools were called, and `{}` where a call had no arguments", () => {
    const bare = { id: "a", type: "function", function: { name: "f", arguments: "" } }
    for (const content of [null, "", []]) {
      expect(bodyOf(old, { messages: [{ role: "assistant", content, tool_calls: [bare] }] })["messages"]).toEqual([
        { role: "assistant", content: null, tool_calls: [{ ...bare, function: { name: "f", arguments: "{}" } }] }
      ])
    }
  })

  test("in the old form pair a call with its result", () => {
    const messages = [
      { role: "assistant", content: null, function_call: { name: "f", arguments: "{}" } },
      { role: "function", name: "f", content: "1" },
      { role: "assistant", content: null, function_call: { name: "g", arguments: "{}" } },
      { role: "function", name: "g", content: null }
    ]
    const made = (id: string, name: string) => ({ id, type: "function", function: { name, arguments: "{}" } })
    expect(bodyOf(old, { messages })["messages"]).toEqual([
      { role: "assistant", content: null, tool_calls: [made("call_legacy_0", "f")] },
      { role: "tool", tool_call_id: "call_legacy_0", content: "1", name: "f" },
      { role: "assistant", content: null, tool_calls: [made("call_legacy_1", "g")] },
      { role: "tool", tool_call_id: "call_legacy_1", content: "", name: "g" }
    ])
  })
})

/** What no chat host can carry, and where it is. */
const unable: ReadonlyArray<readonly [name: string, messages: ReadonlyArray<Fields>, param: string]> = [
  [
    "an image in a tool's result",
    [
      asked,
      {
        ...result,
        content: [
          { type: "text", text: "see" },
          { type: "image_url", image_url: { url: "data:image/png;base64,AA" } }
        ]
      }
    ],
    "messages[1].content[1].type"
  ],
  [
    "a file in a tool's result",
    [asked, { ...result, content: [{ type: "file", file: { file_id: "file-1" } }] }],
    "messages[1].content[0].type"
  ],
  [
    "a file by its address",
    [{ role: "user", content: [{ type: "file", file: { file_url: "https://a.example/a.pdf" } }] }],
    "messages[0].content[0].type"
  ]
]

describe("what would change the meaning if it were left out is refused, with its place:", () => {
  for (const [name, messages, param] of unable) {
    for (const [host, rules] of [
      ["OpenAI", old],
      ["a host", compatibleRules]
    ] as const) {
      test(`${name}, by ${host}`, () => {
        const refused = prepared(rules, { messages })
        expect(Result.isFailure(refused) && refused.failure).toMatchObject({ _tag: "Unable", param })
        expect(Result.isFailure(refused) && refused.failure.message).toContain(param)
      })
    }
  }
})

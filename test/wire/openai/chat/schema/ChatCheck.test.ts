import { describe, expect, test } from "bun:test"
import { Result, Schema } from "effect"
import type { Fields } from "../../../../../src/domain/Fields.ts"
import { isUsualChatRequest } from "../../../../../src/wire/openai/chat/schema/ChatCheck.ts"
import { mistakeIn } from "../../../../../src/wire/openai/chat/schema/ChatMistakes.ts"
import { ChatRequest } from "../../../../../src/wire/openai/chat/schema/ChatRequest.ts"
import { randomBody, randomFrom } from "../RandomBodies.ts"

const accepts = Schema.decodeUnknownResult(ChatRequest, { onExcessProperty: "error" })

test("the quick check accepts nothing that the Schema refuses, in five thousand bodies", () => {
  const random = randomFrom(20_261_122)
  const counts = { usual: 0, right: 0, wrong: 0 }
  const broken: Array<string> = []
  for (let made = 0; made < 5000; made++) {
    const body = randomBody(random)
    const usual = isUsualChatRequest(body)
    const right = Result.isSuccess(accepts(body))
    if (usual && (!right || mistakeIn(body) !== undefined)) broken.push(JSON.stringify(body))
    counts[usual ? "usual" : right ? "right" : "wrong"]++
  }
  expect(broken).toEqual([])
  // Else it would prove nothing.
  expect(Math.min(counts.usual, counts.right, counts.wrong)).toBeGreaterThan(500)
})

describe("the quick check", () => {
  const messages = [{ role: "user", content: "Hi" }]
  const usual: ReadonlyArray<readonly [name: string, body: Fields]> = [
    ["a text", { model: "m", messages }],
    ["a stream with its options", { model: "m", messages, stream: true, stream_options: { include_usage: true } }],
    ["fields that are null", { model: "m", messages, temperature: null, tools: null, cache_control: null }],
    ["fields that nobody knows", { model: "m", messages, tomorrow: { deep: [] } }],
    [
      "tools, a call and its result",
      {
        model: "m",
        tools: [
          { type: "function", function: { name: "f", description: "d", parameters: { type: "object" }, strict: true } }
        ],
        tool_choice: { type: "function", function: { name: "f" } },
        messages: [
          ...messages,
          {
            role: "assistant",
            content: null,
            tool_calls: [{ id: "a", type: "function", function: { name: "f", arguments: "{}" } }]
          },
          { role: "tool", tool_call_id: "a", content: "1" }
        ]
      }
    ],
    [
      "pictures",
      {
        model: "m",
        messages: [
          {
            role: "user",
            content: [
              { type: "text", text: "x" },
              { type: "image_url", image_url: { url: "u" } }
            ]
          }
        ]
      }
    ],
    [
      "a format with its schema",
      { model: "m", messages, response_format: { type: "json_schema", json_schema: { name: "s", schema: {} } } }
    ]
  ]
  for (const [name, body] of usual) {
    test(`is enough for ${name}`, () => expect(isUsualChatRequest(body)).toBe(true))
  }

  const rare: ReadonlyArray<readonly [name: string, body: Fields]> = [
    ["a prompt", { model: "m", prompt: "Hi" }],
    ["the old functions", { model: "m", messages, functions: [{ name: "f" }] }],
    ["an effort", { model: "m", messages, reasoning_effort: "low" }],
    [
      "a cache mark on a message",
      { model: "m", messages: [{ role: "user", content: "Hi", cache_control: { type: "ephemeral" } }] }
    ],
    [
      "sound",
      {
        model: "m",
        messages: [{ role: "user", content: [{ type: "input_audio", input_audio: { data: "A", format: "wav" } }] }]
      }
    ],
    ["a fallback", { model: "m", messages, fallbacks: ["n"] }],
    ["AssemblyAI's word on retries", { model: "m", messages, fallback_config: { retry: true } }],
    ["other models", { model: "m", messages, models: ["n"] }],
    ["preferences of providers", { model: "m", messages, provider: { order: ["p"] } }],
    ["a limit of time", { model: "m", messages, gateway: { deadline_ms: 5 } }],
    ["another gateway's name of it", { model: "m", messages, num_retries: 1 }],
    ["AssemblyAI's items", { model: "m", messages: [{ type: "function_call", name: "f", arguments: "{}" }] }],
    ["a top_k that is no exact number", { model: "m", messages, top_k: 1e20 }]
  ]
  for (const [name, body] of rare) {
    test(`leaves ${name} to the Schema`, () => expect(isUsualChatRequest(body)).toBe(false))
  }
})

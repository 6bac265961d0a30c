import { describe, expect, test } from "bun:test"
import { Result } from "effect"
import type { Fields } from "../../../../src/domain/Fields.ts"
import type { CompatibleRules } from "../../../../src/domain/Model.ts"
import { bodyOf, compatibleRules, droppedOf, openAiRules, prepared } from "./ChatBodies.ts"

const host = compatibleRules
const template: CompatibleRules = { ...host, reasoningSwitch: "template" }
const unswitched: CompatibleRules = { ...host, reasoningSwitch: "none" }
const kimi: CompatibleRules = { ...template, reasoningBack: true }

/** What a host that is not OpenAI gets: the body, and what was left out. */
const cases: ReadonlyArray<
  readonly [name: string, rules: CompatibleRules, asked: Fields, body: Fields, dropped: ReadonlyArray<string>]
> = [
  ["nothing that was not said", host, {}, {}, []],
  [
    "usage is asked for explicitly",
    host,
    { stream: true },
    { stream: true, stream_options: { include_usage: true } },
    []
  ],
  ["max_completion_tokens is max_tokens", host, { max_completion_tokens: 9 }, { max_tokens: 9 }, []],
  [
    "all sampling",
    host,
    {
      temperature: 0.5,
      top_p: 0.5,
      top_k: 5,
      logprobs: true,
      top_logprobs: 2,
      stop: "x",
      presence_penalty: 1,
      frequency_penalty: 1,
      logit_bias: { "5": 1 },
      seed: 7,
      n: 2,
      user: "u"
    },
    {
      temperature: 0.5,
      top_p: 0.5,
      top_k: 5,
      logprobs: true,
      top_logprobs: 2,
      stop: ["x"],
      presence_penalty: 1,
      frequency_penalty: 1,
      logit_bias: { "5": 1 },
      seed: 7,
      n: 2,
      user: "u"
    },
    []
  ],
  [
    "what is OpenAI's own is left out and told",
    host,
    {
      store: true,
      metadata: { a: "b" },
      service_tier: "flex",
      prompt_cache_key: "k",
      prompt_cache_retention: "24h",
      prompt_cache_options: { mode: "explicit" },
      safety_identifier: "s",
      verbosity: "low",
      prediction: {},
      modalities: ["text"],
      audio: {},
      web_search_options: {},
      moderation: {},
      stream: true,
      stream_options: { include_obfuscation: true }
    },
    { stream: true, stream_options: { include_usage: true } },
    [
      "store",
      "prompt_cache_options",
      "prediction",
      "modalities",
      "audio",
      "web_search_options",
      "moderation",
      "include_obfuscation",
      "metadata",
      "safety_identifier",
      "service_tier",
      "prompt_cache_key",
      "prompt_cache_retention",
      "verbosity"
    ]
  ],
  [
    "a field of the host's own goes on",
    host,
    { min_p: 0.1, guided_json: { type: "object" } },
    { min_p: 0.1, guided_json: { type: "object" } },
    []
  ],
  ["an effort, where the host has efforts", host, { reasoning_effort: "high" }, { reasoning_effort: "high" }, []],
  [
    "an effort as a switch of the template (Kimi, GLM on Baseten)",
    template,
    { reasoning_effort: "high" },
    { chat_template_args: { enable_thinking: true } },
    []
  ],
  ["the switch off", template, { reasoning_effort: "none" }, { chat_template_args: { enable_thinking: false } }, []],
  [
    "the caller's own words for the template go first",
    template,
    { reasoning_effort: "none", chat_template_args: { enable_thinking: true, style: "terse" } },
    { chat_template_args: { enable_thinking: true, style: "terse" } },
    []
  ],
  ["no effort, where nothing switches reasoning", unswitched, { reasoning_effort: "low" }, {}, ["reasoning_effort"]],
  [
    "tokens of reasoning are left out",
    host,
    { reasoning: { effort: "low", max_tokens: 9 } },
    { reasoning_effort: "low" },
    ["reasoning.max_tokens"]
  ],
  [
    "parallel calls, where the host takes the word",
    host,
    { parallel_tool_calls: false },
    { parallel_tool_calls: false },
    []
  ],
  [
    "not where it does not",
    { ...host, parallelToolCalls: false },
    { parallel_tool_calls: false },
    {},
    ["parallel_tool_calls"]
  ],
  [
    "a format with its schema",
    host,
    { response_format: { type: "json_schema", json_schema: { name: "s", schema: {}, strict: true } } },
    { response_format: { type: "json_schema", json_schema: { name: "s", schema: {}, strict: true } } },
    []
  ]
]

describe("a request to a host that imitates OpenAI:", () => {
  for (const [name, rules, asked, body, dropped] of cases) {
    test(`${name}`, () => {
      expect(bodyOf(rules, asked)).toEqual(body)
      expect(droppedOf(rules, asked)).toEqual(dropped)
    })
  }

  test("no stream options, where the host refuses them", () => {
    expect(bodyOf(host, { stream: true }, { quirks: { compatible: true, noStreamOptions: true } })).toEqual({
      stream: true
    })
  })

  test("a model without rules of its own kind gets those of the deployment's", () => {
    expect(
      bodyOf(openAiRules.reasoning, { max_tokens: 9, temperature: 0.5 }, { quirks: { compatible: true } })
    ).toEqual({ max_tokens: 9, temperature: 0.5 })
    expect(bodyOf(host, { max_tokens: 9, temperature: 0.5 }, { quirks: { regular: true } })).toEqual({
      max_completion_tokens: 9
    })
  })

  test("`developer` is `system`", () => {
    const messages = [
      { role: "developer", content: "D" },
      { role: "system", content: "S" }
    ]
    expect(bodyOf(host, { messages })["messages"]).toEqual([
      { role: "system", content: "D" },
      { role: "system", content: "S" }
    ])
  })

  test("OpenAI's cache mark on a part is left out and told, and nothing else of the part", () => {
    const part = { type: "text", text: "Hi", tomorrow: 1 }
    const messages = [
      { role: "user", content: "plain" },
      { role: "user", content: [{ ...part, prompt_cache_breakpoint: { mode: "explicit" } }] }
    ]
    expect(bodyOf(host, { messages })["messages"]).toEqual([
      { role: "user", content: "plain" },
      { role: "user", content: [part] }
    ])
    expect(droppedOf(host, { messages })).toEqual(["prompt_cache_breakpoint"])
  })
})

describe("a list of allowed tools, which only OpenAI knows, is said to a host by offering no others:", () => {
  const f = { type: "function", function: { name: "f" } }
  const g = { type: "function", function: { name: "g" } }
  for (const [mode, choice] of [
    ["auto", "auto"],
    ["required", "required"]
  ] as const) {
    test(mode, () => {
      const asked = { tools: [f, g], tool_choice: { type: "allowed_tools", allowed_tools: { mode, tools: [g] } } }
      expect(bodyOf(host, asked)).toEqual({ tools: [g], tool_choice: choice })
    })
  }
})

describe("reasoning goes back to a host", () => {
  const call = { id: "a", type: "function", function: { name: "f", arguments: "{}" } }
  const turn = { role: "assistant", content: null, tool_calls: [call] }
  const sent = (rules: CompatibleRules, message: Fields, how: Parameters<typeof prepared>[2] = {}) =>
    Result.getOrThrow(prepared(rules, { messages: [message] }, how)).body["messages"]

  test("with a turn that called tools", () => {
    expect(sent(host, { ...turn, reasoning_content: "Hm" })).toEqual([{ ...turn, reasoning_content: "Hm" }])
    expect(sent(host, { ...turn, reasoning: "Hm" })).toEqual([{ ...turn, reasoning_content: "Hm" }])
  })

  test("not with one that did not: DeepSeek's older models refuse it", () => {
    expect(sent(host, { role: "assistant", content: "Hi", reasoning_content: "Hm" })).toEqual([
      { role: "assistant", content: "Hi" }
    ])
    expect(sent(kimi, { role: "assistant", content: "Hi" })).toEqual([{ role: "assistant", content: "Hi" }])
  })

  test("from memory where the caller's library lost it", () => {
    const recall = (id: string) => (id === "a" ? { reasoning: "Hm" } : undefined)
    expect(sent(host, turn, { recall })).toEqual([{ ...turn, reasoning_content: "Hm" }])
  })

  test("as a full stop where it is lost and the model insists (Kimi while it thinks)", () => {
    expect(sent(kimi, turn)).toEqual([{ ...turn, reasoning_content: "." }])
    expect(sent(host, turn)).toEqual([turn])
  })

  const piece = (format: string) => ({ type: "reasoning.text", text: "Hm", signature: "S", format, index: 0 })
  for (const [format, name, other] of [
    ["anthropic-claude-v1", "anthropic/claude-opus-5", "google/gemini-3-pro"],
    ["google-gemini-v1", "google/gemini-3-pro", "openai/gpt-5.2"],
    ["openai-responses-v1", "openai/gpt-5.2", "anthropic/claude-opus-5"]
  ] as const) {
    test(`signed by ${format} only to a model of that maker`, () => {
      const message = { ...turn, reasoning_details: [piece(format)] }
      expect(sent(host, message, { name })).toEqual([{ ...turn, reasoning_details: [piece(format)] }])
      expect(sent(host, message, { name: other })).toEqual([turn])
      expect(droppedOf(host, { messages: [message] }, { name })).toEqual([])
      expect(droppedOf(host, { messages: [message] }, { name: other })).toEqual(["messages[0].reasoning_details"])
    })
  }

  test("with Gemini's signature of each call, remembered if need be, to a Gemini only", () => {
    const signed = { ...call, extra_content: { google: { thought_signature: "S" } } }
    const recall = () => ({ signature: "S" })
    const back = [{ ...turn, tool_calls: [signed] }]
    expect(sent(host, { ...turn, tool_calls: [signed] }, { name: "gemini-3-pro" })).toEqual(back)
    expect(sent(host, turn, { name: "gemini-3-pro", recall })).toEqual(back)
    expect(sent(host, { ...turn, tool_calls: [signed] }, { name: "kimi-k2" })).toEqual([turn])
    const messages = [{ ...turn, tool_calls: [signed] }]
    expect(droppedOf(host, { messages }, { name: "gemini-3-pro" })).toEqual([])
    expect(droppedOf(host, { messages }, { name: "kimi-k2" })).toEqual(["messages[0].tool_calls[0].extra_content"])
  })
})

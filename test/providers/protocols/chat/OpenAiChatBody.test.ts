import { describe, expect, test } from "bun:test"
import { Result } from "effect"
import type { Fields } from "../../../../src/domain/Fields.ts"
import type { OpenAiRules } from "../../../../src/domain/Model.ts"
import { bodyOf, droppedOf, openAiRules, prepared } from "./ChatBodies.ts"

const { old, reasoning, switchable, o1Mini } = openAiRules

describe("a request to OpenAI", () => {
  test("has nothing that was not said", () => {
    expect(Result.getOrThrow(prepared(old, {}))).toEqual({
      path: "/chat/completions",
      body: { model: "their-name", messages: [{ role: "user", content: "Hi" }] },
      dropped: []
    })
  })

  test("as a stream asks for usage, and for padding only when the caller does", () => {
    const options = (asked: Fields) => bodyOf(old, { stream: true, ...asked })["stream_options"]
    expect(options({})).toEqual({ include_usage: true, include_obfuscation: false })
    expect(options({ stream_options: { include_usage: false } })).toEqual({
      include_usage: true,
      include_obfuscation: false
    })
    expect(options({ stream_options: { include_obfuscation: true } })).toEqual({
      include_usage: true,
      include_obfuscation: true
    })
    expect(bodyOf(old, { stream_options: { include_obfuscation: true } })).toEqual({})
  })

  const carried: Fields = {
    seed: 7,
    n: 2,
    user: "u",
    parallel_tool_calls: false,
    metadata: { a: "b" },
    safety_identifier: "s",
    service_tier: "flex",
    prompt_cache_key: "k",
    prompt_cache_retention: "24h",
    verbosity: "low",
    // Without a place in our request, yet OpenAI's language, so they go on as they came.
    store: false,
    prediction: { type: "content", content: "x" },
    modalities: ["text", "audio"],
    audio: { voice: "alloy", format: "wav" },
    web_search_options: { search_context_size: "low" },
    moderation: { mode: "auto" },
    prompt_cache_options: { mode: "explicit", ttl: "30m" },
    a_field_of_tomorrow: { deep: [1, null] }
  }
  for (const [name, rules] of Object.entries(openAiRules)) {
    test(`carries every field that its models take, known or not (${name})`, () => {
      expect(bodyOf(rules, carried)).toEqual(carried)
      expect(droppedOf(rules, carried)).toEqual([])
    })
  }

  test("takes fields that are null as not said", () => {
    expect(
      bodyOf(old, { temperature: null, tools: null, stop: null, response_format: null, max_tokens: null })
    ).toEqual({})
  })
})

/** What each kind of model takes of the fields about sampling and length: the body, and what was left out. */
const rules: ReadonlyArray<
  readonly [name: string, rules: OpenAiRules, asked: Fields, body: Fields, dropped: ReadonlyArray<string>]
> = [
  ["max_tokens is max_completion_tokens", old, { max_tokens: 9 }, { max_completion_tokens: 9 }, []],
  [
    "max_tokens is max_completion_tokens for a reasoning model, which refuses the other",
    reasoning,
    { max_tokens: 9 },
    { max_completion_tokens: 9 },
    []
  ],
  [
    "max_completion_tokens goes before max_tokens",
    reasoning,
    { max_tokens: 9, max_completion_tokens: 8 },
    { max_completion_tokens: 8 },
    []
  ],
  [
    "a model that does not reason takes all sampling",
    old,
    {
      temperature: 0.5,
      top_p: 0.5,
      logprobs: true,
      top_logprobs: 3,
      stop: "x",
      presence_penalty: 1,
      frequency_penalty: -1,
      logit_bias: { "5": 10 }
    },
    {
      temperature: 0.5,
      top_p: 0.5,
      logprobs: true,
      top_logprobs: 3,
      stop: ["x"],
      presence_penalty: 1,
      frequency_penalty: -1,
      logit_bias: { "5": 10 }
    },
    []
  ],
  [
    "a reasoning model takes none",
    reasoning,
    {
      temperature: 0.5,
      top_p: 0.5,
      logprobs: true,
      top_logprobs: 1,
      stop: ["x"],
      presence_penalty: 1,
      frequency_penalty: -1,
      logit_bias: { "5": 10 }
    },
    {},
    ["temperature", "top_p", "logprobs", "top_logprobs", "stop", "presence_penalty", "frequency_penalty", "logit_bias"]
  ],
  [
    "and loses nothing where it does the same anyway",
    reasoning,
    { temperature: 1, top_p: 1, logprobs: false, top_logprobs: 0, presence_penalty: 0, frequency_penalty: 0 },
    {},
    []
  ],
  ["gpt-5.1 takes no temperature while it reasons", switchable, { temperature: 0.5 }, {}, ["temperature"]],
  [
    "nor at a written effort",
    switchable,
    { temperature: 0.5, reasoning_effort: "low" },
    { reasoning_effort: "low" },
    ["temperature"]
  ],
  [
    "and takes it without reasoning, but neither penalties, stop, bias nor top_logprobs",
    switchable,
    {
      temperature: 0.5,
      top_p: 0.5,
      logprobs: true,
      top_logprobs: 2,
      stop: "x",
      presence_penalty: 1,
      logit_bias: { "5": 1 },
      reasoning_effort: "none"
    },
    { temperature: 0.5, top_p: 0.5, logprobs: true, reasoning_effort: "none" },
    ["top_logprobs", "stop", "presence_penalty", "logit_bias"]
  ],
  ["every effort is sent through", switchable, { reasoning_effort: "xhigh" }, { reasoning_effort: "xhigh" }, []],
  [
    "AssemblyAI's effort is the same",
    switchable,
    { reasoning: { effort: "minimal" } },
    { reasoning_effort: "minimal" },
    []
  ],
  [
    "OpenAI's name of it goes before AssemblyAI's",
    switchable,
    { reasoning_effort: "high", reasoning: { effort: "low" } },
    { reasoning_effort: "high" },
    []
  ],
  ["a model that does not reason takes no effort", old, { reasoning_effort: "low" }, {}, ["reasoning_effort"]],
  ["and does `none` anyway", old, { reasoning_effort: "none" }, {}, []],
  [
    "tokens of reasoning and top_k have no place",
    switchable,
    { reasoning: { max_tokens: 5 }, top_k: 5 },
    {},
    ["reasoning.max_tokens", "top_k"]
  ],
  ["a cache mark is Anthropic's", old, { cache_control: { type: "ephemeral" } }, {}, ["cache_control"]],
  ["an empty list of stops is none", old, { stop: [] }, {}, []],
  [
    "a format is passed on",
    old,
    { response_format: { type: "json_object" } },
    { response_format: { type: "json_object" } },
    []
  ],
  [
    "with its schema",
    old,
    {
      response_format: {
        type: "json_schema",
        json_schema: { name: "s", description: "d", schema: { type: "object" }, strict: true }
      }
    },
    {
      response_format: {
        type: "json_schema",
        json_schema: { name: "s", description: "d", schema: { type: "object" }, strict: true }
      }
    },
    []
  ]
]

describe("of OpenAI's models", () => {
  for (const [name, model, asked, body, dropped] of rules) {
    test(`${name}`, () => {
      expect(bodyOf(model, asked)).toEqual(body)
      expect(droppedOf(model, asked)).toEqual(dropped)
    })
  }

  const conversation = [
    { role: "system", content: "S" },
    { role: "developer", content: "D", name: "n" },
    { role: "user", content: "U", name: "Ann" }
  ]
  for (const [role, model] of [
    ["system", old],
    ["developer", reasoning],
    ["user", o1Mini]
  ] as const) {
    test(`one that wants the role ${role} for the system's words gets it`, () => {
      expect(bodyOf(model, { messages: conversation })["messages"]).toEqual([
        { role, content: "S" },
        { role, content: "D", name: "n" },
        { role: "user", content: "U", name: "Ann" }
      ])
    })
  }
})

describe("tools for OpenAI", () => {
  const f = {
    type: "function",
    function: { name: "f", description: "d", parameters: { type: "object" }, strict: true }
  }
  const sh = {
    type: "custom",
    custom: { name: "sh", format: { type: "grammar", grammar: { definition: "x", syntax: "lark" } } }
  }

  test("go on as they came, unknown fields at both places included", () => {
    const tools = [
      f,
      { type: "function", defer_loading: true, function: { name: "g", returns: { type: "string" } } },
      { ...sh, beside: 1 }
    ]
    expect(bodyOf(old, { tools })).toEqual({ tools })
  })

  const choices: ReadonlyArray<unknown> = [
    "none",
    "auto",
    "required",
    { type: "function", function: { name: "f" } },
    { type: "custom", custom: { name: "sh" } },
    { type: "allowed_tools", allowed_tools: { mode: "auto", tools: [{ type: "function", function: { name: "f" } }] } },
    {
      type: "allowed_tools",
      allowed_tools: {
        mode: "required",
        tools: [
          { type: "function", function: { name: "f" } },
          { type: "custom", custom: { name: "sh" } }
        ]
      }
    }
  ]
  for (const choice of choices) {
    test(`are chosen by ${JSON.stringify(choice)}`, () => {
      expect(bodyOf(old, { tools: [f, sh], tool_choice: choice })).toEqual({ tools: [f, sh], tool_choice: choice })
    })
  }

  test("in the old form are written in the new one, and the choice among them too", () => {
    const functions = [f.function]
    expect(bodyOf(old, { functions })).toEqual({ tools: [f] })
    expect(bodyOf(old, { functions, function_call: "none" })).toEqual({ tools: [f], tool_choice: "none" })
    expect(bodyOf(old, { functions, function_call: { name: "f" } })).toEqual({
      tools: [f],
      tool_choice: { type: "function", function: { name: "f" } }
    })
  })

  test("lose Anthropic's cache mark, which is told", () => {
    const marked = { ...f, cache_control: { type: "ephemeral" } }
    expect(bodyOf(old, { tools: [marked] })).toEqual({ tools: [f] })
    expect(droppedOf(old, { tools: [marked] })).toEqual(["cache_control"])
  })

  test("none at all are not written as an empty list, which OpenAI refuses", () =>
    expect(bodyOf(old, { tools: [] })).toEqual({}))
})

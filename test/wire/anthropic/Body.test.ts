import { describe, expect, test } from "bun:test"
import type { Request } from "../../../src/domain/Request.ts"
import { adaptiveRules, at, bodyOf, budgetRules, type Around } from "./Bodies.ts"

const openAiRules = {
  language: "openai",
  api: "chat",
  reasoning: false,
  sampling: "always",
  systemRole: "system"
} as const
const schema = { type: "object", properties: { n: { type: "integer", minimum: 1 } }, required: ["n"] }
const closed = {
  type: "object",
  properties: { n: { type: "integer", description: "{minimum: 1}" } },
  required: ["n"],
  additionalProperties: false
}
const format = (given: object = schema) =>
  ({ type: "json_schema", name: "n", schema: { ...given }, strict: true }) as const

describe("a body", () => {
  test("says the model, the limit and whether it streams", () => {
    const { body, dropped } = bodyOf({})
    expect(body).toEqual({
      model: "claude-test",
      max_tokens: 64_000,
      stream: true,
      messages: [{ role: "user", content: [{ type: "text", text: "Hi" }] }]
    })
    expect(dropped).toEqual([])
  })

  const limits: ReadonlyArray<readonly [string, Partial<Request>, Around, number]> = [
    ["the caller's", { maxOutputTokens: 10 }, {}, 10],
    ["the model's, when the caller's is above it", { maxOutputTokens: 100_000 }, {}, 64_000]
  ]
  test.each(limits)("max_tokens is %s", (_name, fields, around, most) => {
    expect(bodyOf(fields, around).body["max_tokens"]).toBe(most)
  })

  const cases: ReadonlyArray<readonly [string, Partial<Request>, Around, object, ReadonlyArray<string>]> = [
    ["temperature ends at 1", { temperature: 1.7 }, {}, { temperature: 1 }, []],
    [
      "temperature or top_p, not both",
      { temperature: 0.2, topP: 0.5, topK: 4 },
      {},
      { temperature: 0.2, top_k: 4 },
      ["top_p"]
    ],
    ["top_p alone", { topP: 0.5 }, {}, { top_p: 0.5 }, []],
    [
      "both where both are taken",
      { temperature: 0.2, topP: 0.5 },
      { rules: { ...budgetRules, sampling: "always" } },
      { temperature: 0.2, top_p: 0.5 },
      []
    ],
    [
      "no sampling where it is refused",
      { temperature: 0.2, topP: 0.5, topK: 4 },
      { rules: adaptiveRules },
      {},
      ["temperature", "top_p", "top_k"]
    ],
    [
      "a temperature of 1 is the default, so nothing is lost",
      { temperature: 1, topP: 1 },
      { rules: adaptiveRules },
      {},
      []
    ],
    [
      "no sampling beside thinking",
      { temperature: 0.2, reasoning: { effort: "low" } },
      {},
      { thinking: { type: "enabled", budget_tokens: 2048 } },
      ["temperature"]
    ],
    ["stop sequences", { stop: ["END", "\n"] }, {}, { stop_sequences: ["END"] }, ["stop"]],
    ["no empty list of them", { stop: [" "] }, {}, {}, ["stop"]],
    ["the user", { user: "u-1" }, {}, { metadata: { user_id: "u-1" } }, []],
    [
      "the safety identifier before the user",
      { user: "u-1", safetyIdentifier: "s-1" },
      {},
      { metadata: { user_id: "s-1" } },
      ["user"]
    ],
    ["an e-mail address would be a 400", { user: "ann@example.org" }, {}, {}, ["user"]],
    ["so would a telephone number", { safetyIdentifier: "+1 555 123-4567" }, {}, {}, ["safety_identifier"]],
    ["a tier", { serviceTier: "auto" }, {}, { service_tier: "auto" }, []],
    ["OpenAI's default tier", { serviceTier: "default" }, {}, { service_tier: "standard_only" }, []],
    ["a tier of another price", { serviceTier: "flex" }, {}, {}, ["service_tier"]],
    [
      "effort and format together",
      { reasoning: { effort: "low" }, responseFormat: format() },
      { rules: adaptiveRules },
      {
        thinking: { type: "adaptive", display: "summarized" },
        output_config: { effort: "low", format: { type: "json_schema", schema: closed } }
      },
      []
    ],
    ["a format of plain text", { responseFormat: { type: "text" } }, {}, {}, []],
    [
      "what Anthropic has nothing for",
      {
        choices: 2,
        seed: 1,
        logprobs: true,
        topLogprobs: 2,
        logitBias: { 1: 2 },
        presencePenalty: 1,
        frequencyPenalty: 1,
        verbosity: "low",
        metadata: { a: "b" },
        promptCacheKey: "k",
        promptCacheRetention: "24h",
        extra: { prediction: {}, web_search_options: {} }
      },
      {},
      {},
      [
        "n",
        "seed",
        "logprobs",
        "top_logprobs",
        "logit_bias",
        "presence_penalty",
        "frequency_penalty",
        "verbosity",
        "metadata",
        "prompt_cache_key",
        "prompt_cache_retention",
        "prediction",
        "web_search_options"
      ]
    ],
    [
      "what asks for nothing is not told",
      {
        choices: 1,
        logprobs: false,
        logitBias: {},
        presencePenalty: 0,
        frequencyPenalty: 0,
        extra: { store: false, modalities: ["text"] }
      },
      {},
      {},
      []
    ],
    [
      "a model that nobody described takes what the newest take",
      { temperature: 0.2, reasoning: { effort: "none" } },
      { rules: openAiRules },
      { output_config: { effort: "low" } },
      ["reasoning_effort", "temperature"]
    ]
  ]
  test.each(cases)("%s", (_name, fields, around, expected, told) => {
    const { body, dropped } = bodyOf(fields, around)
    const { model: _model, max_tokens: _most, stream: _stream, messages: _messages, ...rest } = body
    expect(rest).toEqual({ ...expected })
    expect(dropped).toEqual([...told])
  })

  test("a JSON object is an instruction behind the system prompt, and behind its cache mark", () => {
    const { body, dropped } = bodyOf({
      messages: [
        { role: "system", content: "a", cache: { type: "ephemeral" } },
        { role: "user", content: "b" }
      ],
      responseFormat: { type: "json_object" }
    })
    expect(at(body, "system", 0)).toEqual({ type: "text", text: "a", cache_control: { type: "ephemeral" } })
    expect(at(body, "system", 1, "text")).toContain("JSON")
    expect(at(body, "system", 1, "cache_control")).toBeUndefined()
    expect(dropped).toEqual([])
  })

  const unenforced: ReadonlyArray<readonly [string, object, Around]> = [
    ["the model has none", schema, { rules: { ...budgetRules, structured: false } }],
    ["it has names of any kind", { type: "object", additionalProperties: { type: "string" } }, {}],
    [
      "it has more optional properties than Anthropic compiles",
      {
        type: "object",
        properties: Object.fromEntries(Array.from({ length: 25 }, (_, at) => [`p${at}`, { type: "string" }]))
      },
      {}
    ]
  ]
  test.each(unenforced)(
    "a schema that is not enforced because %s is asked for in words, and told",
    (_name, given, around) => {
      const { body, dropped } = bodyOf({ responseFormat: format(given) }, around)
      expect(body["system"]).toContain(JSON.stringify(given))
      expect(body["output_config"]).toBeUndefined()
      expect(dropped).toEqual(["response_format"])
    }
  )
})

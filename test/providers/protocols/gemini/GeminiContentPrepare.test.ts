import { expect, test } from "bun:test"
import { Result } from "effect"
import type { AssistantMessage, Message } from "../../../../src/domain/Message.ts"
import type { GeminiRules, Model } from "../../../../src/domain/Model.ts"
import type { Request, Tool } from "../../../../src/domain/Request.ts"
import type { Preparing } from "../../../../src/providers/Protocol.ts"
import { GeminiContent } from "../../../../src/providers/protocols/GeminiContent.ts"
import { gemma, three } from "../../../wire/gemini/GeminiModels.ts"

const noArguments: Tool = { kind: "function", name: "now", parameters: { type: "object", properties: {} } }

const modelOf = (rules: Model["rules"], name = "gemini-x"): Model => ({
  id: `google/${name}`,
  provider: "google",
  name,
  rules,
  prices: [],
  listed: true
})

const request = (given: Partial<Request>): Request => ({
  model: "m",
  messages: [{ role: "user", content: "Hi" }],
  stream: false,
  includeUsage: false,
  tools: [],
  requireParameters: false,
  legacyFunctions: false,
  ...given
})

const prepare = (given: Partial<Request>, rules: Model["rules"] = gemma, more: Partial<Preparing> = {}) =>
  GeminiContent.prepare(request(given), {
    model: modelOf(rules),
    stream: false,
    recall: () => undefined,
    quirks: {},
    ...more
  })
const body = (given: Partial<Request>, rules?: Model["rules"], more?: Partial<Preparing>) =>
  Result.getOrThrow(prepare(given, rules, more)).body
const said = (role: string, ...texts: ReadonlyArray<string>) => ({ role, parts: texts.map((text) => ({ text })) })

test("the path names the model and the way of answering, never a key", () => {
  const path = (name: string, stream: boolean) =>
    Result.getOrThrow(prepare({}, three, { model: modelOf(three, name), stream })).path
  expect(path("gemini-3-pro", false)).toBe("/v1beta/models/gemini-3-pro:generateContent")
  expect(path("gemini-3-pro", true)).toBe("/v1beta/models/gemini-3-pro:streamGenerateContent?alt=sse")
  expect(path("tunedModels/mine", false)).toBe("/v1beta/tunedModels/mine:generateContent")
  expect(path("../files?x#y", false)).toBe("/v1beta/models/..%2Ffiles%3Fx%23y:generateContent")
})

const json: Partial<Request> = {
  responseFormat: {
    type: "json_schema",
    name: "n",
    description: "D",
    schema: { type: "object", properties: { a: { const: "x" } } },
    strict: true
  }
}
const jsonConfig = {
  responseMimeType: "application/json",
  responseJsonSchema: { type: "object", properties: { a: { type: "string", enum: ["x"] } }, description: "D" }
}

const configs: ReadonlyArray<readonly [string, Partial<Request>, GeminiRules, unknown, ReadonlyArray<string>]> = [
  [
    "JSON beside tools is dropped before Gemini 3",
    { ...json, tools: [noArguments] },
    gemma,
    undefined,
    ["response_format"]
  ],
  [
    "JSON beside tools that must not be called drops the tools",
    { ...json, tools: [noArguments], toolChoice: { mode: "none" } },
    gemma,
    jsonConfig,
    []
  ],
  [
    "JSON beside tools is sent from Gemini 3 on",
    { ...json, tools: [noArguments] },
    { ...gemma, jsonWithTools: true },
    jsonConfig,
    []
  ],
  [
    "JSON beside strict tools is sent with mode AUTO",
    { ...json, tools: [{ ...noArguments, strict: true }] },
    { ...gemma, jsonWithTools: true },
    jsonConfig,
    []
  ],
  [
    "JSON beside a forced tool is dropped",
    { ...json, tools: [noArguments], toolChoice: { mode: "required" } },
    { ...gemma, jsonWithTools: true },
    undefined,
    ["response_format"]
  ],
  [
    "one call at a time cannot be asked for",
    { tools: [noArguments], parallelToolCalls: false },
    gemma,
    undefined,
    ["parallel_tool_calls"]
  ]
]
for (const [name, given, rules, wanted, dropped] of configs) {
  test(name, () => {
    const prepared = Result.getOrThrow(prepare(given, rules))
    expect(prepared.body["generationConfig"]).toEqual(wanted)
    expect(prepared.dropped).toEqual([...dropped])
  })
}

test("a model without rules of Gemini's is taken for the newest", () => {
  const other: Model["rules"] = {
    language: "compatible",
    reasoningSwitch: "none",
    reasoningBack: false,
    parallelToolCalls: true
  }
  expect(body({ presencePenalty: 1, reasoning: { effort: "minimal" } }, other)["generationConfig"]).toEqual({
    thinkingConfig: { thinkingLevel: "LOW", includeThoughts: true }
  })
})

test("service tiers are translated, and unknown ones told", () => {
  const tier = (serviceTier: string) => Result.getOrThrow(prepare({ serviceTier }))
  expect(tier("default").body["serviceTier"]).toBe("standard")
  expect(tier("flex").body["serviceTier"]).toBe("flex")
  expect(tier("auto")).toMatchObject({ body: { contents: [{}] }, dropped: [] })
  expect(tier("constructor").body).not.toHaveProperty("serviceTier")
  expect(tier("scale").dropped).toEqual(["service_tier"])
})

test("what Gemini cannot carry is told by OpenAI's names", () => {
  const prepared = Result.getOrThrow(
    prepare({
      messages: [{ role: "user", content: [{ type: "text", text: "Hi", cache: { type: "ephemeral" } }], name: "Ann" }],
      logitBias: { 1: 1 },
      verbosity: "low",
      metadata: {},
      user: "u",
      safetyIdentifier: "s",
      promptCacheKey: "k",
      promptCacheRetention: "24h",
      extra: { store: true, __proto__x: 1 }
    })
  )
  expect(prepared.body).toEqual({ contents: [said("user", "Ann: Hi")] })
  expect(prepared.dropped.toSorted()).toEqual(
    [
      "logit_bias",
      "verbosity",
      "metadata",
      "user",
      "safety_identifier",
      "prompt_cache_key",
      "prompt_cache_retention",
      "cache_control",
      "store",
      "__proto__x"
    ].toSorted()
  )
})

test("Gemini's own fields pass, and cached content excludes what it holds already", () => {
  const safety = [{ category: "HARM_CATEGORY_HARASSMENT", threshold: "BLOCK_NONE" }]
  const extra = { safety_settings: safety, cached_content: "cachedContents/1" }
  expect(body({ extra })).toMatchObject({ safetySettings: safety, cachedContent: "cachedContents/1" })
  expect(Result.getOrThrow(Result.flip(prepare({ extra, tools: [noArguments] })))).toMatchObject({
    _tag: "Unable",
    param: "cached_content"
  })
})

for (const [name, format, rules, dropped] of [
  ["another provider's is told as dropped", "anthropic-claude-v1", three, ["messages[0].reasoning_details"]],
  ["Gemini's own goes back with nothing to tell", "google-gemini-v1", three, []],
  [
    "Gemini's own is told where the model does not think",
    "google-gemini-v1",
    gemma,
    ["messages[0].reasoning_details", "messages[0].tool_calls[0].extra_content"]
  ]
] as const) {
  test(`of signed reasoning of an earlier turn, ${name}`, () => {
    const turn: AssistantMessage = {
      role: "assistant",
      content: "Yes",
      toolCalls: [{ id: "c", kind: "function", name: "now", arguments: "{}", signature: "ofCall" }],
      reasoningDetails: [{ type: "reasoning.encrypted", format, data: "ofText", index: 0 }]
    }
    const messages: ReadonlyArray<Message> = [turn, { role: "tool", callId: "c", content: "1" }]
    const prepared = Result.getOrThrow(prepare({ messages, tools: [noArguments] }, rules))
    expect(prepared.dropped).toEqual([...dropped])
    expect(JSON.stringify(prepared.body).includes("ofText")).toBe(dropped.length === 0)
    expect(JSON.stringify(prepared.body).includes("ofCall")).toBe(rules === three)
  })
}

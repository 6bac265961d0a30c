import { expect, test } from "bun:test"
import type { Fields } from "../../../../src/domain/Fields.ts"
import type { Request, ToolChoice } from "../../../../src/domain/Request.ts"
import { type ResponsesRules, rulesOf, settingsOf } from "../../../../src/wire/openai/responses/ResponsesRequest.ts"

const reasoning: ResponsesRules = {
  reasoning: true,
  sampling: "without-reasoning",
  systemRole: "developer",
  openAi: true
}

const settings = (said: Partial<Request>, rules: Partial<ResponsesRules> = {}) =>
  settingsOf(
    {
      model: "gpt-x",
      messages: [],
      stream: false,
      includeUsage: false,
      tools: [],
      requireParameters: false,
      legacyFunctions: false,
      ...said
    },
    { ...reasoning, ...rules }
  )

const encrypted = "reasoning.encrypted_content"
const none = { effort: "none" } as const
const schema = { type: "object", properties: {} }
const look = { kind: "function", name: "look", parameters: schema } as const
const noParameters = { type: "object", properties: {}, required: [], additionalProperties: false }
const grammar = { syntax: "lark", definition: "start: /x/" }
const sql = { kind: "custom", name: "sql", definition: { name: "sql", format: { type: "grammar", grammar } } } as const
const json = { type: "json_schema", name: "a", schema, strict: true } as const

type Case = readonly [name: string, said: Partial<Request>, body: Fields, dropped: ReadonlyArray<string>]
const cases: ReadonlyArray<Case> = [
  ["max tokens become max_output_tokens", { maxOutputTokens: 200 }, { max_output_tokens: 200 }, []],
  [
    "fewer than 16 tokens are refused by the API",
    { maxOutputTokens: 3 },
    { max_output_tokens: 16 },
    ["max_completion_tokens"]
  ],
  [
    "effort asks for the summary too",
    { reasoning: { effort: "low" } },
    { reasoning: { effort: "low", summary: "auto" } },
    []
  ],
  [
    "effort none has no summary and lets sampling through",
    { reasoning: none, temperature: 0, topP: 0.5 },
    { reasoning: none, temperature: 0, top_p: 0.5 },
    []
  ],
  [
    "sampling is refused while the model reasons",
    { temperature: 0, topP: 0.5, logprobs: true },
    {},
    ["temperature", "top_p", "logprobs"]
  ],
  ["a temperature of 1 is what the model does anyway", { temperature: 1, topP: 1, logprobs: false }, {}, []],
  ["a budget of reasoning tokens has no place", { reasoning: { maxTokens: 9 } }, {}, ["reasoning.max_tokens"]],
  [
    "log probabilities are asked for by include",
    { logprobs: true, topLogprobs: 2, reasoning: none },
    { reasoning: none, include: [encrypted, "message.output_text.logprobs"], top_logprobs: 2 },
    []
  ],
  [
    "strict is false unless said, for its default here is true",
    { tools: [look] },
    { tools: [{ type: "function", name: "look", parameters: schema, strict: false }] },
    []
  ],
  [
    "a function without parameters still needs a schema, and a field that is not known is told",
    { tools: [{ kind: "function", name: "f", strict: true, description: "d", extra: { weight: 1 } }] },
    { tools: [{ type: "function", name: "f", description: "d", parameters: noParameters, strict: true }] },
    ["tools[0].weight"]
  ],
  [
    "a custom tool's grammar is opened",
    { tools: [sql] },
    { tools: [{ type: "custom", name: "sql", format: { type: "grammar", ...grammar } }] },
    []
  ],
  ["a tool choice without tools says nothing", { toolChoice: { mode: "auto" }, parallelToolCalls: false }, {}, []],
  [
    "a schema becomes text.format, with verbosity beside it",
    { responseFormat: json, verbosity: "low" },
    { text: { format: json, verbosity: "low" } },
    []
  ],
  ["json_object", { responseFormat: { type: "json_object" } }, { text: { format: { type: "json_object" } } }, []],
  ["metadata and user go on", { metadata: { a: "b" }, user: "u" }, { metadata: { a: "b" }, user: "u" }, []],
  [
    "safety identifier and tier go on",
    { safetyIdentifier: "s", serviceTier: "flex" },
    { safety_identifier: "s", service_tier: "flex" },
    []
  ],
  [
    "cache settings go on",
    { promptCacheKey: "k", promptCacheRetention: "24h", extra: { prompt_cache_options: { mode: "explicit" } } },
    { prompt_cache_key: "k", prompt_cache_retention: "24h", prompt_cache_options: { mode: "explicit" } },
    []
  ],
  [
    "fields that the API has nothing for are told",
    {
      choices: 2,
      stop: ["x"],
      seed: 1,
      topK: 4,
      logitBias: { "1": 2 },
      presencePenalty: 1,
      frequencyPenalty: 1,
      cache: { type: "ephemeral" }
    },
    {},
    ["n", "stop", "seed", "top_k", "logit_bias", "presence_penalty", "frequency_penalty", "cache_control"]
  ],
  [
    "fields that ask for what happens anyway are not told",
    {
      choices: 1,
      presencePenalty: 0,
      logitBias: {},
      extra: { store: false, modalities: ["text"], audio: null, include_obfuscation: true }
    },
    {},
    []
  ],
  [
    "unknown fields are told",
    { extra: { prediction: {}, store: true, modalities: ["audio"] } },
    {},
    ["prediction", "store", "modalities"]
  ]
]

for (const [name, said, body, dropped] of cases) {
  test(`a request in the words of the Responses API: ${name}`, () => {
    expect(settings(said)).toEqual({ body: { include: [encrypted], ...body }, dropped })
  })
}

const choices: ReadonlyArray<readonly [choice: ToolChoice, written: unknown]> = [
  [{ mode: "required" }, "required"],
  [
    { mode: "named", name: "look", kind: "function" },
    { type: "function", name: "look" }
  ],
  [
    { mode: "named", name: "sql", kind: "custom" },
    { type: "custom", name: "sql" }
  ],
  [
    { mode: "allowed", required: true, names: ["look", "sql"] },
    {
      type: "allowed_tools",
      mode: "required",
      tools: [
        { type: "function", name: "look" },
        { type: "custom", name: "sql" }
      ]
    }
  ]
]
for (const [toolChoice, written] of choices) {
  test(`a tool choice is flattened: ${JSON.stringify(written)}`, () => {
    const { body } = settings({ tools: [look, sql], toolChoice, parallelToolCalls: false })
    expect([body["tool_choice"], body["parallel_tool_calls"]]).toEqual([written, false])
  })
}

test("a model that does not reason is not asked for reasoning, and samples", () => {
  const rules = { reasoning: false, sampling: "always" } as const
  expect(settings({ reasoning: { effort: "low" }, temperature: 0 }, rules)).toEqual({
    body: { temperature: 0 },
    dropped: ["reasoning_effort"]
  })
  expect(settings({ reasoning: none }, rules)).toEqual({ body: {}, dropped: [] })
})

test("a model that takes one of temperature and top_p gets the temperature", () => {
  const found = settings({ temperature: 0.1, topP: 0.2 }, { sampling: "one-of" })
  expect([found.body["temperature"], found.body["top_p"], found.dropped]).toEqual([0.1, undefined, ["top_p"]])
})

test("another host does not get OpenAI's own fields", () => {
  const found = settings(
    { serviceTier: "flex", verbosity: "low", user: "u", extra: { moderation: {} } },
    { openAi: false }
  )
  expect(found).toEqual({
    body: { include: [encrypted], user: "u" },
    dropped: ["moderation", "verbosity", "service_tier"]
  })
})

test("the rules of a model that is not OpenAI's are read from what is known of it", () => {
  const model = { id: "x/y", provider: "x", name: "y", prices: [], listed: true, reasoning: true }
  const rules = {
    language: "compatible",
    reasoningSwitch: "effort",
    reasoningBack: false,
    parallelToolCalls: true
  } as const
  expect(rulesOf({ ...model, rules }, true)).toEqual({
    reasoning: true,
    sampling: "always",
    systemRole: "system",
    openAi: false
  })
})

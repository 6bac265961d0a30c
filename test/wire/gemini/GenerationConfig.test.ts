import { expect, test } from "bun:test"
import type { Fields } from "../../../src/domain/Fields.ts"
import type { GeminiRules } from "../../../src/domain/Model.ts"
import type { Request } from "../../../src/domain/Request.ts"
import { generationConfig } from "../../../src/wire/gemini/GenerationConfig.ts"
import { flash25, gemma, three } from "./GeminiModels.ts"

const pro25: GeminiRules = { ...flash25, budget: { min: 128, max: 32768, off: false } }
const lite25: GeminiRules = { ...flash25, budget: { min: 512, max: 24576, off: true } }
const flash3: GeminiRules = { ...three, minimalLevel: true }

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

const configs: ReadonlyArray<
  readonly [string, Partial<Request>, GeminiRules, Fields | undefined, ReadonlyArray<string>]
> = [
  [
    "sampling and limits keep their values",
    {
      temperature: 0,
      topP: 1,
      topK: 3,
      maxOutputTokens: 9,
      choices: 2,
      stop: ["a", ""],
      seed: 7,
      logprobs: true,
      topLogprobs: 2
    },
    gemma,
    {
      temperature: 0,
      topP: 1,
      topK: 3,
      maxOutputTokens: 9,
      candidateCount: 2,
      stopSequences: ["a"],
      seed: 7,
      responseLogprobs: true,
      logprobs: 2
    },
    []
  ],
  ["one answer is the default and not sent", { choices: 1 }, gemma, undefined, []],
  [
    "at most five stop sequences",
    { stop: ["a", "b", "c", "d", "e", "f"] },
    gemma,
    { stopSequences: ["a", "b", "c", "d", "e"] },
    ["stop"]
  ],
  ["a seed of more than 32 bits is dropped", { seed: 2 ** 40 }, gemma, undefined, ["seed"]],
  [
    "penalties are dropped where the model refuses them",
    { presencePenalty: 1, frequencyPenalty: 0 },
    gemma,
    undefined,
    ["presence_penalty", "frequency_penalty"]
  ],
  [
    "penalties are sent where the model takes them",
    { presencePenalty: 1, frequencyPenalty: 0 },
    { ...gemma, penalties: true },
    { presencePenalty: 1, frequencyPenalty: 0 },
    []
  ],
  ["thoughts are shown by default", {}, three, { thinkingConfig: { includeThoughts: true } }, []],
  ["Flash-Lite does not think by default, and refuses to show thoughts then", {}, lite25, undefined, []],
  [
    "effort none switches a budget off",
    { reasoning: { effort: "none" } },
    flash25,
    { thinkingConfig: { thinkingBudget: 0 } },
    []
  ],
  [
    "effort none is the least budget where it cannot be off",
    { reasoning: { effort: "none" } },
    pro25,
    { thinkingConfig: { thinkingBudget: 128 } },
    []
  ],
  [
    "effort low is a budget",
    { reasoning: { effort: "low" } },
    pro25,
    { thinkingConfig: { thinkingBudget: 1024, includeThoughts: true } },
    []
  ],
  [
    "effort max is at most the model's budget",
    { reasoning: { effort: "max" } },
    flash25,
    { thinkingConfig: { thinkingBudget: 24576, includeThoughts: true } },
    []
  ],
  [
    "reasoning tokens are held within the model's range",
    { reasoning: { maxTokens: 5 } },
    lite25,
    { thinkingConfig: { thinkingBudget: 512, includeThoughts: true } },
    []
  ],
  [
    "effort minimal is LOW where there is no MINIMAL",
    { reasoning: { effort: "minimal" } },
    three,
    { thinkingConfig: { thinkingLevel: "LOW", includeThoughts: true } },
    []
  ],
  [
    "effort minimal is MINIMAL on flash",
    { reasoning: { effort: "minimal" } },
    flash3,
    { thinkingConfig: { thinkingLevel: "MINIMAL", includeThoughts: true } },
    []
  ],
  [
    "effort none is the least level, unseen",
    { reasoning: { effort: "none" } },
    flash3,
    { thinkingConfig: { thinkingLevel: "MINIMAL" } },
    []
  ],
  [
    "effort xhigh is HIGH",
    { reasoning: { effort: "xhigh" } },
    three,
    { thinkingConfig: { thinkingLevel: "HIGH", includeThoughts: true } },
    []
  ],
  [
    "reasoning tokens become a level",
    { reasoning: { maxTokens: 9000 } },
    three,
    { thinkingConfig: { thinkingLevel: "MEDIUM", includeThoughts: true } },
    []
  ],
  [
    "effort is dropped by a model that cannot think",
    { reasoning: { effort: "high" } },
    gemma,
    undefined,
    ["reasoning_effort"]
  ],
  ["a JSON schema is sent in Gemini's dialect", json, gemma, jsonConfig, []],
  [
    "a JSON object is a media type",
    { responseFormat: { type: "json_object" } },
    gemma,
    { responseMimeType: "application/json" },
    []
  ]
]
for (const [name, given, rules, wanted, dropped] of configs) {
  test(name, () => {
    const written = generationConfig(request(given), rules, true)
    expect(written.config).toEqual(wanted ?? {})
    expect(written.dropped).toEqual([...dropped])
  })
}

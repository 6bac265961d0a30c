import { Result, Schema } from "effect"
import type { Fields } from "../domain/Fields.ts"
import type { Model, Rules } from "../domain/Model.ts"
import { efforts } from "../domain/Reasoning.ts"
import { complaintsOf } from "../domain/written/Complaints.ts"
import { billingFacts, billingOf, day, PriceLists, priceOf } from "./pricing/PriceFacts.ts"

/** A mistake in the catalog's data or in a correction of it. */
export interface Mistake {
  /** Names of mappings, numbers of list items (from 0). */
  readonly path: ReadonlyArray<string | number>
  readonly message: string
}

const Tokens = Schema.Natural

const Sampling = Schema.Literals(["always", "never", "without-reasoning", "one-of"])

/** The rule sets of the four languages, as written. */
export const RulesFacts = Schema.Union([
  Schema.Struct({
    language: Schema.tag("openai"),
    api: Schema.Literals(["chat", "responses", "responses-for-tools", "responses-for-tools-with-effort"]),
    reasoning: Schema.Boolean,
    sampling: Sampling,
    systemRole: Schema.Literals(["system", "developer", "user"])
  }),
  Schema.Struct({
    language: Schema.tag("anthropic"),
    sampling: Sampling,
    thinking: Schema.Literals(["none", "budget", "adaptive-or-budget", "adaptive"]),
    thinkingOff: Schema.Literals(["yes", "up-to-high", "no", "between-tools"]),
    thinksByDefault: Schema.Boolean,
    forcedToolChoice: Schema.Literals(["yes", "no", "without-thinking"]),
    prefill: Schema.Boolean,
    structured: Schema.Boolean,
    lateSystem: Schema.Boolean
  }),
  Schema.Struct({
    language: Schema.tag("gemini"),
    thinking: Schema.Literals(["none", "budget", "level"]),
    budget: Schema.optionalKey(Schema.Struct({ min: Tokens, max: Tokens, off: Schema.Boolean })),
    minimalLevel: Schema.Boolean,
    penalties: Schema.Boolean,
    jsonWithTools: Schema.Boolean,
    signatures: Schema.Boolean,
    imagesInResults: Schema.Boolean,
    systemInstruction: Schema.Boolean
  }),
  Schema.Struct({
    language: Schema.tag("compatible"),
    reasoningSwitch: Schema.Literals(["effort", "template", "none"]),
    reasoningBack: Schema.Boolean,
    parallelToolCalls: Schema.Boolean
  })
])

const described = <S extends Schema.Top>(schema: S, description: string) =>
  Schema.optionalKey(schema.annotate({ description }))

/** What may be said of one model, in models.yaml and under `models:` in gateway.yaml, where it corrects or adds. */
export const ModelFacts = Schema.Struct({
  name: described(Schema.NonEmptyString, "The provider's own name, where it is not the rest of the id."),
  rules: described(
    Schema.Union([Schema.String, Schema.Record(Schema.String, Schema.Unknown)]),
    "A rule set's name, or the rules that differ from those the model has."
  ),
  contextTokens: described(Tokens, "Tokens of the prompt and the answer together."),
  maxInputTokens: described(Tokens, "Tokens of the longest prompt."),
  maxOutputTokens: described(Tokens, "Tokens of the longest answer."),
  defaultOutputTokens: described(
    Tokens,
    "Tokens of an answer where a caller whose means are limited names no maximum."
  ),
  inputs: described(
    Schema.Array(Schema.Literals(["text", "image", "audio", "video", "pdf"])),
    "What a prompt may hold."
  ),
  tools: described(Schema.Boolean, "Whether it calls tools."),
  structuredOutputs: described(Schema.Boolean, "Whether the provider has its answers fit a schema."),
  reasoning: described(Schema.Boolean, "Whether it reasons before it answers."),
  efforts: described(Schema.Array(Schema.Literals(efforts)), "The reasoning efforts that it takes."),
  minCacheTokens: described(Tokens, "Tokens of the shortest prompt that Anthropic caches."),
  prices: Schema.optionalKey(PriceLists),
  ...billingFacts,
  shutdown: Schema.optionalKey(day("The day on which the provider ends it, YYYY-MM-DD.")),
  snapshots: described(
    Schema.Array(Schema.NonEmptyString),
    "Other names of the provider for the very same model, usually with a date."
  ),
  notes: described(Schema.String, "What people should know of these facts.")
})

/** The JSON Schema (2020-12) of the facts of one model. */
export const modelFactsJsonSchema = (): Fields =>
  Schema.toJsonSchemaDocument(ModelFacts, { onExcessProperty: "error" }).schema

/** Facts of one model, as written. */
export type ModelFacts = typeof ModelFacts.Type

/** Corrections and additions by id, as decoded. */
export type Overrides = ReadonlyMap<string, ModelFacts>

/** Decodes strictly: an unknown field is a mistake, and all mistakes are told at once. */
export const decodeStrictly = <S extends Schema.ConstraintDecoder<unknown>>(
  schema: S,
  value: unknown,
  path: Mistake["path"] = []
): Result.Result<S["Type"], ReadonlyArray<Mistake>> => {
  const decoded = Schema.decodeUnknownResult(schema)(value, { errors: "all", onExcessProperty: "error" })
  if (Result.isSuccess(decoded)) return Result.succeed(decoded.success)
  return Result.fail(complaintsOf(decoded.failure.issue, value, path))
}

/** Reads `models:` of a gateway.yaml: facts by id. */
export const decodeOverrides = (
  raw: Iterable<readonly [string, unknown]>
): Result.Result<Overrides, ReadonlyArray<Mistake>> => {
  const mistakes: Array<Mistake> = []
  const overrides = new Map<string, ModelFacts>()
  for (const [id, value] of raw) {
    const decoded = decodeStrictly(ModelFacts, value, ["models", id])
    if (Result.isSuccess(decoded)) overrides.set(id, decoded.success)
    else mistakes.push(...decoded.failure)
  }
  return mistakes.length > 0 ? Result.fail(mistakes) : Result.succeed(overrides)
}

/** Turns rules as written into rules; partial ones are laid over `base`. */
export const rulesOf = (
  written: ModelFacts["rules"],
  base: Rules,
  named: ReadonlyMap<string, Rules>,
  path: Mistake["path"]
): Result.Result<Rules, ReadonlyArray<Mistake>> => {
  if (written === undefined) return Result.succeed(base)
  if (typeof written !== "string") return decodeStrictly(RulesFacts, { ...base, ...written }, path)
  const rules = named.get(written)
  if (rules !== undefined) return Result.succeed(rules)
  const names = [...named.keys()].join(", ")
  return Result.fail([{ path, message: `There is no rule set "${written}"; there are ${names}` }])
}

/** Lays what was written over what is known of a model. */
export const withFacts = (model: Model, facts: ModelFacts, rules: Rules): Model => {
  const { rules: _rules, snapshots: _snapshots, prices, serviceTiers, regions, plainPriced, ...rest } = facts
  const billing = billingOf(model, {
    ...(serviceTiers === undefined ? {} : { serviceTiers }),
    ...(regions === undefined ? {} : { regions }),
    ...(plainPriced === undefined ? {} : { plainPriced })
  })
  return { ...model, ...rest, ...billing, rules, prices: prices?.map(priceOf) ?? model.prices }
}

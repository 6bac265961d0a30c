import { Result, Schema, SchemaIssue } from "effect"
import type { Model, Rules } from "../domain/Model.ts"
import { efforts } from "../domain/Reasoning.ts"
import { billingFacts, billingOf, Day, PriceLists, priceOf } from "./pricing/PriceFacts.ts"

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

/** What may be said of one model, in models.yaml and under `models:` in gateway.yaml, where it corrects or adds. */
export const ModelFacts = Schema.Struct({
  /** The provider's own name, where it is not the rest of the id. */
  name: Schema.optionalKey(Schema.NonEmptyString),
  /** A rule set's name, or the rules that differ from those the model has. */
  rules: Schema.optionalKey(Schema.Union([Schema.String, Schema.Record(Schema.String, Schema.Unknown)])),
  contextTokens: Schema.optionalKey(Tokens),
  maxInputTokens: Schema.optionalKey(Tokens),
  maxOutputTokens: Schema.optionalKey(Tokens),
  defaultOutputTokens: Schema.optionalKey(Tokens),
  inputs: Schema.optionalKey(Schema.Array(Schema.Literals(["text", "image", "audio", "video", "pdf"]))),
  tools: Schema.optionalKey(Schema.Boolean),
  structuredOutputs: Schema.optionalKey(Schema.Boolean),
  reasoning: Schema.optionalKey(Schema.Boolean),
  efforts: Schema.optionalKey(Schema.Array(Schema.Literals(efforts))),
  minCacheTokens: Schema.optionalKey(Tokens),
  prices: Schema.optionalKey(PriceLists),
  ...billingFacts,
  shutdown: Schema.optionalKey(Day),
  /** Other names of the provider for the very same model, usually with a date. */
  snapshots: Schema.optionalKey(Schema.Array(Schema.NonEmptyString)),
  notes: Schema.optionalKey(Schema.String)
})
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
  const { issues } = SchemaIssue.makeFormatterStandardSchemaV1()(decoded.failure.issue)
  return Result.fail(
    issues.map((issue) => ({ path: [...path, ...(issue.path ?? []).map(segmentOf)], message: issue.message }))
  )
}

type Segment = PropertyKey | { readonly key: PropertyKey }

const segmentOf = (segment: Segment): string | number => {
  const key = typeof segment === "object" ? segment.key : segment
  return typeof key === "number" ? key : String(key)
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

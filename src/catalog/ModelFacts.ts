import { Result, Schema, SchemaIssue } from "effect"
import type { Model, Price, Rules, TokenPrices } from "../domain/Model.ts"
import { efforts } from "../domain/Reasoning.ts"

/** A mistake in the catalog's data or in a correction of it. */
export interface Mistake {
  /** Names of mappings, numbers of list items (from 0). */
  readonly path: ReadonlyArray<string | number>
  readonly message: string
}

/** Nano-dollars a token for USD a million tokens; exact for what `isWholeNanos` accepts. */
const nanosPerToken = (usdPerMillion: number): number => Math.round(usdPerMillion * 1000)

/** Whether USD a million tokens makes whole nano-dollars a token: dividing back gives what was written only when nothing was rounded away. */
const isWholeNanos = (usdPerMillion: number): boolean => {
  const nanos = nanosPerToken(usdPerMillion)
  return nanos >= 0 && Number.isSafeInteger(nanos) && nanos / 1000 === usdPerMillion
}

/** Whether the text is a day of the calendar, `YYYY-MM-DD`. */
export const isDay = (text: string): boolean => {
  const time = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN
  // `Date` turns the 31st of a shorter month into the next month's first days.
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text)
}

const Usd = Schema.Finite.check(
  Schema.makeFilter((usd: number) =>
    isWholeNanos(usd)
      ? undefined
      : "Expected USD a million tokens with at most three decimals, so that a token costs whole nano-dollars"
  )
)
const Day = Schema.String.check(
  Schema.makeFilter((text: string) => (isDay(text) ? undefined : "Expected a day, YYYY-MM-DD"))
)
const Tokens = Schema.Natural

const tokenPrices = {
  input: Usd,
  output: Usd,
  cachedInput: Schema.optionalKey(Usd),
  cacheWrite5m: Schema.optionalKey(Usd),
  cacheWrite1h: Schema.optionalKey(Usd),
  audioInput: Schema.optionalKey(Usd)
}

const PriceFacts = Schema.Struct({
  from: Day,
  until: Schema.optionalKey(Day),
  ...tokenPrices,
  tiers: Schema.optionalKey(Schema.Array(Schema.Struct({ above: Tokens, ...tokenPrices })))
})

const PriceLists = Schema.Array(PriceFacts).check(
  Schema.makeFilter((lists: ReadonlyArray<typeof PriceFacts.Type>) => {
    const issues: Array<Schema.FilterIssue> = []
    for (const [index, list] of lists.entries()) {
      const before = lists[index - 1]
      if (before !== undefined && before.from >= list.from) {
        issues.push({ path: [index, "from"], issue: "Expected a later day than the list before, oldest first" })
      }
      if (list.until !== undefined && list.until < list.from) {
        issues.push({ path: [index, "until"], issue: "Expected a day that is not before `from`" })
      }
    }
    return issues
  })
)

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
  inputs: Schema.optionalKey(Schema.Array(Schema.Literals(["text", "image", "audio", "video", "pdf"]))),
  tools: Schema.optionalKey(Schema.Boolean),
  structuredOutputs: Schema.optionalKey(Schema.Boolean),
  reasoning: Schema.optionalKey(Schema.Boolean),
  efforts: Schema.optionalKey(Schema.Array(Schema.Literals(efforts))),
  minCacheTokens: Schema.optionalKey(Tokens),
  prices: Schema.optionalKey(PriceLists),
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

const priceTokens = (written: Omit<typeof PriceFacts.Type, "from" | "until" | "tiers">): TokenPrices => ({
  input: nanosPerToken(written.input),
  output: nanosPerToken(written.output),
  ...(written.cachedInput === undefined ? {} : { cachedInput: nanosPerToken(written.cachedInput) }),
  ...(written.cacheWrite5m === undefined ? {} : { cacheWrite5m: nanosPerToken(written.cacheWrite5m) }),
  ...(written.cacheWrite1h === undefined ? {} : { cacheWrite1h: nanosPerToken(written.cacheWrite1h) }),
  ...(written.audioInput === undefined ? {} : { audioInput: nanosPerToken(written.audioInput) })
})

const priceList = (written: typeof PriceFacts.Type): Price => ({
  from: written.from,
  ...(written.until === undefined ? {} : { until: written.until }),
  ...priceTokens(written),
  ...(written.tiers === undefined
    ? {}
    : { tiers: written.tiers.map((tier) => ({ above: tier.above, ...priceTokens(tier) })) })
})

/** Lays what was written over what is known of a model. */
export const withFacts = (model: Model, facts: ModelFacts, rules: Rules): Model => {
  const { rules: _rules, snapshots: _snapshots, prices, ...rest } = facts
  return { ...model, ...rest, rules, prices: prices === undefined ? model.prices : prices.map(priceList) }
}

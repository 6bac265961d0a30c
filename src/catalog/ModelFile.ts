import { Result, Schema } from "effect"
import type { Billing, Model, Rules } from "../domain/Model.ts"
import { decodeStrictly, type Mistake, ModelFacts, RulesFacts, withFacts } from "./ModelFacts.ts"
import document from "./models.yaml"
import { billingFacts, billingOf } from "./pricing/PriceFacts.ts"

/** A model of the catalog, with the other names that its provider has for it. */
export interface ListedModel {
  readonly model: Model
  readonly snapshots: ReadonlyArray<string>
}

/** Rules for names that are not listed. */
export interface Unlisted {
  readonly newest: Rules
  readonly families: ReadonlyArray<{ readonly names: ReadonlyArray<RegExp>; readonly rules: Rules }>
}

/** The catalog's data, checked. */
export interface ModelFile {
  readonly rules: ReadonlyMap<string, Rules>
  /** By the provider's name or by a language. */
  readonly unlisted: ReadonlyMap<string, Unlisted>
  /** By provider: how it bills all its models. */
  readonly billing: ReadonlyMap<string, Billing>
  readonly models: ReadonlyArray<ListedModel>
}

const WrittenFile = Schema.Struct({
  rules: Schema.Record(Schema.String, RulesFacts),
  unlisted: Schema.Record(
    Schema.String,
    Schema.Struct({
      newest: Schema.String,
      families: Schema.Array(Schema.Struct({ names: Schema.Array(Schema.String), rules: Schema.String }))
    })
  ),
  billing: Schema.optionalKey(Schema.Record(Schema.String, Schema.Struct(billingFacts))),
  models: Schema.Array(
    Schema.Struct({
      ...ModelFacts.fields,
      id: Schema.String.check(Schema.isPattern(/^[^/\s]+\/\S+$/)),
      rules: Schema.String
    })
  )
})
type WrittenFile = typeof WrittenFile.Type

/** `gpt-5.6*` as a pattern for whole names, in either case; `*` stands for anything. */
const wildcard = (text: string): RegExp => {
  const parts = text.split("*").map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&"))
  return new RegExp(`^${parts.join(".*")}$`, "i")
}

/** A model of which nothing is known but its name and rules, and how its provider bills. */
export const bareModel = (
  provider: string,
  name: string,
  rules: Rules,
  listed: boolean,
  billing: Billing = {}
): Model => ({
  ...billing,
  id: `${provider}/${name}`,
  provider,
  name,
  rules,
  prices: [],
  listed
})

const readModels = (
  file: WrittenFile,
  named: ReadonlyMap<string, Rules>,
  billing: ModelFile["billing"],
  mistakes: Array<Mistake>
) => {
  const ids = new Set<string>()
  return file.models.flatMap(({ id, ...facts }): ReadonlyArray<ListedModel> => {
    const path = ["models", id]
    if (ids.has(id.toLowerCase())) mistakes.push({ path, message: "is there twice" })
    ids.add(id.toLowerCase())
    const rules = namedRules(facts.rules, named, [...path, "rules"], mistakes)
    if (rules === undefined) return []
    const slash = id.indexOf("/")
    const provider = id.slice(0, slash)
    const bare = bareModel(provider, id.slice(slash + 1), rules, true, billing.get(provider))
    return [{ model: withFacts(bare, facts, rules), snapshots: facts.snapshots ?? [] }]
  })
}

const namedRules = (
  name: string,
  named: ReadonlyMap<string, Rules>,
  path: Mistake["path"],
  mistakes: Array<Mistake>
): Rules | undefined => {
  const rules = named.get(name)
  if (rules === undefined) mistakes.push({ path, message: `There is no rule set "${name}"` })
  return rules
}

const readUnlisted = (file: WrittenFile, named: ReadonlyMap<string, Rules>, mistakes: Array<Mistake>) => {
  const unlisted = new Map<string, Unlisted>()
  for (const [key, written] of Object.entries(file.unlisted)) {
    const newest = namedRules(written.newest, named, ["unlisted", key, "newest"], mistakes)
    if (newest === undefined) continue
    const families = written.families.flatMap((family, index) => {
      const rules = namedRules(family.rules, named, ["unlisted", key, "families", index, "rules"], mistakes)
      return rules === undefined ? [] : [{ names: family.names.map(wildcard), rules }]
    })
    unlisted.set(key, { newest, families })
  }
  for (const language of ["openai", "anthropic", "gemini", "compatible"]) {
    if (!unlisted.has(language)) mistakes.push({ path: ["unlisted", language], message: "is missing" })
  }
  return unlisted
}

/** Checks the catalog's data as parsed from YAML. */
export const readModelFile = (raw: unknown): Result.Result<ModelFile, ReadonlyArray<Mistake>> => {
  const decoded = decodeStrictly(WrittenFile, raw)
  if (Result.isFailure(decoded)) return Result.fail(decoded.failure)
  const mistakes: Array<Mistake> = []
  const rules = new Map<string, Rules>(Object.entries(decoded.success.rules))
  const unlisted = readUnlisted(decoded.success, rules, mistakes)
  const written = Object.entries(decoded.success.billing ?? {})
  const billing = new Map(written.map(([provider, facts]) => [provider, billingOf({}, facts)]))
  const models = readModels(decoded.success, rules, billing, mistakes)
  return mistakes.length > 0 ? Result.fail(mistakes) : Result.succeed({ rules, unlisted, billing, models })
}

/** The catalog that is built in. */
export const builtIn = (): Result.Result<ModelFile, ReadonlyArray<Mistake>> => readModelFile(document)

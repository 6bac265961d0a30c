import { Result } from "effect"
import type { Model, Rules } from "../domain/Model.ts"
import type { Target } from "../domain/routing/Target.ts"
import { type Mistake, type Overrides, rulesOf, withFacts } from "./ModelFacts.ts"
import { bareModel, type ListedModel, type ModelFile } from "./ModelFile.ts"

/** A provider that can be called, as far as the catalog must know it. */
export interface CatalogProvider {
  /** First part of its models' ids. */
  readonly name: string
  readonly language: Rules["language"]
  /** `catalog`: the catalog's models of this name and any newer; `any`: whatever the caller names; or these alone. */
  readonly models: "catalog" | "any" | ReadonlyArray<string>
}

/** What decides which models there are. */
export interface CatalogOptions {
  readonly providers: ReadonlyArray<CatalogProvider>
  /** Providers of the catalog that cannot be called yet, each with what to set. */
  readonly unconfigured: ReadonlyArray<{ readonly name: string; readonly hint: string }>
  /** Other names by which models are asked for. */
  readonly aliases: Iterable<readonly [string, string]>
  readonly overrides: Overrides
  /** Where else the operator names models, which have to be some. */
  readonly named?: ReadonlyArray<NamedModel>
}

/** A name of a model that stands in gateway.yaml, and where. */
export interface NamedModel {
  readonly path: Mistake["path"]
  readonly model: string
}

/** The models that can be called, ready to be looked up. Keys are in lower case. */
export interface Models {
  readonly file: ModelFile
  /** Every model that is listed for a provider that can be called. */
  readonly all: ReadonlyArray<Model>
  /** By id, bare name, and the provider's other names. */
  readonly known: ReadonlyMap<string, Target>
  /** By bare name: the models of all providers that call one so, where there are several. */
  readonly shared: ReadonlyMap<string, ReadonlyArray<Target>>
  /** Listed models of providers that cannot be called: name → provider. */
  readonly uncallable: ReadonlyMap<string, string>
  readonly providers: ReadonlyMap<string, CatalogProvider>
  /** Provider → what to set. */
  readonly hints: ReadonlyMap<string, string>
  readonly aliases: ReadonlyMap<string, string>
  /** All listed models, those of other providers too: an unlisted name may be a snapshot of one. */
  readonly listed: ReadonlyArray<ListedModel>
}

/** Whose models a bare name means first. */
const order = ["openai", "anthropic", "google", "baseten"]

const rank = (provider: string): number => {
  const index = order.indexOf(provider.toLowerCase())
  return index === -1 ? order.length : index
}

const isSame = (left: string, right: string): boolean => left.toLowerCase() === right.toLowerCase()

const restOf = (id: string): string => id.slice(id.indexOf("/") + 1)

/** The name in a model's id and the provider's own, which is longer at Baseten. */
const ownNames = (model: Model): ReadonlyArray<string> => [restOf(model.id), model.name]

/** Names under which a listed model's own provider knows it. */
const namesOf = ({ model, snapshots }: ListedModel): ReadonlyArray<string> => [...ownNames(model), ...snapshots]

/** Rules of a name that is not listed: its family's, those of the model it is a snapshot of, or the newest. */
export const unlistedRules = (
  provider: Pick<CatalogProvider, "name" | "language">,
  name: string,
  file: ModelFile,
  listed: ReadonlyArray<ListedModel>
): Rules | undefined => {
  const own = file.unlisted.get(provider.name.toLowerCase())
  const unlisted = own?.newest.language === provider.language ? own : file.unlisted.get(provider.language)
  const family = unlisted?.families.find(({ names }) => names.some((pattern) => pattern.test(name)))
  if (family !== undefined) return family.rules
  const lower = name.toLowerCase()
  let best: { readonly length: number; readonly rules: Rules } | undefined
  for (const entry of listed) {
    // A model of the same name elsewhere (`azure/gpt-5-nano`) follows the same rules when the same language is spoken.
    if (entry.model.rules.language !== provider.language) continue
    for (const known of namesOf(entry)) {
      const fits = isSame(known, name) || lower.startsWith(`${known.toLowerCase()}-`)
      if (fits && known.length > (best?.length ?? 0)) best = { length: known.length, rules: entry.model.rules }
    }
  }
  return best?.rules ?? unlisted?.newest
}

const languageOf = (provider: string, options: CatalogOptions, file: ModelFile): Rules["language"] | undefined =>
  options.providers.find(({ name }) => isSame(name, provider))?.language ??
  file.models.find(({ model }) => isSame(model.provider, provider))?.model.rules.language

const findListed = (listed: ReadonlyArray<ListedModel>, provider: string, name: string): ListedModel | undefined =>
  listed.find(
    ({ model }) => isSame(model.provider, provider) && (isSame(restOf(model.id), name) || isSame(model.name, name))
  )

/** The model under another name of its provider's: everything is the same but the name and the id. */
const asSnapshot = (model: Model, name: string): Model => ({ ...model, id: `${model.provider}/${name}`, name })

const findSnapshot = (listed: ReadonlyArray<ListedModel>, provider: string, name: string): Model | undefined => {
  const base = listed.find(
    ({ model, snapshots }) => isSame(model.provider, provider) && snapshots.some((snapshot) => isSame(snapshot, name))
  )
  return base === undefined ? undefined : asSnapshot(base.model, name)
}

/** What an operator's facts are laid over: the catalog's model, or one of which only the name is known. */
const baseOf = (id: string, options: CatalogOptions, file: ModelFile, listed: ReadonlyArray<ListedModel>) => {
  const provider = id.slice(0, Math.max(0, id.indexOf("/")))
  const name = restOf(id)
  const language = languageOf(provider, options, file)
  if (language === undefined || name === "") return undefined
  const known = findListed(listed, provider, name)?.model ?? findSnapshot(listed, provider, name)
  if (known !== undefined) return known
  const rules = unlistedRules({ name: provider, language }, name, file, listed)
  return rules === undefined
    ? undefined
    : bareModel(provider, name, rules, true, file.billing.get(provider.toLowerCase()))
}

/** The catalog's models with the operator's corrections and additions. */
const corrected = (file: ModelFile, options: CatalogOptions, mistakes: Array<Mistake>): ReadonlyArray<ListedModel> => {
  const listed = [...file.models]
  for (const [id, facts] of options.overrides) {
    const path = ["models", id]
    const base = baseOf(id, options, file, listed)
    if (base === undefined) {
      mistakes.push({ path, message: "There is no such provider; an id is provider/name" })
      continue
    }
    const rules = rulesOf(facts.rules, base.rules, file.rules, [...path, "rules"])
    if (Result.isFailure(rules)) {
      mistakes.push(...rules.failure)
      continue
    }
    const { language } = rules.success
    if (language !== base.rules.language) {
      const message = `These rules are of ${language}; the provider speaks ${base.rules.language}`
      mistakes.push({ path: [...path, "rules"], message })
      continue
    }
    const index = listed.findIndex(({ model }) => model === base)
    const snapshots = facts.snapshots ?? listed[index]?.snapshots ?? []
    listed.splice(index === -1 ? listed.length : index, 1, { model: withFacts(base, facts, rules.success), snapshots })
  }
  return listed
}

/** The listed models of a provider that can be called. */
const modelsOf = (
  provider: CatalogProvider,
  file: ModelFile,
  listed: ReadonlyArray<ListedModel>,
  added: ReadonlySet<Model>
): ReadonlyArray<ListedModel> => {
  const own = listed.filter(({ model }) => isSame(model.provider, provider.name))
  if (typeof provider.models === "string") return own
  const named = provider.models.flatMap((name): ReadonlyArray<ListedModel> => {
    const found = findListed(listed, provider.name, name)
    if (found !== undefined) return [found]
    const rules = unlistedRules(provider, name, file, listed)
    return rules === undefined ? [] : [{ model: bareModel(provider.name, name, rules, true), snapshots: [] }]
  })
  // What the operator wrote facts for is meant to be served too.
  return [...new Set([...named, ...own.filter(({ model }) => added.has(model))])]
}

const followAliases = (aliases: ReadonlyMap<string, string>, name: string): string | undefined => {
  const seen = new Set<string>()
  let meant = name
  for (;;) {
    const key = meant.toLowerCase()
    const next = aliases.get(key)
    if (next === undefined) return meant
    if (seen.has(key)) return undefined
    seen.add(key)
    meant = next
  }
}

const readAliases = (options: CatalogOptions, mistakes: Array<Mistake>): ReadonlyMap<string, string> => {
  const written = [...options.aliases]
  const targets = new Map(written.map(([name, model]) => [name.toLowerCase(), model] as const))
  const aliases = new Map<string, string>()
  for (const [name] of written) {
    const meant = followAliases(targets, name)
    if (meant === undefined) mistakes.push({ path: ["aliases", name], message: "leads back to itself" })
    else aliases.set(name.toLowerCase(), meant)
  }
  return aliases
}

/**
 * Every name of the served models. Ids and bare names come before other models' snapshots, and providers in the order
 * given.
 */
const knownNames = (
  served: ReadonlyArray<ListedModel>,
  providers: ReadonlySet<string>
): ReadonlyMap<string, Target> => {
  const known = new Map<string, Target>()
  const add = (name: string, model: Model) => {
    const key = name.toLowerCase()
    if (!known.has(key)) known.set(key, { model })
  }
  const addBare = (name: string, model: Model) => {
    // `openai/gpt-oss-120b`, a name of Baseten's, must not take what reads as a model of OpenAI.
    const slash = name.indexOf("/")
    if (slash === -1 || !providers.has(name.slice(0, slash).toLowerCase())) add(name, model)
  }
  for (const { model } of served) for (const name of ownNames(model)) add(`${model.provider}/${name}`, model)
  for (const { model, snapshots } of served) {
    for (const name of snapshots) add(`${model.provider}/${name}`, asSnapshot(model, name))
  }
  for (const { model } of served) for (const name of ownNames(model)) addBare(name, model)
  for (const { model, snapshots } of served) for (const name of snapshots) addBare(name, asSnapshot(model, name))
  return known
}

/** Bare names that several providers have a model of. */
const sharedNames = (
  served: ReadonlyArray<ListedModel>,
  known: ReadonlyMap<string, Target>
): ReadonlyMap<string, ReadonlyArray<Target>> => {
  const byName = new Map<string, ReadonlyArray<Target>>()
  for (const { model } of served) {
    for (const name of new Set(ownNames(model).map((own) => own.toLowerCase()))) {
      const target = known.get(model.id.toLowerCase()) ?? { model }
      if (known.has(name)) byName.set(name, [...(byName.get(name) ?? []), target])
    }
  }
  return new Map([...byName].filter(([, targets]) => targets.length > 1))
}

/**
 * Names of listed models of the providers that are not configured: what to say of them differs from an unknown name.
 */
const uncallableNames = (listed: ReadonlyArray<ListedModel>, hints: ReadonlyMap<string, string>) =>
  new Map(
    listed
      .filter(({ model }) => hints.has(model.provider.toLowerCase()))
      .flatMap((entry) => namesOf(entry).map((name) => [name.toLowerCase(), entry.model.provider] as const))
  )

/** Puts the catalog together. Paths of mistakes are those of gateway.yaml: `models` and an id, `aliases` and a name. */
export const makeModels = (file: ModelFile, options: CatalogOptions): Result.Result<Models, ReadonlyArray<Mistake>> => {
  const mistakes: Array<Mistake> = []
  const listed = corrected(file, options, mistakes)
  const aliases = readAliases(options, mistakes)
  if (mistakes.length > 0) return Result.fail(mistakes)
  const builtIn = new Set(file.models.map(({ model }) => model))
  const added = new Set(listed.map(({ model }) => model).filter((model) => !builtIn.has(model)))
  const sorted = [...options.providers].sort((left, right) => rank(left.name) - rank(right.name))
  const providers = new Map(sorted.map((provider) => [provider.name.toLowerCase(), provider]))
  const hints = new Map(options.unconfigured.map(({ name, hint }) => [name.toLowerCase(), hint]))
  const served = sorted.flatMap((provider) => modelsOf(provider, file, listed, added))
  const known = knownNames(served, new Set([...order, ...providers.keys(), ...hints.keys()]))
  return Result.succeed({
    file,
    listed,
    all: served.map(({ model }) => model),
    known,
    shared: sharedNames(served, known),
    uncallable: uncallableNames(listed, hints),
    providers,
    hints,
    aliases
  })
}

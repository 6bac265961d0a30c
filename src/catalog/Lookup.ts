import { Result } from "effect"
import { NoSuchModel } from "../domain/Failure.ts"
import type { Model } from "../domain/Model.ts"
import type { Target } from "../domain/routing/Target.ts"
import type { Mistake } from "./ModelFacts.ts"
import { bareModel } from "./ModelFile.ts"
import { type CatalogProvider, type Models, type NamedModel, unlistedRules } from "./Models.ts"
import { nearMatches } from "./NearMatches.ts"

/** The provider that is built in. */
const simulated = "sim"

/** Longest name of an unlisted model; real ones have fewer than 100 characters, the simulator's carry options. */
const maxNameLength = 300

/** Printable ASCII: the name goes into bodies, and at Google into the address. */
const usableName = /^[!-~]+$/

/** A date or version at the end of a name, as OpenAI, Anthropic and Google write them. */
const dated = /-(?:\d{8}|\d{4}-\d{2}-\d{2}|(?:preview-)?\d{2}-(?:\d{2}|\d{4})|\d{3})$/

/** A name as quoted in a message: bounded, and on one line. */
const quoted = (asked: string): string => {
  const text = asked.length > 100 ? `${asked.slice(0, 100)}…` : asked
  return JSON.stringify(text)
}

const noSuchModel = (message: string): NoSuchModel =>
  new NoSuchModel({ message, code: "model_not_found", param: "model" })

const notConfigured = (asked: string, provider: string, hint: string): NoSuchModel =>
  noSuchModel(`The model ${quoted(asked)} needs the provider ${provider}, which is not configured: ${hint}.`)

const oneOf = (names: ReadonlyArray<string>): string =>
  names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} or ${names.at(-1)}`

const meantInstead = (models: Models, asked: string): string => {
  const ids = [...models.all.map(({ id }) => id), ...models.aliases.keys()]
  const near = nearMatches(asked, ids)
  return near.length === 0 ? "" : ` Did you mean ${oneOf(near)}?`
}

const unknown = (models: Models, asked: string): NoSuchModel => {
  const open = [...models.providers.values()].filter((provider) => typeof provider.models === "string")
  const bare = asked.slice(asked.lastIndexOf("/") + 1)
  const example = open[0]
  const reach =
    example === undefined || !usableName.test(bare) || bare.length > maxNameLength
      ? ""
      : ` A model that is not listed is asked for with its provider (${oneOf(open.map(({ name }) => name))}), like ${quoted(`${example.name}/${bare}`)}.`
  return noSuchModel(
    `There is no model ${quoted(asked)}.${meantInstead(models, asked)}${reach} GET /v1/models lists the models.`
  )
}

const unlisted = (
  models: Models,
  provider: CatalogProvider,
  asked: string,
  name: string
): Result.Result<Target, NoSuchModel> => {
  if (typeof provider.models !== "string") {
    return Result.fail(
      noSuchModel(`The provider ${provider.name} has no model ${quoted(name)}.${meantInstead(models, asked)}`)
    )
  }
  const isUsable = usableName.test(name) && name.length <= maxNameLength && !name.split("/").includes("..")
  const rules = isUsable ? unlistedRules(provider, name, models.file, models.listed) : undefined
  if (rules === undefined) return Result.fail(noSuchModel(`${quoted(asked)} is not the name of a model.`))
  const bare = bareModel(provider.name, name, rules, false)
  const script = scriptOf(models, provider, name)
  return Result.succeed({ model: script === undefined ? bare : { ...bare, prices: script.prices } })
}

/** The simulator's model whose options a name carries: it costs the same. */
const scriptOf = (models: Models, { name: provider }: CatalogProvider, name: string): Model | undefined => {
  const options = name.indexOf(":")
  if (provider !== simulated || options < 0) return undefined
  return models.known.get(`${provider}/${name.slice(0, options)}`.toLowerCase())?.model
}

/** The listed model of which a bare name is a dated snapshot: `gpt-5.1-2025-11-13`. */
const snapshotOf = (models: Models, lower: string): Model | string | undefined => {
  const date = dated.exec(lower)
  if (date === null) return undefined
  const base = lower.slice(0, date.index)
  return models.known.get(base)?.model ?? models.uncallable.get(base)
}

/**
 * The model that a caller means: an alias, an id, a bare name (first OpenAI's, Anthropic's, Google's and Baseten's,
 * then the others'), a dated snapshot of a listed model, or `provider/name` for a name that is not listed. Known names
 * are found in either case.
 */
export const findModel = (models: Models, asked: string): Result.Result<Target, NoSuchModel> => {
  const meant = models.aliases.get(asked.toLowerCase()) ?? asked
  const lower = meant.toLowerCase()
  const known = models.known.get(lower)
  if (known !== undefined) return Result.succeed(known)
  const slash = meant.indexOf("/")
  if (slash > 0) {
    const provider = lower.slice(0, slash)
    const configured = models.providers.get(provider)
    if (configured !== undefined) return unlisted(models, configured, asked, meant.slice(slash + 1))
    const hint = models.hints.get(provider)
    if (hint !== undefined) return Result.fail(notConfigured(asked, provider, hint))
  }
  const base = snapshotOf(models, lower)
  if (typeof base === "object") {
    const provider = models.providers.get(base.provider.toLowerCase())
    if (provider !== undefined) return unlisted(models, provider, asked, meant)
  }
  const elsewhere = typeof base === "string" ? base : models.uncallable.get(lower)
  const hint = elsewhere === undefined ? undefined : models.hints.get(elsewhere.toLowerCase())
  if (elsewhere !== undefined && hint !== undefined) return Result.fail(notConfigured(asked, elsewhere, hint))
  return Result.fail(unknown(models, asked))
}

/** Names that can never lead to a model, whatever is set: those of the aliases, and the others that are given. */
export const nameMistakes = (models: Models, others: ReadonlyArray<NamedModel>): ReadonlyArray<Mistake> => {
  const aliases = [...models.aliases].map(([name, model]): NamedModel => ({ path: ["aliases", name], model }))
  return [...aliases, ...others].flatMap(({ path, model }): ReadonlyArray<Mistake> => {
    const lower = (models.aliases.get(model.toLowerCase()) ?? model).toLowerCase()
    if (models.uncallable.has(lower) || models.hints.has(lower.slice(0, Math.max(0, lower.indexOf("/"))))) return []
    const found = findModel(models, model)
    return Result.isSuccess(found) ? [] : [{ path, message: found.failure.message }]
  })
}

import { Context, Data, Effect, Layer, Result } from "effect"
import type { NoSuchModel } from "../domain/Failure.ts"
import type { Model, Price } from "../domain/Model.ts"
import type { Target } from "../domain/routing/Target.ts"
import { findModel, nameMistakes } from "./Lookup.ts"
import type { Mistake } from "./ModelFacts.ts"
import { builtIn } from "./ModelFile.ts"
import { type CatalogOptions, makeModels } from "./Models.ts"
import { priceOn } from "./Price.ts"

/** The operator's corrections or aliases do not fit the catalog; every mistake is in it. */
export class CatalogInvalid extends Data.TaggedError("CatalogInvalid")<{ readonly mistakes: ReadonlyArray<Mistake> }> {
  override get message(): string {
    return this.mistakes.map(({ path, message }) => `${path.join(".")}: ${message}`).join("\n")
  }
}

/** Unlisted names remembered: a team uses a handful, and what callers make up must not fill the memory. */
const rememberedNames = 1000

/** Which models there are, what they can do and what they cost. */
export class Catalog extends Context.Service<
  Catalog,
  {
    /** The model that a caller's `model` means; plain and quick, for it is asked on every request. */
    readonly find: (asked: string) => Result.Result<Target, NoSuchModel>
    /** The same model at other providers, by its bare name. */
    readonly namesakes: (target: Target) => ReadonlyArray<Target>
    /** Whether a name is one that several providers have a model of, so that each of them may serve it. */
    readonly isShared: (asked: string) => boolean
    /** What a model costs today; nothing when that is not known. */
    readonly priceOf: (model: Model) => Price | undefined
    /** Every listed model that the configured providers serve. */
    readonly all: ReadonlyArray<Model>
  }
>()("gateway/catalog/Catalog") {
  static readonly layer = (options: CatalogOptions): Layer.Layer<Catalog, CatalogInvalid> =>
    Layer.effect(
      Catalog,
      Effect.suspend(() => Effect.fromResult(makeCatalog(options)))
    )
}

/** The catalog as a plain value, for those that need no layer. */
export const makeCatalog = (options: CatalogOptions): Result.Result<Catalog["Service"], CatalogInvalid> => {
  const made = Result.flatMap(builtIn(), (file) => makeModels(file, options))
  if (Result.isFailure(made)) return Result.fail(new CatalogInvalid({ mistakes: made.failure }))
  const models = made.success
  const mistakes = nameMistakes(models, options.named ?? [])
  if (mistakes.length > 0) return Result.fail(new CatalogInvalid({ mistakes }))
  const remembered = new Map<string, Result.Result<Target, NoSuchModel>>()
  const find = (asked: string): Result.Result<Target, NoSuchModel> => {
    const before = remembered.get(asked)
    if (before !== undefined) return before
    const found = findModel(models, asked)
    if (Result.isFailure(found)) return found
    if (remembered.size >= rememberedNames) {
      // The oldest goes: a Map keeps the order in which its keys came.
      for (const oldest of remembered.keys()) {
        remembered.delete(oldest)
        break
      }
    }
    remembered.set(asked, found)
    return found
  }
  const namesakes = ({ model }: Target): ReadonlyArray<Target> => {
    const bare = model.id.slice(model.id.indexOf("/") + 1).toLowerCase()
    const shared = models.shared.get(bare) ?? models.shared.get(model.name.toLowerCase()) ?? []
    return shared.filter((target) => target.model.id !== model.id)
  }
  const isShared = (asked: string): boolean => {
    const name = asked.toLowerCase()
    return models.shared.has(name) && !models.aliases.has(name)
  }
  const priceOf = (model: Model): Price | undefined => priceOn(model, new Date().toISOString().slice(0, 10))
  return Result.succeed(Catalog.of({ find, namesakes, isShared, priceOf, all: models.all }))
}

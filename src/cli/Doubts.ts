import { nearMatches } from "../catalog/NearMatches.ts"
import { priceOn } from "../catalog/Price.ts"
import type { Mistake } from "../config/ConfigurationInvalid.ts"
import { mistakeAt, type Settings } from "../config/Settings.ts"
import { NamePatterns } from "../domain/keys/NamePatterns.ts"
import type { Model } from "../domain/Model.ts"

/**
 * What is said of a pattern that means none of the models; a model newer than the catalog may be meant all the same.
 */
export const patternDoubt = (pattern: string, models: ReadonlyArray<Pick<Model, "id">>): string | undefined => {
  const patterns = new NamePatterns([pattern])
  if (models.some(({ id }) => patterns.matchModel(id))) return undefined
  const near = nearMatches(
    pattern,
    models.map(({ id }) => id)
  )
  const advice = near.length === 0 ? "`models` lists them" : `did you mean ${near.join(" or ")}?`
  return `means none of the models that are known here; ${advice}`
}

/** What is said of price lists of which none holds on a day (`YYYY-MM-DD`). */
const pricesDoubt = (model: Model | undefined, day: string): string | undefined => {
  if (model === undefined || model.prices.length === 0 || priceOn(model, day) !== undefined) return undefined
  const next = model.prices.find(({ from }) => from > day)
  return `has no price that holds today${next === undefined ? "" : `, and the next one from ${next.from}`}; what its answers cost is unknown`
}

/**
 * What of the settings works and is probably not meant, as only the catalog's models show it. `day`: today,
 * `YYYY-MM-DD`.
 */
export const doubts = (settings: Settings, models: ReadonlyArray<Model>, day: string): ReadonlyArray<Mistake> => {
  const patterns = settings.keys.flatMap((key, at) =>
    (key.models ?? []).map((pattern, index) => [["keys", at, "models", index], patternDoubt(pattern, models)] as const)
  )
  const byId = new Map(models.map((model) => [model.id, model]))
  const prices = [...settings.models]
    .filter(([, facts]) => facts["prices"] !== undefined)
    .map(([id]) => [["models", id, "prices"], pricesDoubt(byId.get(id), day)] as const)
  return [...patterns, ...prices].flatMap(([path, doubt]) =>
    doubt === undefined ? [] : [mistakeAt(settings, path, doubt)]
  )
}

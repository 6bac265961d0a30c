import { Effect, Layer, Result } from "effect"
import { Catalog } from "../catalog/Catalog.ts"
import { decodeOverrides, type Mistake } from "../catalog/ModelFacts.ts"
import type { CatalogProvider } from "../catalog/Models.ts"
import { ConfigurationInvalid } from "../config/ConfigurationInvalid.ts"
import { simulatorName } from "../config/Providers.ts"
import { mistakeAt, type ProviderSettings, type Settings } from "../config/Settings.ts"

const catalogProviderOf = ({ name, kind, speaks, models }: ProviderSettings): CatalogProvider => ({
  name,
  models,
  language: speaks === "openai" ? (kind === "openai" ? "openai" : "compatible") : speaks
})

/** The catalog with the operator's corrections; its mistakes are told with their place in the file. */
export const catalogOf = (settings: Settings) => {
  const invalid = (mistakes: ReadonlyArray<Mistake>) =>
    new ConfigurationInvalid({ mistakes: mistakes.map(({ path, message }) => mistakeAt(settings, path, message)) })
  const overrides = decodeOverrides(settings.models)
  if (Result.isFailure(overrides)) return Layer.effect(Catalog, Effect.fail(invalid(overrides.failure)))
  const simulator: CatalogProvider = { name: simulatorName, language: "openai", models: "catalog" }
  const providers = settings.providers.map(catalogProviderOf)
  const catalog = Catalog.layer({
    providers: settings.simulator ? [...providers, simulator] : providers,
    unconfigured: settings.unconfigured,
    aliases: settings.aliases,
    overrides: overrides.success,
    named: [...settings.routes].flatMap(([name, { targets }]) =>
      targets.map(({ model }, index) => ({ path: ["routes", name, "targets", index], model }))
    )
  })
  return catalog.pipe(
    Layer.catchTag("CatalogInvalid", ({ mistakes }) => Layer.effect(Catalog, Effect.fail(invalid(mistakes))))
  )
}

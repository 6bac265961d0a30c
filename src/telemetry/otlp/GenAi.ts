import type { AttemptRecord } from "../../domain/routing/Trail.ts"

/** OpenTelemetry's word for what a path does; none where no model is asked. */
export const operationOf = (route: string): string | undefined => {
  if (route.endsWith("/embeddings")) return "embeddings"
  return route.endsWith("/completions") || route.endsWith("/responses") || route.endsWith("/messages")
    ? "chat"
    : undefined
}

/** OpenTelemetry's names of providers, where it has one. */
const providerNames: ReadonlyMap<string, string> = new Map([["google", "gcp.gemini"]])

/** A provider as OpenTelemetry calls it. */
export const providerNameOf = (provider: string): string => providerNames.get(provider) ?? provider

/** The provider's own name of a model, from the catalog's id. */
export const bareModel = ({ model, provider }: Pick<AttemptRecord, "model" | "provider">): string =>
  model.startsWith(`${provider}/`) ? model.slice(provider.length + 1) : model

/** A class of failure as `error.type`. */
export const errorTypeOf = ({ outcome, failure }: Pick<AttemptRecord, "outcome" | "failure">): string | undefined =>
  failure?.class ?? (outcome === "cancelled" ? "cancelled" : undefined)

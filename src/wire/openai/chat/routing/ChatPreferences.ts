import { asObject, type Fields, objectOf } from "../../../../domain/Fields.ts"
import type { ProviderPreferences } from "../../../../domain/routing/Steering.ts"

/** OpenRouter's prices are US dollars for a million tokens, ours nano-dollars for one. */
const nanosATokenPerDollarAMillion = 1000

/** What a checked `provider` says of which providers may serve. */
export const preferencesOf = (provider: unknown): ProviderPreferences => {
  const said = asObject(provider)
  if (said === undefined) return {}
  const price = objectOf(said["max_price"])
  const maxPrice = { ...ceiling("input", price["prompt"]), ...ceiling("output", price["completion"]) }
  return {
    ...names("order", said),
    ...names("only", said),
    ...names("ignore", said),
    ...(typeof said["allow_fallbacks"] === "boolean" ? { allowFallbacks: said["allow_fallbacks"] } : {}),
    ...(Object.keys(maxPrice).length === 0 ? {} : { maxPrice })
  }
}

const names = (name: "order" | "only" | "ignore", said: Fields): ProviderPreferences => {
  const list = said[name]
  return Array.isArray(list) ? { [name]: list.filter((item) => typeof item === "string") } : {}
}

const ceiling = (name: "input" | "output", dollars: unknown): ProviderPreferences["maxPrice"] => {
  if (typeof dollars !== "number" && typeof dollars !== "string") return undefined
  // 1.005 × 1000 is a little less than 1005, and a target at that very price must not fall out.
  return { [name]: Number((Number(dollars) * nanosATokenPerDollarAMillion).toPrecision(12)) }
}

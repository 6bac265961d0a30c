import { aliasFields } from "./ChatAliases.ts"

/** The fields that say how the whole request is served, and so nothing to one of its fallbacks. */
export const steeringNames: ReadonlySet<string> = new Set([
  "fallbacks",
  "fallback_config",
  "models",
  "gateway",
  // OpenRouter's, of the bill.
  "usage",
  "session_id",
  ...aliasFields
])

/** All fields that say where a request goes; none of them reaches a provider. */
export const routingNames: ReadonlySet<string> = new Set([...steeringNames, "provider"])

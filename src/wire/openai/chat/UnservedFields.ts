import { asObject, type Fields, listOf, objectOf } from "../../../domain/Fields.ts"
import { unservedNames } from "./RequestOf.ts"

/**
 * Of the fields that are read here and go nowhere as they are, what is served, by path; the rest of them is told like
 * those that are not.
 */
const served: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ["provider", new Set(["order", "only", "ignore", "allow_fallbacks", "max_price", "require_parameters"])],
  ["provider.max_price", new Set(["prompt", "completion"])],
  ["fallback_config", new Set(["retry", "depth"])],
  ["providerOptions", new Set(["gateway"])],
  ["providerOptions.gateway", new Set(["models", "order", "only"])],
  ["reasoning", new Set(["effort", "max_tokens"])],
  ["usage", new Set(["include"])],
  ["stream_options", new Set(["include_usage", "include_obfuscation"])]
])

/** Which of a body's fields this gateway does not serve (`transforms`, `provider.sort`), those of its fallbacks too. */
export const unservedFields = (body: Fields): ReadonlyArray<string> => {
  const names: Array<string> = []
  tell(body, "", names)
  for (const [at, fallback] of listOf(body["fallbacks"]).entries()) {
    const overrides = asObject(fallback)
    if (overrides !== undefined) tell(overrides, `fallbacks[${at}].`, names)
  }
  return names
}

const tell = (body: Fields, place: string, names: Array<string>): void => {
  for (const name of Object.keys(body)) {
    // What OpenRouter does anyway, and so do we.
    if (name === "route" && body[name] === "fallback") continue
    if (unservedNames.has(name)) names.push(place + name)
    if (served.has(name)) tellInner(objectOf(body[name]), name, place, names)
  }
}

const tellInner = (fields: Fields, path: string, place: string, names: Array<string>): void => {
  for (const name of Object.keys(fields)) {
    const inner = `${path}.${name}`
    if (served.get(path)?.has(name) !== true) names.push(place + inner)
    else if (served.has(inner)) tellInner(objectOf(fields[name]), inner, place, names)
  }
}

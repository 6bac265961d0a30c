import { asObject, type Fields } from "../../../../domain/Fields.ts"

/** A field of another gateway, and the field of ours that it is read as. */
export interface ChatAlias {
  /** Where it stands in the body. */
  readonly alias: string
  /** Whose it is. */
  readonly product: string
  /** Where ours stands. */
  readonly field: string
  /** What becomes of its value, for the documentation. */
  readonly meaning: string
  /** The value of ours; the same value where it is absent, nothing to say where it gives nothing. */
  readonly read?: (value: unknown) => unknown
}

/** The first wait of AssemblyAI's retry, in milliseconds. */
const retryAfterMs = 500

/**
 * What other gateways call our fields, for callers who come from them; the OpenAPI document prints it. What is said
 * under our own name goes before, then what stands higher in this table. Fields that have the same name and meaning
 * here are not in it.
 */
export const chatAliases: ReadonlyArray<ChatAlias> = [
  {
    alias: "num_retries",
    product: "LiteLLM",
    field: "gateway.retries.attempts",
    meaning: "more tries at the same target"
  },
  {
    alias: "fallback_config.retry",
    product: "AssemblyAI",
    field: "gateway.retries",
    meaning: "true is one more attempt after 500 ms, false is none",
    read: (value) => (value === true ? { attempts: 1, backoff_ms: retryAfterMs } : { attempts: 0 })
  },
  {
    // LiteLLM: "maximum time for the complete response", handed down to each deployment that it tries.
    alias: "timeout",
    product: "LiteLLM",
    field: "gateway.timeout_ms.total",
    meaning: "seconds for one attempt's whole answer",
    read: (value) => (typeof value === "number" ? value * 1000 : undefined)
  },
  {
    alias: "disable_fallbacks",
    product: "LiteLLM",
    field: "provider.allow_fallbacks",
    meaning: "true is allow_fallbacks: false",
    read: (value) => (value === true ? false : undefined)
  },
  {
    alias: "providerOptions.gateway.models",
    product: "Vercel AI Gateway",
    field: "models",
    meaning: "models to try after `model`, in order"
  },
  {
    alias: "providerOptions.gateway.order",
    product: "Vercel AI Gateway",
    field: "provider.order",
    meaning: "providers in the order in which to try them"
  },
  {
    alias: "providerOptions.gateway.only",
    product: "Vercel AI Gateway",
    field: "provider.only",
    meaning: "the only providers that may serve"
  }
]

const headOf = (path: string): string => path.split(".")[0] ?? path

/** The fields of a body in which aliases stand. */
export const aliasFields: ReadonlySet<string> = new Set(chatAliases.map(({ alias }) => headOf(alias)))

const valueAt = (fields: Fields, path: string): unknown => {
  let value: unknown = fields
  for (const step of path.split(".")) value = asObject(value)?.[step]
  return value ?? undefined
}

const withValue = (fields: Fields, [step = "", ...rest]: ReadonlyArray<string>, value: unknown): Fields => ({
  ...fields,
  [step]: rest.length === 0 ? value : withValue(asObject(fields[step]) ?? {}, rest, value)
})

// Nearly no body has one, and every request with routing fields is looked at, with each of its fallbacks.
const hasAlias = (body: Fields): boolean => {
  for (const name in body) if (aliasFields.has(name)) return true
  return false
}

/** The body with our fields in the place of their aliases, which stay where they are; itself when it has none. */
export const withOwnNames = (body: Fields): Fields => {
  if (!hasAlias(body)) return body
  let named = body
  for (const { alias, field, read } of chatAliases) {
    if ((body[headOf(alias)] ?? undefined) === undefined) continue
    const value = valueAt(body, alias)
    if (value === undefined || valueAt(named, field) !== undefined) continue
    const ours = read === undefined ? value : read(value)
    if (ours !== undefined) named = withValue(named, field.split("."), ours)
  }
  return named
}

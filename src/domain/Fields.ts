/** A JSON object of somebody else's, of which only some fields are known to us. */
export interface Fields {
  readonly [name: string]: unknown
}

const noFields: Fields = {}

/**
 * The value as an object, or nothing when it is a list, a scalar or null. Providers' answers are read with these few
 * readers: they cost next to nothing per event and never throw on what a provider should not have sent.
 */
export const asObject = (value: unknown): Fields | undefined =>
  // A JSON object is exactly this; the one place where the narrowing is spelled out.
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : undefined

/** The value as an object; an empty one when it is none. */
export const objectOf = (value: unknown): Fields => asObject(value) ?? noFields

const nothing: ReadonlyArray<unknown> = []

/** The value as a list; an empty one when it is none. */
export const listOf = (value: unknown): ReadonlyArray<unknown> => (Array.isArray(value) ? value : nothing)

/** The value as text, or nothing. */
export const asText = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined)

/** The value as text; empty when it is none. */
export const textOf = (value: unknown): string => (typeof value === "string" ? value : "")

/** The value as a finite number, or nothing. */
export const asNumber = (value: unknown): number | undefined =>
  typeof value === "number" && Number.isFinite(value) ? value : undefined

/** More tokens than any answer has: what costs money must stay within the whole numbers. */
const mostCounted = 1_000_000_000

/**
 * A count of tokens: whole, not negative and at most a thousand million; 0 when the provider left it out or sent
 * something else.
 */
export const countOf = (value: unknown): number =>
  typeof value === "number" && value > 0 && Number.isFinite(value) ? Math.min(Math.round(value), mostCounted) : 0

/**
 * The fields of `value` that `known` does not name; nothing when there are none, so that the usual case costs no copy.
 */
export const unknownFields = (value: Fields, known: ReadonlySet<string>): Fields | undefined => {
  let rest: Record<string, unknown> | undefined
  for (const name of Object.keys(value)) {
    if (known.has(name)) continue
    // `__proto__` as a key of parsed JSON is data; copying it by assignment would set the prototype.
    if (name === "__proto__") continue
    rest ??= {}
    rest[name] = value[name]
  }
  return rest
}

/**
 * Parsed JSON, or `undefined` when the text is not JSON (which is never a valid JSON value, so nothing is confused).
 */
export const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Whether a JSON value has at most so many levels of objects and lists. */
export const isShallow = (value: unknown, levels: number): boolean => {
  if (typeof value !== "object" || value === null) return true
  if (levels === 0) return false
  if (Array.isArray(value)) {
    for (let at = 0; at < value.length; at++) if (!isShallow(value[at], levels - 1)) return false
    return true
  }
  const fields = objectOf(value)
  for (const name in fields) if (!isShallow(fields[name], levels - 1)) return false
  return true
}

/** Most levels of JSON inside a text: Bun takes seconds to find out that it cannot write 50,000 of them again. */
const mostInnerLevels = 512

/**
 * The object that a text inside a request says (tool arguments, a tool's result), where it goes on as a part of a body;
 * else nothing.
 */
export const parseInnerObject = (text: string): Fields | undefined => {
  const value = asObject(parseJson(text))
  return value !== undefined && isShallow(value, mostInnerLevels) ? value : undefined
}

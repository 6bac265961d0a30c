import { asObject, asText, listOf, objectOf, type Fields } from "../../domain/Fields.ts"

/**
 * Keywords whose value is a map from names to schemas, a list of schemas, or one schema: where a schema may be found
 * inside another.
 */
const maps = new Set(["properties", "patternProperties", "$defs", "definitions", "dependentSchemas"])
const lists = new Set(["anyOf", "oneOf", "allOf", "prefixItems"])
const singles = new Set([
  "items",
  "additionalProperties",
  "not",
  "if",
  "then",
  "else",
  "contains",
  "propertyNames",
  "unevaluatedItems",
  "unevaluatedProperties"
])

/** Names and comments that constrain nothing. */
const silent = new Set(["$schema", "$id", "$comment", "$anchor"])

type Walk = (schema: unknown) => unknown

/**
 * The value of a keyword with `walk` applied to the schemas in it. What stands in `const`, `enum` or `default` is data,
 * and stays.
 */
const inside = (keyword: string, value: unknown, walk: Walk): unknown => {
  if (maps.has(keyword)) {
    // Object.fromEntries defines `__proto__` as a plain property; assigning it would not.
    return Object.fromEntries(Object.entries(objectOf(value)).map(([name, schema]) => [name, walk(schema)]))
  }
  if (lists.has(keyword)) return listOf(value).map(walk)
  return singles.has(keyword) ? walk(value) : value
}

/**
 * Anthropic checks a tool's schema against draft 2020-12 and answers 400 ("JSON schema is invalid") to what older
 * drafts wrote otherwise: tuples as `items: […]`, `exclusiveMinimum: true`, `required: true`.
 */
const modern: Walk = (schema) => {
  const object = asObject(schema)
  if (object === undefined) return schema
  const entries: Array<[string, unknown]> = []
  for (const [keyword, value] of Object.entries(object)) {
    if (keyword === "$schema") continue
    if (keyword === "required" && !Array.isArray(value)) continue
    if (keyword === "items" && Array.isArray(value)) {
      entries.push(["prefixItems", value.map(modern)])
      continue
    }
    if (typeof value === "boolean" && (keyword === "exclusiveMinimum" || keyword === "exclusiveMaximum")) {
      const bound = object[keyword === "exclusiveMinimum" ? "minimum" : "maximum"]
      if (value && bound !== undefined) entries.push([keyword, bound])
      continue
    }
    entries.push([keyword, inside(keyword, value, modern)])
  }
  return Object.fromEntries(entries)
}

/** What a local `$ref` (`#/$defs/Name`) points to in the whole schema; nothing when it points outside or nowhere. */
const resolve = (root: Fields, reference: string): unknown => {
  if (reference === "#") return root
  if (!reference.startsWith("#/")) return undefined
  let found: unknown = root
  for (const step of reference.slice(2).split("/")) {
    const name = step.replaceAll("~1", "/").replaceAll("~0", "~")
    if (Array.isArray(found)) found = found[Number(name)]
    else found = Object.hasOwn(objectOf(found), name) ? objectOf(found)[name] : undefined
  }
  return found
}

const unions = ["anyOf", "oneOf", "allOf"] as const

const namesOf = (value: unknown): ReadonlyArray<string> =>
  listOf(value).filter((name): name is string => typeof name === "string")

/** A tool's schema as Anthropic takes it, and what of it had to be put into words. */
export interface ToolSchema {
  readonly schema: Fields
  /** To be added to the tool's description. */
  readonly note?: string
}

/**
 * A function's `parameters` as `input_schema`. Anthropic wants an object at the root and refuses `anyOf`, `oneOf`,
 * `allOf` there, so the properties of the alternatives are put together, required only where every alternative requires
 * them, and the rule itself goes into the note.
 */
export const toolSchema = (parameters: Fields | undefined): ToolSchema => {
  const root = objectOf(modern(parameters))
  const reference = asText(root["$ref"])
  const target = reference === undefined ? undefined : asObject(resolve(root, reference))
  const { $ref: _reference, ...own } = { ...target, ...root }
  const { anyOf: _anyOf, oneOf: _oneOf, allOf: _allOf, ...rest } = own
  const required = new Set(namesOf(rest["required"]))
  const properties: Array<[string, unknown]> = []
  const folded: Array<string> = []
  for (const union of unions) {
    const alternatives = listOf(own[union]).map((alternative) => {
      const pointer = asText(objectOf(alternative)["$ref"])
      return objectOf(pointer === undefined ? alternative : resolve(root, pointer))
    })
    if (alternatives.length === 0) continue
    for (const alternative of alternatives) properties.push(...Object.entries(objectOf(alternative["properties"])))
    const lists = alternatives.map((alternative) => namesOf(alternative["required"]))
    for (const name of lists.flat()) {
      if (union === "allOf" || lists.every((list) => list.includes(name))) required.add(name)
    }
    folded.push(`${union}: ${JSON.stringify(own[union])}`)
  }
  const schema = {
    ...rest,
    type: "object",
    properties: Object.fromEntries([...properties, ...Object.entries(objectOf(rest["properties"]))]),
    ...(required.size === 0 ? {} : { required: [...required] })
  }
  return folded.length === 0 ? { schema } : { schema, note: `The input must also fit {${folded.join(", ")}}` }
}

/** A schema in the dialect that Anthropic enforces (`output_config.format`, strict tools). */
export interface EnforcedSchema {
  readonly schema: Fields
  /**
   * False when enforcing it would lose data or is refused: recursion, references outside, objects with names of any
   * kind (they come back as `{}`).
   */
  readonly expressible: boolean
  /** Properties that are not required, and unions: Anthropic limits the sum of each over a request. */
  readonly optional: number
  readonly unions: number
}

const kept = new Set(["$ref", "$defs", "definitions", "title", "description", "default", "type", "anyOf", "allOf"])
const formats = new Set(["date-time", "time", "date", "duration", "email", "hostname", "uri", "ipv4", "ipv6", "uuid"])

const isScalar = (value: unknown): boolean => value === null || typeof value !== "object"

interface Tally {
  open: boolean
  optional: number
  unions: number
}

/** Whether Anthropic enforces this keyword with this value. */
const isEnforced = (keyword: string, value: unknown): boolean => {
  if (kept.has(keyword)) return true
  if (keyword === "properties") return asObject(value) !== undefined
  if (keyword === "required") return Array.isArray(value)
  if (keyword === "items") return !Array.isArray(value)
  if (keyword === "enum") return listOf(value).length > 0 && listOf(value).every(isScalar)
  if (keyword === "const") return isScalar(value)
  if (keyword === "format") return typeof value === "string" && formats.has(value)
  // Other numbers are refused.
  return keyword === "minItems" && (value === 0 || value === 1)
}

const isObjectSchema = (schema: Fields): boolean =>
  schema["type"] === "object" ||
  listOf(schema["type"]).includes("object") ||
  asObject(schema["properties"]) !== undefined

const enforced = (schema: unknown, tally: Tally): unknown => {
  const object = asObject(schema)
  if (object === undefined) return schema
  const walk: Walk = (inner) => enforced(inner, tally)
  const entries: Array<[string, unknown]> = []
  const folded: Array<string> = []
  for (const [keyword, value] of Object.entries(object)) {
    if (silent.has(keyword) || keyword === "additionalProperties") continue
    if (keyword === "oneOf" && object["anyOf"] === undefined) entries.push(["anyOf", inside("oneOf", value, walk)])
    else if (isEnforced(keyword, value)) entries.push([keyword, inside(keyword, value, walk)])
    else folded.push(`${keyword}: ${JSON.stringify(value)}`)
  }
  if (object["anyOf"] !== undefined || object["oneOf"] !== undefined || Array.isArray(object["type"])) tally.unions++
  if (isObjectSchema(object)) {
    const names = Object.keys(objectOf(object["properties"]))
    const required = new Set(namesOf(object["required"]))
    const others = object["additionalProperties"]
    if (asObject(others) !== undefined || (names.length === 0 && others !== false)) tally.open = true
    tally.optional += names.filter((name) => !required.has(name)).length
    entries.push(["additionalProperties", false])
  }
  if (folded.length === 0) return Object.fromEntries(entries)
  const description = [asText(object["description"]) ?? "", `{${folded.join(", ")}}`].filter((text) => text !== "")
  return Object.fromEntries([
    ...entries.filter(([name]) => name !== "description"),
    ["description", description.join("\n\n")]
  ])
}

/** Whether a reference leads back to where it stands, or out of the schema. */
const hasBadReference = (root: Fields): boolean => {
  const good = new Set<string>()
  const visit = (schema: unknown, path: ReadonlyArray<string>): boolean => {
    const object = asObject(schema)
    if (object === undefined) return Array.isArray(schema) && schema.some((inner) => visit(inner, path))
    const reference = asText(object["$ref"])
    if (reference !== undefined && !good.has(reference)) {
      // Being inside the root is being inside `#` as well.
      if (reference === "#" || path.includes(reference)) return true
      const target = resolve(root, reference)
      if (target === undefined || visit(target, [...path, reference])) return true
      good.add(reference)
    }
    // Definitions are visited where they are used.
    return Object.entries(object).some(([keyword, value]) => {
      if (keyword === "$defs" || keyword === "definitions") return false
      if (maps.has(keyword)) return Object.values(objectOf(value)).some((inner) => visit(inner, path))
      return (lists.has(keyword) || singles.has(keyword)) && visit(value, path)
    })
  }
  return visit(root, [])
}

/**
 * A schema reduced to what Anthropic enforces; the rest is folded into descriptions, where the model still reads it.
 */
export const enforcedSchema = (schema: Fields): EnforcedSchema => {
  const tally: Tally = { open: false, optional: 0, unions: 0 }
  const made = objectOf(enforced(schema, tally))
  return {
    schema: made,
    expressible: !tally.open && !hasBadReference(schema),
    optional: tally.optional,
    unions: tally.unions
  }
}

/** Anthropic's limits on everything that one request wants enforced. */
export const enforcementLimits = { strictTools: 20, optional: 24, unions: 16 } as const

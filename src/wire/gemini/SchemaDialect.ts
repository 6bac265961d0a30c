import { asObject, asText, type Fields, listOf } from "../../domain/Fields.ts"

/**
 * Keywords whose value goes on as it is; with those that are written below they are all that Gemini's `…JsonSchema`
 * fields take.
 */
const plain = ["$id", "$anchor", "title", "minItems", "maxItems", "minimum", "maximum", "propertyOrdering"] as const

/** Keywords that Gemini refuses but that tell the model something: they are told in the description. */
const told = [
  "pattern",
  "minLength",
  "maxLength",
  "multipleOf",
  "exclusiveMinimum",
  "exclusiveMaximum",
  "minProperties",
  "maxProperties",
  "uniqueItems",
  "default"
] as const

/** Other formats (`uuid`, `email`…) are 400 for strings on some models; they are told in the description instead. */
const formats = new Set(["date-time", "date", "time", "int32", "int64", "float", "double"])

/** Longest keyword value that is told in a description, in characters. */
const maxNote = 300

/** Schemas inside a schema, apart from its properties. */
const innerLists = ["anyOf", "oneOf", "allOf", "prefixItems"] as const
const innerSingles = ["items", "additionalProperties"] as const

/**
 * Where a schema stands: inside which definition, and whether a property lies between that definition's top and here.
 */
interface Place {
  readonly within: string | undefined
  readonly bare: boolean
}

/**
 * A JSON Schema in the subset that `parametersJsonSchema` and `responseJsonSchema` take.
 * `const` becomes `enum`, `allOf` is merged, `definitions` and references to any place inside the schema become
 * `$defs`;
 * a reference keeps no siblings; recursion stays only in properties that are not required, as Gemini unrolls it there
 * alone.
 * What the subset lacks is told in the description or left out.
 */
export const schemaDialect = (root: Fields): Fields => {
  const definitions = definitionsOf(root)
  const top = asText(root["$ref"])
  const name = top === undefined ? undefined : definitions.nameOf(top)
  // A root that is only a reference has no type of its own, which a function's parameters must have.
  const body = name === undefined ? root : { ...definitions.get(name), $ref: undefined }
  const written = clean(body, { within: name, bare: true }, definitions)
  const defs: Array<readonly [string, Fields]> = []
  // Writing a definition may name more of them, which this loop then meets.
  for (const name of definitions.used) {
    defs.push([name, clean(definitions.get(name), { within: name, bare: true }, definitions)])
  }
  return defs.length === 0 ? written : { ...written, $defs: Object.fromEntries(defs) }
}

/**
 * The schema of a function's parameters; nothing for a function that takes none, because Gemini's older models refuse
 * an object without properties.
 */
export const parametersDialect = (schema: Fields | undefined): Fields | undefined => {
  if (schema === undefined) return undefined
  const written = schemaDialect(schema)
  const open = written["additionalProperties"] !== undefined && written["additionalProperties"] !== false
  const empty = Object.keys(asObject(written["properties"]) ?? {}).length === 0
  if (empty && !open && written["anyOf"] === undefined && written["oneOf"] === undefined) return undefined
  return { ...written, type: "object" }
}

const clean = (value: unknown, place: Place, definitions: Definitions): Fields => {
  const given = asObject(value)
  // `true` and `false` are schemas too; Gemini knows objects only.
  if (given === undefined) return {}
  const schema = merged(given, definitions, new Set())
  const ref = asText(schema["$ref"])
  const target = ref === undefined ? undefined : definitions.nameOf(ref)
  if (target !== undefined) {
    const endless = place.bare && place.within !== undefined && definitions.reaches(target, place.within, "bare")
    if (endless) return {}
    definitions.used.add(target)
    return { $ref: `#/$defs/${target}` }
  }
  const written: Record<string, unknown> = {}
  for (const keyword of plain) if (schema[keyword] !== undefined) written[keyword] = schema[keyword]
  const notes: Array<string> = []
  for (const keyword of told) note(notes, keyword, schema[keyword])
  writeType(schema, written, notes)
  writeObject(schema, written, place, definitions)
  for (const keyword of ["anyOf", "oneOf", "prefixItems"] as const) {
    const inner = listOf(schema[keyword])
    if (inner.length > 0) written[keyword] = inner.map((item) => clean(item, place, definitions))
  }
  // A list as `items` is how older drafts write a tuple.
  if (Array.isArray(schema["items"]))
    written["prefixItems"] = schema["items"].map((item) => clean(item, place, definitions))
  else if (asObject(schema["items"]) !== undefined) written["items"] = clean(schema["items"], place, definitions)
  const description = asText(schema["description"]) ?? ""
  const full = notes.length === 0 ? description : `${description}${description === "" ? "" : " "}(${notes.join("; ")})`
  if (full !== "") written["description"] = full
  return written
}

const note = (notes: Array<string>, keyword: string, value: unknown): void => {
  if (value === undefined || value === null) return
  const text = typeof value === "string" ? value : JSON.stringify(value)
  if (text.length <= maxNote) notes.push(`${keyword}: ${text}`)
}

const writeType = (schema: Fields, written: Record<string, unknown>, notes: Array<string>): void => {
  const types = (Array.isArray(schema["type"]) ? schema["type"] : [schema["type"]]).filter(
    (type): type is string => typeof type === "string"
  )
  const values: ReadonlyArray<unknown> | undefined =
    schema["const"] !== undefined ? [schema["const"]] : Array.isArray(schema["enum"]) ? schema["enum"] : undefined
  // Enumerations hold strings and numbers only; null is a type, and what else there is can only be told.
  const scalars = values?.filter((value) => typeof value === "string" || typeof value === "number") ?? []
  const rest = values?.filter((value) => typeof value !== "string" && typeof value !== "number" && value !== null) ?? []
  if (types.length === 0 && values !== undefined) types.push(...new Set(values.map(typeOf)))
  const nullable = schema["nullable"] === true || (values?.includes(null) ?? false)
  if (nullable && types.length > 0 && !types.includes("null")) types.push("null")
  if (types.length > 0) written["type"] = types.length === 1 ? types[0] : types
  if (scalars.length > 0 && rest.length === 0) written["enum"] = scalars
  else if (rest.length > 0) note(notes, "one of", values)
  const format = asText(schema["format"])
  if (format !== undefined && formats.has(format)) written["format"] = format
  else note(notes, "format", format)
}

const typeOf = (value: unknown): string => {
  if (value === null) return "null"
  if (Array.isArray(value)) return "array"
  return typeof value
}

const writeObject = (
  schema: Fields,
  written: Record<string, unknown>,
  place: Place,
  definitions: Definitions
): void => {
  const properties = asObject(schema["properties"])
  const extra = schema["additionalProperties"]
  if (typeof extra === "boolean") written["additionalProperties"] = extra
  else if (asObject(extra) !== undefined) written["additionalProperties"] = clean(extra, place, definitions)
  if (properties === undefined) return
  const inside = { within: place.within, bare: false }
  written["properties"] = Object.fromEntries(
    Object.entries(properties).map(([name, property]) => [name, clean(property, inside, definitions)])
  )
  const required = listOf(schema["required"]).filter((name) => {
    if (typeof name !== "string" || !Object.hasOwn(properties, name)) return false
    const { within } = place
    if (within === undefined) return true
    return !definitions.refsOf(properties[name], "any").some((target) => definitions.reaches(target, within, "any"))
  })
  if (required.length > 0) written["required"] = required
}

/**
 * `allOf` is not in the subset: its schemas are merged into the one that has it; what is said twice keeps the outer
 * word.
 */
const merged = (schema: Fields, definitions: Definitions, seen: ReadonlySet<string>): Fields => {
  const parts = listOf(schema["allOf"])
  if (parts.length === 0) return schema
  let all: Fields = { ...schema, allOf: undefined }
  for (const part of parts) {
    const ref = asText(asObject(part)?.["$ref"])
    const name = ref === undefined ? undefined : definitions.nameOf(ref)
    if (name !== undefined && seen.has(name)) continue
    const inner = merged(
      name === undefined ? (asObject(part) ?? {}) : definitions.get(name),
      definitions,
      name === undefined ? seen : new Set([...seen, name])
    )
    all = {
      ...inner,
      ...all,
      ...(inner["properties"] === undefined && all["properties"] === undefined
        ? {}
        : { properties: { ...asObject(inner["properties"]), ...asObject(all["properties"]) } }),
      required: [...new Set([...listOf(all["required"]), ...listOf(inner["required"])])]
    }
  }
  return all
}

/** How far references are followed: everywhere, or only where no property lies between (`bare`). */
type Follow = "any" | "bare"

interface Definitions {
  /** Names that the written schema refers to, in the order in which they were met. */
  readonly used: Set<string>
  readonly get: (name: string) => Fields
  /** The name under which a reference's target is defined; nothing when it leads nowhere inside the schema. */
  readonly nameOf: (ref: string) => string | undefined
  readonly refsOf: (schema: unknown, follow: Follow) => ReadonlyArray<string>
  readonly reaches: (from: string, to: string, follow: Follow) => boolean
}

const definitionsOf = (root: Fields): Definitions => {
  const found = new Map<string, Fields>()
  const names = new Map<string, string | undefined>()
  const reached = new Map<string, ReadonlySet<string>>()

  const nameOf = (ref: string): string | undefined => {
    if (names.has(ref)) return names.get(ref)
    const path = pointer(ref)
    const target = path === undefined ? undefined : asObject(resolve(root, path))
    if (path === undefined || target === undefined) {
      names.set(ref, undefined)
      return undefined
    }
    const defined = path.length === 2 && (path[0] === "$defs" || path[0] === "definitions")
    const wanted = (path.length === 0 ? "root" : defined ? (path[1] ?? "") : path.join("_")).replace(/[^\w.-]/g, "_")
    let name = wanted
    for (let count = 2; found.has(name) && found.get(name) !== target; count++) name = `${wanted}_${count}`
    found.set(name, target)
    names.set(ref, name)
    return name
  }

  const refsOf = (schema: unknown, follow: Follow): ReadonlyArray<string> => {
    const refs: Array<string> = []
    const walk = (value: unknown): void => {
      const inner = asObject(value)
      if (inner === undefined) return
      const ref = asText(inner["$ref"])
      const name = ref === undefined ? undefined : nameOf(ref)
      if (name !== undefined) refs.push(name)
      if (follow === "any") for (const property of Object.values(asObject(inner["properties"]) ?? {})) walk(property)
      for (const keyword of innerLists) for (const item of listOf(inner[keyword])) walk(item)
      for (const keyword of innerSingles) for (const item of [inner[keyword]].flat()) walk(item)
    }
    walk(schema)
    return refs
  }

  const get = (name: string): Fields => found.get(name) ?? {}

  const reaches = (from: string, to: string, follow: Follow): boolean => {
    const key = `${follow} ${from}`
    let all = reached.get(key)
    if (all === undefined) {
      const seen = new Set([from])
      for (const name of seen) for (const next of refsOf(get(name), follow)) seen.add(next)
      reached.set(key, seen)
      all = seen
    }
    return all.has(to)
  }

  return { used: new Set(), get, nameOf, refsOf, reaches }
}

/** The steps of a JSON pointer inside this document; nothing for addresses and anchors. */
const pointer = (ref: string): ReadonlyArray<string> | undefined => {
  if (ref === "#" || ref === "#/") return []
  if (!ref.startsWith("#/")) return undefined
  return ref
    .slice(2)
    .split("/")
    .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"))
}

const resolve = (root: unknown, path: ReadonlyArray<string>): unknown => {
  let at = root
  for (const step of path) {
    if (Array.isArray(at)) at = at[Number(step)]
    else {
      const fields = asObject(at)
      if (fields === undefined || !Object.hasOwn(fields, step)) return undefined
      at = fields[step]
    }
  }
  return at
}

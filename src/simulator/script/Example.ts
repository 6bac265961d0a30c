import { asNumber, asObject, asText, type Fields, listOf, objectOf } from "../../domain/Fields.ts"

/** Deepest nesting that is followed, so that a recursive schema ends. */
const deepest = 8

/** What the user's words offer to put into arguments, each used once, in the order in which they stand. */
export interface Found {
  readonly texts: Array<string>
  readonly numbers: Array<number>
}

/** Things in the user's words that look like arguments: `#4821`, quoted text, numbers. */
export const find = (text: string): Found => ({
  texts: [...text.matchAll(/#(\w+)|"([^"\n]+)"|“([^”\n]+)”|'([^'\n]+)'(?!\w)/g)].map(
    ([, hash, plain, curly, single]) => hash ?? plain ?? curly ?? single ?? ""
  ),
  numbers: [...text.matchAll(/-?\d+(?:\.\d+)?/g)].map(([number]) => Number(number))
})

/** Words that offer nothing. */
export const nothingFound: Found = { texts: [], numbers: [] }

interface Making {
  readonly root: Fields
  readonly found: Found
  /** Leave out the properties that the schema does not require, as models do in arguments. */
  readonly requiredOnly: boolean
}

/** A value that fits a JSON Schema, for the keywords that tools and structured outputs usually have. */
export const example = (schema: Fields, found: Found, requiredOnly: boolean): unknown =>
  valueOf(schema, "value", { root: schema, found, requiredOnly }, 0)

const valueOf = (schema: Fields, name: string, making: Making, depth: number): unknown => {
  if (Object.hasOwn(schema, "const")) return schema["const"]
  const choices = listOf(schema["enum"])
  if (choices.length > 0) return choices[0]
  if (depth > deepest) return null
  const reference = asText(schema["$ref"])
  if (reference !== undefined) return valueOf(resolve(reference, making.root), name, making, depth + 1)
  const alternatives = [...listOf(schema["anyOf"]), ...listOf(schema["oneOf"])]
  const alternative = asObject(alternatives.find((one) => typeOf(objectOf(one)) !== "null"))
  if (alternative !== undefined) return valueOf(alternative, name, making, depth + 1)
  switch (typeOf(schema)) {
    case "object":
      return objectFor(schema, making, depth)
    case "array": {
      const length = Math.max(1, Math.min(asNumber(schema["minItems"]) ?? 1, 16))
      return Array.from({ length }, () => valueOf(objectOf(schema["items"]), name, making, depth + 1))
    }
    case "integer":
      return Math.round(numberFor(schema, making.found))
    case "number":
      return numberFor(schema, making.found)
    case "boolean":
      return true
    case "null":
      return null
    default:
      return textFor(schema, name, making.found)
  }
}

const objectFor = (schema: Fields, making: Making, depth: number): Fields => {
  const properties = objectOf(schema["properties"])
  const required = listOf(schema["required"])
  const wanted = Object.entries(properties).filter(
    ([name]) => required.includes(name) || !making.requiredOnly || required.length === 0
  )
  // `Object.fromEntries` defines keys, so that a property named `__proto__` stays data.
  return Object.fromEntries(
    wanted.map(([name, property]) => [name, valueOf(objectOf(property), name, making, depth + 1)])
  )
}

/** The schema's type in lower case (Gemini writes `STRING`), guessed from its keywords where it is not said. */
const typeOf = (schema: Fields): string => {
  const said = Array.isArray(schema["type"]) ? schema["type"].find((one) => one !== "null") : schema["type"]
  if (typeof said === "string") return said.toLowerCase()
  if (schema["properties"] !== undefined) return "object"
  return schema["items"] === undefined ? "string" : "array"
}

const resolve = (reference: string, root: Fields): Fields => {
  let at: unknown = root
  for (const step of reference.replace(/^#\/?/, "").split("/")) {
    if (step !== "") at = objectOf(at)[step.replaceAll("~1", "/").replaceAll("~0", "~")]
  }
  return objectOf(at)
}

const numberFor = (schema: Fields, found: Found): number => {
  const least = asNumber(schema["minimum"]) ?? Number.NEGATIVE_INFINITY
  const most = asNumber(schema["maximum"]) ?? Number.POSITIVE_INFINITY
  const usable = found.numbers.findIndex((number) => number >= least && number <= most)
  const [said] = usable < 0 ? [] : found.numbers.splice(usable, 1)
  return said ?? Math.min(Math.max(1, least), most)
}

const formats: Readonly<Record<string, string>> = {
  "date-time": "2026-01-02T03:04:05Z",
  date: "2026-01-02",
  time: "03:04:05Z",
  email: "someone@example.com",
  uri: "https://example.com/",
  uuid: "00000000-0000-4000-8000-000000000000"
}

const textFor = (schema: Fields, name: string, found: Found): string => {
  const format = formats[asText(schema["format"]) ?? ""]
  if (format !== undefined) return format
  const text = found.texts.shift() ?? `an example ${name.replaceAll(/[_-]+/g, " ")}`
  const padded = text.padEnd(Math.min(asNumber(schema["minLength"]) ?? 0, 1000), ".")
  return padded.slice(0, asNumber(schema["maxLength"]) ?? padded.length)
}

import { Result, Schema, SchemaIssue } from "effect"
import { InvalidRequest } from "../../../../domain/Failure.ts"
import { asObject, asText, type Fields, listOf, objectOf } from "../../../../domain/Fields.ts"
import { failureTags, steeringConflict } from "../routing/ChatSteering.ts"
import { ChatRequest } from "./ChatRequest.ts"
import { nearName } from "./NearName.ts"
import { boundedLists, closedObjects } from "./RoutingFields.ts"

const decode = Schema.decodeUnknownResult(ChatRequest)
const format = SchemaIssue.makeFormatterStandardSchemaV1()

/** The first thing that is wrong with a body, in the caller's words; nothing when it is right. */
export const mistakeIn = (body: Fields): InvalidRequest | undefined => {
  const crowd = crowdIn(body)
  if (crowd !== undefined) return crowd
  // Only our own objects are closed; whatever is somebody else's takes more fields than we know.
  const decoded = decode(body, { errors: "first", onExcessProperty: "error" })
  if (Result.isFailure(decoded)) {
    const issue = format(decoded.failure.issue).issues[0]
    return describe(body, (issue?.path ?? []).map(stepOf), issue?.message ?? "is wrong")
  }
  return conversationMistake(body) ?? steeringConflict(body["gateway"])
}

const crowdIn = (body: Fields): InvalidRequest | undefined => {
  for (const [path, most] of boundedLists) {
    if (listOf(valueAt(body, path)).length <= most) continue
    const param = pathText(path)
    return new InvalidRequest({ message: `\`${param}\` has more than ${most} entries.`, param, code: "invalid_value" })
  }
  return undefined
}

/** What is wrong with a checked body's `messages` and `prompt`, of which there must be one. */
export const conversationMistake = (body: Fields): InvalidRequest | undefined => {
  // AssemblyAI's Python client cannot leave `messages` out, so an empty list beside a prompt is none.
  const hasMessages = listOf(body["messages"]).length > 0
  const hasPrompt = asText(body["prompt"]) !== undefined
  if (!hasPrompt && !hasMessages) {
    const message = Array.isArray(body["messages"])
      ? "`messages` must hold at least one message."
      : "One of `messages` or `prompt` is required."
    return new InvalidRequest({ message, param: "messages" })
  }
  if (hasPrompt && hasMessages) {
    return new InvalidRequest({ message: "Give `messages` or `prompt`, not both.", param: "prompt" })
  }
  return undefined
}

const stepOf = (step: PropertyKey | { readonly key: PropertyKey }): PropertyKey =>
  typeof step === "object" ? step.key : step

/** Which field tells the forms of a union apart, by the list that holds it, and the forms there are. */
const tellers: Readonly<Record<string, readonly [field: string, forms: string]>> = {
  messages: ["role", '"system", "developer", "user", "assistant" or "tool"'],
  content: ["type", '"text", "image_url", "input_audio" or "file"'],
  tools: ["type", '"function" or "custom"'],
  tool_calls: ["type", '"function" or "custom"']
}

/** The same for fields that are such a union themselves. */
const fieldTellers: typeof tellers = {
  response_format: ["type", '"text", "json_object" or "json_schema"'],
  tool_choice: ["type", '"function", "custom" or "allowed_tools"'],
  cache_control: ["type", '"ephemeral"']
}

/** The model's own words have no pictures. */
const assistantParts: readonly [field: string, forms: string] = ["type", '"text" or "refusal"']

const tellerOf = (body: Fields, path: ReadonlyArray<PropertyKey>) => {
  const [list, last] = [path.at(-2), path.at(-1)]
  if (list === "content" && objectOf(valueAt(body, path.slice(0, -2)))["role"] === "assistant") return assistantParts
  if (typeof last === "number") return typeof list === "string" ? tellers[list] : undefined
  return typeof last === "string" && Object.hasOwn(fieldTellers, last) ? fieldTellers[last] : undefined
}

/** A mistake in the caller's words: where it is (`messages[2].content[0].type`) and what would be right there. */
const describe = (body: Fields, path: ReadonlyArray<PropertyKey>, said: string): InvalidRequest => {
  if (said === excess) return unknownField(path)
  const teller = tellerOf(body, path)
  const value = valueAt(body, path)
  const inUnion = teller !== undefined && asObject(value) !== undefined
  const param = pathText(inUnion ? [...path, teller[0]] : path)
  const found = inUnion ? objectOf(value)[teller[0]] : value
  const expected = inUnion ? `must be ${teller[1]}` : (ownExpectation(path, found) ?? expectation(said))
  const missing = found === undefined
  return new InvalidRequest({
    message:
      missing && !inUnion
        ? `\`${param}\` is required.`
        : `\`${param}\` ${expected}${missing ? "; it is missing" : `, not ${show(found)}`}.`,
    param,
    code: missing ? "missing_required_parameter" : "invalid_value"
  })
}

/** What the Schema says of a field that a closed object does not have. */
const excess = "Expected no excess property"

/** A field that an object of ours does not have; one that looks like data is not repeated. */
const unknownField = (path: ReadonlyArray<PropertyKey>): InvalidRequest => {
  const [name, around] = [String(path.at(-1)), path.slice(0, -1)]
  const known = closedObjects[String(around.at(-1))] ?? []
  const near = nearName(name, known)
  const isWord = word.test(name)
  const said = isWord
    ? `\`${pathText(path)}\` is no field of \`${pathText(around)}\``
    : `\`${pathText(around)}\` has an unknown field`
  const hint =
    near === undefined ? `it has ${known.map((one) => `\`${one}\``).join(", ")}` : `did you mean \`${near}\`?`
  return new InvalidRequest({
    message: `${said}; ${hint}${near === undefined ? "." : ""}`,
    param: pathText(isWord ? path : around),
    code: "invalid_value"
  })
}

/** The expectations that the Schema would tell at length, or as a pattern. */
const ownExpectation = (path: ReadonlyArray<PropertyKey>, found: unknown): string | undefined => {
  const [around, last] = [path.at(-2), path.at(-1)]
  if (around === "max_price") return 'must be a price in US dollars, a number or a text like "1.25"'
  if (around !== "on" || typeof last !== "number") return undefined
  const near = typeof found === "string" ? nearName(found, failureTags) : undefined
  const expected = "must be a class of failure that GET /v1/errors lists"
  return near === undefined ? expected : `${expected} (did you mean "${near}"?)`
}

/** How the Schema shows the forms of a union of objects: the field that tells them apart, over and over. */
const objectForms = /\{ "(\w+)": [^}]*\}(?: \| \{ "\1": [^}]*\})*/g

const kinds: Readonly<Record<string, string>> = {
  string: "a string",
  number: "a number",
  boolean: "a boolean",
  array: "an array",
  object: "an object"
}

const expectation = (said: string): string => {
  if (!said.startsWith("Expected")) return `is wrong (${said})`
  const what = said
    .replace(/^Expected /, "")
    .replaceAll("readonly ", "")
    .replace(objectForms, (_, field: string) => `an object with a \`${field}\``)
  return `must be ${what
    .split(" | ")
    .map((form) => kinds[form] ?? form)
    .join(" or ")}`
}

/** What may be shown of a caller's text: it is usually a misspelling. */
const word = /^[\w.-]{1,32}$/

/** The kind of a value, never the value: it may be private, and it may be long. Short words are shown. */
const show = (value: unknown): string => {
  if (value === null) return "null"
  if (Array.isArray(value)) return "an array"
  if (value === "") return "an empty string"
  if (typeof value === "string") return word.test(value) ? `"${value}"` : "a string"
  if (typeof value === "object") return "an object"
  return typeof value === "number" || typeof value === "boolean" ? String(value) : typeof value
}

const valueAt = (body: unknown, path: ReadonlyArray<PropertyKey>): unknown => {
  let value = body
  for (const step of path) {
    if (typeof step === "number") value = listOf(value)[step]
    else if (typeof step === "string") value = asObject(value)?.[step]
  }
  return value
}

const pathText = (path: ReadonlyArray<PropertyKey>): string =>
  path
    .map((step, at) => (typeof step === "number" ? `[${step}]` : at === 0 ? String(step) : `.${String(step)}`))
    .join("")

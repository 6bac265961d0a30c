import { InvalidRequest } from "../../../domain/Failure.ts"
import { type Fields, isShallow, listOf, objectOf } from "../../../domain/Fields.ts"

/** What a request may be at most. */
export interface RequestLimits {
  /** Levels of objects and lists in any field: what walks them must not run out of stack. */
  readonly depth: number
  readonly messages: number
  readonly tools: number
  /** Characters of one JSON Schema. */
  readonly schemaBytes: number
}

/** What of a body is larger than the gateway takes; `length` is that of its text, where it is known. */
export const excessIn = (
  body: Fields,
  limits: RequestLimits,
  length: number | undefined
): InvalidRequest | undefined => {
  const tooMany = (param: string, most: number) =>
    new InvalidRequest({
      message: `\`${param}\` has more than ${most} entries (limits.${param === "messages" ? param : "tools"} in gateway.yaml).`,
      param
    })
  if (listOf(body["messages"]).length > limits.messages) return tooMany("messages", limits.messages)
  for (const name of ["tools", "functions"]) {
    if (listOf(body[name]).length > limits.tools) return tooMany(name, limits.tools)
  }
  for (const name in body) {
    if (isShallow(body[name], limits.depth)) continue
    return new InvalidRequest({ message: `\`${name}\` is nested deeper than ${limits.depth} levels.`, param: name })
  }
  // A schema cannot be longer than the body that it is a part of.
  if (length !== undefined && length <= limits.schemaBytes) return undefined
  for (const { param, value } of schemasIn(body)) {
    if (value === undefined || JSON.stringify(value).length <= limits.schemaBytes) continue
    return new InvalidRequest({
      message: `\`${param}\` is longer than ${limits.schemaBytes} characters (limits.schemaBytes).`,
      param
    })
  }
  return undefined
}

const schemasIn = (body: Fields): ReadonlyArray<{ readonly param: string; readonly value: unknown }> => [
  ...listOf(body["tools"]).map((value, at) => {
    const tool = objectOf(value)
    return tool["custom"] === undefined
      ? { param: `tools[${at}].function.parameters`, value: objectOf(tool["function"])["parameters"] }
      : { param: `tools[${at}].custom`, value: tool["custom"] }
  }),
  ...listOf(body["functions"]).map((value, at) => ({
    param: `functions[${at}].parameters`,
    value: objectOf(value)["parameters"]
  })),
  ...(body["response_format"] === undefined ? [] : [{ param: "response_format", value: body["response_format"] }])
]

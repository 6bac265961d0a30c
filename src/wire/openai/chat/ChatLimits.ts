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

/** What of a body is larger than the gateway takes; `length` is that of its text. */
export const excessIn = (body: Fields, limits: RequestLimits, length: number): InvalidRequest | undefined => {
  const tooMany = (param: string, most: number) =>
    new InvalidRequest({
      message: `\`${param}\` has more than ${most} entries (limits.${param} in gateway.yaml).`,
      param
    })
  if (listOf(body["messages"]).length > limits.messages) return tooMany("messages", limits.messages)
  if (listOf(body["tools"]).length > limits.tools) return tooMany("tools", limits.tools)
  for (const name in body) {
    if (isShallow(body[name], limits.depth)) continue
    return new InvalidRequest({ message: `\`${name}\` is nested deeper than ${limits.depth} levels.`, param: name })
  }
  // A schema cannot be longer than the body that it is a part of.
  if (length <= limits.schemaBytes) return undefined
  for (const [at, schema] of schemasIn(body).entries()) {
    if (schema.value === undefined || JSON.stringify(schema.value).length <= limits.schemaBytes) continue
    const param = schema.param.replace("#", String(at))
    return new InvalidRequest({
      message: `\`${param}\` is longer than ${limits.schemaBytes} characters (limits.schemaBytes).`,
      param
    })
  }
  return undefined
}

const schemasIn = (body: Fields): ReadonlyArray<{ readonly param: string; readonly value: unknown }> => [
  ...listOf(body["tools"]).map((tool) => ({
    param: "tools[#].function.parameters",
    value: objectOf(objectOf(tool)["function"])["parameters"]
  })),
  ...(body["response_format"] === undefined ? [] : [{ param: "response_format", value: body["response_format"] }])
]

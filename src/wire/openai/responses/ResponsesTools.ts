import { asText, type Fields, objectOf } from "../../../domain/Fields.ts"
import type { ResponseFormat, Tool, ToolChoice } from "../../../domain/Request.ts"

/** A function that takes nothing, in the form that strict mode takes as well. */
const noParameters: Fields = { type: "object", properties: {}, required: [], additionalProperties: false }

/** Tools without chat's inner object. `strict` is always said: it is false by default in chat, true here. */
export const toolOf = (tool: Tool): Fields => {
  if (tool.kind === "custom") {
    const description = asText(tool.definition["description"])
    const format = formatOfCustom(tool.definition["format"])
    return {
      type: "custom",
      name: tool.name,
      ...(description === undefined ? {} : { description }),
      ...(format === undefined ? {} : { format })
    }
  }
  return {
    type: "function",
    name: tool.name,
    ...(tool.description === undefined ? {} : { description: tool.description }),
    parameters: tool.parameters ?? noParameters,
    strict: tool.strict ?? false
  }
}

/** Chat has `{type: "grammar", grammar: {definition, syntax}}`, here the inner object is opened. */
const formatOfCustom = (value: unknown): Fields | undefined => {
  if (value === undefined || value === null) return undefined
  const { grammar, ...format } = objectOf(value)
  return { ...format, ...objectOf(grammar) }
}

/** `tool_choice` without chat's inner objects. */
export const toolChoiceOf = (choice: ToolChoice, tools: ReadonlyArray<Tool>): unknown => {
  switch (choice.mode) {
    case "named":
      return { type: choice.kind, name: choice.name }
    case "allowed":
      return {
        type: "allowed_tools",
        mode: choice.required ? "required" : "auto",
        tools: choice.names.map((name) => ({
          type: tools.find((tool) => tool.name === name)?.kind ?? "function",
          name
        }))
      }
    default:
      return choice.mode
  }
}

/** `response_format` as `text.format`. */
export const textFormatOf = (format: ResponseFormat): Fields =>
  format.type === "json_schema"
    ? {
        type: "json_schema",
        name: format.name,
        ...(format.description === undefined ? {} : { description: format.description }),
        schema: format.schema,
        strict: format.strict
      }
    : { type: format.type }

const callerNames: ReadonlyArray<readonly [pattern: RegExp, name: string]> = [
  // Items are not counted as messages are, so their number would mislead.
  [/^input\b.*/, "messages"],
  [/^max_output_tokens$/, "max_completion_tokens"],
  [/^reasoning\b.*/, "reasoning_effort"],
  [/^text\.format\.(schema|name|description|strict)/, "response_format.json_schema.$1"],
  [/^text\.format\b/, "response_format"],
  [/^text\.verbosity$/, "verbosity"],
  [/^(tools\[\d+\])\.(name|description|parameters|strict)/, "$1.function.$2"],
  [/^include\b.*/, "logprobs"]
]

/**
 * The field of a chat request that a field of the Responses API was made from, for the caller who is told of a mistake.
 */
export const callerField = (param: string): string => {
  for (const [pattern, name] of callerNames) if (pattern.test(param)) return param.replace(pattern, name)
  return param
}

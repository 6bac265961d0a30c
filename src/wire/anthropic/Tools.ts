import { asObject, asText, objectOf, type Fields } from "../../domain/Fields.ts"
import type { CustomTool, FunctionTool, Tool, ToolChoice } from "../../domain/Request.ts"
import { toolName } from "./Names.ts"
import { marked, type Block } from "./Parts.ts"
import { enforcedSchema, enforcementLimits, toolSchema, type EnforcedSchema } from "./Schema.ts"

/** A request's tools in Anthropic's words. */
export interface ToolList {
  readonly tools: ReadonlyArray<Block>
  /** Fields of the caller's tools that could not be kept. */
  readonly dropped: ReadonlyArray<string>
}

const description = (...texts: ReadonlyArray<string | undefined>): Fields => {
  const joined = texts.filter((text) => text !== undefined && text.trim() !== "").join("\n\n")
  return joined === "" ? {} : { description: joined }
}

/** What a tool asks to be enforced; nothing when it does not ask, or asks what Anthropic does not enforce. */
const enforcedTool = (tool: FunctionTool): EnforcedSchema | undefined => {
  if (tool.strict !== true) return undefined
  const { schema, note } = toolSchema(tool.parameters)
  if (note !== undefined) return undefined
  // A function without parameters is a closed object, not one of any names.
  const closed =
    Object.keys(objectOf(schema["properties"])).length === 0 && schema["additionalProperties"] === undefined
  const made = enforcedSchema(closed ? { ...schema, additionalProperties: false } : schema)
  return made.expressible ? made : undefined
}

const functionTool = (tool: FunctionTool, name: string, strict: EnforcedSchema | undefined): Block => {
  const { schema, note } = toolSchema(tool.parameters)
  return {
    name,
    ...description(tool.description, note),
    input_schema: strict?.schema ?? schema,
    ...(strict === undefined ? {} : { strict: true }),
    ...marked(tool.cache)
  }
}

/** OpenAI's free-form tool as a function with one text; a grammar can only be described. */
const customTool = (tool: CustomTool, name: string): Block => {
  const grammar = objectOf(objectOf(tool.definition["format"])["grammar"])
  const definition = asText(grammar["definition"])
  const rule =
    definition === undefined
      ? undefined
      : `The input must follow this ${asText(grammar["syntax"]) ?? "lark"} grammar:\n${definition}`
  return {
    name,
    ...description(asText(tool.definition["description"]), rule),
    input_schema: {
      type: "object",
      properties: { input: { type: "string", description: "The whole input of the tool, as plain text." } },
      required: ["input"]
    }
  }
}

/**
 * The tools as Anthropic takes them. `strict` is kept only while the whole request stays within Anthropic's limits, of
 * which `format` (the enforced answer format) uses its part.
 */
export const toolList = (
  tools: ReadonlyArray<Tool>,
  names: ReadonlyMap<string, string>,
  options: { readonly structured: boolean; readonly format: EnforcedSchema | undefined }
): ToolList => {
  const asked = tools.filter((tool) => tool.kind === "function" && tool.strict === true).length
  const enforced = new Map<Tool, EnforcedSchema>()
  if (options.structured) {
    for (const tool of tools) {
      const made = tool.kind === "function" ? enforcedTool(tool) : undefined
      if (made !== undefined) enforced.set(tool, made)
    }
  }
  let optional = options.format?.optional ?? 0
  let unions = options.format?.unions ?? 0
  for (const schema of enforced.values()) {
    optional += schema.optional
    unions += schema.unions
  }
  const { strictTools, optional: mostOptional, unions: mostUnions } = enforcementLimits
  if (enforced.size > strictTools || optional > mostOptional || unions > mostUnions) enforced.clear()
  return {
    tools: tools.map((tool) =>
      tool.kind === "custom"
        ? customTool(tool, toolName(names, tool.name))
        : functionTool(tool, toolName(names, tool.name), enforced.get(tool))
    ),
    dropped: enforced.size < asked ? ["tools.function.strict"] : []
  }
}

/**
 * Declarations for tools that earlier turns called: Anthropic refuses a conversation with tool blocks that declares
 * none.
 */
export const undeclaredTools = (called: ReadonlyArray<string>): ReadonlyArray<Block> =>
  called.map((name) => ({ name, input_schema: { type: "object", properties: {} } }))

/** `tool_choice` in Anthropic's words, and the caller's fields that it leaves out. */
export interface Choice {
  readonly choice?: Fields
  readonly dropped: ReadonlyArray<string>
}

/** Whether a tool must be called. */
export const isForced = (choice: ToolChoice | undefined): boolean =>
  choice?.mode === "required" || choice?.mode === "named" || (choice?.mode === "allowed" && choice.required)

/** The tools that the caller allows, in the caller's order. */
export const allowedTools = (tools: ReadonlyArray<Tool>, choice: ToolChoice | undefined): ReadonlyArray<Tool> => {
  if (choice?.mode !== "allowed") return tools
  const allowed = tools.filter(({ name }) => choice.names.includes(name))
  return allowed.length === 0 ? tools : allowed
}

/** OpenAI's `tool_choice` and `parallel_tool_calls` as Anthropic's `tool_choice`, for a request that has tools. */
export const toolChoice = (
  choice: ToolChoice | undefined,
  options: {
    readonly parallel: boolean | undefined
    readonly mayForce: boolean
    readonly tools: ReadonlyArray<Tool>
    readonly names: ReadonlyMap<string, string>
  }
): Choice => {
  const alone = options.parallel === false ? { disable_parallel_tool_use: true } : {}
  // Nothing of what is allowed is there to be called.
  const nothing = choice?.mode === "allowed" && !options.tools.some(({ name }) => choice.names.includes(name))
  if (choice?.mode === "none" || nothing) return { choice: { type: "none" }, dropped: [] }
  if (!isForced(choice) || !options.mayForce) {
    const said = choice !== undefined || options.parallel === false
    return { ...(said ? { choice: { type: "auto", ...alone } } : {}), dropped: isForced(choice) ? ["tool_choice"] : [] }
  }
  if (choice?.mode === "named") {
    return { choice: { type: "tool", name: toolName(options.names, choice.name), ...alone }, dropped: [] }
  }
  return { choice: { type: "any", ...alone }, dropped: [] }
}

/** A custom tool's text out of the function input that stands for it. */
export const customInput = (input: unknown, json: string): string => asText(asObject(input)?.["input"]) ?? json

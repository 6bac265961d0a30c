import { asObject, asText, type Fields } from "../../domain/Fields.ts"
import type { GeminiRules } from "../../domain/Model.ts"
import type { Request, Tool } from "../../domain/Request.ts"
import { parametersDialect } from "./SchemaDialect.ts"
import type { ToolNames } from "./ToolNames.ts"

/** A request's tools in Gemini's form. */
export interface WrittenTools {
  /** `tools` and `toolConfig`, or nothing of them. */
  readonly body: Fields
  /** Whether JSON output can be asked for beside these tools. */
  readonly json: boolean
  /** OpenAI's names of what was left out. */
  readonly dropped: ReadonlyArray<string>
}

/**
 * Writes tools and tool choice. `parallel_tool_calls: false` has no counterpart: Gemini may still call several at
 * once, and the caller is told.
 */
export const tools = (
  request: Pick<Request, "tools" | "toolChoice" | "parallelToolCalls" | "responseFormat">,
  rules: GeminiRules,
  names: ToolNames
): WrittenTools => {
  const wantsJson = request.responseFormat !== undefined && request.responseFormat.type !== "text"
  if (request.tools.length === 0) return { body: {}, json: true, dropped: [] }
  const choice = request.toolChoice
  const none = choice?.mode === "none"
  // Before Gemini 3, JSON output and functions exclude each other, even functions that must not be called.
  if (none && wantsJson && !rules.jsonWithTools) return { body: {}, json: true, dropped: [] }
  const config = callingConfig(request, wantsJson && rules.jsonWithTools, names)
  // JSON beside tools is taken in mode AUTO (and NONE) only; a call that is forced leaves no text to format.
  const json = !wantsJson || (rules.jsonWithTools && (config === undefined || config.mode === "AUTO" || none))
  const dropped: Array<string> = []
  if (!json) dropped.push("response_format")
  if (request.parallelToolCalls === false && !none) dropped.push("parallel_tool_calls")
  if (request.tools.some((tool) => tool.kind === "custom" && grammarOf(tool.definition) !== undefined)) {
    dropped.push("tools[].custom.format")
  }
  return {
    body: {
      tools: [{ functionDeclarations: request.tools.map((tool) => declaration(tool, names)) }],
      ...(config === undefined ? {} : { toolConfig: { functionCallingConfig: config } })
    },
    json,
    dropped
  }
}

interface CallingConfig {
  readonly mode: "AUTO" | "ANY" | "NONE" | "VALIDATED"
  readonly allowedFunctionNames?: ReadonlyArray<string>
}

const callingConfig = (
  { tools, toolChoice }: Pick<Request, "tools" | "toolChoice">,
  jsonToo: boolean,
  names: ToolNames
): CallingConfig | undefined => {
  if (toolChoice?.mode === "none") return { mode: "NONE" }
  if (toolChoice?.mode === "required") return { mode: "ANY" }
  if (toolChoice?.mode === "named") return { mode: "ANY", allowedFunctionNames: [names.toGemini(toolChoice.name)] }
  if (toolChoice?.mode === "allowed") {
    const allowedFunctionNames = toolChoice.names.map(names.toGemini)
    return { mode: toolChoice.required ? "ANY" : "VALIDATED", allowedFunctionNames }
  }
  // VALIDATED holds the arguments to their schema, which is what `strict` asks for.
  const strict = tools.some((tool) => tool.kind === "function" && tool.strict === true)
  if (strict && !jsonToo) return { mode: "VALIDATED" }
  return toolChoice === undefined ? undefined : { mode: "AUTO" }
}

const declaration = (tool: Tool, names: ToolNames): Fields => {
  const name = names.toGemini(tool.name)
  if (tool.kind === "custom") return customDeclaration(name, tool.definition)
  const schema = parametersDialect(tool.parameters)
  return {
    name,
    ...(tool.description === undefined ? {} : { description: tool.description }),
    ...(schema === undefined ? {} : { parametersJsonSchema: schema })
  }
}

/** A free-form tool as a function with one text; the answer's call is turned back. */
const customDeclaration = (name: string, definition: Fields): Fields => {
  const grammar = grammarOf(definition)
  const description = asText(definition["description"])
  const rule =
    grammar === undefined
      ? "The input of the tool, as plain text."
      : `The input of the tool, as plain text of this ${asText(grammar["syntax"]) ?? ""} grammar: ${asText(grammar["definition"]) ?? ""}`
  return {
    name,
    ...(description === undefined ? {} : { description }),
    parametersJsonSchema: {
      type: "object",
      properties: { input: { type: "string", description: rule } },
      required: ["input"]
    }
  }
}

const grammarOf = (definition: Fields): Fields | undefined => {
  const format = asObject(definition["format"])
  return format?.["type"] === "grammar" ? (asObject(format["grammar"]) ?? {}) : undefined
}

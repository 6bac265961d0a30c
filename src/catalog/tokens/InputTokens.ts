import type { Message, Part } from "../../domain/Message.ts"
import type { Model, Rules } from "../../domain/Model.ts"
import type { Request, Tool } from "../../domain/Request.ts"
import { mediaTokens } from "./MediaTokens.ts"
import type { Tokens } from "./Tokens.ts"

/** Tokens of a request, as far as it shows: of its text, and of its sound besides. */
export interface InputTokens {
  readonly all: number
  readonly audio: number
}

/**
 * What a language puts around the text, in tokens: for each message, and before the tools where there are any
 * (recorded: 360 to 660 with Claude).
 */
const around: Readonly<Record<Rules["language"], { readonly message: number; readonly tools: number }>> = {
  openai: { message: 4, tools: 0 },
  anthropic: { message: 4, tools: 500 },
  gemini: { message: 1, tools: 0 },
  compatible: { message: 4, tools: 100 }
}

/**
 * What a request has for a model that did not say it itself. The text is counted; a schema for the answer counts where
 * it is put into the prompt. Reasoning of earlier turns is not counted: providers leave most of it out. Media are taken
 * for as much as they commonly are at the most (`mediaTokens`).
 */
export const inputTokensOf = (request: Request, model: Model, tokens: Tokens["Service"]): InputTokens => {
  const { messages, tools, responseFormat } = request
  const { language } = model.rules
  const frame = around[language]
  const texts: Array<string> = []
  let other = messages.length * frame.message + (tools.length > 0 ? frame.tools : 0)
  let audio = 0
  for (const message of messages) {
    for (const part of partsOf(message)) {
      const media = mediaTokens(part, model)
      other += media
      if (part.type === "audio") audio += media
      else texts.push(textOf(part))
    }
    if (message.role !== "assistant") continue
    for (const call of message.toolCalls) texts.push(call.name, call.arguments)
  }
  for (const tool of tools) texts.push(...textsOf(tool))
  if (responseFormat?.type === "json_schema" && language !== "gemini") texts.push(JSON.stringify(responseFormat.schema))
  // Together, so that a thousand long messages take no longer to count than one.
  const all = tokens.count(model, texts.join("\n")) + Math.ceil(other)
  const most = model.maxInputTokens ?? model.contextTokens ?? Infinity
  return { all: Math.min(all, most), audio: Math.min(Math.ceil(audio), most) }
}

const partsOf = ({ content }: Message): ReadonlyArray<Part> =>
  typeof content === "string" ? [{ type: "text", text: content }] : content

const textOf = (part: Part): string => {
  switch (part.type) {
    case "text":
      return part.text
    case "refusal":
      return part.refusal
    default:
      return ""
  }
}

/** A tool's JSON, but not all that stands around it: providers write tools more tersely into the prompt. */
const textsOf = (tool: Tool): ReadonlyArray<string> =>
  tool.kind === "custom"
    ? [tool.name, JSON.stringify(tool.definition)]
    : [tool.name, tool.description ?? "", JSON.stringify(tool.parameters ?? {})]

import type { Fields } from "../../../domain/Fields.ts"
import {
  type AssistantMessage,
  type Content,
  foreignReasoning,
  type Message,
  type Part,
  type ToolCall,
  type ToolMessage
} from "../../../domain/Message.ts"
import type { ReasoningDetail } from "../../../domain/Reasoning.ts"
import { noReasoning, reasoningTaken, replayOf, type ReplayedReasoning } from "./ResponsesReasoning.ts"

/** What the messages of a request become, and which of their fields have no place there. */
export interface ResponsesInput {
  readonly items: ReadonlyArray<Fields>
  readonly dropped: ReadonlyArray<string>
}

/** How the input is to be written for one model. */
export interface InputRules {
  /** The role of system and developer messages. */
  readonly systemRole: "system" | "developer" | "user"
  /** The model takes reasoning back. */
  readonly reasoning: boolean
  /** The reasoning that came with a call, where the caller's library lost it. */
  readonly recall: (callId: string) => ReadonlyArray<ReasoningDetail> | undefined
}

/** Longest `call_id` that the API takes, in characters. */
const maxCallIdLength = 64

/** What a call that was never answered is answered with: the API refuses a call without its output. */
const noOutput = "No output was recorded for this call."

/** The messages as input items, in their order. */
export const inputOf = (messages: ReadonlyArray<Message>, rules: InputRules): ResponsesInput => {
  const items: Array<Fields> = []
  const dropped: Array<string> = []
  const answers = pair(messages)
  messages.forEach((message, at) => {
    if (message.role !== "tool" && message.name !== undefined) dropped.push(`messages[${at}].name`)
    switch (message.role) {
      case "system":
      case "developer":
        items.push({ type: "message", role: rules.systemRole, content: contentOf(message.content) })
        return
      case "user":
        items.push({ type: "message", role: "user", content: contentOf(message.content) })
        return
      case "tool": {
        const call = answers.calls.get(message)
        items.push(call === undefined ? strayOutput(message) : outputOf(call, contentOf(message.content)))
        return
      }
      case "assistant": {
        const content = assistantContent(message)
        const reasoning = rules.reasoning ? replayOf(message, rules.recall) : noReasoning
        const phase = message.extra?.["phase"]
        if (message.extra?.["audio"] !== undefined) dropped.push(`messages[${at}].audio`)
        if (content.length > 0) {
          items.push(...reasoning.first)
          items.push({ type: "message", role: "assistant", content, ...(phase === undefined ? {} : { phase }) })
        }
        pushCalls(items, message.toolCalls, reasoning, content.length > 0)
        for (const call of message.toolCalls) if (!answers.answered.has(call)) items.push(outputOf(call, noOutput))
      }
    }
  })
  return { items, dropped: [...dropped, ...foreignReasoning(messages, reasoningTaken(rules.reasoning))] }
}

const pushCalls = (
  items: Array<Fields>,
  calls: ReadonlyArray<ToolCall>,
  reasoning: ReplayedReasoning,
  begun: boolean
): void => {
  calls.forEach((call, at) => {
    // A reasoning item must be followed by the item that it led to, so without any item it is not sent at all.
    if (at === 0 && !begun) items.push(...reasoning.first)
    items.push(...(reasoning.before.get(call) ?? []))
    items.push(callOf(call))
  })
}

interface Answers {
  readonly calls: ReadonlyMap<ToolMessage, ToolCall>
  readonly answered: ReadonlySet<ToolCall>
}

/** Which output answers which call. By order, for some hosts count their ids from 0 again in every turn. */
const pair = (messages: ReadonlyArray<Message>): Answers => {
  const waiting = new Map<string, ToolCall>()
  const calls = new Map<ToolMessage, ToolCall>()
  const answered = new Set<ToolCall>()
  for (const message of messages) {
    if (message.role === "assistant") for (const call of message.toolCalls) waiting.set(call.id, call)
    if (message.role !== "tool") continue
    const call = waiting.get(message.callId)
    if (call === undefined) continue
    waiting.delete(message.callId)
    calls.set(message, call)
    answered.add(call)
  }
  return { calls, answered }
}

const callOf = (call: ToolCall): Fields =>
  call.kind === "custom"
    ? { type: "custom_tool_call", call_id: callIdOf(call.id), name: call.name, input: call.arguments }
    : {
        type: "function_call",
        call_id: callIdOf(call.id),
        name: call.name,
        arguments: call.arguments === "" ? "{}" : call.arguments
      }

const outputOf = (call: ToolCall, output: unknown): Fields => ({
  type: call.kind === "custom" ? "custom_tool_call_output" : "function_call_output",
  call_id: callIdOf(call.id),
  output
})

/**
 * Other providers' ids can be long (some carry a signature); the same id always becomes the same short one, so that
 * prompts stay cacheable.
 */
const callIdOf = (id: string): string => {
  if (id.length <= maxCallIdLength) return id
  let hash = 0xcbf29ce484222325n
  for (let at = 0; at < id.length; at++) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(id.charCodeAt(at))) * 0x100000001b3n)
  }
  return `${id.slice(0, 32)}_${hash.toString(16)}`
}

/** An output whose call is not in the history is refused as such; as a user's text it still informs the model. */
const strayOutput = (message: ToolMessage): Fields => {
  const said = `Output of the tool call ${message.callId}:`
  if (typeof message.content === "string") {
    return { type: "message", role: "user", content: `${said}\n${message.content}` }
  }
  return {
    type: "message",
    role: "user",
    content: [{ type: "input_text", text: said }, ...message.content.map(inputPart)]
  }
}

const contentOf = (content: Content): string | ReadonlyArray<Fields> => {
  if (typeof content === "string") return content
  const [first] = content
  if (first === undefined) return ""
  return content.length === 1 && first.type === "text" && first.extra === undefined
    ? first.text
    : content.map(inputPart)
}

/**
 * Whether the API has no place for a part where it stands: a model's own words are text, a tool's output has no sound,
 * and a file needs a content.
 */
export const isUnusable = (part: Part, message: Message): boolean => {
  if (message.role === "assistant") return part.type !== "text" && part.type !== "refusal"
  if (part.type === "file") return part.id === undefined && part.data === undefined && part.url === undefined
  return message.role === "tool" && part.type === "audio"
}

const inputPart = (part: Part): Fields => {
  const breakpoint = part.extra?.["prompt_cache_breakpoint"]
  const marked = breakpoint === undefined ? {} : { prompt_cache_breakpoint: breakpoint }
  switch (part.type) {
    case "text":
      return { type: "input_text", text: part.text, ...marked }
    case "refusal":
      return { type: "input_text", text: part.refusal, ...marked }
    case "image":
      return { type: "input_image", image_url: part.url, detail: part.detail ?? "auto", ...marked }
    case "audio":
      return { type: "input_audio", input_audio: { data: part.data, format: part.format } }
    case "file":
      if (part.id !== undefined) return { type: "input_file", file_id: part.id, ...marked }
      if (part.data === undefined) return { type: "input_file", file_url: part.url, ...marked }
      return { type: "input_file", file_data: part.data, filename: part.name ?? fileName(part.data), ...marked }
  }
}

/** The API wants a name with a file's data, and tells its kind by the name's ending. */
const fileName = (data: string): string => {
  const kind = /^data:[\w.+-]+\/([\w.+-]+)[;,]/.exec(data)?.[1]
  return kind === undefined ? "document" : `document.${kind === "plain" ? "txt" : kind}`
}

/** The model's own words. */
const assistantContent = ({ content, refusal }: AssistantMessage): ReadonlyArray<Fields> => {
  const said: Array<Fields> = []
  const say = (text: string) => {
    if (text !== "") said.push({ type: "output_text", text, annotations: [] })
  }
  const refuse = (text: string | undefined) => {
    if (text !== undefined && text !== "") said.push({ type: "refusal", refusal: text })
  }
  if (typeof content === "string") say(content)
  else {
    for (const part of content) {
      if (part.type === "text") say(part.text)
      else if (part.type === "refusal") refuse(part.refusal)
    }
  }
  refuse(refusal)
  return said
}

import type { Fields } from "../../../domain/Fields.ts"
import type { AssistantMessage, Content, Message, Part, ToolCall } from "../../../domain/Message.ts"
import { contentText } from "../../../domain/Message.ts"
import type { OpenAiRules } from "../../../domain/Model.ts"
import type { ResponseFormat, Tool, ToolChoice } from "../../../domain/Request.ts"
import { signed } from "./ChatAnswer.ts"

/** What of a conversation the target's host takes, where hosts differ. */
export interface ChatManner {
  /** Which role stands for `system` and `developer`. */
  readonly systemRole: OpenAiRules["systemRole"]
  /** The fields in which an assistant turn goes back with its reasoning; none where the host does not want it. */
  readonly reasoningOf: (message: AssistantMessage) => Fields | undefined
  /** Gemini's signature with which a call goes back; none where the model is no Gemini. */
  readonly signatureOf: (call: ToolCall) => string | undefined
}

/** The messages in OpenAI's words. */
export const chatMessages = (messages: ReadonlyArray<Message>, manner: ChatManner): ReadonlyArray<Fields> =>
  messages.map((message) => chatMessage(message, manner))

const chatMessage = (message: Message, manner: ChatManner): Fields => {
  const name = "name" in message && message.name !== undefined ? { name: message.name } : undefined
  switch (message.role) {
    case "system":
    case "developer":
      return { role: manner.systemRole, content: chatContent(message.content), ...name, ...message.extra }
    case "user":
      return { role: "user", content: chatContent(message.content), ...name, ...message.extra }
    case "tool":
      return {
        role: "tool",
        tool_call_id: message.callId,
        content: chatContent(message.content),
        ...name,
        ...message.extra
      }
    case "assistant": {
      const calls = message.toolCalls.length > 0
      return {
        role: "assistant",
        // Empty text beside tool calls is refused by some hosts; null is OpenAI's own way to say that there was none.
        content: calls && contentText(message.content) === "" ? null : chatContent(message.content),
        ...(message.refusal === undefined ? {} : { refusal: message.refusal }),
        ...(calls ? { tool_calls: message.toolCalls.map((call) => chatCall(call, manner)) } : {}),
        ...manner.reasoningOf(message),
        ...name,
        ...message.extra
      }
    }
  }
}

const chatContent = (content: Content): string | ReadonlyArray<Fields> =>
  typeof content === "string" ? content : content.map(chatPart)

const chatPart = (part: Part): Fields => {
  switch (part.type) {
    case "text":
      return { type: "text", text: part.text, ...part.extra }
    case "refusal":
      return { type: "refusal", refusal: part.refusal, ...part.extra }
    case "image":
      return {
        type: "image_url",
        image_url: { url: part.url, ...(part.detail === undefined ? {} : { detail: part.detail }) },
        ...part.extra
      }
    case "audio":
      return { type: "input_audio", input_audio: { data: part.data, format: part.format }, ...part.extra }
    case "file":
      return {
        type: "file",
        file: {
          ...(part.data === undefined ? {} : { file_data: part.data }),
          ...(part.id === undefined ? {} : { file_id: part.id }),
          ...(part.url === undefined ? {} : { file_url: part.url }),
          ...(part.name === undefined ? {} : { filename: part.name })
        },
        ...part.extra
      }
  }
}

const chatCall = (call: ToolCall, { signatureOf }: ChatManner): Fields =>
  call.kind === "custom"
    ? { id: call.id, type: "custom", custom: { name: call.name, input: call.arguments }, ...call.extra }
    : {
        id: call.id,
        type: "function",
        // Some hosts parse what comes back and stumble over the empty text that a call without arguments has.
        function: { name: call.name, arguments: call.arguments === "" ? "{}" : call.arguments },
        ...signed(signatureOf(call)),
        ...call.extra
      }

/** The tools in OpenAI's words. */
export const chatTools = (tools: ReadonlyArray<Tool>): ReadonlyArray<Fields> =>
  tools.map((tool) =>
    tool.kind === "custom"
      ? { type: "custom", custom: tool.definition, ...tool.extra }
      : {
          type: "function",
          function: {
            name: tool.name,
            ...(tool.description === undefined ? {} : { description: tool.description }),
            ...(tool.parameters === undefined ? {} : { parameters: tool.parameters }),
            ...(tool.strict === undefined ? {} : { strict: tool.strict }),
            ...tool.extra
          },
          ...tool.beside
        }
  )

/**
 * The tool choice in OpenAI's words; tools of a list of allowed ones are functions unless the request says otherwise.
 */
export const chatToolChoice = (choice: ToolChoice, tools: ReadonlyArray<Tool>): unknown => {
  const named = (name: string, kind: Tool["kind"]): Fields =>
    kind === "custom" ? { type: "custom", custom: { name } } : { type: "function", function: { name } }
  switch (choice.mode) {
    case "named":
      return named(choice.name, choice.kind)
    case "allowed":
      return {
        type: "allowed_tools",
        allowed_tools: {
          mode: choice.required ? "required" : "auto",
          tools: choice.names.map((name) => named(name, tools.find((tool) => tool.name === name)?.kind ?? "function"))
        }
      }
    default:
      return choice.mode
  }
}

/** The response format in OpenAI's words. */
export const chatFormat = (format: ResponseFormat): Fields =>
  format.type === "json_schema"
    ? {
        type: "json_schema",
        json_schema: {
          name: format.name,
          ...(format.description === undefined ? {} : { description: format.description }),
          schema: format.schema,
          strict: format.strict
        }
      }
    : { type: format.type }

/**
 * The first place among the messages that holds a part which `refused` names, in the caller's words
 * (`messages[2].content[0].type`).
 */
export const placeOfPart = (
  messages: ReadonlyArray<Message>,
  refused: (part: Part, message: Message) => boolean
): string | undefined => {
  for (const [at, message] of messages.entries()) {
    if (typeof message.content === "string") continue
    for (const [index, part] of message.content.entries()) {
      if (refused(part, message)) return `messages[${at}].content[${index}].type`
    }
  }
  return undefined
}

/** The messages with their parts bare of a field that is OpenAI's own. */
export const withoutPartField = (messages: ReadonlyArray<Message>, name: string): ReadonlyArray<Message> =>
  messages.map((message) => {
    if (typeof message.content === "string") return message
    const content = message.content.map((part): Part => {
      if (part.extra?.[name] === undefined) return part
      const { [name]: _left, ...extra } = part.extra
      return { ...part, extra }
    })
    return { ...message, content }
  })

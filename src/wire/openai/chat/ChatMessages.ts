import { asObject, asText, type Fields, listOf, objectOf, textOf, unknownFields } from "../../../domain/Fields.ts"
import type { AssistantMessage, CacheControl, Content, Message, Part, ToolCall } from "../../../domain/Message.ts"
import { detailOf } from "./ChatDetails.ts"

/** The cache mark of a body, message, part or tool. */
export const cacheOf = (value: Fields): { readonly cache: CacheControl } | undefined => {
  const mark = asObject(value["cache_control"])
  if (mark === undefined) return undefined
  const ttl = mark["ttl"]
  return { cache: ttl === "5m" || ttl === "1h" ? { type: "ephemeral", ttl } : { type: "ephemeral" } }
}

const extraOf = (value: Fields, known: ReadonlySet<string>): { readonly extra: Fields } | undefined => {
  const extra = unknownFields(value, known)
  return extra === undefined ? undefined : { extra }
}

const nameOf = (value: Fields): { readonly name: string } | undefined => {
  const name = asText(value["name"])
  return name === undefined ? undefined : { name }
}

const partFields: ReadonlySet<string> = new Set([
  "type",
  "text",
  "image_url",
  "input_audio",
  "file",
  "refusal",
  "cache_control"
])

const partOf = (value: unknown): Part => {
  const part = objectOf(value)
  const rest = { ...cacheOf(part), ...extraOf(part, partFields) }
  switch (part["type"]) {
    case "image_url": {
      const image = objectOf(part["image_url"])
      const detail = asText(image["detail"])
      return { type: "image", url: textOf(image["url"]), ...(detail === undefined ? {} : { detail }), ...rest }
    }
    case "input_audio": {
      const audio = objectOf(part["input_audio"])
      return { type: "audio", data: textOf(audio["data"]), format: textOf(audio["format"]), ...rest }
    }
    case "file": {
      const file = objectOf(part["file"])
      const data = asText(file["file_data"])
      const url = asText(file["file_url"])
      const id = asText(file["file_id"])
      const name = asText(file["filename"])
      return {
        type: "file",
        ...(data === undefined ? {} : { data }),
        ...(url === undefined ? {} : { url }),
        ...(id === undefined ? {} : { id }),
        ...(name === undefined ? {} : { name }),
        ...rest
      }
    }
    case "refusal":
      return { type: "refusal", refusal: textOf(part["refusal"]), ...rest }
    default:
      return { type: "text", text: textOf(part["text"]), ...rest }
  }
}

const contentOf = (value: unknown): Content => (Array.isArray(value) ? value.map(partOf) : textOf(value))

const callFields: ReadonlySet<string> = new Set(["id", "type", "function", "custom", "extra_content", "index"])

const callOf = (value: unknown): ToolCall => {
  const call = objectOf(value)
  const rest = extraOf(call, callFields)
  if (call["type"] === "custom") {
    const custom = objectOf(call["custom"])
    return {
      id: textOf(call["id"]),
      kind: "custom",
      name: textOf(custom["name"]),
      arguments: textOf(custom["input"]),
      ...rest
    }
  }
  const called = objectOf(call["function"])
  // Where Google's own OpenAI endpoint puts it, so clients of that keep it already.
  const signature = asText(objectOf(objectOf(call["extra_content"])["google"])["thought_signature"])
  return {
    id: textOf(call["id"]),
    kind: "function",
    name: textOf(called["name"]),
    arguments: textOf(called["arguments"]),
    ...(signature === undefined ? {} : { signature }),
    ...rest
  }
}

const assistantFields: ReadonlySet<string> = new Set([
  "role",
  "content",
  "tool_calls",
  "function_call",
  "refusal",
  "name",
  "reasoning_content",
  "reasoning",
  "thinking",
  "reasoning_details",
  "cache_control",
  // What answers carry and callers send back as they got it, though no request takes it.
  "annotations",
  "audio",
  // AssemblyAI's Python client has one class for all messages, so its answers carry it as null.
  "tool_call_id"
])

const assistantOf = (message: Fields, legacyId: (name: string) => string): AssistantMessage => {
  const legacy = asObject(message["function_call"])
  const calls = listOf(message["tool_calls"]).map(callOf)
  const refusal = asText(message["refusal"])
  const reasoning = asText(message["reasoning_content"]) ?? asText(message["reasoning"]) ?? asText(message["thinking"])
  const details = listOf(message["reasoning_details"])
    .map((detail, index) => detailOf(objectOf(detail), index))
    .filter((detail) => detail !== undefined)
  const audio = asObject(message["audio"])
  const extra = { ...unknownFields(message, assistantFields), ...(audio === undefined ? {} : { audio }) }
  return {
    role: "assistant",
    content: contentOf(message["content"]),
    toolCalls:
      legacy === undefined
        ? calls
        : [
            ...calls,
            {
              id: legacyId(textOf(legacy["name"])),
              kind: "function",
              name: textOf(legacy["name"]),
              arguments: textOf(legacy["arguments"])
            }
          ],
    ...(refusal === undefined ? {} : { refusal }),
    ...(reasoning === undefined || reasoning === "" ? {} : { reasoning }),
    ...(details.length === 0 ? {} : { reasoningDetails: details }),
    ...nameOf(message),
    ...cacheOf(message),
    ...(Object.keys(extra).length === 0 ? {} : { extra })
  }
}

const messageFields: ReadonlySet<string> = new Set(["role", "content", "name", "cache_control", "tool_call_id", "type"])

const jsonText = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value ?? {}))

const itemId = (item: Fields): string =>
  asText(item["tool_call_id"]) ?? asText(item["call_id"]) ?? asText(item["id"]) ?? textOf(item["name"])

/**
 * The messages of a checked body. The old forms (`function` role and `function_call`, AssemblyAI's items without a
 * role) come out as tool calls and results.
 */
export const messagesOf = (values: ReadonlyArray<unknown>): ReadonlyArray<Message> => {
  const messages: Array<Message> = []
  // The old form pairs a call with its result by name and order; ids are made up to say the same.
  let legacyCalls = 0
  const legacyId = () => `call_legacy_${legacyCalls++}`
  for (const value of values) {
    const message = objectOf(value)
    switch (message["role"]) {
      case "assistant":
        messages.push(assistantOf(message, legacyId))
        break
      case "tool":
        messages.push({
          role: "tool",
          callId: textOf(message["tool_call_id"]),
          content: contentOf(message["content"]),
          ...nameOf(message),
          ...cacheOf(message),
          ...extraOf(message, messageFields)
        })
        break
      case "function":
        messages.push({
          role: "tool",
          callId: `call_legacy_${Math.max(0, legacyCalls - 1)}`,
          content: textOf(message["content"]),
          ...nameOf(message)
        })
        break
      case "system":
      case "developer":
      case "user":
        messages.push({
          role: message["role"],
          content: contentOf(message["content"]),
          ...nameOf(message),
          ...cacheOf(message),
          ...extraOf(message, messageFields)
        })
        break
      default:
        pushItem(messages, message)
    }
  }
  return messages
}

/** AssemblyAI's older items: neighbouring calls are one assistant turn, as they were one answer. */
const pushItem = (messages: Array<Message>, item: Fields): void => {
  if (item["type"] === "function_call_output") {
    messages.push({ role: "tool", callId: itemId(item), content: jsonText(item["output"]), ...nameOf(item) })
    return
  }
  const call: ToolCall = {
    id: itemId(item),
    kind: "function",
    name: textOf(item["name"]),
    arguments: jsonText(item["arguments"])
  }
  const last = messages.at(-1)
  if (last?.role !== "assistant") {
    messages.push({ role: "assistant", content: "", toolCalls: [call] })
    return
  }
  messages[messages.length - 1] = { ...last, toolCalls: [...last.toolCalls, call] }
}

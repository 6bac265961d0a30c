import { asNumber, asText, type Fields, listOf, objectOf } from "../../../domain/Fields.ts"
import type { Received, Refusal } from "../Language.ts"
import { openAiInvalid } from "./OpenAiErrors.ts"

/**
 * What OpenAI's chat completions take today; another field is refused for OpenAI's own models, and let through for
 * those of compatible hosts.
 */
const known = new Set(
  (
    "messages model audio frequency_penalty function_call functions logit_bias logprobs max_completion_tokens max_tokens metadata " +
    "modalities moderation n parallel_tool_calls prediction presence_penalty prompt_cache_key prompt_cache_options " +
    "prompt_cache_retention reasoning_effort response_format safety_identifier seed service_tier stop store stream stream_options " +
    "temperature tool_choice tools top_logprobs top_p user verbosity web_search_options"
  ).split(" ")
)

/** Models of OpenAI itself, to which its rules apply. */
export const isOpenAi = (model: string): boolean => /^(gpt-\d|chatgpt|o\d)/.test(model) && !model.startsWith("gpt-oss")
/** Models that reason whatever the effort. */
const alwaysReasons = (model: string): boolean => /^(o\d|gpt-5(-mini|-nano)?(-\d{4}|$))/.test(model)
/** Whether OpenAI treats a model of this name as one that reasons. */
export const isReasoning = (model: string): boolean => /^(o\d|gpt-([5-9]|\d\d))/.test(model)
/** Effort that counts when none is written: GPT-5.6 thinks by default, 5.1 to 5.5 do not. */
export const thinks = (model: string, effort: unknown): boolean =>
  alwaysReasons(model) ||
  (isReasoning(model) && (effort ?? (/^gpt-5\.[1-5]/.test(model) ? "none" : "medium")) !== "none")

const unsupported = (name: string): Refusal =>
  openAiInvalid(`Unsupported parameter: '${name}' is not supported with this model.`, name, "unsupported_parameter")

const parameters = (body: Fields, model: string): Refusal | undefined => {
  if (!isOpenAi(model)) return undefined
  const unknown = Object.keys(body).find((name) => !known.has(name))
  if (unknown !== undefined) return openAiInvalid(`Unknown parameter: '${unknown}'.`, unknown, "unknown_parameter")
  if (!isReasoning(model)) return undefined
  if (body["max_tokens"] !== undefined && body["max_tokens"] !== null) {
    return openAiInvalid(
      "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
      "max_tokens",
      "unsupported_parameter"
    )
  }
  const effort = body["reasoning_effort"]
  const tools = listOf(body["tools"]).some((tool) => objectOf(tool)["type"] === "function")
  if (model.startsWith("gpt-5.6") && tools && effort !== "none") {
    return openAiInvalid(
      `Function tools with reasoning_effort are not supported for ${model} in /v1/chat/completions. To use function tools, use /v1/responses or set reasoning_effort to 'none'.`,
      "reasoning_effort"
    )
  }
  // These take tools when no effort is written, and refuse any effort but `none` beside them.
  if (/^gpt-5\.[45]/.test(model) && tools && effort !== undefined && effort !== "none") {
    return openAiInvalid(
      `Function tools with reasoning_effort are not supported for ${model} in /v1/chat/completions. Please use /v1/responses instead.`,
      "reasoning_effort"
    )
  }
  for (const name of ["stop", "frequency_penalty", "presence_penalty", "logit_bias"]) {
    const value = body[name]
    if (value !== undefined && value !== null && value !== 0) return unsupported(name)
  }
  if (!thinks(model, effort)) return undefined
  for (const name of ["temperature", "top_p"]) {
    const value = asNumber(body[name])
    if (value !== undefined && value !== 1) {
      return openAiInvalid(
        `Unsupported value: '${name}' does not support ${value} with this model. Only the default (1) value is supported.`,
        name,
        "unsupported_value"
      )
    }
  }
  if (body["logprobs"] === true || body["top_logprobs"] !== undefined) return unsupported("logprobs")
  return undefined
}

const order = (messages: ReadonlyArray<Fields>, model: string): Refusal | undefined => {
  let open = new Set<string>()
  for (const [at, message] of messages.entries()) {
    const role = asText(message["role"])
    if (role === "tool") {
      const id = asText(message["tool_call_id"]) ?? ""
      if (!open.delete(id)) {
        return openAiInvalid(
          "Invalid parameter: messages with role 'tool' must be a response to a preceeding message with 'tool_calls'.",
          `messages.[${at}].role`
        )
      }
      continue
    }
    if (open.size > 0) return unanswered(open, at)
    if (role === "system" && model.startsWith("o1-mini")) {
      return openAiInvalid(
        `Unsupported value: 'messages[${at}].role' does not support 'system' with this model.`,
        `messages[${at}].role`,
        "unsupported_value"
      )
    }
    if (role === undefined || !["system", "developer", "user", "assistant", "function"].includes(role)) {
      return openAiInvalid(
        `Invalid value: '${role ?? ""}'. Supported values are: 'system', 'assistant', 'user', 'function', 'tool', and 'developer'.`,
        `messages[${at}].role`,
        "invalid_value"
      )
    }
    const calls = listOf(message["tool_calls"]).map(objectOf)
    const content = message["content"]
    if ((content === null || content === undefined) && calls.length === 0 && message["function_call"] === undefined) {
      // An assistant's turn may be a refusal or spoken.
      if (role !== "assistant" || (message["refusal"] === undefined && message["audio"] === undefined)) {
        return openAiInvalid("Invalid value for 'content': expected a string, got null.", `messages.[${at}].content`)
      }
    }
    open = new Set(calls.map((call) => asText(call["id"]) ?? ""))
    const wrong = calls.findIndex((call) => {
      const target = objectOf(call["function"])
      return call["type"] === "function" && typeof target["arguments"] !== "string"
    })
    if (wrong >= 0) {
      return openAiInvalid(
        `Invalid type for 'messages[${at}].tool_calls[${wrong}].function.arguments': expected a string, but got something else instead.`,
        `messages[${at}].tool_calls[${wrong}].function.arguments`,
        "invalid_type"
      )
    }
  }
  return open.size > 0 ? unanswered(open, messages.length) : undefined
}

const unanswered = (open: ReadonlySet<string>, at: number): Refusal =>
  openAiInvalid(
    `An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. The following tool_call_ids did not have response messages: ${[...open].join(", ")}`,
    `messages.[${at}].role`
  )

const tools = (body: Fields): Refusal | undefined => {
  const offered = listOf(body["tools"]).map(objectOf)
  for (const [at, tool] of offered.entries()) {
    if (tool["type"] !== "function") continue
    const name = asText(objectOf(tool["function"])["name"])
    if (name === undefined || !/^[a-zA-Z0-9_-]{1,64}$/.test(name)) {
      return openAiInvalid(
        `Invalid 'tools[${at}].function.name': string does not match pattern. Expected a string that matches the pattern '^[a-zA-Z0-9_-]+$'.`,
        `tools[${at}].function.name`,
        "invalid_value"
      )
    }
  }
  if (offered.length === 0 && body["tool_choice"] !== undefined && body["tool_choice"] !== "none") {
    return openAiInvalid(
      "Invalid value for 'tool_choice': 'tool_choice' is only allowed when 'tools' are specified.",
      "tool_choice"
    )
  }
  return undefined
}

/** Where a schema is not as OpenAI's strict mode wants it: every property required, nothing else allowed. */
export const strictFault = (schema: Fields, path: ReadonlyArray<string> = []): string | undefined => {
  const properties = objectOf(schema["properties"])
  const names = Object.keys(properties)
  const context = `In context=(${path.map((step) => `'${step}'`).join(", ")}), `
  if (schema["type"] === "object" || names.length > 0) {
    if (schema["additionalProperties"] !== false) {
      return `${context}'additionalProperties' is required to be supplied and to be false.`
    }
    const required = listOf(schema["required"])
    const missing = names.find((name) => !required.includes(name))
    if (missing !== undefined) {
      return `${context}'required' is required to be supplied and to be an array including every key in properties. Missing '${missing}'.`
    }
  }
  for (const name of names) {
    const fault = strictFault(objectOf(properties[name]), [...path, "properties", name])
    if (fault !== undefined) return fault
  }
  return schema["items"] === undefined ? undefined : strictFault(objectOf(schema["items"]), [...path, "items"])
}

const format = (body: Fields, model: string): Refusal | undefined => {
  const asked = objectOf(objectOf(body["response_format"])["json_schema"])
  if (!isOpenAi(model) || asked["strict"] !== true) return undefined
  const fault = strictFault(objectOf(asked["schema"]))
  if (fault === undefined) return undefined
  return openAiInvalid(`Invalid schema for response_format '${String(asked["name"])}': ${fault}`, "response_format")
}

/** The reasons for which OpenAI refuses a chat completion, in its words. */
export const checkChat = ({ body, model }: Received): Refusal | undefined => {
  const messages = body["messages"]
  if (!Array.isArray(messages)) {
    return openAiInvalid("Missing required parameter: 'messages'.", "messages", "missing_required_parameter")
  }
  if (messages.length === 0) {
    return openAiInvalid(
      "Invalid 'messages': empty array. Expected an array with minimum length 1, but got an empty array instead.",
      "messages",
      "empty_array"
    )
  }
  if (isOpenAi(model) && /-(pro|codex)(-|$)/.test(model)) {
    return {
      status: 404,
      message: "This model is only supported in v1/responses and not in v1/chat/completions.",
      type: "invalid_request_error",
      param: "model"
    }
  }
  return parameters(body, model) ?? order(messages.map(objectOf), model) ?? tools(body) ?? format(body, model)
}

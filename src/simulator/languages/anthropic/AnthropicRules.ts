import { asNumber, asText, type Fields, listOf, objectOf } from "../../../domain/Fields.ts"
import { anthropicInvalid } from "./AnthropicErrors.ts"
import { checkTurns } from "./AnthropicTurns.ts"
import type { Received, Refusal } from "../Language.ts"

const known = new Set(
  (
    "model messages max_tokens system temperature top_p top_k stop_sequences stream tools tool_choice thinking metadata service_tier " +
    "output_config output_format cache_control container context_management mcp_servers inference_geo speed fallbacks"
  ).split(" ")
)

/** Most blocks that may carry `cache_control`. */
const mostCacheMarks = 4
const leastThinkingBudget = 1024

const isClaude = (model: string): boolean => model.startsWith("claude-")
/** Claude 2 to 4.6, which still take sampling parameters; every other Claude, known or not, is of the newer kind. */
const isOlder = (model: string): boolean =>
  /^claude-(2|3|instant|(haiku|sonnet|opus)-4(-\d{8}|-[0-6])?(-\d{8}|-latest|$))/.test(model)
const takesPrefill = (model: string): boolean =>
  !isClaude(model) || (isOlder(model) && !/^claude-(sonnet|opus)-4-6/.test(model))
const thinksByBudget = (model: string): boolean => !isClaude(model) || isOlder(model)
const thinksAdaptively = (model: string): boolean => !isClaude(model) || !isOlder(model) || /-4-6/.test(model)

const shape = (body: Fields): Refusal | undefined => {
  const unknown = Object.keys(body).find((name) => !known.has(name))
  if (unknown !== undefined) return anthropicInvalid(`${unknown}: Extra inputs are not permitted`)
  if (body["max_tokens"] === undefined) return anthropicInvalid("max_tokens: Field required")
  const tokens = asNumber(body["max_tokens"])
  if (tokens === undefined || tokens < 0) return anthropicInvalid("max_tokens: Input should be a valid integer")
  if (!Array.isArray(body["messages"])) return anthropicInvalid("messages: Field required")
  if (body["messages"].length === 0) return anthropicInvalid("messages: at least one message is required")
  const blank = listOf(body["stop_sequences"]).some((text) => typeof text === "string" && text.trim() === "")
  return blank ? anthropicInvalid("stop_sequences: each stop sequence must contain non-whitespace") : undefined
}

const sampling = ({ body, model, header }: Received): Refusal | undefined => {
  const written = ["temperature", "top_p", "top_k"].filter((name) => body[name] !== undefined && body[name] !== null)
  const [first] = written
  if (first === undefined) return undefined
  if (header("anthropic-version") === "2026-10-21") return anthropicInvalid(`${first}: Extra inputs are not permitted`)
  const temperature = asNumber(body["temperature"])
  if (temperature !== undefined && (temperature < 0 || temperature > 1)) {
    return anthropicInvalid("temperature: range: 0..1")
  }
  if (!isClaude(model)) return undefined
  if (!isOlder(model)) {
    const topP = asNumber(body["top_p"])
    const refused =
      (temperature !== undefined && temperature !== 1 && "temperature") ||
      (topP !== undefined && topP < 0.99 && "top_p") ||
      (written.includes("top_k") && "top_k")
    return refused === false ? undefined : anthropicInvalid(`\`${refused}\` is deprecated for this model.`)
  }
  if (/-4-5/.test(model) && written.includes("temperature") && written.includes("top_p")) {
    return anthropicInvalid("`temperature` and `top_p` cannot both be specified for this model. Please use only one.")
  }
  if (objectOf(body["thinking"])["type"] === "enabled" && temperature !== undefined && temperature !== 1) {
    return anthropicInvalid("`temperature` may only be set to 1 when thinking is enabled.")
  }
  return undefined
}

const thinking = (body: Fields, model: string): Refusal | undefined => {
  const asked = objectOf(body["thinking"])
  if (asked["type"] === "adaptive" && !thinksAdaptively(model)) {
    return anthropicInvalid("adaptive thinking is not supported on this model")
  }
  if (asked["type"] !== "enabled") return undefined
  if (!thinksByBudget(model)) {
    return anthropicInvalid(
      '"thinking.type.enabled" is not supported for this model. Use "thinking.type.adaptive" and "output_config.effort" to control thinking behavior.'
    )
  }
  const budget = asNumber(asked["budget_tokens"])
  if (budget === undefined) return anthropicInvalid("thinking.enabled.budget_tokens: Field required")
  if (budget < leastThinkingBudget) {
    return anthropicInvalid(
      `thinking.enabled.budget_tokens: Input should be greater than or equal to ${leastThinkingBudget}`
    )
  }
  if ((asNumber(body["max_tokens"]) ?? 0) > budget) return undefined
  return anthropicInvalid("`max_tokens` must be greater than `thinking.budget_tokens`.")
}

const tools = (body: Fields): Refusal | undefined => {
  const offered = listOf(body["tools"]).map(objectOf)
  const choice = asText(objectOf(body["tool_choice"])["type"])
  if (body["tool_choice"] !== undefined && offered.length === 0) {
    return anthropicInvalid("tool_choice may only be specified while providing tools")
  }
  if (choice !== undefined && !["auto", "any", "tool", "none"].includes(choice)) {
    return anthropicInvalid(
      `tool_choice: Input tag '${choice}' found using 'type' does not match any of the expected tags: 'any', 'auto', 'none', 'tool'`
    )
  }
  if ((choice === "any" || choice === "tool") && objectOf(body["thinking"])["type"] === "enabled") {
    return anthropicInvalid("Thinking may not be enabled when tool_choice forces tool use.")
  }
  const names = new Set<unknown>()
  for (const [at, tool] of offered.entries()) {
    // Anthropic's own tools have a type and no schema.
    if (tool["type"] !== undefined && tool["type"] !== "custom") continue
    const name = asText(tool["name"]) ?? ""
    if (!/^[a-zA-Z0-9_-]{1,128}$/.test(name)) {
      return anthropicInvalid(`tools.${at}.custom.name: String should match pattern '^[a-zA-Z0-9_-]{1,128}$'`)
    }
    if (names.has(name)) return anthropicInvalid("tools: Tool names must be unique.")
    names.add(name)
    if (tool["input_schema"] === undefined) return anthropicInvalid(`tools.${at}.custom.input_schema: Field required`)
    if (objectOf(tool["input_schema"])["type"] !== "object") {
      return anthropicInvalid(`tools.${at}.custom.input_schema.type: Input should be 'object'`)
    }
    const unknown = Object.keys(tool).find((field) => !toolFields.has(field))
    if (unknown !== undefined) return anthropicInvalid(`tools.${at}.custom.${unknown}: Extra inputs are not permitted`)
  }
  return undefined
}

const toolFields = new Set(
  (
    "type name description input_schema strict cache_control eager_input_streaming allowed_callers defer_loading " +
    "input_examples"
  ).split(" ")
)

/** Marks on the request itself, on tools, on system blocks and on content blocks. */
const cacheMarks = (body: Fields): number => {
  const blocks = listOf(body["messages"]).flatMap((message) => listOf(objectOf(message)["content"]))
  return [body, ...listOf(body["tools"]), ...listOf(body["system"]), ...blocks].filter(
    (one) => objectOf(one)["cache_control"] !== undefined && objectOf(one)["cache_control"] !== null
  ).length
}

/** The reasons for which Anthropic refuses a message, in its words. */
export const checkMessages = (received: Received): Refusal | undefined => {
  const { body, model, header } = received
  if (header("anthropic-version") === undefined) return anthropicInvalid("anthropic-version: header is required")
  const refusal = shape(body) ?? sampling(received) ?? thinking(body, model) ?? tools(body) ?? checkTurns(body)
  if (refusal !== undefined) return refusal
  const marks = cacheMarks(body)
  if (marks > mostCacheMarks) {
    return anthropicInvalid(`A maximum of ${mostCacheMarks} blocks with cache_control may be provided. Found ${marks}.`)
  }
  const last = objectOf(listOf(body["messages"]).at(-1))
  if (last["role"] !== "assistant" || takesPrefill(model)) return undefined
  return prefillRefused
}

/** What newer models say to a conversation that ends with the assistant's words. */
export const prefillRefused = anthropicInvalid(
  "This model does not support assistant message prefill. The conversation must end with a user message."
)

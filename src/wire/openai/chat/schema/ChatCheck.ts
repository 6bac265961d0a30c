import { asObject, type Fields } from "../../../../domain/Fields.ts"
import { routingNames } from "../routing/RoutingNames.ts"

/**
 * Whether a parsed body is, for certain, a chat request as `ChatRequest` describes it.
 * `true` is a promise (a property test holds the two together); `false` only means that the Schema has to look, for it
 * knows more forms and has the words for a 400.
 */
export const isUsualChatRequest = (body: Fields): boolean =>
  typeof body["model"] === "string" &&
  body["model"] !== "" &&
  isListOf(body["messages"], isUsualMessage) &&
  body["prompt"] === undefined &&
  hasUsualParameters(body)

const parameterChecks: Readonly<Record<string, (value: unknown) => boolean>> = {
  stream: (value) => typeof value === "boolean",
  stream_options: (value) =>
    isObject(value) && isMaybe(value["include_usage"], "boolean") && isMaybe(value["include_obfuscation"], "boolean"),
  tools: (value) => Array.isArray(value) && value.every(isUsualTool),
  tool_choice: (value) => value === "auto" || value === "none" || value === "required" || isNamedFunction(value),
  parallel_tool_calls: (value) => typeof value === "boolean",
  response_format: isUsualFormat,
  max_tokens: isCount,
  max_completion_tokens: isCount,
  temperature: Number.isFinite,
  top_p: Number.isFinite,
  top_k: Number.isSafeInteger,
  stop: (value) =>
    typeof value === "string" || (Array.isArray(value) && value.every((text) => typeof text === "string")),
  seed: (value) => Number.isSafeInteger(value),
  n: isCount,
  logprobs: (value) => typeof value === "boolean",
  top_logprobs: (value) => Number.isSafeInteger(value),
  logit_bias: isObject,
  presence_penalty: Number.isFinite,
  frequency_penalty: Number.isFinite,
  verbosity: isText,
  metadata: isObject,
  user: isText,
  safety_identifier: isText,
  service_tier: isText,
  prompt_cache_key: isText,
  prompt_cache_retention: isText
}

/** What only the full Schema judges; rare enough not to be worth a quick twin. */
const leftToSchema: ReadonlySet<string> = new Set([
  "functions",
  "function_call",
  "reasoning_effort",
  "reasoning",
  "cache_control",
  ...routingNames
])

const hasUsualParameters = (body: Fields): boolean => {
  for (const name in body) {
    const value = body[name]
    if (value === null || value === undefined) continue
    const check = Object.hasOwn(parameterChecks, name) ? parameterChecks[name] : undefined
    if (check !== undefined && !check(value)) return false
    if (check === undefined && leftToSchema.has(name)) return false
  }
  return true
}

function isText(value: unknown): boolean {
  return typeof value === "string"
}

function isObject(value: unknown): value is Fields {
  return asObject(value) !== undefined
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && typeof value === "number" && value >= 1
}

const isMaybe = (value: unknown, type: "string" | "boolean"): boolean =>
  value === undefined || value === null || typeof value === type

const isListOf = (value: unknown, check: (item: unknown) => boolean): boolean =>
  Array.isArray(value) && value.length > 0 && value.every(check)

const isUsualMessage = (value: unknown): boolean => {
  if (!isObject(value) || value["cache_control"] !== undefined || !isMaybe(value["name"], "string")) return false
  const content = value["content"]
  switch (value["role"]) {
    case "system":
    case "developer":
      return typeof content === "string" || isPartsOf(content, isTextPart)
    case "user":
      return typeof content === "string" || isPartsOf(content, isUsualPart)
    case "tool":
      return (
        typeof value["tool_call_id"] === "string" && (typeof content === "string" || isPartsOf(content, isTextPart))
      )
    case "assistant":
      return (
        (content === null || content === undefined || typeof content === "string" || isPartsOf(content, isTextPart)) &&
        isMaybe(value["refusal"], "string") &&
        isMaybe(value["reasoning_content"], "string") &&
        value["function_call"] === undefined &&
        value["reasoning"] === undefined &&
        value["thinking"] === undefined &&
        value["reasoning_details"] === undefined &&
        (value["tool_calls"] === undefined ||
          (Array.isArray(value["tool_calls"]) && value["tool_calls"].every(isUsualCall)))
      )
    default:
      return false
  }
}

const isPartsOf = (value: unknown, check: (part: unknown) => boolean): boolean =>
  Array.isArray(value) && value.every(check)

const isTextPart = (value: unknown): boolean =>
  isObject(value) &&
  value["type"] === "text" &&
  typeof value["text"] === "string" &&
  value["cache_control"] === undefined

const isUsualPart = (value: unknown): boolean => {
  if (isTextPart(value)) return true
  if (!isObject(value) || value["type"] !== "image_url" || value["cache_control"] !== undefined) return false
  const image = value["image_url"]
  return isObject(image) && typeof image["url"] === "string" && isMaybe(image["detail"], "string")
}

const isUsualCall = (value: unknown): boolean => {
  if (!isObject(value) || typeof value["id"] !== "string" || value["type"] !== "function") return false
  const called = value["function"]
  return isObject(called) && typeof called["name"] === "string" && typeof called["arguments"] === "string"
}

const isUsualTool = (value: unknown): boolean => {
  if (!isObject(value) || value["type"] !== "function" || value["cache_control"] !== undefined) return false
  const tool = value["function"]
  return (
    isObject(tool) &&
    typeof tool["name"] === "string" &&
    isMaybe(tool["description"], "string") &&
    (tool["parameters"] === undefined || tool["parameters"] === null || isObject(tool["parameters"])) &&
    isMaybe(tool["strict"], "boolean")
  )
}

const isNamedFunction = (value: unknown): boolean =>
  isObject(value) &&
  value["type"] === "function" &&
  isObject(value["function"]) &&
  typeof value["function"]["name"] === "string"

function isUsualFormat(value: unknown): boolean {
  if (!isObject(value)) return false
  if (value["type"] === "text" || value["type"] === "json_object") return true
  const format = value["json_schema"]
  return (
    value["type"] === "json_schema" &&
    isObject(format) &&
    typeof format["name"] === "string" &&
    isMaybe(format["description"], "string") &&
    isMaybe(format["strict"], "boolean") &&
    (format["schema"] === undefined || format["schema"] === null || isObject(format["schema"]))
  )
}

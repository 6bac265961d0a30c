import { asNumber, asText, type Fields, listOf, objectOf } from "../../../domain/Fields.ts"
import { isSeal } from "../../script/Seal.ts"
import type { Received, Refusal } from "../Language.ts"
import { isOpenAi, strictFault, thinks } from "./OpenAiChatRules.ts"
import { openAiInvalid } from "./OpenAiErrors.ts"

const known = new Set(
  (
    "model input instructions include max_output_tokens max_tool_calls metadata moderation parallel_tool_calls previous_response_id prompt " +
    "prompt_cache_key prompt_cache_options prompt_cache_retention reasoning safety_identifier service_tier store stream stream_options " +
    "temperature text tool_choice tools top_logprobs top_p truncation user background conversation context_management"
  ).split(" ")
)

/** Smallest `max_output_tokens` that OpenAI takes. */
const leastTokens = 16

const parameters = (body: Fields, model: string): Refusal | undefined => {
  if (!isOpenAi(model)) return undefined
  const unknown = Object.keys(body).find((name) => !known.has(name))
  if (unknown !== undefined) return openAiInvalid(`Unknown parameter: '${unknown}'.`, unknown, "unknown_parameter")
  const tokens = asNumber(body["max_output_tokens"])
  if (tokens !== undefined && tokens < leastTokens) {
    return openAiInvalid(
      `Invalid 'max_output_tokens': integer below minimum value. Expected a value >= ${leastTokens}, but got ${tokens} instead.`,
      "max_output_tokens",
      "integer_below_min_value"
    )
  }
  if (!thinks(model, objectOf(body["reasoning"])["effort"])) return undefined
  const sampling = ["temperature", "top_p"].find((name) => {
    const value = asNumber(body[name])
    return value !== undefined && value !== 1
  })
  if (sampling === undefined) return undefined
  return openAiInvalid(`Unsupported parameter: '${sampling}' is not supported with this model.`, sampling)
}

const partTypes: Readonly<Record<string, ReadonlyArray<string>>> = {
  user: ["input_text", "input_image", "input_file", "input_audio"],
  system: ["input_text", "input_image", "input_file"],
  developer: ["input_text", "input_image", "input_file"],
  assistant: ["output_text", "refusal"]
}

const content = (item: Fields, at: number): Refusal | undefined => {
  const role = asText(item["role"]) ?? ""
  const allowed = Object.hasOwn(partTypes, role) ? partTypes[role] : undefined
  if (allowed === undefined) {
    return openAiInvalid(
      `Invalid value: '${role}'. Supported values are: 'assistant', 'system', 'developer', and 'user'.`,
      `input[${at}].role`,
      "invalid_value"
    )
  }
  for (const [index, part] of listOf(item["content"]).map(objectOf).entries()) {
    const type = String(part["type"])
    if (allowed.includes(type)) continue
    return openAiInvalid(
      `Invalid value: '${type}'. Supported values are: ${allowed.map((name) => `'${name}'`).join(", ")}.`,
      `input[${at}].content[${index}].type`,
      "invalid_value"
    )
  }
  return undefined
}

/**
 * What is wrong with the order of items: calls without outputs, outputs without calls, reasoning that nothing follows.
 */
const order = (items: ReadonlyArray<Fields>, previous: boolean): Refusal | undefined => {
  const calls = new Set(items.filter((item) => item["type"] === "function_call").map((item) => item["call_id"]))
  const outputs = new Set(
    items.filter((item) => item["type"] === "function_call_output").map((item) => item["call_id"])
  )
  for (const [at, item] of items.entries()) {
    const type = asText(item["type"]) ?? "message"
    const callId = String(item["call_id"])
    if (type === "message") {
      const refusal = content(item, at)
      if (refusal !== undefined) return refusal
    }
    if (type === "function_call" && typeof item["arguments"] !== "string") {
      return openAiInvalid(
        `Invalid type for 'input[${at}].arguments': expected a string, but got something else instead.`,
        `input[${at}].arguments`,
        "invalid_type"
      )
    }
    if (type === "function_call" && !outputs.has(item["call_id"])) {
      return openAiInvalid(`No tool output found for function call ${callId}.`, "input")
    }
    if (type === "function_call_output" && !calls.has(item["call_id"]) && !previous) {
      return openAiInvalid(`No tool call found for function call output with call_id ${callId}.`, "input")
    }
    if (type === "reasoning") {
      const refusal = reasoning(item, items[at + 1])
      if (refusal !== undefined) return refusal
    }
  }
  return undefined
}

const reasoning = (item: Fields, next: Fields | undefined): Refusal | undefined => {
  const nextType = next === undefined ? undefined : (asText(next["type"]) ?? "message")
  const follows =
    nextType === "function_call" ||
    nextType === "reasoning" ||
    (nextType === "message" && next?.["role"] === "assistant")
  if (!follows) {
    return openAiInvalid(
      `Item '${String(item["id"])}' of type 'reasoning' was provided without its required following item.`,
      "input"
    )
  }
  const encrypted = asText(item["encrypted_content"])
  if (encrypted === undefined || isSeal(encrypted)) return undefined
  return openAiInvalid(
    "The encrypted content could not be verified. Reason: Encrypted content could not be decrypted or parsed.",
    undefined,
    "invalid_encrypted_content"
  )
}

const tools = (body: Fields): Refusal | undefined => {
  for (const [at, tool] of listOf(body["tools"]).map(objectOf).entries()) {
    if (tool["type"] !== "function") continue
    const name = asText(tool["name"])
    if (name === undefined) {
      return openAiInvalid(
        `Missing required parameter: 'tools[${at}].name'.`,
        `tools[${at}].name`,
        "missing_required_parameter"
      )
    }
    // Unlike chat completions, strict is what a tool is here unless it says otherwise.
    const fault = tool["strict"] === false ? undefined : strictFault(objectOf(tool["parameters"]))
    if (fault !== undefined) {
      return openAiInvalid(
        `Invalid schema for function '${name}': ${fault}`,
        `tools[${at}].parameters`,
        "invalid_function_parameters"
      )
    }
  }
  return undefined
}

/** The reasons for which OpenAI refuses a response, in its words. */
export const checkResponses = ({ body, model }: Received): Refusal | undefined => {
  const input = body["input"]
  const previous = typeof body["previous_response_id"] === "string"
  if (input === undefined && !previous) {
    return openAiInvalid("Missing required parameter: 'input'.", "input", "missing_required_parameter")
  }
  return (
    parameters(body, model) ??
    (Array.isArray(input) ? order(input.map(objectOf), previous) : undefined) ??
    (isOpenAi(model) ? tools(body) : undefined)
  )
}

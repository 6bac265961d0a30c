import {
  asNumber,
  asObject,
  asText,
  type Fields,
  listOf,
  objectOf,
  textOf,
  unknownFields
} from "../../../domain/Fields.ts"
import { type Effort, efforts } from "../../../domain/Reasoning.ts"
import type { FunctionTool, Request, ResponseFormat, Tool, ToolChoice } from "../../../domain/Request.ts"
import { cacheOf, messagesOf } from "./ChatMessages.ts"
import { routingNames } from "./routing/RoutingNames.ts"

/** Fields that have a place in `Request`. */
const knownFields = (
  "model messages prompt stream stream_options tools tool_choice parallel_tool_calls functions function_call " +
  "response_format max_tokens max_completion_tokens temperature top_p top_k stop seed n logprobs top_logprobs " +
  "logit_bias presence_penalty frequency_penalty reasoning_effort reasoning verbosity metadata user " +
  "safety_identifier service_tier prompt_cache_key prompt_cache_retention cache_control"
).split(" ")

/** Fields that steer a gateway and that this one does not serve: they go nowhere, and the caller is told. */
export const unservedNames: ReadonlySet<string> = new Set(
  "route transforms transcript_id post_processing_steps model_region zero_data_retention fail_fast max_timeout".split(
    " "
  )
)

/** What does not go on as it is. */
const handledFields: ReadonlySet<string> = new Set([...knownFields, ...routingNames, ...unservedNames])

/** Whether a body is of the old form with `functions`, and is answered in kind. */
export const isLegacy = (body: Fields): boolean =>
  Array.isArray(body["functions"]) || (body["function_call"] ?? undefined) !== undefined

const effortOf = (value: unknown): Effort | undefined => efforts.find((effort) => effort === value)

/** A checked body as a request in our words. */
export const requestOf = (body: Fields): Request => {
  const prompt = asText(body["prompt"])
  const options = objectOf(body["stream_options"])
  const reasoning = objectOf(body["reasoning"])
  const effort = effortOf(body["reasoning_effort"]) ?? effortOf(reasoning["effort"])
  const thinkingTokens = asNumber(reasoning["max_tokens"])
  const extra = unknownFields(body, handledFields)
  // OpenAI pads its chunks against traffic analysis only when asked through us as well.
  const obfuscation = options["include_obfuscation"] === true ? { include_obfuscation: true } : undefined
  return {
    model: textOf(body["model"]),
    messages: prompt === undefined ? messagesOf(listOf(body["messages"])) : [{ role: "user", content: prompt }],
    stream: body["stream"] === true,
    includeUsage: options["include_usage"] === true,
    tools: [
      ...listOf(body["tools"]).map(toolOf),
      ...listOf(body["functions"]).map((tool) => functionOf(objectOf(tool)))
    ],
    requireParameters: objectOf(body["provider"])["require_parameters"] === true,
    legacyFunctions: isLegacy(body),
    ...choiceOf(body["tool_choice"] ?? legacyChoice(body["function_call"])),
    ...formatOf(body["response_format"]),
    ...(typeof body["parallel_tool_calls"] === "boolean" ? { parallelToolCalls: body["parallel_tool_calls"] } : {}),
    ...number("maxOutputTokens", body["max_completion_tokens"] ?? body["max_tokens"]),
    ...number("temperature", body["temperature"]),
    ...number("topP", body["top_p"]),
    ...number("topK", body["top_k"]),
    ...stopOf(body["stop"]),
    ...number("seed", body["seed"]),
    ...number("choices", body["n"]),
    ...(typeof body["logprobs"] === "boolean" ? { logprobs: body["logprobs"] } : {}),
    ...number("topLogprobs", body["top_logprobs"]),
    ...object("logitBias", body["logit_bias"]),
    ...number("presencePenalty", body["presence_penalty"]),
    ...number("frequencyPenalty", body["frequency_penalty"]),
    ...(effort === undefined && thinkingTokens === undefined
      ? {}
      : {
          reasoning: {
            ...(effort === undefined ? {} : { effort }),
            ...(thinkingTokens === undefined ? {} : { maxTokens: thinkingTokens })
          }
        }),
    ...text("verbosity", body["verbosity"]),
    ...object("metadata", body["metadata"]),
    ...text("user", body["user"]),
    ...text("safetyIdentifier", body["safety_identifier"]),
    ...text("serviceTier", body["service_tier"]),
    ...text("promptCacheKey", body["prompt_cache_key"]),
    ...text("promptCacheRetention", body["prompt_cache_retention"]),
    ...cacheOf(body),
    ...(extra === undefined && obfuscation === undefined ? {} : { extra: { ...extra, ...obfuscation } })
  }
}

const number = <Name extends string>(name: Name, value: unknown): Partial<Record<Name, number>> | undefined =>
  typeof value === "number" ? record(name, value) : undefined

const text = <Name extends string>(name: Name, value: unknown): Partial<Record<Name, string>> | undefined =>
  typeof value === "string" ? record(name, value) : undefined

const object = <Name extends string>(name: Name, value: unknown): Partial<Record<Name, Fields>> | undefined => {
  const fields = asObject(value)
  return fields === undefined ? undefined : record(name, fields)
}

// TypeScript types `{ [name]: value }` with a string index; the literal name is what it really has.
const record = <Name extends string, Value>(name: Name, value: Value) => ({ [name]: value }) as Record<Name, Value>

const stopOf = (value: unknown): { readonly stop: ReadonlyArray<string> } | undefined => {
  if (typeof value === "string") return { stop: [value] }
  return Array.isArray(value) && value.length > 0
    ? { stop: value.filter((item) => typeof item === "string") }
    : undefined
}

const toolFields: ReadonlySet<string> = new Set(["type", "function", "custom", "cache_control"])
const functionFields: ReadonlySet<string> = new Set(["name", "description", "parameters", "strict"])

const toolOf = (value: unknown): Tool => {
  const tool = objectOf(value)
  const extra = unknownFields(tool, toolFields)
  if (tool["type"] === "custom") {
    const definition = objectOf(tool["custom"])
    return { kind: "custom", name: textOf(definition["name"]), definition, ...(extra === undefined ? {} : { extra }) }
  }
  return {
    ...functionOf(objectOf(tool["function"])),
    ...cacheOf(tool),
    ...(extra === undefined ? {} : { beside: extra })
  }
}

const functionOf = (definition: Fields): FunctionTool => {
  const description = asText(definition["description"])
  const parameters = asObject(definition["parameters"])
  const extra = unknownFields(definition, functionFields)
  return {
    kind: "function",
    name: textOf(definition["name"]),
    ...(description === undefined ? {} : { description }),
    ...(parameters === undefined ? {} : { parameters }),
    ...(typeof definition["strict"] === "boolean" ? { strict: definition["strict"] } : {}),
    ...(extra === undefined ? {} : { extra })
  }
}

const legacyChoice = (value: unknown): unknown => {
  const named = asObject(value)
  return named === undefined ? value : { type: "function", function: named }
}

const choiceOf = (value: unknown): { readonly toolChoice: ToolChoice } | undefined => {
  if (value === "auto" || value === "none" || value === "required") return { toolChoice: { mode: value } }
  const choice = asObject(value)
  if (choice === undefined) return undefined
  if (choice["type"] === "allowed_tools") {
    const allowed = objectOf(choice["allowed_tools"])
    const names = listOf(allowed["tools"]).map((tool) => nameOfChoice(objectOf(tool)))
    return { toolChoice: { mode: "allowed", required: allowed["mode"] === "required", names } }
  }
  const kind = choice["type"] === "custom" ? "custom" : "function"
  return { toolChoice: { mode: "named", kind, name: nameOfChoice(choice) } }
}

const nameOfChoice = (choice: Fields): string => textOf(objectOf(choice["function"] ?? choice["custom"])["name"])

const formatOf = (value: unknown): { readonly responseFormat: ResponseFormat } | undefined => {
  const format = asObject(value)
  if (format === undefined) return undefined
  if (format["type"] === "text" || format["type"] === "json_object") return { responseFormat: { type: format["type"] } }
  const schema = objectOf(format["json_schema"])
  const description = asText(schema["description"])
  return {
    responseFormat: {
      type: "json_schema",
      name: textOf(schema["name"]),
      ...(description === undefined ? {} : { description }),
      schema: objectOf(schema["schema"]),
      strict: schema["strict"] === true
    }
  }
}

import type { Fields } from "../../../domain/Fields.ts"
import type { Model, Sampling } from "../../../domain/Model.ts"
import { hasCacheMarks, type Request } from "../../../domain/Request.ts"
import { textFormatOf, toolChoiceOf, toolOf } from "./ResponsesTools.ts"

/** What of a model decides how a request to the Responses API is written. */
export interface ResponsesRules {
  readonly reasoning: boolean
  readonly sampling: Sampling
  readonly systemRole: "system" | "developer" | "user"
  /** OpenAI itself, with the fields that only it has. */
  readonly openAi: boolean
}

/** Part of a body, and the fields of the caller's request that it leaves out. */
export interface Written {
  readonly body: Fields
  readonly dropped: ReadonlyArray<string>
}

/** Smallest `max_output_tokens` that the API takes. */
const minOutputTokens = 16

/** The rules of a model as far as they concern this API. */
export const rulesOf = (model: Model, compatible: boolean): ResponsesRules => {
  const { rules } = model
  if (rules.language === "openai") {
    const systemRole = compatible ? "system" : rules.systemRole === "user" ? "user" : "developer"
    return { reasoning: rules.reasoning, sampling: rules.sampling, systemRole, openAi: !compatible }
  }
  return { reasoning: model.reasoning === true, sampling: "always", systemRole: "system", openAi: false }
}

/** Everything of a request but its model and messages. */
export const settingsOf = (request: Request, rules: ResponsesRules): Written => {
  const dropped = [...withoutPlace(request), ...extraDropped(request.extra, rules)]
  const body: Record<string, unknown> = {}
  /** Writes a field that was said; where it may not be written, tells its name instead. */
  const put: Put = (name, value, allowed = true) => {
    if (value === undefined) return
    if (allowed) body[name] = value
    else dropped.push(name)
  }
  const include: Array<string> = rules.reasoning ? ["reasoning.encrypted_content"] : []
  const sampled = samples(request, rules)

  // 1 and false are what these models do anyway, so leaving them out loses nothing.
  const told = (value: number | undefined) => (!sampled && value === 1 ? undefined : value)
  put("temperature", told(request.temperature), sampled)
  put("top_p", told(request.topP), sampled && !(rules.sampling === "one-of" && request.temperature !== undefined))
  if (request.logprobs === true && sampled) {
    include.push("message.output_text.logprobs")
    put("top_logprobs", request.topLogprobs)
  } else if (request.logprobs === true) dropped.push("logprobs")

  if (request.maxOutputTokens !== undefined) {
    put("max_output_tokens", Math.max(minOutputTokens, request.maxOutputTokens))
    // The answer may be longer than asked, so it is told.
    if (request.maxOutputTokens < minOutputTokens) dropped.push("max_completion_tokens")
  }
  putReasoning(request, rules, put)
  putText(request, rules, put)
  putTools(request, put, dropped)

  put("user", request.user)
  put("metadata", request.metadata, rules.openAi)
  put("safety_identifier", request.safetyIdentifier, rules.openAi)
  put("service_tier", request.serviceTier, rules.openAi)
  put("prompt_cache_key", request.promptCacheKey, rules.openAi)
  put("prompt_cache_retention", request.promptCacheRetention, rules.openAi)
  if (rules.openAi) for (const name of openAiExtra) put(name, request.extra?.[name] ?? undefined)
  if (include.length > 0) body["include"] = include
  return { body, dropped }
}

type Put = (name: string, value: unknown, allowed?: boolean) => void

const samples = (request: Request, rules: ResponsesRules): boolean => {
  switch (rules.sampling) {
    case "never":
      return false
    case "without-reasoning":
      return request.reasoning?.effort === "none"
    default:
      return true
  }
}

const putReasoning = (request: Request, rules: ResponsesRules, put: Put): void => {
  const effort = request.reasoning?.effort
  put("reasoning.max_tokens", request.reasoning?.maxTokens, false)
  if (effort === undefined) return
  if (!rules.reasoning) {
    // A model that never reasons does what `none` asks.
    if (effort !== "none") put("reasoning_effort", effort, false)
    return
  }
  put("reasoning", effort === "none" ? { effort } : { effort, summary: "auto" })
}

const putText = (request: Request, rules: ResponsesRules, put: Put): void => {
  const format = request.responseFormat === undefined ? undefined : textFormatOf(request.responseFormat)
  const verbosity = rules.openAi ? request.verbosity : undefined
  if (!rules.openAi) put("verbosity", request.verbosity, false)
  if (format === undefined && verbosity === undefined) return
  put("text", { ...(format === undefined ? {} : { format }), ...(verbosity === undefined ? {} : { verbosity }) })
}

const putTools = (request: Request, put: Put, dropped: Array<string>): void => {
  // Without tools the choice says nothing, and chat's callers may leave it in.
  if (request.tools.length === 0) return
  put("tools", request.tools.map(toolOf))
  if (request.toolChoice !== undefined) put("tool_choice", toolChoiceOf(request.toolChoice, request.tools))
  put("parallel_tool_calls", request.parallelToolCalls)
  request.tools.forEach((tool, at) => {
    for (const name of Object.keys(tool.extra ?? {})) dropped.push(`tools[${at}].${name}`)
  })
}

/** Fields of chat that this API has nothing for. */
const withoutPlace = (request: Request): ReadonlyArray<string> => {
  const said: ReadonlyArray<readonly [name: string, said: boolean]> = [
    ["n", (request.choices ?? 1) > 1],
    ["stop", request.stop !== undefined],
    ["seed", request.seed !== undefined],
    ["top_k", request.topK !== undefined],
    ["logit_bias", Object.keys(request.logitBias ?? {}).length > 0],
    ["presence_penalty", (request.presencePenalty ?? 0) !== 0],
    ["frequency_penalty", (request.frequencyPenalty ?? 0) !== 0],
    // OpenAI caches every prompt by itself, and takes no mark of Anthropic's form.
    ["cache_control", hasCacheMarks(request)]
  ]
  return said.filter(([, isSaid]) => isSaid).map(([name]) => name)
}

/** Fields that chat and this API share and that have no place in our request. */
const openAiExtra: ReadonlyArray<string> = ["prompt_cache_options", "moderation"]

const extraDropped = (extra: Fields | undefined, rules: ResponsesRules): ReadonlyArray<string> =>
  Object.entries(extra ?? {})
    .filter(([name, value]) => {
      if (value === undefined || value === null || name === "include_obfuscation") return false
      // What is asked for happens anyway.
      if (name === "store") return value !== false
      if (name === "modalities") return JSON.stringify(value) !== '["text"]'
      return !(rules.openAi && openAiExtra.includes(name))
    })
    .map(([name]) => name)

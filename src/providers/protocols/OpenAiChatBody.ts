import { Result } from "effect"
import { type Failure, Unable } from "../../domain/Failure.ts"
import { type Fields, objectOf } from "../../domain/Fields.ts"
import { type AssistantMessage, foreignReasoning } from "../../domain/Message.ts"
import type { CompatibleRules, Model, OpenAiRules } from "../../domain/Model.ts"
import type { ReasoningDetail, ReasoningFormat } from "../../domain/Reasoning.ts"
import { hasCacheMarks, type Request } from "../../domain/Request.ts"
import {
  chatFormat,
  chatMessages,
  chatToolChoice,
  chatTools,
  placeOfPart,
  withoutPartField
} from "../../wire/openai/chat/ChatBody.ts"
import { chatDetail } from "../../wire/openai/chat/ChatDetails.ts"
import type { Prepared, Preparing } from "../Protocol.ts"

const openAiDefaults: OpenAiRules = {
  language: "openai",
  api: "chat",
  reasoning: true,
  sampling: "without-reasoning",
  systemRole: "developer"
}

const compatibleDefaults: CompatibleRules = {
  language: "compatible",
  reasoningSwitch: "effort",
  reasoningBack: false,
  parallelToolCalls: true
}

/** A request in the words of OpenAI's chat completions, or of a host that imitates them. */
export const prepareChat = (request: Request, preparing: Preparing): Result.Result<Prepared, Failure> => {
  const refused = cannotCarry(request, preparing.model)
  if (refused !== undefined) return Result.fail(refused)
  const dropped: Array<string> = []
  const body =
    preparing.quirks.compatible === true
      ? compatibleBody(request, preparing, dropped)
      : openAiBody(request, preparing, dropped)
  if (hasCacheMarks(request)) dropped.push("cache_control")
  return Result.succeed({ path: "/chat/completions", body, dropped })
}

/** What would change the meaning of the request if it were left out, so that it is refused. */
const cannotCarry = (request: Request, model: Model): Unable | undefined => {
  const inTool = placeOfPart(request.messages, (part, message) => message.role === "tool" && part.type !== "text")
  if (inTool !== undefined) {
    return new Unable({ message: `${model.id} takes only text in tool results (\`${inTool}\`).`, param: inTool })
  }
  const byUrl = placeOfPart(request.messages, (part) => part.type === "file" && part.url !== undefined)
  if (byUrl !== undefined) {
    return new Unable({
      message: `${model.id} takes no file by address (\`${byUrl}\`): send its content as \`file_data\`.`,
      param: byUrl
    })
  }
  return undefined
}

/** The fields that are the same with every host; a field is absent when the request does not say it. */
const common = (
  request: Request,
  { model, stream }: Preparing,
  messages: ReadonlyArray<Fields>
): Record<string, unknown> => {
  const body: Record<string, unknown> = { model: model.name, messages }
  if (stream) body["stream"] = true
  if (request.tools.length > 0) body["tools"] = chatTools(request.tools)
  if (request.toolChoice !== undefined) body["tool_choice"] = chatToolChoice(request.toolChoice, request.tools)
  if (request.responseFormat !== undefined) body["response_format"] = chatFormat(request.responseFormat)
  if (request.seed !== undefined) body["seed"] = request.seed
  if (request.choices !== undefined) body["n"] = request.choices
  if (request.user !== undefined) body["user"] = request.user
  return body
}

const put = (body: Record<string, unknown>, name: string, value: unknown): void => {
  if (value !== undefined) body[name] = value
}

const openAiBody = (request: Request, preparing: Preparing, dropped: Array<string>): Fields => {
  const rules = preparing.model.rules.language === "openai" ? preparing.model.rules : openAiDefaults
  const manner = { systemRole: rules.systemRole, reasoningOf: () => undefined, signatureOf: () => undefined }
  const body = common(request, preparing, chatMessages(request.messages, manner))
  const { include_obfuscation: obfuscation, ...extra } = request.extra ?? {}
  Object.assign(body, extra)
  if (preparing.stream) {
    body["stream_options"] = { include_usage: true, include_obfuscation: obfuscation === true }
  }
  put(body, "max_completion_tokens", request.maxOutputTokens)
  put(body, "parallel_tool_calls", request.parallelToolCalls)
  put(body, "metadata", request.metadata)
  put(body, "safety_identifier", request.safetyIdentifier)
  put(body, "service_tier", request.serviceTier)
  put(body, "prompt_cache_key", request.promptCacheKey)
  put(body, "prompt_cache_retention", request.promptCacheRetention)
  put(body, "verbosity", request.verbosity)
  const effort = request.reasoning?.effort
  if (rules.reasoning) put(body, "reasoning_effort", effort)
  else if (effort !== undefined && effort !== "none") dropped.push("reasoning_effort")
  if (request.reasoning?.maxTokens !== undefined) dropped.push("reasoning.max_tokens")
  if (request.topK !== undefined) dropped.push("top_k")
  dropped.push(...foreignReasoning(request.messages, { detail: () => false, callSignature: false }))

  const samples = rules.sampling === "always" || (rules.sampling === "without-reasoning" && effort === "none")
  const shaping: ReadonlyArray<readonly [name: string, value: unknown, isTaken: boolean, usual: unknown]> = [
    ["temperature", request.temperature, samples, 1],
    ["top_p", request.topP, samples, 1],
    ["logprobs", request.logprobs, samples, false],
    ["top_logprobs", request.topLogprobs, samples && !rules.reasoning, 0],
    ["stop", request.stop, !rules.reasoning, undefined],
    ["presence_penalty", request.presencePenalty, !rules.reasoning, 0],
    ["frequency_penalty", request.frequencyPenalty, !rules.reasoning, 0],
    ["logit_bias", request.logitBias, !rules.reasoning, undefined]
  ]
  for (const [name, value, isTaken, usual] of shaping) {
    if (isTaken) put(body, name, value)
    // What these models do anyway is left out without a loss.
    else if (value !== undefined && value !== usual) dropped.push(name)
  }
  return body
}

/** OpenAI's own fields, that other hosts refuse or do not understand. */
const openAiOnly: ReadonlySet<string> = new Set([
  "store",
  "prediction",
  "modalities",
  "audio",
  "web_search_options",
  "moderation",
  "prompt_cache_options",
  "include_obfuscation"
])

const compatibleBody = (request: Request, preparing: Preparing, dropped: Array<string>): Fields => {
  const rules = preparing.model.rules.language === "compatible" ? preparing.model.rules : compatibleDefaults
  const marksCache = placeOfPart(request.messages, (part) => part.extra?.[cacheBreakpoint] !== undefined) !== undefined
  if (marksCache) dropped.push(cacheBreakpoint)
  const messages = marksCache ? withoutPartField(request.messages, cacheBreakpoint) : request.messages
  const isGemini = makers["google-gemini-v1"].test(preparing.model.name)
  const body = common(
    withoutAllowedTools(request),
    preparing,
    chatMessages(messages, {
      systemRole: "system",
      reasoningOf: (message) => reasoningBack(message, rules, preparing),
      signatureOf: (call) => (isGemini ? (call.signature ?? preparing.recall(call.id)?.signature) : undefined)
    })
  )
  const isOwn = ({ format }: ReasoningDetail) => makers[format].test(preparing.model.name)
  dropped.push(...foreignReasoning(request.messages, { detail: isOwn, callSignature: isGemini }))
  for (const [name, value] of Object.entries(request.extra ?? {})) {
    if (openAiOnly.has(name)) dropped.push(name)
    else body[name] = value
  }
  if (preparing.stream && preparing.quirks.noStreamOptions !== true) body["stream_options"] = { include_usage: true }
  put(body, "max_tokens", request.maxOutputTokens)
  put(body, "temperature", request.temperature)
  put(body, "top_p", request.topP)
  put(body, "top_k", request.topK)
  put(body, "logprobs", request.logprobs)
  put(body, "top_logprobs", request.topLogprobs)
  put(body, "stop", request.stop)
  put(body, "presence_penalty", request.presencePenalty)
  put(body, "frequency_penalty", request.frequencyPenalty)
  put(body, "logit_bias", request.logitBias)
  if (rules.parallelToolCalls) put(body, "parallel_tool_calls", request.parallelToolCalls)
  else if (request.parallelToolCalls !== undefined) dropped.push("parallel_tool_calls")
  const effort = request.reasoning?.effort
  if (rules.reasoningSwitch === "effort") put(body, "reasoning_effort", effort)
  else if (effort !== undefined) {
    if (rules.reasoningSwitch === "template") {
      // What the caller wrote for the template itself goes before what its effort means.
      body["chat_template_args"] = { enable_thinking: effort !== "none", ...objectOf(body["chat_template_args"]) }
    } else dropped.push("reasoning_effort")
  }
  const left: Fields = {
    "reasoning.max_tokens": request.reasoning?.maxTokens,
    metadata: request.metadata,
    safety_identifier: request.safetyIdentifier,
    service_tier: request.serviceTier,
    prompt_cache_key: request.promptCacheKey,
    prompt_cache_retention: request.promptCacheRetention,
    verbosity: request.verbosity
  }
  for (const [name, value] of Object.entries(left)) if (value !== undefined) dropped.push(name)
  return body
}

/** OpenAI's own cache mark on a part. */
const cacheBreakpoint = "prompt_cache_breakpoint"

/** Only OpenAI knows a list of allowed tools; elsewhere the same is said by offering no others. */
const withoutAllowedTools = (request: Request): Request => {
  const choice = request.toolChoice
  if (choice?.mode !== "allowed") return request
  const tools = request.tools.filter((tool) => choice.names.includes(tool.name))
  return { ...request, tools, toolChoice: { mode: choice.required ? "required" : "auto" } }
}

/** Whose models take a signed piece of reasoning back; behind a host that serves many (OpenRouter) their names tell. */
const makers: Readonly<Record<ReasoningFormat, RegExp>> = {
  "anthropic-claude-v1": /claude/i,
  "google-gemini-v1": /gemini/i,
  "openai-responses-v1": /\bgpt-|\bo\d/i,
  // Nothing matches this.
  unknown: /(?!)/
}

/**
 * Kimi refuses a turn with tool calls that comes back without its reasoning while it thinks; where the text is lost, a
 * full stop is taken.
 */
const reasoningBack = (
  message: AssistantMessage,
  rules: CompatibleRules,
  { model, recall }: Preparing
): Fields | undefined => {
  const [call] = message.toolCalls
  // DeepSeek's older models refuse reasoning that comes back outside a tool turn; none need it there.
  if (call === undefined) return undefined
  const known = recall(call.id)
  const reasoning = message.reasoning ?? known?.reasoning ?? (rules.reasoningBack ? "." : undefined)
  const details = (message.reasoningDetails ?? known?.reasoningDetails ?? []).filter(({ format }) =>
    makers[format].test(model.name)
  )
  return {
    ...(reasoning === undefined ? {} : { reasoning_content: reasoning }),
    ...(details.length === 0 ? {} : { reasoning_details: details.map(chatDetail) })
  }
}

import { Result } from "effect"
import { type Delta, type Deltas, noDeltas } from "../../domain/Delta.ts"
import { Cut, type Failure, Unable } from "../../domain/Failure.ts"
import { asNumber, asObject, asText, type Fields, listOf, objectOf, textOf } from "../../domain/Fields.ts"
import { foreignReasoning } from "../../domain/Message.ts"
import type { GeminiRules } from "../../domain/Model.ts"
import { hasCacheMarks, type Request } from "../../domain/Request.ts"
import type { Usage } from "../../domain/usage/Usage.ts"
import { type Choice, complete, readCandidate } from "../../wire/gemini/Candidate.ts"
import { contents, reasoningTaken } from "../../wire/gemini/Contents.ts"
import { type ErrorBody, errorBody, errorIn } from "../../wire/gemini/ErrorBody.ts"
import { finishReason, isFault } from "../../wire/gemini/FinishReasons.ts"
import { generationConfig } from "../../wire/gemini/GenerationConfig.ts"
import { type ToolNames, toolNames } from "../../wire/gemini/ToolNames.ts"
import { tools } from "../../wire/gemini/Tools.ts"
import { usage } from "../../wire/gemini/UsageMetadata.ts"
import type { Answering, Prepared, Preparing, Protocol, Refused } from "../Protocol.ts"
import { classOfStatus, type FailureClass, providerFailure, saysContextTooLong, searched } from "../Refusals.ts"

// State

interface State {
  readonly answering: Answering
  readonly names: ToolNames
  readonly started: boolean
  readonly choices: ReadonlyArray<Choice>
  readonly usage?: Usage
  /** Why the prompt was refused; such an answer has no candidates. */
  readonly blocked?: string
}

// Prepare

/** Rules for a model that none are known of: those of the newest. */
const newest: GeminiRules = {
  language: "gemini",
  thinking: "level",
  minimalLevel: false,
  penalties: false,
  jsonWithTools: true,
  signatures: true,
  imagesInResults: true,
  systemInstruction: true
}

const prepare = (request: Request, { model, stream, recall }: Preparing): Result.Result<Prepared, Failure> =>
  Result.gen(function* () {
    const rules = model.rules.language === "gemini" ? model.rules : newest
    const names = toolNames(request.tools)
    const { extra, dropped } = splitExtra(request.extra)
    const written = yield* contents(request.messages, { rules, names, recall })
    const offered = tools(request, rules, names)
    const generation = generationConfig(request, rules, offered.json)
    if (extra["cachedContent"] !== undefined && (written.systemInstruction !== undefined || request.tools.length > 0)) {
      const message = "A request with cached content must not repeat its system message and tools."
      return yield* Result.fail(new Unable({ message, param: "cached_content" }))
    }
    const tier = tiers.get(request.serviceTier ?? "auto")
    return {
      path: `/v1beta/${resource(model.name)}:${stream ? "streamGenerateContent?alt=sse" : "generateContent"}`,
      body: {
        ...written,
        ...offered.body,
        ...(Object.keys(generation.config).length === 0 ? {} : { generationConfig: generation.config }),
        ...extra,
        ...(tier === undefined ? {} : { serviceTier: tier })
      },
      dropped: [
        ...offered.dropped,
        ...generation.dropped,
        ...unmapped(request),
        ...foreignReasoning(request.messages, reasoningTaken(rules)),
        ...dropped
      ]
    }
  })

/** A name may say its collection itself. It may come from a caller, so nothing else in it is taken as a path. */
const resource = (name: string): string => {
  const [, collection = "models", id = name] = /^(models|tunedModels)\/([^/]+)$/.exec(name) ?? []
  return `${collection}/${encodeURIComponent(id)}`
}

/** OpenAI's service tiers that Gemini has; `auto` is what happens without a word. */
const tiers: ReadonlyMap<string, string> = new Map([
  ["default", "standard"],
  ["standard", "standard"],
  ["flex", "flex"],
  ["priority", "priority"]
])

/** Gemini's own fields that may come beside OpenAI's. */
const ownFields: ReadonlyMap<string, string> = new Map([
  ["safety_settings", "safetySettings"],
  ["safetySettings", "safetySettings"],
  ["cached_content", "cachedContent"],
  ["cachedContent", "cachedContent"]
])

const splitExtra = (given: Fields | undefined): { readonly extra: Fields; readonly dropped: ReadonlyArray<string> } => {
  const extra: Record<string, unknown> = {}
  const dropped: Array<string> = []
  for (const [name, value] of Object.entries(given ?? {})) {
    const own = ownFields.get(name)
    if (own === undefined) dropped.push(name)
    else extra[own] = value
  }
  return { extra, dropped }
}

/**
 * OpenAI's names of what was asked and has no counterpart. Gemini caches prompts by itself; its marks and keys cannot
 * be given.
 */
const unmapped = (request: Request): ReadonlyArray<string> => {
  const tier = request.serviceTier
  const fields: Readonly<Record<string, boolean>> = {
    logit_bias: request.logitBias !== undefined,
    verbosity: request.verbosity !== undefined,
    metadata: request.metadata !== undefined,
    user: request.user !== undefined,
    safety_identifier: request.safetyIdentifier !== undefined,
    prompt_cache_key: request.promptCacheKey !== undefined,
    prompt_cache_retention: request.promptCacheRetention !== undefined,
    service_tier: tier !== undefined && tier !== "auto" && !tiers.has(tier),
    cache_control: hasCacheMarks(request),
    "messages[].name": request.messages.some(
      ({ role, name }) => role !== "tool" && role !== "user" && name !== undefined
    )
  }
  return Object.keys(fields).filter((name) => fields[name] === true)
}

// Step

/** Fields of which an event of an answer has at least one; others are no part of it. */
const answerFields = ["candidates", "promptFeedback", "usageMetadata", "responseId"] as const

const step = (state: State, event: unknown): readonly [State, Deltas] => {
  const error = errorIn(event)
  if (error !== undefined)
    return [state, [{ _tag: "Failed", failure: failureOf(state.answering.model.provider, error) }]]
  const response = asObject(event)
  if (response === undefined || !answerFields.some((name) => response[name] !== undefined)) return [state, noDeltas]
  const deltas: Array<Delta> = []
  if (!state.started) deltas.push(startOf(response, state.answering))
  const reading = { names: state.names, newId: state.answering.newId }
  const counted = usage(objectOf(response["usageMetadata"])) ?? state.usage
  let choices = state.choices
  for (const [position, value] of listOf(response["candidates"]).entries()) {
    const candidate = objectOf(value)
    // Vertex leaves the index 0 out.
    const index = asNumber(candidate["index"]) ?? position
    const old = choices.find((choice) => choice.index === index)
    const choice = readCandidate(
      old ?? { index, text: "", calls: 0, details: 0, cited: [] },
      candidate,
      reading,
      deltas
    )
    choices = old === undefined ? [...choices, choice] : choices.map((other) => (other === old ? choice : other))
    const reason = asText(candidate["finishReason"])
    // The model could not write what it meant to; while nothing was said, another try may still replace this one.
    if (reason !== undefined && isFault(reason) && choices.every(({ text, calls }) => text === "" && calls === 0)) {
      const words = { message: asText(candidate["finishMessage"]) ?? reason, code: reason }
      // What the failed try used is billed all the same.
      if (counted !== undefined) deltas.push({ _tag: "Usage", usage: counted })
      deltas.push({ _tag: "Failed", failure: providerFailure("ServerFault", state.answering.model.provider, words) })
      return [{ ...state, started: true, choices, ...(counted === undefined ? {} : { usage: counted }) }, deltas]
    }
  }
  const blocked = asText(objectOf(response["promptFeedback"])["blockReason"]) ?? state.blocked
  const next = {
    ...state,
    started: true,
    choices,
    ...(counted === undefined ? {} : { usage: counted }),
    ...(blocked === undefined ? {} : { blocked })
  }
  return [next, deltas]
}

const startOf = (response: Fields, { model, newId }: Answering): Delta => {
  const created = Date.parse(textOf(response["createTime"]))
  return {
    _tag: "Start",
    id: asText(response["responseId"]) ?? newId("chatcmpl"),
    model: asText(response["modelVersion"]) ?? model.name,
    ...(Number.isNaN(created) ? {} : { created: Math.floor(created / 1000) })
  }
}

/**
 * Gemini has no end mark: an answer is whole when every choice that began has its finish reason, or the prompt was
 * blocked.
 */
const end = (state: State): Deltas => {
  const deltas: Array<Delta> = []
  const { choices, blocked } = state
  const whole = choices.length === 0 ? blocked !== undefined : choices.every(({ finish }) => finish !== undefined)
  if (state.usage !== undefined) deltas.push({ _tag: "Usage", usage: state.usage })
  if (!whole) {
    const message = "The provider's answer ended without a finish reason."
    return [...deltas, { _tag: "Failed", failure: new Cut({ message }) }]
  }
  if (choices.length === 0) deltas.push({ _tag: "Finish", choice: 0, reason: "content_filter", native: blocked ?? "" })
  for (const choice of choices) {
    complete(choice, undefined, deltas)
    const native = choice.finish ?? ""
    deltas.push({ _tag: "Finish", choice: choice.index, reason: finishReason(native, choice.calls), native })
  }
  return deltas
}

// Failures

/** HTTP statuses of Google's status words, for error events that leave the code out. */
const statuses: ReadonlyMap<string, number> = new Map([
  ["INVALID_ARGUMENT", 400],
  ["FAILED_PRECONDITION", 400],
  ["OUT_OF_RANGE", 400],
  ["UNIMPLEMENTED", 400],
  ["UNAUTHENTICATED", 401],
  ["PERMISSION_DENIED", 403],
  ["NOT_FOUND", 404],
  ["ABORTED", 409],
  ["ALREADY_EXISTS", 409],
  ["RESOURCE_EXHAUSTED", 429],
  ["CANCELLED", 500],
  ["UNKNOWN", 500],
  ["INTERNAL", 500],
  ["DATA_LOSS", 500],
  ["UNAVAILABLE", 503],
  ["DEADLINE_EXCEEDED", 504]
])

const callersFile =
  /\b(?:file|cached ?contents?)\b.*(?:not found|not exist|permission|active state)|permission.*\b(?:file|cached ?contents?)\b/i

const classOf = (error: ErrorBody, httpStatus: number | undefined): FailureClass => {
  const message = searched(error.message ?? "")
  const status = statuses.get(error.status ?? "") ?? error.code ?? httpStatus ?? 500
  if (saysContextTooLong(message)) return "ContextTooLong"
  // A wrong key is a 400 here.
  if (error.reason?.startsWith("API_KEY_") === true || /api key (?:not valid|expired|not found)/i.test(message))
    return "Unauthorized"
  // A file or cache of the caller that is missing or not ready says nothing about the key or the model.
  if (status < 429 && callersFile.test(message)) return "InvalidRequest"
  if (status === 429) return isSpent(error, message) ? "QuotaExhausted" : "RateLimited"
  // Billing is not set up, or the service is not offered where the gateway is.
  if (error.status === "FAILED_PRECONDITION") return /billing/i.test(message) ? "QuotaExhausted" : "Unauthorized"
  return classOfStatus(status, message)
}

/** Whether a 429 is of a day's quota, of one that is zero, or of an empty account: waiting does not help. */
const isSpent = ({ quotas }: ErrorBody, message: string): boolean =>
  quotas.some(({ id, value }) => id.includes("PerDay") || value === "0") ||
  /limit: 0(?![\d.])|credits? (?:are|is) depleted|spend(?:ing)? (?:cap|limit)/i.test(message)

const failureOf = (provider: string, error: ErrorBody, refused?: Refused): Failure => {
  const status = refused?.status ?? error.code
  const headers = new Headers(refused?.headers)
  if (error.retryAfterMs !== undefined) headers.set("retry-after-ms", String(error.retryAfterMs))
  const words = { message: error.message, type: error.status, code: error.reason }
  return providerFailure(
    classOf(error, status),
    provider,
    words,
    status === undefined ? undefined : { status, headers }
  )
}

// Protocol

/** Google's `generateContent`, at the Gemini API and on Vertex. */
export const GeminiContent: Protocol<State> = {
  name: "GeminiContent",
  prepare,
  start: (answering) => ({ answering, names: toolNames(answering.request.tools), started: false, choices: [] }),
  step,
  // Without `alt=sse` a stream is one list of the events.
  events: (whole) => (Array.isArray(whole) ? whole : [whole]),
  // Gemini sends none; some proxies in front of it add OpenAI's.
  isLast: (data) => data === "[DONE]",
  isWhole: ({ choices, usage, answering }) =>
    usage !== undefined &&
    choices.length >= (answering.request.choices ?? 1) &&
    choices.every(({ finish }) => finish !== undefined),
  usage: ({ usage }) => usage,
  end,
  failure: (refused) => failureOf(refused.provider, errorBody(refused.body), refused)
}

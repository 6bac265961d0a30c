import type { Failure, FailureTag, ProviderWords } from "../domain/Failure.ts"
import { failureKinds } from "../domain/Failure.ts"
import type { Fields } from "../domain/Fields.ts"
import { putAsideCode } from "../domain/keys/Purse.ts"
import type { AttemptRecord, Trail } from "../domain/routing/Trail.ts"
import type { Spending } from "../domain/usage/Cost.ts"
import { chatCost } from "../wire/openai/chat/usage/ChatCost.ts"
import { chatUsage } from "../wire/openai/chat/usage/ChatUsage.ts"

/** How a class of failure looks to a caller before the headers are out. */
interface Face {
  readonly status: number
  readonly type: string
  readonly code: string
}

/**
 * The one place of statuses. The providers' own 401 and empty accounts are the gateway's trouble, so 502: a caller who
 * saw 401 would throw away its own key. 408, 409, 429 and 5xx are what the official SDKs try again.
 */
const faces: Readonly<Record<FailureTag, Face>> = {
  RateLimited: { status: 429, type: "rate_limit_error", code: "rate_limit_exceeded" },
  Overloaded: { status: 503, type: "server_error", code: "provider_overloaded" },
  ServerFault: { status: 502, type: "server_error", code: "provider_error" },
  Unreachable: { status: 502, type: "server_error", code: "provider_unreachable" },
  TimedOut: { status: 504, type: "server_error", code: "provider_timeout" },
  Cut: { status: 502, type: "server_error", code: "provider_cut" },
  Garbled: { status: 502, type: "server_error", code: "provider_garbled" },
  ContextTooLong: { status: 400, type: "invalid_request_error", code: "context_length_exceeded" },
  ContentRefused: { status: 400, type: "invalid_request_error", code: "content_policy_violation" },
  Unauthorized: { status: 502, type: "server_error", code: "provider_auth" },
  QuotaExhausted: { status: 502, type: "server_error", code: "provider_quota" },
  InvalidRequest: { status: 400, type: "invalid_request_error", code: "invalid_request" },
  NoSuchModel: { status: 404, type: "invalid_request_error", code: "model_not_found" },
  SchemaInvalid: { status: 502, type: "server_error", code: "schema_invalid" },
  Unable: { status: 400, type: "invalid_request_error", code: "unsupported_value" },
  UnknownKey: { status: 401, type: "invalid_request_error", code: "invalid_api_key" },
  Forbidden: { status: 403, type: "invalid_request_error", code: "forbidden" },
  Conflict: { status: 409, type: "invalid_request_error", code: "conflict" },
  OverLimit: { status: 429, type: "rate_limit_error", code: "rate_limit_exceeded" },
  OverBudget: { status: 429, type: "insufficient_quota", code: "insufficient_quota" },
  RegionUnavailable: { status: 400, type: "invalid_request_error", code: "region_unavailable" },
  TooLarge: { status: 413, type: "invalid_request_error", code: "request_too_large" },
  TooSlow: { status: 408, type: "invalid_request_error", code: "request_timeout" },
  NotFound: { status: 404, type: "invalid_request_error", code: "not_found" },
  MethodNotAllowed: { status: 405, type: "invalid_request_error", code: "method_not_allowed" },
  Unavailable: { status: 503, type: "server_error", code: "gateway_unavailable" },
  Internal: { status: 500, type: "server_error", code: "internal_error" }
}

/** OpenAI's error object, with the provider's own words beside it, and with each attempt that was made. */
export const errorObject = (failure: Failure, requestId: string, trail: Trail = []): Fields => {
  const face = faces[failure._tag]
  return {
    message: failure.message,
    type: face.type,
    param: failure.param ?? null,
    code: failure.code ?? face.code,
    request_id: requestId,
    class: failure._tag,
    ...(failure.words === undefined ? {} : { provider: wordsObject(failure.words) }),
    ...(trail.length === 0 ? {} : { attempts: trail.map(attemptInShort) })
  }
}

const attemptInShort = ({ target, sentMs, endedMs, outcome, failure }: AttemptRecord): Fields => ({
  target,
  outcome,
  class: failure?.class ?? null,
  ms: Math.round((endedMs - sentMs) * 100) / 100
})

/**
 * What an answer tells under `gateway` when its trail is asked for. Times are milliseconds since the request came;
 * `usage` is null where nothing was used that a provider bills.
 */
export const trailObject = (trail: Trail): Fields => ({ attempts: trail.map(attemptInFull) })

const attemptInFull = (record: AttemptRecord): Fields => ({
  id: record.id,
  kind: record.kind,
  target: record.target,
  outcome: record.outcome,
  queued_ms: record.queuedMs,
  sent_ms: record.sentMs,
  headers_ms: record.headersMs ?? null,
  first_content_ms: record.firstContentMs ?? null,
  first_text_ms: record.firstTextMs ?? null,
  ended_ms: record.endedMs,
  failure: record.failure ?? null,
  usage: record.spending === undefined ? null : spendingObject(record.spending),
  dropped: record.dropped
})

/** As `usage` is told of an answer, with its cost and the price list that this is reckoned with. */
const spendingObject = (spending: Spending): Fields => ({
  ...chatUsage(spending.usage),
  ...chatCost(spending),
  price_version: spending.cost?.priceVersion ?? null
})

const wordsObject = (words: ProviderWords): Fields => ({
  name: words.provider,
  status: words.status ?? null,
  message: words.message ?? null,
  type: words.type ?? null,
  code: words.code ?? null,
  request_id: words.requestId ?? null
})

export const statusOf = (failure: Failure): number => faces[failure._tag].status

/** Longest wait that is passed on, in seconds; a provider's absurd number must not park a caller for days. */
const maxRetryAfterSeconds = 3600

/** Headers that tell the caller whether and when to try again. `shouldRetry`: the attempt engine's word on it. */
export const retryHeaders = (failure: Failure, shouldRetry?: false): Readonly<Record<string, string>> => {
  const headers: Record<string, string> = {}
  if (failure.retryAfterMs !== undefined) {
    headers["retry-after"] = String(Math.min(maxRetryAfterSeconds, Math.ceil(failure.retryAfterMs / 1000)))
  }
  if (failure._tag === "MethodNotAllowed") headers["allow"] = failure.allow
  // The SDKs try a 429, 408, 409 or 5xx again by themselves.
  if (shouldRetry === false || isForGood(failure)) headers["x-should-retry"] = "false"
  return headers
}

/**
 * Whether the same request will be refused again: a budget that is spent and not only put aside, a request that is
 * larger than its limit, an `Idempotency-Key` that stands for another body and not for one that runs.
 */
const isForGood = ({ _tag, code, retryAfterMs }: Failure): boolean => {
  if (_tag === "OverBudget") return code !== putAsideCode
  return (_tag === "OverLimit" || _tag === "Conflict") && retryAfterMs === undefined
}

/** What `GET /v1/errors` serves: every class, what it means, and how it looks. */
export const errorVocabulary = (): Fields => ({
  object: "list",
  data: Object.entries(faces).map(([name, face]) => ({ class: name, ...face, ...kindOf(name) }))
})

const kindOf = (name: string): Fields => {
  for (const [tag, { fault, retry, breaker, meaning }] of Object.entries(failureKinds)) {
    if (tag === name) return { fault, retry, breaker, meaning }
  }
  return {}
}

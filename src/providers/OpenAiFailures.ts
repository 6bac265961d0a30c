import type { Failure } from "../domain/Failure.ts"
import { type OpenAiError, readError, readErrorBody } from "../wire/openai/OpenAiErrors.ts"
import type { Refused } from "./Protocol.ts"
import { classOfStatus, type FailureClass, providerFailure, saysContextTooLong } from "./Refusals.ts"

/** Codes and types that mean one thing wherever they stand, and more than the status that comes with them. */
const exact: Readonly<Record<string, FailureClass>> = {
  insufficient_quota: "QuotaExhausted",
  credit_balance_exhausted: "QuotaExhausted",
  organization_spend_limit_exceeded: "QuotaExhausted",
  project_spend_limit_exceeded: "QuotaExhausted",
  organization_usage_limit_exceeded: "QuotaExhausted",
  billing_hard_limit_reached: "QuotaExhausted",
  billing_not_active: "QuotaExhausted",
  // Moonshot, as 429.
  exceeded_current_quota_error: "QuotaExhausted",
  rate_limit_exceeded: "RateLimited",
  slow_down: "RateLimited",
  server_is_overloaded: "Overloaded",
  overloaded_error: "Overloaded",
  // Moonshot, as 429.
  engine_overloaded_error: "Overloaded",
  context_length_exceeded: "ContextTooLong",
  // Perplexity; llama.cpp; z.ai.
  too_many_prompt_tokens: "ContextTooLong",
  exceed_context_size_error: "ContextTooLong",
  "1261": "ContextTooLong",
  content_policy_violation: "ContentRefused",
  image_content_policy_violation: "ContentRefused",
  misalignment_policy_violation: "ContentRefused",
  bio_policy: "ContentRefused",
  invalid_prompt: "ContentRefused",
  content_filter: "ContentRefused",
  // DashScope.
  data_inspection_failed: "ContentRefused",
  invalid_api_key: "Unauthorized",
  // The Responses API says it with 400, Groq too for what it has retired.
  model_not_found: "NoSuchModel",
  model_decommissioned: "NoSuchModel",
  // Groq's model wrote a call or JSON that does not parse: 400, though the request was right and another try may do.
  tool_use_failed: "ServerFault",
  json_validate_failed: "ServerFault"
}

/** Types that say no more than a status does, for errors inside a stream, which have none. */
const general: Readonly<Record<string, FailureClass>> = {
  requests: "RateLimited",
  tokens: "RateLimited",
  rate_limit_error: "RateLimited",
  resource_exhausted: "RateLimited",
  service_unavailable_error: "Overloaded",
  unavailable: "Overloaded",
  authentication_error: "Unauthorized",
  permission_error: "Unauthorized",
  permission_denied: "Unauthorized",
  unauthenticated: "Unauthorized",
  billing_error: "QuotaExhausted",
  not_found_error: "NoSuchModel",
  not_found: "NoSuchModel",
  data_residency_mismatch: "InvalidRequest",
  invalid_request_error: "InvalidRequest",
  invalid_argument: "InvalidRequest",
  invalid_value: "InvalidRequest",
  unsupported_parameter: "InvalidRequest",
  unsupported_value: "InvalidRequest"
}

/** xAI and Google's OpenAI door answer a wrong key with 400. */
const saysWrongKey = /incorrect api key|api key not valid|api key expired/i

/**
 * An empty account, said in words only: xAI (403, 429), DeepSeek and z.ai, OpenRouter, Anthropic behind other hosts.
 */
const saysNoCredit =
  /used all available credits|insufficient (?:account )?balance|insufficient credits|credit balance is too low/i

/**
 * An error answer of OpenAI, or of a host that speaks its language, as our failure. `field` turns the provider's
 * `param` into the caller's.
 */
export const openAiFailure = (refused: Refused, field?: (param: string) => string): Failure => {
  const error = readErrorBody(refused.body)
  const found = classify(error, refused.status) ?? classOfStatus(refused.status, error.message ?? "")
  return providerFailure(found, refused.provider, withField(error, field), refused)
}

/** An error that came inside a stream, after status 200: the event itself or its `error`. */
export const openAiStreamFailure = (provider: string, event: unknown, field?: (param: string) => string): Failure => {
  const error = readError(event)
  const found = classify(error, error.status) ?? generalClass(error)
  return providerFailure(found, provider, withField(error, field))
}

/** What the words say beyond the status. (`x-should-retry` is advice on retrying, not a class.) */
const classify = (error: OpenAiError, status: number | undefined): FailureClass | undefined => {
  // Groq's 413 has the code of a rate limit, but the same prompt will never fit.
  if (status === 413) return "ContextTooLong"
  const byWord = wordClass(exact, error.code) ?? wordClass(exact, error.type)
  if (byWord !== undefined) return byWord
  const message = error.message ?? ""
  if (saysContextTooLong(message)) return "ContextTooLong"
  if (error.flagged) return "ContentRefused"
  if (saysNoCredit.test(message)) return "QuotaExhausted"
  if (saysWrongKey.test(message)) return "Unauthorized"
  // OpenAI's 404 for a file, an item or an earlier response names its field; the model is there.
  if (status === 404 && error.param !== undefined && error.param !== "model") return "InvalidRequest"
  return undefined
}

const generalClass = (error: OpenAiError): FailureClass => {
  if (error.status !== undefined) return classOfStatus(error.status, error.message ?? "")
  const byWord = wordClass(general, error.code) ?? wordClass(general, error.type)
  if (byWord !== undefined) return byWord
  // The Responses API has a dozen codes for images that it cannot use (`invalid_image_format`, `image_too_large`…).
  return error.code?.includes("image") === true ? "InvalidRequest" : "ServerFault"
}

const wordClass = (
  table: Readonly<Record<string, FailureClass>>,
  word: string | undefined
): FailureClass | undefined => {
  if (word === undefined) return undefined
  const name = word.toLowerCase()
  return Object.hasOwn(table, name) ? table[name] : undefined
}

const withField = (error: OpenAiError, field: ((param: string) => string) | undefined) => {
  if (field === undefined || error.param === undefined) return error
  return { ...error, field: field(error.param) }
}

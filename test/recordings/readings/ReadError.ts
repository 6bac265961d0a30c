import { at, listAt, parsed, textAt } from "../Json.ts"

/** How providers say that a prompt is too long. */
const tooLong = [
  "prompt is too long",
  "context_length_exceeded",
  "context window",
  "context length",
  "maximum prompt length",
  "exceeds the maximum number of tokens",
  "reduce the length of the messages",
  "exceeds the available context size",
  "exceeded model token limit",
  "maximum context length",
  "prompt too long",
  "range of input length should be",
  "too_many_prompt_tokens"
]

const spent = [
  "insufficient_quota",
  "credit_balance_exhausted",
  "organization_spend_limit_exceeded",
  "project_spend_limit_exceeded",
  "organization_usage_limit_exceeded",
  "billing_hard_limit_reached",
  "enforced_spend_limit_reached",
  "contract_spend_limit_reached",
  "billing_error"
]

/** An empty account that only the words tell (Anthropic's comes as a 400 of type `invalid_request_error`). */
const noCredit = [
  "credit balance is too low",
  "insufficient balance",
  "insufficient credits",
  "used all available credits"
]

/** Moonshot says the second with 429. */
const overloaded = ["server_is_overloaded", "engine_overloaded_error"]

const refused = ["content_policy_violation", "invalid_prompt", "content_filter", "data_inspection_failed"]

/** The meaning of a word where no HTTP status came with it (Google's `status`, Anthropic's and OpenAI's `type`). */
const statusOfWord: Readonly<Record<string, number>> = {
  INVALID_ARGUMENT: 400,
  FAILED_PRECONDITION: 400,
  UNAUTHENTICATED: 401,
  PERMISSION_DENIED: 403,
  NOT_FOUND: 404,
  RESOURCE_EXHAUSTED: 429,
  INTERNAL: 500,
  UNAVAILABLE: 503,
  DEADLINE_EXCEEDED: 504,
  invalid_request_error: 400,
  authentication_error: 401,
  permission_error: 403,
  not_found_error: 404,
  request_too_large: 413,
  rate_limit_error: 429,
  rate_limit_exceeded: 429,
  api_error: 500,
  server_error: 500,
  timeout_error: 504,
  overloaded_error: 529,
  server_is_overloaded: 503
}

const statusIn = (error: unknown): number | undefined => {
  for (const name of ["status_code", "code", "status"]) {
    const number = Number(at(error, name))
    if (Number.isInteger(number) && number >= 400 && number < 600) return number
  }
  for (const name of ["code", "type", "status"]) {
    const status = statusOfWord[textAt(error, name)]
    if (status !== undefined) return status
  }
  return undefined
}

const classOfStatus = (status: number): string => {
  if (status === 401 || status === 403) return "Unauthorized"
  if (status === 402) return "QuotaExhausted"
  if (status === 404 || status === 410) return "NoSuchModel"
  if (status === 408 || status === 504) return "TimedOut"
  if (status === 413) return "ContextTooLong"
  if (status === 429) return "RateLimited"
  if (status === 503 || status === 529) return "Overloaded"
  if (status >= 500 || status === 409) return "ServerFault"
  return "InvalidRequest"
}

/** Google's 429 means an empty account when the quota is one of a day or of nothing, else a pause. */
const isSpentQuota = (error: unknown): boolean =>
  listAt(error, "details").some((detail) =>
    listAt(detail, "violations").some(
      (violation) => textAt(violation, "quotaId").includes("PerDay") || textAt(violation, "quotaValue") === "0"
    )
  )

/** The gateway's class of an error body (or of the body of an error event, which has no status). */
export const readError = (body: string, status: number | undefined): string => {
  const whole = parsed(body)
  const top = Array.isArray(whole) ? at(whole, 0) : whole
  const inner = at(top, "error")
  const error = typeof inner === "object" && inner !== null ? inner : top
  const words = [
    textAt(error, "code"),
    textAt(error, "type"),
    textAt(error, "details", "error_code"),
    ...listAt(error, "details").map((detail) => textAt(detail, "reason"))
  ]
  const message = (textAt(error, "message") || (typeof inner === "string" ? inner : body)).toLowerCase()
  const code = status ?? statusIn(error) ?? 500

  // Groq: the model wrote a call that cannot be read; neither the caller nor the request is at fault.
  if (words.includes("tool_use_failed")) return "ServerFault"
  if (overloaded.some((word) => words.includes(word))) return "Overloaded"
  if (tooLong.some((saying) => message.includes(saying) || words.includes(saying))) return "ContextTooLong"
  if (spent.some((word) => words.includes(word))) return "QuotaExhausted"
  if (noCredit.some((saying) => message.includes(saying))) return "QuotaExhausted"
  if (code === 429 && (isSpentQuota(error) || /limit: 0\b/.test(message))) return "QuotaExhausted"
  const isFlagged = at(error, "metadata", "flagged_input") !== undefined
  if (isFlagged || refused.some((word) => words.includes(word))) return "ContentRefused"
  // Google: the account may not be used from here, or not without billing.
  if (textAt(error, "status") === "FAILED_PRECONDITION") return "Unauthorized"
  if (words.includes("API_KEY_INVALID") || message.includes("incorrect api key")) return "Unauthorized"
  if (words.includes("model_not_found") || words.includes("model_decommissioned")) return "NoSuchModel"
  const field = textAt(error, "param")
  // A file or an earlier answer is not there, but the model is.
  if (code === 404 && field !== "" && field !== "model") return "InvalidRequest"
  return classOfStatus(code)
}

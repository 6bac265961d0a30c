import type { Fields } from "../../../domain/Fields.ts"
import type { ProblemName } from "../../Vocabulary.ts"
import type { Refusal } from "../Language.ts"

/** A request that Anthropic takes for wrong. */
export const anthropicInvalid = (message: string): Refusal => ({ status: 400, message, type: "invalid_request_error" })

const wordings = (model: string): Readonly<Record<ProblemName, Refusal>> => ({
  invalid_request: anthropicInvalid("messages: Invalid request (simulated)"),
  context_length_exceeded: anthropicInvalid("prompt is too long: 250000 tokens > 200000 maximum"),
  content_policy: anthropicInvalid("Output blocked by content filtering policy"),
  invalid_api_key: { status: 401, message: "invalid x-api-key", type: "authentication_error" },
  permission_denied: {
    status: 403,
    message: "Your API key does not have permission to use the specified resource.",
    type: "permission_error"
  },
  model_not_found: { status: 404, message: `model: ${model}`, type: "not_found_error" },
  rate_limit_exceeded: {
    status: 429,
    message:
      "Number of request tokens has exceeded your per-minute rate limit (https://docs.anthropic.com/en/api/rate-limits); see the response headers for current usage.",
    type: "rate_limit_error"
  },
  insufficient_quota: {
    status: 402,
    message: "There is an issue with your billing or payment information.",
    type: "billing_error"
  },
  server_error: { status: 500, message: "Internal server error", type: "api_error" },
  overloaded: { status: 529, message: "Overloaded", type: "overloaded_error" },
  timeout: { status: 504, message: "Request timed out", type: "timeout_error" }
})

/** Anthropic's words for a kind of error. */
export const anthropicProblem = (problem: ProblemName, status: number | undefined, model: string): Refusal => {
  const refusal = wordings(model)[problem]
  return status === undefined ? refusal : { ...refusal, status }
}

/** A refusal as Anthropic's error body; `id` is that of the request. */
export const anthropicErrorBody = (refusal: Refusal, id: string): Fields => ({
  type: "error",
  error: { type: refusal.type, message: refusal.message },
  request_id: `req_${id}`
})

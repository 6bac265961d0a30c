import type { Fields } from "../../../domain/Fields.ts"
import type { ProblemName } from "../../Vocabulary.ts"
import type { Refusal } from "../Language.ts"

/** A request that Google takes for wrong. */
export const geminiInvalid = (message: string): Refusal => ({ status: 400, message, type: "INVALID_ARGUMENT" })

/** When to come back: Google has no `retry-after` header. */
const retryInfo = (seconds: number): Fields => ({
  "@type": "type.googleapis.com/google.rpc.RetryInfo",
  retryDelay: `${seconds}s`
})

const quota = (id: string, value: string): Fields => ({
  "@type": "type.googleapis.com/google.rpc.QuotaFailure",
  violations: [{ quotaMetric: "generativelanguage.googleapis.com/simulated", quotaId: id, quotaValue: value }]
})

const wordings = (model: string): Readonly<Record<ProblemName, Refusal>> => ({
  invalid_request: geminiInvalid("Request contains an invalid argument."),
  context_length_exceeded: geminiInvalid(
    "The input token count (1250000) exceeds the maximum number of tokens allowed (1048576)."
  ),
  content_policy: { status: 200, message: "PROHIBITED_CONTENT", type: "BLOCKED" },
  // Recorded: Google's bad key is a 400.
  invalid_api_key: {
    ...geminiInvalid("API key not valid. Please pass a valid API key."),
    details: [
      {
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        reason: "API_KEY_INVALID",
        domain: "googleapis.com",
        metadata: { service: "generativelanguage.googleapis.com" }
      }
    ]
  },
  permission_denied: { status: 403, message: "The caller does not have permission", type: "PERMISSION_DENIED" },
  model_not_found: {
    status: 404,
    message: `models/${model} is not found for API version v1beta, or is not supported for generateContent. Call ListModels to see the list of available models and their supported methods.`,
    type: "NOT_FOUND"
  },
  rate_limit_exceeded: {
    status: 429,
    message: `You exceeded your current quota, please check your plan and billing details. * Quota exceeded for metric: generativelanguage.googleapis.com/generate_content_paid_tier_input_token_count, limit: 1000000, model: ${model}`,
    type: "RESOURCE_EXHAUSTED",
    details: [quota("GenerateContentPaidTierInputTokensPerModelPerMinute", "1000000")]
  },
  insufficient_quota: {
    status: 429,
    message: `You exceeded your current quota, please check your plan and billing details. * Quota exceeded for metric: generativelanguage.googleapis.com/generate_content_free_tier_requests, limit: 0, model: ${model}`,
    type: "RESOURCE_EXHAUSTED",
    details: [quota("GenerateRequestsPerDayPerProjectPerModel-FreeTier", "0")]
  },
  server_error: { status: 500, message: "An internal error has occurred.", type: "INTERNAL" },
  overloaded: {
    status: 503,
    message: "The model is overloaded. Please try again later.",
    type: "UNAVAILABLE"
  },
  timeout: { status: 504, message: "Deadline expired before operation could complete.", type: "DEADLINE_EXCEEDED" }
})

/** Google's words for a kind of error. */
export const geminiProblem = (
  problem: ProblemName,
  status: number | undefined,
  model: string,
  seconds?: number
): Refusal => {
  const refusal = wordings(model)[problem]
  return {
    ...refusal,
    ...(status === undefined ? {} : { status }),
    ...(seconds === undefined ? {} : { details: [...(refusal.details ?? []), retryInfo(seconds)] })
  }
}

/** A prompt that Google blocks is answered with 200, a reason and no candidates. */
export const geminiErrorBody = (refusal: Refusal): Fields =>
  refusal.type === "BLOCKED"
    ? {
        promptFeedback: { blockReason: refusal.message },
        usageMetadata: { promptTokenCount: 1, totalTokenCount: 1 }
      }
    : {
        error: {
          code: refusal.status,
          message: refusal.message,
          status: refusal.type,
          ...(refusal.details === undefined ? {} : { details: refusal.details })
        }
      }

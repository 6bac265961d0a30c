import type { Fields } from "../../../domain/Fields.ts"
import type { ProblemName } from "../../Vocabulary.ts"
import type { Refusal } from "../Language.ts"

const context = {
  status: 400,
  message: "Your input exceeds the context window of this model. Please adjust your input and try again.",
  type: "invalid_request_error",
  code: "context_length_exceeded"
}

const wordings = (model: string): Readonly<Record<ProblemName, Refusal>> => ({
  invalid_request: {
    status: 400,
    message: "Invalid request (simulated).",
    type: "invalid_request_error",
    code: "invalid_value",
    param: "messages"
  },
  context_length_exceeded: { ...context, param: "messages" },
  content_policy: {
    status: 400,
    message: "Your request was rejected as a result of our safety system.",
    type: "invalid_request_error",
    code: "content_policy_violation"
  },
  invalid_api_key: {
    status: 401,
    message:
      "Incorrect API key provided: sk-simul*******ated. You can find your API key at https://platform.openai.com/account/api-keys.",
    type: "invalid_request_error",
    code: "invalid_api_key"
  },
  permission_denied: {
    status: 403,
    message: "You do not have access to this resource.",
    type: "invalid_request_error",
    code: "permission_denied"
  },
  model_not_found: {
    status: 404,
    message: `The model \`${model}\` does not exist or you do not have access to it.`,
    type: "invalid_request_error",
    code: "model_not_found"
  },
  rate_limit_exceeded: {
    status: 429,
    message: `Rate limit reached for ${model} in organization org-simulated on requests per min (RPM): Limit 500, Used 500, Requested 1. Please try again later. Visit https://platform.openai.com/account/rate-limits to learn more.`,
    type: "requests",
    code: "rate_limit_exceeded"
  },
  insufficient_quota: {
    status: 429,
    message: "You exceeded your current quota, please check your plan and billing details.",
    type: "insufficient_quota",
    code: "insufficient_quota"
  },
  server_error: {
    status: 500,
    message: "The server had an error while processing your request. Sorry about that!",
    type: "server_error"
  },
  overloaded: {
    status: 503,
    message: "Our servers are currently overloaded. Please try again later.",
    type: "service_unavailable_error",
    code: "server_is_overloaded"
  },
  timeout: { status: 504, message: "The request timed out.", type: "timeout", code: "timeout" }
})

/** OpenAI's words for a kind of error, the same in chat completions and responses. */
export const openAiProblem = (problem: ProblemName, status: number | undefined, model: string): Refusal => {
  const refusal = wordings(model)[problem]
  return status === undefined ? refusal : { ...refusal, status }
}

/** A request that OpenAI takes for wrong. */
export const openAiInvalid = (message: string, param: string | undefined, code?: string): Refusal => ({
  status: 400,
  message,
  type: "invalid_request_error",
  ...(param === undefined ? {} : { param }),
  ...(code === undefined ? {} : { code })
})

/** A refusal as OpenAI's error body. */
export const openAiErrorBody = (refusal: Refusal): Fields => ({
  error: {
    message: refusal.message,
    type: refusal.type,
    param: refusal.param ?? null,
    code: refusal.code ?? null
  }
})

/** The headers that OpenAI puts on every answer to request `id`. */
export const openAiHeaders = (id: string): Readonly<Record<string, string>> => ({
  "x-request-id": `req_${id}`,
  "openai-version": "2020-10-01",
  "openai-processing-ms": "1",
  "x-ratelimit-limit-requests": "500",
  "x-ratelimit-remaining-requests": "499",
  "x-ratelimit-reset-requests": "120ms"
})

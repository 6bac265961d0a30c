import type { Failure } from "../../domain/Failure.ts"
import { asObject, type Fields, listOf, objectOf } from "../../domain/Fields.ts"

/** AssemblyAI's default where a request names no maximum. */
export const defaultMaxTokens = 1000

/** AssemblyAI's two error envelopes: of its key check, and of everything else. */
export const assemblyAiError = (failure: Failure, status: number, requestId: string): Fields => {
  if (failure._tag === "UnknownKey") return { error: failure.message, status: "error", request_id: requestId }
  return {
    code: status,
    message: status === 400 ? "invalid request body" : failure.message,
    request_id: requestId,
    metadata: { errors: [failure.message] }
  }
}

/** What is known when an answer is dressed for an AssemblyAI client. */
export interface Telling {
  readonly requestId: string
  /** The caller's body; echoed without its messages and prompt, as AssemblyAI does. */
  readonly source: Fields
  /** Time the provider took, in milliseconds. */
  readonly providerMs: number
}

/** A usage with AssemblyAI's names of the totals beside OpenAI's. */
export const withBothTokenNames = (usage: Fields): Fields => ({
  ...usage,
  input_tokens: usage["prompt_tokens"],
  output_tokens: usage["completion_tokens"]
})

/** A choice whose readable reasoning is also where AssemblyAI's clients look for it. */
const withThinking = (value: unknown): Fields => {
  const choice = objectOf(value)
  const message = objectOf(choice["message"])
  const reasoning = message["reasoning_content"]
  return reasoning === undefined ? choice : { ...choice, message: { ...message, thinking: reasoning } }
}

/** AssemblyAI's additions to a chat completion. `response_time` is in nanoseconds. */
export const withAssemblyAiFields = (body: Fields, { requestId, source, providerMs }: Telling): Fields => {
  const { messages: _messages, prompt: _prompt, ...request } = source
  const usage = asObject(body["usage"])
  return {
    ...body,
    choices: listOf(body["choices"]).map(withThinking),
    request_id: requestId,
    request,
    response_time: Math.round(providerMs * 1e6),
    llm_status_code: 200,
    http_status_code: 200,
    ...(usage === undefined ? {} : { usage: withBothTokenNames(usage) })
  }
}

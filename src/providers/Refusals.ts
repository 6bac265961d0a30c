import {
  ContentRefused,
  ContextTooLong,
  type Failure,
  InvalidRequest,
  NoSuchModel,
  Overloaded,
  type ProviderWords,
  QuotaExhausted,
  RateLimited,
  ServerFault,
  TimedOut,
  TooLarge,
  Unauthorized,
  Unreachable
} from "../domain/Failure.ts"

/**
 * As much of a provider's words as is worked on, in characters. They are cut to what a caller is shown only when no key
 * is left in them (`WithoutKeys.ts`): half a key at a cut would be found by nothing.
 */
const maxKeptLength = 64 * 1024

/** As much of a message as is searched for what it means, in characters. */
const maxSearchedLength = 8 * 1024

/**
 * The beginning of a provider's message, in which its meaning is searched: a pattern with `.*` took 40 s for one of 1.2
 * million characters.
 */
export const searched = (message: string): string => message.slice(0, maxSearchedLength)

/**
 * How providers say that the prompt is too long; the status alone (400, 413) does not tell.
 * One line each, as recorded or as their issue threads quote it: Anthropic, OpenAI, Google, xAI, Groq, OpenRouter,
 * Together, llama.cpp, LM Studio, Kimi, Mistral, z.ai, DashScope, Ollama.
 */
const contextTooLong = new RegExp(
  [
    "prompt is too long",
    "exceeds the context window",
    "maximum context length",
    "input token count.*exceeds the maximum",
    "maximum prompt length is",
    "reduce the length of the messages",
    "longer than the model'?s context length",
    "exceeds the available context size",
    "greater than the context length",
    "exceeded model token limit",
    "too large for model with \\d+ maximum context length",
    "prompt too long",
    "range of input length should be",
    "prompt tokens? .*exceed"
  ].join("|"),
  "i"
)

/** Whether a provider's message says that the prompt does not fit the model's context. */
export const saysContextTooLong = (message: string): boolean => contextTooLong.test(searched(message))

/** A key that a provider echoes in its error text (OpenAI does, half masked; others whole) never reaches the caller. */
const secretLike = /\b(?:sk|pk|rk|gsk|xai|key|AIza|ya29)[-_.A-Za-z0-9*]{12,}/g

/** What stands where a provider echoes a key of any form (`Incorrect API key provided: …`). */
const echoedKey = /(\bapi[ _-]key(?: provided)?: *)\S+?(?=[.,;]?(?:\s|$))/gi

/** A provider's message, bounded and without anything that looks like a key. */
export const cleanMessage = (message: string): string =>
  message.slice(0, maxKeptLength).replace(echoedKey, "$1<redacted>").replace(secretLike, "<redacted>")

/** Milliseconds that the headers ask to wait: `retry-after-ms`, or `retry-after` in seconds or as a date. */
export const retryAfterMs = (headers: Headers, now: number): number | undefined => {
  const exact = Number(headers.get("retry-after-ms") ?? Number.NaN)
  if (Number.isFinite(exact) && exact >= 0) return exact
  const value = headers.get("retry-after")
  if (value === null || value.trim() === "") return undefined
  const seconds = Number(value)
  if (Number.isFinite(seconds)) return seconds >= 0 ? seconds * 1000 : undefined
  const date = Date.parse(value)
  return Number.isNaN(date) ? undefined : Math.max(0, date - now)
}

/** The provider's id of the request, under the names that providers use. */
export const requestIdOf = (headers: {
  readonly get: (name: string) => string | null | undefined
}): string | undefined =>
  headers.get("x-request-id") ?? headers.get("request-id") ?? headers.get("x-generation-id") ?? undefined

/** What a protocol read in an error body. */
export interface ErrorWords {
  readonly message?: string | undefined
  readonly type?: string | undefined
  readonly code?: string | undefined
  readonly param?: string | undefined
  /** What the provider's `param` is called in the caller's request, when that differs. */
  readonly field?: string | undefined
  readonly requestId?: string | undefined
}

/** The provider's words in the form that the caller is shown. */
export const providerWords = (
  provider: string,
  status: number | undefined,
  words: ErrorWords,
  headers?: Headers
): ProviderWords => {
  const requestId = words.requestId ?? (headers === undefined ? undefined : requestIdOf(headers))
  return {
    provider,
    ...(status === undefined ? {} : { status }),
    ...(words.message === undefined ? {} : { message: cleanMessage(words.message) }),
    ...(words.type === undefined ? {} : { type: words.type.slice(0, maxKeptLength) }),
    ...(words.code === undefined ? {} : { code: words.code.slice(0, maxKeptLength) }),
    ...(words.param === undefined ? {} : { param: words.param.slice(0, maxKeptLength) }),
    ...(requestId === undefined ? {} : { requestId })
  }
}

/** The class of a failure where only the constructor differs. */
export type FailureClass =
  | "RateLimited"
  | "Overloaded"
  | "ServerFault"
  | "Unreachable"
  | "ContextTooLong"
  | "ContentRefused"
  | "Unauthorized"
  | "QuotaExhausted"
  | "InvalidRequest"
  | "NoSuchModel"
  | "TimedOut"
  | "TooLarge"

const classes = {
  RateLimited,
  Overloaded,
  ServerFault,
  Unreachable,
  ContextTooLong,
  ContentRefused,
  Unauthorized,
  QuotaExhausted,
  InvalidRequest,
  NoSuchModel,
  TooLarge
} as const

/**
 * A failure of a class that a protocol found, with the provider's words. `status` is absent for an error event inside a
 * stream.
 */
export const providerFailure = (
  tag: FailureClass,
  provider: string,
  words: ErrorWords,
  answer?: { readonly status: number; readonly headers: Headers }
): Failure => {
  const retryAfter = answer === undefined ? undefined : retryAfterMs(answer.headers, Date.now())
  const said = words.message === undefined || words.message === "" ? undefined : cleanMessage(words.message)
  const field = words.field ?? words.param
  const details = {
    message:
      said === undefined
        ? `${provider} answered with status ${answer?.status ?? "200"} and no message.`
        : `${provider}: ${said}`,
    words: providerWords(provider, answer?.status, words, answer?.headers),
    ...(retryAfter === undefined ? {} : { retryAfterMs: retryAfter }),
    ...(field === undefined ? {} : { param: field })
  }
  if (tag === "TimedOut") return new TimedOut({ ...details, stage: "headers" })
  return new classes[tag](details)
}

/** The class that a status alone stands for, when the body says nothing more exact. */
export const classOfStatus = (status: number, message: string): FailureClass => {
  if (saysContextTooLong(message)) return "ContextTooLong"
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

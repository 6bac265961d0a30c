import type { Failure } from "../domain/Failure.ts"
import type { Fields } from "../domain/Fields.ts"
import { traceOf } from "../telemetry/Trace.ts"
import { assemblyAiError } from "../wire/assemblyai/Envelope.ts"
import { corsHeaders, type OriginRules } from "./Origins.ts"
import { errorObject, retryHeaders, statusOf } from "./Reply.ts"

/** One request at the door and what every answer to it carries, whatever became of it. */
export interface Exchange {
  readonly http: Request
  readonly path: string
  readonly requestId: string
  /** Milliseconds of `performance.now` when the request came. */
  readonly receivedAt: number
  readonly compatibility: "openai" | "assemblyai"
  readonly headers: Readonly<Record<string, string>>
}

/** What may stand in a header that is echoed: printable ASCII, at most what OpenAI takes. */
const echoable = /^[\x20-\x7e]{1,512}$/

export const exchangeOf = (
  http: Request,
  path: string,
  rules: OriginRules,
  compatibility: Exchange["compatibility"]
): Exchange => {
  const { requestId, traceparent } = traceOf(http.headers.get("traceparent"))
  const headers: Record<string, string> = { "x-request-id": requestId, traceparent }
  const theirs = http.headers.get("x-client-request-id")
  if (theirs !== null && echoable.test(theirs)) headers["x-client-request-id"] = theirs
  Object.assign(headers, corsHeaders(http.headers, rules))
  return { http, path, requestId, receivedAt: performance.now(), compatibility, headers }
}

export const jsonReply = (exchange: Exchange, body: Fields, status = 200): Response =>
  new Response(JSON.stringify(body), { status, headers: { ...exchange.headers, "content-type": "application/json" } })

/** A failure as an answer: the status and the body in the dialect that is configured. */
export const failureReply = (exchange: Exchange, failure: Failure): Response => {
  const status = statusOf(failure)
  const body =
    exchange.compatibility === "assemblyai"
      ? assemblyAiError(failure, status, exchange.requestId)
      : { error: errorObject(failure, exchange.requestId) }
  return new Response(JSON.stringify(body), {
    status,
    headers: { ...exchange.headers, ...retryHeaders(failure), "content-type": "application/json" }
  })
}

/** A failure after the headers: the one form that all official SDKs raise as an `APIError`. No `[DONE]` follows it. */
export const failureEvent = (exchange: Exchange, failure: Failure): string =>
  `data: ${JSON.stringify({ error: errorObject(failure, exchange.requestId) })}\n\n`

import type { Failure } from "../domain/Failure.ts"
import type { Fields } from "../domain/Fields.ts"
import { type Trace, traceOf } from "../telemetry/Trace.ts"
import { assemblyAiError } from "../wire/assemblyai/Envelope.ts"
import { corsHeaders, type OriginRules } from "./Origins.ts"
import type { Journal } from "../routing/Journal.ts"
import type { Unanswered } from "../routing/Walk.ts"
import { errorObject, retryHeaders, statusOf } from "./Reply.ts"

/** What may stand in a header that is echoed: printable ASCII, at most what OpenAI takes. */
const echoable = /^[\x20-\x7e]{1,512}$/

/** What becomes of the callers' connections. */
export interface Connections {
  /** Each is closed with its next answer, and its caller told so, who then goes elsewhere. */
  readonly areClosing: boolean
}

const kept: Connections = { areClosing: false }

/** One request at the door and what every answer to it carries, whatever became of it. */
export class Exchange {
  readonly http: Request
  readonly path: string
  /** Milliseconds of `performance.now` when the request came. */
  readonly receivedAt: number
  readonly compatibility: "openai" | "assemblyai"
  readonly #rules: OriginRules
  readonly #connections: Connections
  readonly #trace: Trace

  constructor(
    http: Request,
    path: string,
    rules: OriginRules,
    compatibility: "openai" | "assemblyai",
    connections: Connections = kept
  ) {
    this.http = http
    this.path = path
    this.receivedAt = performance.now()
    this.compatibility = compatibility
    this.#rules = rules
    this.#connections = connections
    this.#trace = traceOf(http.headers.get("traceparent"))
  }

  /** Ours, unique. */
  get requestId(): string {
    return this.#trace.requestId
  }

  /** The headers of an answer, to which more may be added. */
  headers(contentType: string): Record<string, string> {
    const { requestId, traceparent } = this.#trace
    const headers: Record<string, string> = { "content-type": contentType, "x-request-id": requestId, traceparent }
    if (this.#connections.areClosing) headers["connection"] = "close"
    const theirs = this.http.headers.get("x-client-request-id")
    if (theirs !== null && echoable.test(theirs)) headers["x-client-request-id"] = theirs
    const cors = corsHeaders(this.http.headers, this.#rules)
    return cors === undefined ? headers : Object.assign(headers, cors)
  }
}

export const jsonReply = (exchange: Exchange, body: Fields, status = 200): Response =>
  new Response(JSON.stringify(body), { status, headers: exchange.headers("application/json") })

/** A failure as an answer: the status and the body in the dialect that is configured. */
export const failureReply = (exchange: Exchange, failure: Failure): Response => reply(exchange, failure, undefined)

/** The end of a request that nothing answered, with every attempt. */
export const unansweredReply = (exchange: Exchange, unanswered: Unanswered): Response =>
  reply(exchange, unanswered.failure, unanswered)

const reply = (exchange: Exchange, failure: Failure, unanswered: Unanswered | undefined): Response => {
  const status = statusOf(failure)
  const body =
    exchange.compatibility === "assemblyai"
      ? assemblyAiError(failure, status, exchange.requestId)
      : { error: errorObject(failure, exchange.requestId, unanswered?.journal.trail()) }
  const headers = Object.assign(exchange.headers("application/json"), retryHeaders(failure, unanswered?.shouldRetry))
  if (unanswered !== undefined) headers["x-gateway-attempts"] = String(unanswered.journal.size)
  return new Response(JSON.stringify(body), { status, headers })
}

/** A failure after the headers: the one form that all official SDKs raise as an `APIError`. No `[DONE]` follows it. */
export const failureEvent = (exchange: Exchange, failure: Failure, journal?: Journal): string =>
  `data: ${JSON.stringify({ error: errorObject(failure, exchange.requestId, journal?.trail()) })}\n\n`

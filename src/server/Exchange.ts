import type { Caller } from "../domain/keys/Caller.ts"
import type { Failure, FailureTag } from "../domain/Failure.ts"
import type { Fields } from "../domain/Fields.ts"
import type { RequestRecord } from "../domain/usage/RequestRecord.ts"
import type { RequestEnd } from "../telemetry/RequestEnd.ts"
import { type Sampler, type Trace, traceOf } from "../telemetry/Trace.ts"
import { assemblyAiError } from "../wire/assemblyai/Envelope.ts"
import { corsHeaders, type OriginRules } from "./Origins.ts"
import type { Writable } from "../domain/Writable.ts"
import type { Standing } from "../routing/Door.ts"
import type { Journal } from "../routing/journal/Journal.ts"
import type { Unanswered } from "../routing/Walk.ts"
import { errorObject, retryHeaders, statusOf } from "./Reply.ts"

/** What may stand in a header that is echoed: printable ASCII, at most what OpenAI takes. */
const echoable = /^[\x20-\x7e]{1,512}$/

/** What proxies log for a caller who left before there was an answer. */
const callerLeft = 499

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
  /** How the caller stands with its limits, where it has any. */
  standing: Standing | undefined
  /** What became of the request, once it is over; nothing where it was refused before the engine. */
  record: RequestRecord | undefined
  /** Who asks, once the key is known. */
  caller: Caller | undefined
  /** Milliseconds that the gateway itself took, once an answer has come. */
  overheadMs: number | undefined
  stream = false
  #status: number | undefined
  /** An answer, not a failure, is on its way. */
  #hasBegun = false
  #answeredAt: number | undefined
  #failure: FailureTag | undefined
  readonly #rules: OriginRules
  readonly #connections: Connections
  readonly #trace: Trace
  /** The caller's own id, where it may stand in a header. */
  readonly #clientRequestId: string | undefined

  constructor(
    http: Request,
    path: string,
    rules: OriginRules,
    compatibility: "openai" | "assemblyai",
    connections: Connections = kept,
    sampler?: Sampler
  ) {
    this.http = http
    this.path = path
    this.receivedAt = performance.now()
    this.compatibility = compatibility
    this.#rules = rules
    this.#connections = connections
    this.#trace = traceOf(http.headers.get("traceparent"), sampler)
    const theirs = http.headers.get("x-client-request-id")
    if (theirs !== null && echoable.test(theirs)) this.#clientRequestId = theirs
  }

  /** The answer as it is sent: noted for the log. */
  respond(
    body: string | ReadableStream,
    headers: Readonly<Record<string, string>>,
    status = 200,
    failure?: FailureTag
  ): Response {
    this.#hasBegun ||= failure === undefined
    this.#status = status
    this.#answeredAt = performance.now()
    this.#failure = failure
    return new Response(body, { status, headers })
  }

  /** What is told of the whole exchange when it is over. `status`: that of an answer which was made elsewhere. */
  end(route: string, status = this.#statusSent()): RequestEnd {
    const endedMs = performance.now() - this.receivedAt
    const { method } = this.http
    const end: Writable<RequestEnd> = {
      trace: this.#trace,
      method,
      route,
      status,
      receivedAt: Date.now() - endedMs,
      endedMs,
      stream: this.stream
    }
    if (this.#clientRequestId !== undefined) end.clientRequestId = this.#clientRequestId
    // What was made for a caller who had left is no answer, and says nothing of why there was none.
    const wasSent = status !== callerLeft
    if (wasSent && this.#answeredAt !== undefined) end.headersMs = this.#answeredAt - this.receivedAt
    if (this.overheadMs !== undefined) end.overheadMs = this.overheadMs
    const failure = (wasSent ? this.#failure : undefined) ?? this.record?.failure
    if (failure !== undefined) end.failure = failure
    if (this.caller !== undefined) end.caller = this.caller
    if (this.record !== undefined) end.record = this.record
    return end
  }

  #statusSent(): number {
    // Whoever left before there was an answer got none, whatever was made for it.
    const hasLeft = this.record?.outcome === "cancelled" && this.http.signal.aborted && !this.#hasBegun
    return hasLeft ? callerLeft : (this.#status ?? callerLeft)
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
    if (this.#clientRequestId !== undefined) headers["x-client-request-id"] = this.#clientRequestId
    if (this.standing !== undefined) Object.assign(headers, this.standing.headers())
    const cors = corsHeaders(this.http.headers, this.#rules)
    return cors === undefined ? headers : Object.assign(headers, cors)
  }
}

export const jsonReply = (exchange: Exchange, body: Fields, status = 200): Response =>
  exchange.respond(JSON.stringify(body), exchange.headers("application/json"), status)

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
  // Whoever has not sent its body by now would hold the connection for as long as it likes.
  if (failure._tag === "TooSlow") headers["connection"] = "close"
  if (unanswered !== undefined) headers["x-gateway-attempts"] = String(unanswered.journal.size)
  return exchange.respond(JSON.stringify(body), headers, status, failure._tag)
}

/** A failure after the headers: the one form that all official SDKs raise as an `APIError`. No `[DONE]` follows it. */
export const failureEvent = (exchange: Exchange, failure: Failure, journal?: Journal): string =>
  `data: ${JSON.stringify({ error: errorObject(failure, exchange.requestId, journal?.trail()) })}\n\n`

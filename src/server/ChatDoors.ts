import { fold } from "../domain/Answer.ts"
import type { Ask } from "../domain/Ask.ts"
import type { Delta, Deltas } from "../domain/Delta.ts"
import type { Failure } from "../domain/Failure.ts"
import { asNumber, asText, type Fields } from "../domain/Fields.ts"
import type { Model } from "../domain/Model.ts"
import { targetName } from "../domain/Target.ts"
import type { TimersService } from "../net/Timers.ts"
import type { Door, Opening, Outcome, Sink } from "../routing/Attempt.ts"
import { withAssemblyAiFields, withBothTokenNames } from "../wire/assemblyai/Envelope.ts"
import { chatAnswer } from "../wire/openai/chat/ChatAnswer.ts"
import { ChatChunks, doneLine } from "../wire/openai/chat/ChatChunks.ts"
import { type Exchange, failureEvent, failureReply } from "./Exchange.ts"
import { SseStream, streamHeaders } from "./Sse.ts"

/** A door and what to do when the answer is over. */
export interface AnsweringDoor extends Door {
  readonly finish: (outcome: Outcome) => void
  /** No answer: nothing was written but, in a stream, its headers and comments. */
  readonly fail: (failure: Failure) => void
}

/** What both doors of a chat request know. */
export interface ChatAsking {
  readonly exchange: Exchange
  readonly ask: Ask
  /** The body as the caller sent it. */
  readonly source: Fields
  /** Fields that the gateway itself does not serve yet; told as dropped beside those of the target. */
  readonly unserved: ReadonlyArray<string>
  readonly shutdownWarning: (model: Model) => string | undefined
  readonly respond: (response: Response) => void
}

const seconds = (): number => Math.floor(Date.now() / 1000)

/** Longest header that names what callers chose, in characters: proxies refuse headers of 8 KB. */
const maxHeaderLength = 4000

/** The caller's own words (model and field names) as a header takes them; another character than ASCII's would make the answer fail. */
const headerText = (text: string): string => text.slice(0, maxHeaderLength).replace(/[^\x20-\x7e]/g, "?")

/** Headers that say which way the answer came. */
const wayHeaders = (asking: ChatAsking, opening: Opening, contentType: string): Record<string, string> => {
  const { exchange, unserved, shutdownWarning } = asking
  const overhead = opening.sentAt - exchange.receivedAt + (performance.now() - opening.arrivedAt)
  const headers = exchange.headers(contentType)
  headers["x-gateway-target"] = headerText(targetName(opening.target))
  headers["x-gateway-overhead-ms"] = Math.max(0, overhead).toFixed(2)
  if (unserved.length > 0 || opening.dropped.length > 0) {
    headers["x-gateway-dropped"] = headerText([...new Set([...unserved, ...opening.dropped])].join(", "))
  }
  const warning = shutdownWarning(opening.target.model)
  if (warning !== undefined) headers["warning"] = warning
  return headers
}

/** Whether the answer may go on as it comes, since nothing must be looked at in it. */
const mayRelay = ({ ask, exchange }: ChatAsking): boolean => exchange.compatibility === "openai" && !ask.legacyFunctions

/** The id and time of an answer: the provider's where it has them. */
const namingOf = ({ ask, exchange }: ChatAsking, opening: Opening, deltas: Deltas) => {
  const start: Fields = { ...deltas.find((delta) => delta._tag === "Start") }
  return {
    id: asText(start["id"]) || `chatcmpl-${exchange.requestId}`,
    created: asNumber(start["created"]) ?? seconds(),
    model: opening.target.model.id,
    legacyFunctions: ask.legacyFunctions,
    includeUsage: ask.includeUsage,
    ...(exchange.compatibility === "assemblyai" ? { dressUsage: withBothTokenNames } : {})
  }
}

const noDeltas: Deltas = []

/** Answers in one piece. */
export class WholeDoor implements AnsweringDoor, Sink {
  readonly gate = "end"
  readonly showsReasoning = true
  readonly relay: boolean
  readonly #asking: ChatAsking
  #deltas: Deltas = noDeltas

  constructor(asking: ChatAsking) {
    this.#asking = asking
    this.relay = mayRelay(asking)
  }

  open(): Sink {
    return this
  }

  write(deltas: Deltas): void {
    this.#deltas = this.#deltas.length === 0 ? deltas : [...this.#deltas, ...deltas]
  }

  finish({ opening, failure }: Outcome): void {
    const { exchange, respond } = this.#asking
    if (failure !== undefined) return respond(failureReply(exchange, failure))
    const headers = wayHeaders(this.#asking, opening, "application/json")
    const first: Delta | undefined = this.#deltas[0]
    const text = first?._tag === "Relayed" ? first.text : JSON.stringify(this.#body(opening))
    respond(new Response(text, { headers }))
  }

  fail(failure: Failure): void {
    this.#asking.respond(failureReply(this.#asking.exchange, failure))
  }

  #body(opening: Opening): Fields {
    const { exchange, source } = this.#asking
    const body = chatAnswer(fold(this.#deltas), namingOf(this.#asking, opening, this.#deltas))
    if (exchange.compatibility === "openai") return body
    return withAssemblyAiFields(body, {
      requestId: exchange.requestId,
      source,
      providerMs: opening.arrivedAt - opening.sentAt
    })
  }
}

/** How long a stream may be silent, in milliseconds. */
export interface StreamPatience {
  /** Without content for so long, the caller gets its headers, so that no proxy cuts the connection. */
  readonly headersAfterMs: number
  /** Between two comments while there is nothing to say. */
  readonly keepAliveMs: number
}

const comment = ": keep-alive\n\n"

/** Answers as a stream. */
export class StreamDoor implements AnsweringDoor {
  readonly gate = "first-content"
  readonly showsReasoning = true
  readonly relay: boolean
  readonly #asking: ChatAsking
  readonly #patience: StreamPatience
  readonly #timers: TimersService
  readonly #onGone: () => void
  #stream: SseStream | undefined
  #chunks: ChatChunks | undefined
  #relayed = false
  #lastWriteAt = 0
  #cancelTimer: () => void

  /** `onGone` is called when the caller goes away. */
  constructor(asking: ChatAsking, patience: StreamPatience, timers: TimersService, onGone: () => void) {
    this.#asking = asking
    this.#patience = patience
    this.#timers = timers
    this.#onGone = onGone
    this.relay = mayRelay(asking)
    this.#cancelTimer = timers.after(patience.headersAfterMs, () => this.#keepAlive())
  }

  open(opening: Opening): Sink {
    const stream = this.#begin(wayHeaders(this.#asking, opening, streamHeaders["content-type"]))
    this.#cancelTimer()
    this.#cancelTimer = this.#timers.after(this.#patience.keepAliveMs, () => this.#keepAlive())
    return { write: (deltas) => this.#write(deltas, opening, stream) }
  }

  finish({ failure }: Outcome): void {
    if (failure !== undefined) return this.#end(failureEvent(this.#asking.exchange, failure))
    this.#end(this.#relayed ? doneLine : (this.#chunks?.end() ?? doneLine))
  }

  fail(failure: Failure): void {
    if (this.#stream !== undefined) return this.#end(failureEvent(this.#asking.exchange, failure))
    this.#cancelTimer()
    this.#asking.respond(failureReply(this.#asking.exchange, failure))
  }

  #write(deltas: Deltas, opening: Opening, stream: SseStream): void | Promise<void> {
    this.#lastWriteAt = this.#timers.now()
    const first = deltas[0]
    if (first?._tag === "Relayed") {
      this.#relayed = true
      return stream.write(deltas.length === 1 ? first.text : relayedText(deltas))
    }
    // What follows relayed text are facts about it, which it has told already.
    if (this.#relayed) return undefined
    this.#chunks ??= new ChatChunks(namingOf(this.#asking, opening, deltas))
    return stream.write(this.#chunks.write(deltas))
  }

  #begin(headers: Record<string, string>): SseStream {
    if (this.#stream !== undefined) return this.#stream
    const stream = new SseStream(() => {
      this.#cancelTimer()
      this.#onGone()
    })
    this.#asking.respond(new Response(stream.body, { headers: Object.assign(headers, streamHeaders) }))
    this.#stream = stream
    return stream
  }

  #keepAlive(): void {
    const stream = this.#begin(this.#asking.exchange.headers(streamHeaders["content-type"]))
    const now = this.#timers.now()
    if (now - this.#lastWriteAt >= this.#patience.keepAliveMs) {
      this.#lastWriteAt = now
      void stream.write(comment)
    }
    this.#cancelTimer = this.#timers.after(this.#patience.keepAliveMs, () => this.#keepAlive())
  }

  #end(text: string): void {
    this.#cancelTimer()
    this.#stream?.end(text)
  }
}

/** The text of all pieces: those that were held before the first content come with it. */
const relayedText = (deltas: Deltas): string =>
  deltas.reduce((text, delta) => (delta._tag === "Relayed" ? text + delta.text : text), "")

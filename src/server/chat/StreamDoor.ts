import type { Deltas } from "../../domain/Delta.ts"
import type { Origin, RequestRecord } from "../../domain/usage/RequestRecord.ts"
import type { TimersService } from "../../net/Timers.ts"
import type { Opening, Outcome, Sink, Standing } from "../../routing/Door.ts"
import type { Unanswered } from "../../routing/Walk.ts"
import { ChatChunks, doneLine } from "../../wire/openai/chat/ChatChunks.ts"
import { failureEvent, unansweredReply } from "../Exchange.ts"
import { trailObject } from "../Reply.ts"
import { SseStream, streamHeaders } from "../Sse.ts"
import { type AnsweringDoor, type ChatAsking, mayRelay, namingOf, wayHeaders } from "./ChatDoor.ts"

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
  readonly #leaving: { readonly handleEvent: () => void }
  readonly id: string
  readonly receivedAt: number
  readonly origin: Origin
  #stream: SseStream | undefined
  #chunks: ChatChunks | undefined
  #relayed = false
  #lastWriteAt = 0
  #cancelTimer: () => void

  /** `leaving` is told when the caller goes away. */
  constructor(
    asking: ChatAsking,
    patience: StreamPatience,
    timers: TimersService,
    leaving: { readonly handleEvent: () => void }
  ) {
    this.#asking = asking
    this.id = asking.exchange.requestId
    this.origin = asking.origin
    this.receivedAt = asking.exchange.receivedAt
    this.#patience = patience
    this.#timers = timers
    this.#leaving = leaving
    this.relay = mayRelay(asking)
    this.#cancelTimer = timers.after(patience.headersAfterMs, () => this.#keepAlive())
  }

  open(opening: Opening): Sink {
    const stream = this.#begin(wayHeaders(this.#asking, opening, streamHeaders["content-type"]))
    this.#cancelTimer()
    this.#cancelTimer = this.#timers.after(this.#patience.keepAliveMs, () => this.#keepAlive())
    return { write: (deltas) => this.#write(deltas, opening, stream) }
  }

  finish({ opening, failure }: Outcome): void {
    const { journal, tellsTrail } = opening
    if (failure !== undefined) return this.#end(failureEvent(this.#asking.exchange, failure, journal))
    if (this.#relayed || this.#chunks === undefined) return this.#end(doneLine)
    this.#end(this.#chunks.end(tellsTrail ? trailObject(journal.trail()) : undefined))
  }

  recorded(record: RequestRecord): void {
    this.#asking.exchange.record = record
  }

  entered(standing: Standing): void {
    this.#asking.exchange.standing = standing
  }

  fail(unanswered: Unanswered): void {
    const { failure, journal } = unanswered
    if (this.#stream !== undefined) return this.#end(failureEvent(this.#asking.exchange, failure, journal))
    this.#cancelTimer()
    this.#asking.respond(unansweredReply(this.#asking.exchange, unanswered))
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
      this.#leaving.handleEvent()
    }, this.#asking.turnEnd)
    this.#asking.respond(this.#asking.exchange.respond(stream.body, Object.assign(headers, streamHeaders)))
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

import { fold } from "../../domain/Answer.ts"
import { type Delta, type Deltas, noDeltas } from "../../domain/Delta.ts"
import { type Fields, objectOf } from "../../domain/Fields.ts"
import type { Origin, RequestRecord } from "../../domain/usage/RequestRecord.ts"
import type { Opening, Outcome, Sink, Standing } from "../../routing/Door.ts"
import type { Unanswered } from "../../routing/Walk.ts"
import { withAssemblyAiFields } from "../../wire/assemblyai/Envelope.ts"
import { chatAnswer } from "../../wire/openai/chat/ChatAnswer.ts"
import { failureReply, unansweredReply } from "../Exchange.ts"
import { trailObject } from "../Reply.ts"
import { type AnsweringDoor, type ChatAsking, dressedUsage, mayRelay, namingOf, wayHeaders } from "./ChatDoor.ts"

/** Answers in one piece. */
export class WholeDoor implements AnsweringDoor, Sink {
  readonly gate = "end"
  readonly showsReasoning = true
  readonly relay: boolean
  readonly id: string
  readonly receivedAt: number
  readonly origin: Origin
  readonly #asking: ChatAsking
  #deltas: Deltas = noDeltas

  constructor(asking: ChatAsking) {
    this.#asking = asking
    this.relay = mayRelay(asking)
    this.id = asking.exchange.requestId
    this.origin = asking.origin
    this.receivedAt = asking.exchange.receivedAt
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
    respond(exchange.respond(text, headers))
  }

  recorded(record: RequestRecord): void {
    this.#asking.exchange.record = record
  }

  entered(standing: Standing): void {
    this.#asking.exchange.standing = standing
  }

  fail(unanswered: Unanswered): void {
    this.#asking.respond(unansweredReply(this.#asking.exchange, unanswered))
  }

  #body(opening: Opening): Fields {
    const { exchange, source, ask } = this.#asking
    const answer = chatAnswer(fold(this.#deltas), namingOf(this.#asking, opening, this.#deltas))
    const told = ask.includeCost ? { ...answer, usage: dressedUsage(this.#asking, objectOf(answer["usage"])) } : answer
    const body = opening.tellsTrail ? { ...told, gateway: trailObject(opening.journal.trail()) } : told
    if (exchange.compatibility === "openai") return body
    return withAssemblyAiFields(body, {
      requestId: exchange.requestId,
      source,
      providerMs: opening.arrivedAt - opening.sentAt
    })
  }
}

import { Cause, Effect, Exit, type Fiber, Result } from "effect"
import { bodyHashOf, type Idempotency } from "../../access/Idempotency.ts"
import type { Caller } from "../../domain/keys/Caller.ts"
import type { Ask } from "../../domain/Ask.ts"
import { type Failure, Internal, type InvalidRequest, Unavailable } from "../../domain/Failure.ts"
import { asObject, type Fields, objectOf, parseJson } from "../../domain/Fields.ts"
import type { Model } from "../../domain/Model.ts"
import type { Origin } from "../../domain/usage/RequestRecord.ts"
import type { Gateway } from "../../Gateway.ts"
import type { TimersService } from "../../net/Timers.ts"
import type { Outcome } from "../../routing/Door.ts"
import { Journal } from "../../routing/journal/Journal.ts"
import type { Unanswered } from "../../routing/Walk.ts"
import { defaultMaxTokens } from "../../wire/assemblyai/Envelope.ts"
import type { RequestLimits } from "../../wire/openai/chat/ChatLimits.ts"
import { type Coming, readChat } from "../../wire/openai/chat/ChatRead.ts"
import { headerTags } from "../../wire/openai/chat/usage/ChatLabels.ts"
import { unservedFields } from "../../wire/openai/chat/UnservedFields.ts"
import { type BodyBounds, notJson, readText } from "../Body.ts"
import type { AnsweringDoor, ChatAsking } from "./ChatDoor.ts"
import { StreamDoor, type StreamPatience } from "./StreamDoor.ts"
import { WholeDoor } from "./WholeDoor.ts"
import { type Exchange, failureReply } from "../Exchange.ts"

/** What the chat door needs of the process. */
export interface ChatParts {
  readonly gateway: Gateway["Service"]
  readonly timers: TimersService
  readonly patience: StreamPatience & {
    /** For a body to come, in milliseconds. */
    readonly bodyMs: number
  }
  readonly limits: RequestLimits & { readonly bodyBytes: number }
  readonly idempotency: Idempotency["Service"]
  readonly shutdownWarning: (model: Model) => string | undefined
  /** Starts the fiber of a request, and says how it ended. */
  readonly run: <A, E>(effect: Effect.Effect<A, E>, onExit: (exit: Exit.Exit<A, E>) => void) => Fiber.Fiber<A, E>
  /** An exchange is over, for the log and the figures. */
  readonly ended: (exchange: Exchange) => void
  /** A fault of ours, for the log. */
  readonly report: (requestId: string, cause: Cause.Cause<unknown>) => void
}

/** `POST /v1/chat/completions`: bounded bytes → JSON → our request → one fiber, which dies with its caller. */
export const chatCompletions = async (parts: ChatParts, exchange: Exchange, caller: Caller): Promise<Response> => {
  const refuse = (failure: Failure): Response => {
    const response = failureReply(exchange, failure)
    parts.ended(exchange)
    return response
  }
  const text = await bodyOf(parts, exchange)
  if (typeof text !== "string") return refuse(text)
  const body = parseJson(text)
  if (body === undefined) return refuse(notJson())
  const read = readAsk(body, text, { caller: caller.keyId, compatibility: exchange.compatibility }, parts.limits)
  if (Result.isFailure(read)) return refuse(read.failure)
  exchange.stream = read.success.stream
  const { headers } = exchange.http
  const tags = headerTags(headers.get("x-gateway-tags"))
  const idempotencyKey = headers.get("idempotency-key")
  if (idempotencyKey === null) return answer(parts, exchange, { caller, tags }, read.success, objectOf(body))
  const origin = { caller, tags, idempotencyKey }
  const alone = parts.idempotency.begin(caller, idempotencyKey, bodyHashOf(text))
  return answer(parts, exchange, origin, read.success, objectOf(body), alone)
}

const bodyOf = async (parts: ChatParts, exchange: Exchange): Promise<string | Failure> => {
  try {
    return await readText(exchange.http, boundsOf(parts))
  } catch (error) {
    // Its caller is gone.
    parts.ended(exchange)
    throw error
  }
}

/** What a request's body may be and take. */
export const boundsOf = ({
  limits,
  patience,
  timers
}: Pick<ChatParts, "limits" | "patience" | "timers">): BodyBounds => ({
  maxBytes: limits.bodyBytes,
  withinMs: patience.bodyMs,
  timers
})

/** A parsed body as a request, or what is wrong with it: the same for those that answer it and those that only explain. */
export const readAsk = (
  body: unknown,
  text: string,
  { caller, compatibility }: Required<Omit<Coming, "text">>,
  limits: RequestLimits
): Result.Result<Ask, InvalidRequest> =>
  compatibility === "assemblyai"
    ? readChat(withMaximum(body), { caller, compatibility }, limits)
    : readChat(body, { text, caller }, limits)

/** AssemblyAI's callers count on its default maximum. */
const withMaximum = (body: unknown): unknown => {
  const fields = asObject(body)
  if (fields === undefined) return body
  const isBounded = (fields["max_tokens"] ?? fields["max_completion_tokens"] ?? undefined) !== undefined
  return isBounded ? body : { ...fields, max_tokens: defaultMaxTokens }
}

const answer = (
  parts: ChatParts,
  exchange: Exchange,
  origin: Origin,
  ask: Ask,
  source: Fields,
  alone?: Beginning
): Promise<Response> =>
  new Promise((resolve) => {
    const asking: ChatAsking = {
      exchange,
      ask,
      origin,
      source,
      unserved: unservedFields(ask.source),
      shutdownWarning: parts.shutdownWarning,
      respond: resolve
    }
    const leaving = new Leaving()
    const { patience, timers } = parts
    const door = ask.stream ? new StreamDoor(asking, patience, timers, leaving) : new WholeDoor(asking)
    const answering = parts.gateway.answer(ask, door)
    const fiber = parts.run(alone === undefined ? answering : during(alone, answering, door), (exit) => {
      leaving.end()
      settle(exit, door, parts, exchange)
    })
    leaving.watch(fiber, exchange.http.signal)
  })

/** Takes an `Idempotency-Key` for one request. */
type Beginning = ReturnType<Idempotency["Service"]["begin"]>

/** Answers while no other request with the same key does. */
const during = (
  alone: Beginning,
  answering: Effect.Effect<Outcome, Unanswered>,
  door: AnsweringDoor
): Effect.Effect<Outcome, Unanswered> =>
  Effect.acquireUseRelease(
    Effect.mapError(alone, (failure) => ours(failure, door)),
    () => answering,
    ({ end }) => end
  )

/** Ends a request's fiber when its caller leaves. An object that lets go of the fiber at its end, because the signal keeps its listener. */
class Leaving {
  #fiber: Fiber.Fiber<Outcome, Unanswered> | undefined
  #isOver = false

  watch(fiber: Fiber.Fiber<Outcome, Unanswered>, signal: AbortSignal): void {
    if (this.#isOver) return
    this.#fiber = fiber
    signal.addEventListener("abort", this, { once: true })
    if (signal.aborted) this.handleEvent()
  }

  /** The answer is over. */
  end(): void {
    this.#isOver = true
    this.#fiber = undefined
  }

  /** The caller is gone. */
  handleEvent(): void {
    this.#fiber?.interruptUnsafe()
  }
}

const settle = (
  exit: Exit.Exit<Outcome, Unanswered>,
  door: AnsweringDoor,
  parts: ChatParts,
  exchange: Exchange
): void => {
  try {
    conclude(exit, door, parts, exchange)
  } catch (error) {
    // Nobody else would answer the caller, who would wait for ever.
    parts.report(exchange.requestId, Cause.die(error))
    door.fail(internal(door))
  }
  if (Exit.isSuccess(exit)) exit.value.opening.journal.forget()
  parts.ended(exchange)
}

/** A failure of which no attempt knows. */
const ours = (failure: Failure, door: AnsweringDoor): Unanswered => ({
  failure,
  journal: new Journal(door),
  shouldRetry: undefined
})

const internal = (door: AnsweringDoor): Unanswered =>
  ours(
    new Internal({ message: "The gateway failed to answer this request; its log has more under the request id." }),
    door
  )

const conclude = (
  exit: Exit.Exit<Outcome, Unanswered>,
  door: AnsweringDoor,
  parts: ChatParts,
  exchange: Exchange
): void => {
  if (Exit.isSuccess(exit)) return door.finish(exit.value)
  const failure = Cause.findErrorOption(exit.cause)
  if (failure._tag === "Some") return door.fail(failure.value)
  // Interrupted because the caller is gone, who reads nothing any more, or because the gateway stops, whose callers do.
  if (Cause.hasInterruptsOnly(exit.cause)) {
    const message = "The gateway stopped before the answer ended; try again."
    return door.fail(ours(new Unavailable({ message }), door))
  }
  parts.report(exchange.requestId, exit.cause)
  door.fail(internal(door))
}

import { Cause, Effect, Exit, type Fiber, Result } from "effect"
import { bodyHashOf, type Idempotency } from "../../access/Idempotency.ts"
import type { Caller } from "../../domain/keys/Caller.ts"
import type { Ask } from "../../domain/Ask.ts"
import { type Failure, Internal, type InvalidRequest, Unavailable } from "../../domain/Failure.ts"
import { asObject, type Fields, objectOf, parseJson } from "../../domain/Fields.ts"
import type { Model } from "../../domain/Model.ts"
import type { Origin } from "../../domain/usage/RequestRecord.ts"
import { type Alone, type Gateway, unanswered } from "../../Gateway.ts"
import type { TimersService } from "../../net/Timers.ts"
import type { TurnEnd } from "../../net/TurnEnd.ts"
import type { Outcome } from "../../routing/Door.ts"
import type { Unanswered } from "../../routing/Walk.ts"
import { defaultMaxTokens } from "../../wire/assemblyai/Envelope.ts"
import type { RequestLimits } from "../../wire/openai/chat/ChatLimits.ts"
import { type Coming, readChat } from "../../wire/openai/chat/ChatRead.ts"
import { headerTags } from "../../wire/openai/chat/usage/ChatLabels.ts"
import { unservedFields } from "../../wire/openai/chat/UnservedFields.ts"
import { type BodyBounds, notJson, takeText } from "../Body.ts"
import type { AnsweringDoor, ChatAsking } from "./ChatDoor.ts"
import { Leaving } from "./Leaving.ts"
import { StreamDoor, type StreamPatience } from "./StreamDoor.ts"
import { WholeDoor } from "./WholeDoor.ts"
import { type Exchange, failureReply } from "../Exchange.ts"

/** What the chat door needs of the process. */
export interface ChatParts {
  readonly gateway: Gateway["Service"]
  readonly timers: TimersService
  /** When answers go out. */
  readonly turnEnd: TurnEnd
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
export const chatCompletions = (parts: ChatParts, exchange: Exchange, caller: Caller): Promise<Response> =>
  // One promise for all of it: each `await` on the way of a request costs as much as a step of its fiber.
  new Promise((resolve, reject) => {
    const fail = (error: unknown): void => {
      parts.ended(exchange)
      reject(error)
    }
    const respond = (response: Response): void => parts.turnEnd.add(() => resolve(response))
    const take = (text: string | Failure): void => {
      const failure = typeof text === "string" ? begin(parts, exchange, caller, text, respond) : text
      if (failure === undefined) return
      resolve(failureReply(exchange, failure))
      parts.ended(exchange)
    }
    takeText(exchange.http, boundsOf(parts), take, fail)
  })

/** Starts to answer, or says why not. */
const begin = (
  parts: ChatParts,
  exchange: Exchange,
  caller: Caller,
  text: string,
  respond: ChatAsking["respond"]
): Failure | undefined => {
  const body = parseJson(text)
  if (body === undefined) return notJson()
  const read = readAsk(body, text, { caller: caller.keyId, compatibility: exchange.compatibility }, parts.limits)
  if (Result.isFailure(read)) return read.failure
  exchange.stream = read.success.stream
  const { headers } = exchange.http
  const tags = headerTags(headers.get("x-gateway-tags"))
  const key = headers.get("idempotency-key")
  const alone = key === null ? undefined : parts.idempotency.begin(caller, key, bodyHashOf(text))
  const origin: Origin = key === null ? { caller, tags } : { caller, tags, idempotencyKey: key }
  answer(parts, exchange, origin, read.success, objectOf(body), alone, respond)
  return undefined
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

/**
 * A parsed body as a request, or what is wrong with it: the same for those that answer it and those that only explain.
 */
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
  alone: Beginning | undefined,
  respond: ChatAsking["respond"]
): void => {
  const { gateway, patience, timers, turnEnd, shutdownWarning } = parts
  const unserved = unservedFields(ask.source)
  const asking: ChatAsking = { exchange, ask, origin, source, unserved, shutdownWarning, turnEnd, respond }
  const leaving = new Leaving()
  const door = ask.stream ? new StreamDoor(asking, patience, timers, leaving) : new WholeDoor(asking)
  const answering = gateway.answer(ask, door, alone === undefined ? undefined : during(alone, door))
  const fiber = parts.run(answering, (exit) => {
    leaving.end()
    settle(exit, door, parts, exchange)
  })
  leaving.watch(fiber, exchange.http, timers)
}

/** Takes an `Idempotency-Key` for one request. */
type Beginning = ReturnType<Idempotency["Service"]["begin"]>

/** Answers while no other request with the same key does. */
const during =
  (alone: Beginning, door: AnsweringDoor): Alone =>
  (answering) =>
    Effect.acquireUseRelease(
      Effect.mapError(alone, (failure) => unanswered(failure, door)),
      () => answering,
      ({ end }) => end
    )

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

const internal = (door: AnsweringDoor): Unanswered =>
  unanswered(
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
    return door.fail(unanswered(new Unavailable({ message }), door))
  }
  parts.report(exchange.requestId, exit.cause)
  door.fail(internal(door))
}

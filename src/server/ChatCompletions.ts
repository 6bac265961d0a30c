import { Cause, type Effect, Exit, type Fiber, Result } from "effect"
import { shutdownWarning } from "../catalog/Shutdown.ts"
import { type Failure, Internal, Unavailable } from "../domain/Failure.ts"
import type { Fields } from "../domain/Fields.ts"
import type { Request as ChatRequest } from "../domain/Request.ts"
import type { Gateway } from "../Gateway.ts"
import type { TimersService } from "../net/Timers.ts"
import type { Outcome } from "../routing/Attempt.ts"
import { defaultMaxTokens } from "../wire/assemblyai/Envelope.ts"
import type { RequestLimits } from "../wire/openai/ChatLimits.ts"
import { readChatRequest, unservedFields } from "../wire/openai/ChatRead.ts"
import { readBody } from "./Body.ts"
import { type AnsweringDoor, type ChatAsking, streamDoor, type StreamPatience, wholeDoor } from "./ChatDoors.ts"
import { type Exchange, failureReply } from "./Exchange.ts"

/** What the chat door needs of the process. */
export interface ChatParts {
  readonly gateway: Gateway["Service"]
  readonly timers: TimersService
  readonly patience: StreamPatience
  readonly limits: RequestLimits & { readonly bodyBytes: number }
  readonly run: <A, E>(effect: Effect.Effect<A, E>) => Fiber.Fiber<A, E>
  /** A fault of ours, for the log. */
  readonly report: (requestId: string, cause: Cause.Cause<unknown>) => void
}

/** `POST /v1/chat/completions`: bounded bytes → JSON → our request → one fiber, which dies with its caller. */
export const chatCompletions = async (parts: ChatParts, exchange: Exchange): Promise<Response> => {
  const body = await readBody(exchange.http, parts.limits.bodyBytes)
  if (Result.isFailure(body)) return failureReply(exchange, body.failure)
  const read = readChatRequest(body.success.value, body.success.length, parts.limits)
  if (Result.isFailure(read)) return failureReply(exchange, read.failure)
  return answer(parts, exchange, dressed(read.success, exchange.compatibility))
}

/** AssemblyAI's callers count on its default maximum. */
const dressed = (request: ChatRequest, compatibility: Exchange["compatibility"]): ChatRequest =>
  compatibility === "assemblyai" && request.maxOutputTokens === undefined
    ? { ...request, maxOutputTokens: defaultMaxTokens }
    : request

const noFields: Fields = {}

const answer = (parts: ChatParts, exchange: Exchange, request: ChatRequest): Promise<Response> =>
  new Promise((resolve) => {
    const asking: ChatAsking = {
      exchange,
      request,
      unserved: unservedFields(request.source ?? noFields),
      shutdownWarning: ({ target }) => shutdownWarning(target.model, new Date().toISOString().slice(0, 10)),
      respond: resolve
    }
    const leave = () => fiber.interruptUnsafe()
    const door = request.stream ? streamDoor(asking, parts.patience, parts.timers, leave) : wholeDoor(asking)
    const fiber = parts.run(parts.gateway.answer(request, door))
    exchange.http.signal.addEventListener("abort", leave, { once: true })
    if (exchange.http.signal.aborted) leave()
    fiber.addObserver((exit) => settle(exit, door, parts, exchange))
  })

const settle = (exit: Exit.Exit<Outcome, Failure>, door: AnsweringDoor, parts: ChatParts, exchange: Exchange): void => {
  try {
    conclude(exit, door, parts, exchange)
  } catch (error) {
    // Nobody else would answer the caller, who would wait for ever.
    parts.report(exchange.requestId, Cause.die(error))
    door.fail(internal())
  }
}

const internal = () =>
  new Internal({ message: "The gateway failed to answer this request; its log has more under the request id." })

const conclude = (
  exit: Exit.Exit<Outcome, Failure>,
  door: AnsweringDoor,
  parts: ChatParts,
  exchange: Exchange
): void => {
  if (Exit.isSuccess(exit)) return door.finish(exit.value)
  const failure = Cause.findErrorOption(exit.cause)
  if (failure._tag === "Some") return door.fail(failure.value)
  // Interrupted because the caller is gone, who reads nothing any more, or because the gateway stops, whose callers do.
  if (Cause.hasInterruptsOnly(exit.cause)) {
    return door.fail(new Unavailable({ message: "The gateway stopped before the answer ended; try again." }))
  }
  parts.report(exchange.requestId, exit.cause)
  door.fail(internal())
}

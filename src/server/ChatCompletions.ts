import { Cause, type Effect, Exit, type Fiber, Result } from "effect"
import { shutdownWarning } from "../catalog/Shutdown.ts"
import type { Ask } from "../domain/Ask.ts"
import { type Failure, Internal, Unavailable } from "../domain/Failure.ts"
import { asObject, type Fields } from "../domain/Fields.ts"
import type { Gateway } from "../Gateway.ts"
import type { TimersService } from "../net/Timers.ts"
import type { Outcome } from "../routing/Attempt.ts"
import { defaultMaxTokens } from "../wire/assemblyai/Envelope.ts"
import type { RequestLimits } from "../wire/openai/ChatLimits.ts"
import { readChat, unservedFields } from "../wire/openai/ChatRead.ts"
import { readBody } from "./Body.ts"
import { type AnsweringDoor, type ChatAsking, StreamDoor, type StreamPatience, WholeDoor } from "./ChatDoors.ts"
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
  const { value, text } = body.success
  const read = isUnbounded(value, exchange)
    ? readChat({ ...value, max_tokens: defaultMaxTokens }, "", parts.limits)
    : readChat(value, text, parts.limits)
  if (Result.isFailure(read)) return failureReply(exchange, read.failure)
  return answer(parts, exchange, read.success)
}

/** AssemblyAI's callers count on its default maximum. */
const isUnbounded = (body: unknown, { compatibility }: Exchange): body is Fields => {
  if (compatibility === "openai") return false
  const fields = asObject(body)
  return fields !== undefined && (fields["max_tokens"] ?? fields["max_completion_tokens"] ?? undefined) === undefined
}

const today = (): string => new Date().toISOString().slice(0, 10)

const answer = (parts: ChatParts, exchange: Exchange, ask: Ask): Promise<Response> =>
  new Promise((resolve) => {
    const asking: ChatAsking = {
      exchange,
      ask,
      unserved: unservedFields(ask.source),
      shutdownWarning: ({ target: { model } }) =>
        model.shutdown === undefined ? undefined : shutdownWarning(model, today()),
      respond: resolve
    }
    const leave = () => fiber.interruptUnsafe()
    const door = ask.stream ? new StreamDoor(asking, parts.patience, parts.timers, leave) : new WholeDoor(asking)
    const fiber = parts.run(parts.gateway.answer(ask, door))
    const { signal } = exchange.http
    signal.addEventListener("abort", leave, { once: true })
    if (signal.aborted) leave()
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

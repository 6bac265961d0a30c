import { fold } from "../domain/Answer.ts"
import type { Delta, Deltas } from "../domain/Delta.ts"
import type { Failure } from "../domain/Failure.ts"
import { asNumber, asText, type Fields } from "../domain/Fields.ts"
import type { Request as ChatRequest } from "../domain/Request.ts"
import { targetName } from "../domain/Target.ts"
import type { TimersService } from "../net/Timers.ts"
import type { Door, Opening, Outcome, Sink } from "../routing/Attempt.ts"
import { withAssemblyAiFields, withBothTokenNames } from "../wire/assemblyai/Envelope.ts"
import { chatAnswer } from "../wire/openai/ChatAnswer.ts"
import { ChatChunks, doneLine } from "../wire/openai/ChatChunks.ts"
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
  readonly request: ChatRequest
  /** Fields that the gateway itself does not serve yet; told as dropped beside those of the target. */
  readonly unserved: ReadonlyArray<string>
  readonly shutdownWarning: (opening: Opening) => string | undefined
  readonly respond: (response: Response) => void
}

const seconds = (): number => Math.floor(Date.now() / 1000)

/** Longest header that names what callers chose, in characters: proxies refuse headers of 8 KB. */
const maxHeaderLength = 4000

/** The caller's own words (model and field names) as a header takes them; another character than ASCII's would make the answer fail. */
const headerText = (text: string): string => text.slice(0, maxHeaderLength).replace(/[^\x20-\x7e]/g, "?")

/** Headers that say which way the answer came. */
const wayHeaders = (asking: ChatAsking, opening: Opening): Record<string, string> => {
  const { exchange, unserved, shutdownWarning } = asking
  const overhead = opening.sentAt - exchange.receivedAt + (performance.now() - opening.arrivedAt)
  const headers: Record<string, string> = {
    ...exchange.headers,
    "x-gateway-target": headerText(targetName(opening.target)),
    "x-gateway-overhead-ms": Math.max(0, overhead).toFixed(2)
  }
  const dropped = [...unserved, ...opening.dropped]
  if (dropped.length > 0) headers["x-gateway-dropped"] = headerText([...new Set(dropped)].join(", "))
  const warning = shutdownWarning(opening)
  if (warning !== undefined) headers["warning"] = warning
  return headers
}

/** Whether the answer must be looked into, so that it cannot be relayed as it comes. */
const mayRelay = ({ request, exchange }: ChatAsking): boolean =>
  !request.legacyFunctions && exchange.compatibility === "openai"

/** The id and time of an answer: the provider's where it has them. */
const namingOf = ({ request, exchange }: ChatAsking, opening: Opening, start: Fields) => ({
  id: asText(start["id"]) || `chatcmpl-${exchange.requestId}`,
  created: asNumber(start["created"]) ?? seconds(),
  model: opening.target.model.id,
  legacyFunctions: request.legacyFunctions,
  includeUsage: request.includeUsage,
  ...(exchange.compatibility === "assemblyai" ? { dressUsage: withBothTokenNames } : {})
})

const startOf = (deltas: Deltas): Fields => ({ ...deltas.find((delta) => delta._tag === "Start") })

/** Answers in one piece. */
export const wholeDoor = (asking: ChatAsking): AnsweringDoor => {
  const deltas: Array<Delta> = []
  const { exchange, request, respond } = asking
  return {
    gate: "end",
    showsReasoning: true,
    relay: mayRelay(asking),
    open: (): Sink => ({
      write: (more) => {
        deltas.push(...more)
      }
    }),
    finish: ({ opening, failure }) => {
      if (failure !== undefined) return respond(failureReply(exchange, failure))
      const headers = { ...wayHeaders(asking, opening), "content-type": "application/json" }
      const [first] = deltas
      if (first?._tag === "Relayed") return respond(new Response(first.text, { headers }))
      const body = chatAnswer(fold(deltas), namingOf(asking, opening, startOf(deltas)))
      const dressed =
        exchange.compatibility === "assemblyai"
          ? withAssemblyAiFields(body, {
              requestId: exchange.requestId,
              source: request.source ?? {},
              providerMs: opening.arrivedAt - opening.sentAt
            })
          : body
      respond(new Response(JSON.stringify(dressed), { headers }))
    },
    fail: (failure) => respond(failureReply(exchange, failure))
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

/** Answers as a stream. `onGone` is called when the caller goes away. */
export const streamDoor = (
  asking: ChatAsking,
  patience: StreamPatience,
  timers: TimersService,
  onGone: () => void
): AnsweringDoor => {
  const { exchange, respond } = asking
  let stream: SseStream | undefined
  let chunks: ChatChunks | undefined
  let relayed = false
  let lastWriteAt = 0

  const open = (headers: Readonly<Record<string, string>>): SseStream => {
    if (stream !== undefined) return stream
    const opened = new SseStream(() => {
      cancelTimer()
      onGone()
    })
    respond(new Response(opened.body, { headers: { ...headers, ...streamHeaders } }))
    stream = opened
    return opened
  }

  const write = (text: string): void | Promise<void> => {
    lastWriteAt = timers.now()
    return stream?.write(text)
  }

  const keepAlive = (): void => {
    open(exchange.headers)
    if (timers.now() - lastWriteAt >= patience.keepAliveMs) void write(comment)
    cancelTimer = timers.after(patience.keepAliveMs, keepAlive)
  }
  let cancelTimer = timers.after(patience.headersAfterMs, keepAlive)

  const end = (text: string): void => {
    cancelTimer()
    stream?.end(text)
  }

  return {
    gate: "first-content",
    showsReasoning: true,
    relay: mayRelay(asking),
    open: (opening) => {
      open(wayHeaders(asking, opening))
      cancelTimer()
      cancelTimer = timers.after(patience.keepAliveMs, keepAlive)
      return {
        write: (deltas) => {
          let text = ""
          for (const delta of deltas) {
            if (delta._tag !== "Relayed") continue
            relayed = true
            // What was held before the first content comes with it, in pieces.
            text += delta.text
          }
          if (relayed) return write(text)
          chunks ??= new ChatChunks(namingOf(asking, opening, startOf(deltas)))
          return write(chunks.write(deltas))
        }
      }
    },
    finish: ({ failure }) => {
      if (failure !== undefined) return end(failureEvent(exchange, failure))
      end(relayed ? doneLine : (chunks?.end() ?? doneLine))
    },
    fail: (failure) => {
      if (stream === undefined) {
        cancelTimer()
        return respond(failureReply(exchange, failure))
      }
      end(failureEvent(exchange, failure))
    }
  }
}

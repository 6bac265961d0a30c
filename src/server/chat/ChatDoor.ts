import type { Ask } from "../../domain/Ask.ts"
import type { Deltas } from "../../domain/Delta.ts"
import { asNumber, asText, type Fields } from "../../domain/Fields.ts"
import type { Origin } from "../../domain/usage/RequestRecord.ts"
import type { Model } from "../../domain/Model.ts"
import type { TurnEnd } from "../../net/TurnEnd.ts"
import { targetName } from "../../domain/routing/Target.ts"
import type { Door, Opening, Outcome } from "../../routing/Door.ts"
import type { Unanswered } from "../../routing/Walk.ts"
import { chatCost } from "../../wire/openai/chat/usage/ChatCost.ts"
import { chatUsage } from "../../wire/openai/chat/usage/ChatUsage.ts"
import { withBothTokenNames } from "../../wire/assemblyai/Envelope.ts"
import type { Exchange } from "../Exchange.ts"

/** A door and what to do when the answer is over. */
export interface AnsweringDoor extends Door {
  readonly finish: (outcome: Outcome) => void
  /** No answer: nothing was written but, in a stream, its headers and comments. */
  readonly fail: (unanswered: Unanswered) => void
}

/** What both doors of a chat request know. */
export interface ChatAsking {
  readonly exchange: Exchange
  readonly ask: Ask
  readonly origin: Origin
  /** The body as the caller sent it. */
  readonly source: Fields
  /** Fields that the gateway itself does not serve yet; told as dropped beside those of the target. */
  readonly unserved: ReadonlyArray<string>
  readonly shutdownWarning: (model: Model) => string | undefined
  readonly turnEnd: TurnEnd
  readonly respond: (response: Response) => void
}

const seconds = (): number => Math.floor(Date.now() / 1000)

/** Longest header that names what callers chose, in characters: proxies refuse headers of 8 KB. */
const maxHeaderLength = 4000

const notAscii = /[^\x20-\x7e]/g

/**
 * The caller's own words (model and field names) as a header takes them; another character than ASCII's would make the
 * answer fail.
 */
const headerText = (text: string): string => text.slice(0, maxHeaderLength).replace(notAscii, "?")

/** Headers that say which way the answer came. */
export const wayHeaders = (asking: ChatAsking, opening: Opening, contentType: string): Record<string, string> => {
  const { exchange, unserved, shutdownWarning } = asking
  // What attempts before this one took is the providers' time, not the gateway's.
  const before = (opening.journal.firstSentAt ?? opening.sentAt) - exchange.receivedAt
  const overhead = Math.max(0, before + (performance.now() - opening.arrivedAt))
  exchange.overheadMs = overhead
  const headers = exchange.headers(contentType)
  headers["x-gateway-target"] = headerText(targetName(opening.target))
  headers["x-gateway-attempts"] = String(opening.journal.size)
  headers["x-gateway-overhead-ms"] = overhead.toFixed(2)
  if (unserved.length > 0 || opening.dropped.length > 0) {
    headers["x-gateway-dropped"] = headerText([...new Set([...unserved, ...opening.dropped])].join(", "))
  }
  const warning = shutdownWarning(opening.target.model)
  if (warning !== undefined) headers["warning"] = warning
  return headers
}

/** Whether the answer may go on as it comes, since nothing must be looked at in it. */
export const mayRelay = ({ ask, exchange }: ChatAsking): boolean =>
  exchange.compatibility === "openai" && !ask.legacyFunctions && !ask.includeCost

/** The id and time of an answer: the provider's where it has them. */
export const namingOf = (asking: ChatAsking, opening: Opening, deltas: Deltas) => {
  const { ask, exchange } = asking
  const start: Fields = { ...deltas.find((delta) => delta._tag === "Start") }
  return {
    id: asText(start["id"]) || `chatcmpl-${exchange.requestId}`,
    created: asNumber(start["created"]) ?? seconds(),
    model: opening.target.model.id,
    legacyFunctions: ask.legacyFunctions,
    includeUsage: ask.includeUsage,
    ...(isPlain(asking) ? {} : { dressUsage: (usage: Fields) => dressedUsage(asking, usage) })
  }
}

const isPlain = ({ ask, exchange }: ChatAsking): boolean => exchange.compatibility === "openai" && !ask.includeCost

/**
 * OpenAI's `usage` with what the caller asked for besides, or its dialect has. To be written when the answer is over,
 * for only then is its cost known. Where the provider counted nothing, whoever asks for the cost is told the tokens
 * that it is reckoned with.
 */
export const dressedUsage = ({ ask, exchange }: ChatAsking, usage: Fields): Fields => {
  const answer = exchange.record?.attempts.find(({ outcome }) => outcome === "answered")
  const spending = ask.includeCost ? answer?.spending : undefined
  const counted = spending?.source === "estimate" ? chatUsage(spending.usage) : usage
  const named = exchange.compatibility === "assemblyai" ? withBothTokenNames(counted) : counted
  return spending === undefined ? named : { ...named, ...chatCost(spending) }
}

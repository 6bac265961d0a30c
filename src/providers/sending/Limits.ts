import { type Stage, TimedOut } from "../../domain/Failure.ts"
import type { Decoder } from "../Decoder.ts"

/**
 * How long a provider may take for the parts of its answer, in milliseconds. All but `silenceMs` and `idleMs` count
 * from the start of the attempt.
 */
export interface SendLimits {
  /** Until the connection stands, TLS included; one that is kept from before stands already. */
  readonly connectMs: number
  /** Until the headers of its answer. */
  readonly headersMs: number
  /** Between two signs of life (bytes of the answer, of any kind) before there is content. */
  readonly silenceMs: number
  /** The same afterwards. */
  readonly idleMs: number
  /** Until `Progress.hasContent`: a latency threshold. */
  readonly contentMs: number | undefined
  /** Until the end of the answer, however slowly its caller takes it. */
  readonly totalMs: number | undefined
  /** Until `Progress.isOpen`: what is left of the time that the request has over all its attempts. */
  readonly untilGateMs: number
}

/**
 * How far an attempt has come. The first two are set by whoever receives the deltas and read when a limit is looked at;
 * the others by what sends.
 */
export interface Progress {
  hasContent: boolean
  /** The answer has passed its gate, so that the request's deadline is met. */
  isOpen: boolean
  /**
   * Times of `Timers.now`. The request is sent as soon as the connection stands; absent again where that turned out not
   * to be so.
   */
  connectedAt: number | undefined
  headersAt: number | undefined
  /** The HTTP status of the answer. */
  status: number | undefined
  /** What reads the answer, for what the provider has reported of its usage; whoever has asked may let go of it. */
  reader: Pick<Decoder, "reported"> | undefined
}

/** An attempt that has just been sent. */
export const beginning = (): Progress => ({
  hasContent: false,
  isOpen: false,
  connectedAt: undefined,
  headersAt: undefined,
  status: undefined,
  reader: undefined
})

/** A limit, and the time at which it is passed. */
export interface Due {
  readonly stage: Stage
  readonly at: number
}

/**
 * The limit that will be passed first when nothing happens to an attempt that was started, and last showed life, at
 * these times.
 */
export const nextDue = (limits: SendLimits, progress: Progress, startedAt: number, lifeAt: number): Due => {
  const { connectedAt, headersAt, hasContent, isOpen } = progress
  const { connectMs, headersMs, contentMs = Infinity, totalMs = Infinity, untilGateMs } = limits
  let stage: Stage = "idle"
  let at = lifeAt + (hasContent ? limits.idleMs : limits.silenceMs)
  if (headersAt === undefined) {
    stage = "headers"
    at = startedAt + headersMs
    if (connectedAt === undefined && connectMs < headersMs) {
      stage = "connect"
      at = startedAt + connectMs
    }
  }
  if (!hasContent && startedAt + contentMs < at) {
    stage = "first_content"
    at = startedAt + contentMs
  }
  if (startedAt + totalMs < at) {
    stage = "total"
    at = startedAt + totalMs
  }
  // The other limits are never longer than what is left of the deadline, and then it is the deadline that is told.
  if (!isOpen && startedAt + untilGateMs <= at) {
    stage = "deadline"
    at = startedAt + untilGateMs
  }
  return { stage, at }
}

/** When to look first: no limit that can come to count may be passed unseen by more than itself. */
export const firstLook = ({
  connectMs,
  headersMs,
  silenceMs,
  idleMs,
  contentMs = Infinity,
  totalMs = Infinity,
  untilGateMs
}: SendLimits): number => Math.min(connectMs, headersMs, silenceMs, idleMs, contentMs, totalMs, untilGateMs)

/** The failure of an attempt that passed a limit; `hasContent` as when it did. */
export const tooLate = (provider: string, stage: Stage, limits: SendLimits, hasContent: boolean): TimedOut =>
  new TimedOut({ stage, message: lateMessage(provider, stage, limits, hasContent) })

const lateMessage = (provider: string, stage: Stage, limits: SendLimits, hasContent: boolean): string => {
  const ms = (limit: number | undefined): string => `${Math.round(limit ?? 0)} ms`
  switch (stage) {
    case "connect":
      return `No connection to ${provider} stood within ${ms(limits.connectMs)}.`
    case "headers":
      return `${provider} did not begin to answer within ${ms(limits.headersMs)}.`
    case "idle":
      return `${provider} sent nothing for ${ms(hasContent ? limits.idleMs : limits.silenceMs)}.`
    case "first_content":
      return `${provider} had no content within ${ms(limits.contentMs)}.`
    case "total":
      return `${provider}'s answer was not whole within ${ms(limits.totalMs)}.`
    case "deadline":
      return `${provider} had not answered when the request's deadline passed, ${ms(limits.untilGateMs)} after it was asked.`
  }
}

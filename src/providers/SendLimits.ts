import type { Stage } from "../domain/Failure.ts"

/** How long a provider may take for the parts of its answer, in milliseconds. */
export interface SendLimits {
  /** Until the connection stands, TLS included. */
  readonly connectMs: number
  /** Until the headers of its answer. */
  readonly headersMs: number
  /** Between two signs of life (bytes of any kind) before there is content. */
  readonly silenceMs: number
  /** The same afterwards. */
  readonly idleMs: number
  /** Until the first content: a latency threshold. */
  readonly contentMs: number | undefined
  /** Until the end of the answer. */
  readonly totalMs: number | undefined
  /** Until the answer is on its way to the caller. */
  readonly untilGateMs: number
}

/** How far an attempt is: written by the attempt and the one who sends it, read by the timer. Times are those of the timers' clock. */
export interface Progress {
  hasContent: boolean
  /** The answer is on its way to the caller. */
  isOpen: boolean
  connectedAt: number | undefined
  headersAt: number | undefined
}

/** An attempt that has just been sent. */
export const beginning = (): Progress => ({
  hasContent: false,
  isOpen: false,
  connectedAt: undefined,
  headersAt: undefined
})

/** The limit that has passed, and how long it was. */
export interface Overdue {
  readonly stage: Stage
  readonly limitMs: number
}

/** What is running out: each limit that holds at this point, with the moment from which it counts. */
const running = (
  limits: SendLimits,
  progress: Progress,
  sentAt: number,
  lifeAt: number
): ReadonlyArray<readonly [Stage, number, number]> => {
  const list: Array<readonly [Stage, number, number]> = []
  const { connectedAt, headersAt, hasContent, isOpen } = progress
  // First, because the other limits are never longer than it.
  if (!isOpen) list.push(["deadline", sentAt, limits.untilGateMs])
  if (connectedAt === undefined && headersAt === undefined) list.push(["connect", sentAt, limits.connectMs])
  if (headersAt === undefined) list.push(["headers", sentAt, limits.headersMs])
  else list.push(["idle", lifeAt, hasContent ? limits.idleMs : limits.silenceMs])
  if (!hasContent && limits.contentMs !== undefined) list.push(["first_content", sentAt, limits.contentMs])
  if (limits.totalMs !== undefined) list.push(["total", sentAt, limits.totalMs])
  return list
}

/** The limit that has passed by `now`, or the milliseconds until the next one may. */
export const overdue = (
  limits: SendLimits,
  progress: Progress,
  sentAt: number,
  lifeAt: number,
  now: number
): Overdue | number => {
  // The headers and the first content bring in limits that do not run yet, and nobody wakes the timer for them.
  let nearest = progress.hasContent ? Infinity : Math.min(limits.silenceMs, limits.idleMs)
  for (const [stage, from, limitMs] of running(limits, progress, sentAt, lifeAt)) {
    const left = from + limitMs - now
    if (left <= 0) return { stage, limitMs }
    nearest = Math.min(nearest, left)
  }
  return nearest
}

/** What a limit that has passed is told as. */
export const lateMessage = (provider: string, { stage, limitMs }: Overdue): string => {
  const ms = `${Math.round(limitMs)} ms`
  switch (stage) {
    case "connect":
      return `No connection to ${provider} stood within ${ms}.`
    case "headers":
      return `${provider} did not begin to answer within ${ms}.`
    case "first_content":
      return `${provider} had no content within ${ms}.`
    case "idle":
      return `${provider} sent nothing for ${ms}.`
    case "total":
      return `${provider}'s answer was not whole within ${ms}.`
    case "deadline":
      return `${provider} had not answered when the request's deadline passed, ${ms} after it was asked.`
  }
}

import { Console, Effect } from "effect"
import type { TimersService } from "../../net/Timers.ts"
import type { Answers } from "../Answers.ts"
import type { StopRequest } from "./StopRequest.ts"

/** How long a server may take to stop, in milliseconds from when it is asked to. */
export interface StopTimes {
  /**
   * New requests are still taken for so long, because load balancers go on sending until they have looked at `/readyz`.
   */
  readonly acceptAfterStopMs: number
  /** Answers may run for so long. */
  readonly drainMs: number
}

/** A server that is to stop. */
export interface Draining {
  readonly server: Bun.Server<undefined>
  readonly stop: StopRequest
  readonly answers: Answers
  readonly timers: TimersService
  readonly times: StopTimes
  /** Other processes listen on its port too. */
  readonly sharesPort: boolean
  /** When the latest request came, in milliseconds of `performance.now`. */
  readonly lastRequestAt: () => number
}

/**
 * Connections that callers keep open are closed with an answer; so long do they have to ask for one, in milliseconds.
 */
const partingMs = 200
/** A handshake that has begun ends within so many milliseconds, unless it comes from another continent. */
const handshakeMs = 250
/** A connection that was just made sends its first request within so many milliseconds. */
const firstRequestMs = 200
/** How long answers that are ended have to tell their callers so, in milliseconds. */
const lastWordsMs = 500
/** Without a request for so many milliseconds, none is likely to be on its way. */
const quietMs = 100
/** How often it is looked whether something is under way, in milliseconds. */
const lookMs = 10

/** Stops a server in order: first no new callers, then no new requests, then no answers. */
export const drain = Effect.fnUntraced(function* (draining: Draining) {
  const { server, stop, answers, timers, times, sharesPort, lastRequestAt } = draining
  const startedAt = timers.now()
  const isQuiet = answers.size === 0 && performance.now() - lastRequestAt() > quietMs
  const acceptMs = stop.waitsForBalancers ? times.acceptAfterStopMs : 0
  /** Waits until so many milliseconds after the beginning, unless there is no time or `earlier` resolves. */
  const until = (ms: number, earlier: Promise<void> = stop.hurried) =>
    within(timers, startedAt + ms - timers.now(), Promise.race([stop.hurried, earlier]))
  /**
   * Waits until nothing was asked or answered for so long that nobody is about to ask, or for so many milliseconds
   * after the beginning.
   */
  const untilUnused = Effect.fnUntraced(function* (ms: number) {
    const end = startedAt + ms
    let usedAt = timers.now()
    while (!stop.isHurried && timers.now() < end && timers.now() - usedAt <= partingMs) {
      yield* within(timers, lookMs, stop.hurried)
      usedAt = answers.size > 0 ? timers.now() : Math.max(usedAt, lastRequestAt())
    }
  })
  const over = (): void => {
    stop.isOver = true
    answers.interrupt()
  }

  if (answers.size > 0 || acceptMs > 0) yield* Console.error(waiting(answers.size, acceptMs, times.drainMs))
  // Loaded when it is needed, which it hardly ever is.
  const out = sharesPort
    ? yield* Effect.promise(async () => (await import("./SharedPort.ts")).wayOut(server.port ?? 0))
    : undefined
  let hasLeft = false
  if (out?.turnAway() === true) {
    // Those who are told to leave come back here as often as they go elsewhere, as long as the port is shared: they are
    // told afterwards.
    yield* until(handshakeMs)
    yield* whatHasCome
    hasLeft = out.leave()
  }
  stop.areClosing = true
  if (!isQuiet || acceptMs > 0) yield* until(Math.max(acceptMs, timers.now() - startedAt + partingMs))
  if (hasLeft) {
    // Nobody new can come, so what callers keep need not be closed yet, which would reset those who ask at that moment.
    yield* untilUnused(times.drainMs)
    if (answers.size > 0) {
      over()
      yield* untilUnused(timers.now() - startedAt + lastWordsMs)
    }
  }
  yield* whatHasCome
  // No new connections; settles once every answer is on its way, which is later than its fiber's end.
  const stopped = server.stop(false)
  const closedAt = timers.now() - startedAt
  yield* until(times.drainMs, stopped)
  if (!isQuiet) yield* until(closedAt + firstRequestMs)
  over()
  yield* within(timers, lastWordsMs, stopped)
  yield* Effect.promise(() => server.stop(true))
})

/**
 * Lets the process take what the kernel already has for it: a busy one may be late, and closing resets what nobody has
 * read.
 */
const whatHasCome = Effect.promise(
  () =>
    new Promise<void>((resolve) => {
      setImmediate(() => setImmediate(resolve))
    })
)

const waiting = (count: number, acceptMs: number, drainMs: number): string => {
  const under = `${count} ${count === 1 ? "answer is" : "answers are"} still under way and may take ${drainMs / 1000} s`
  const open = `new requests are taken for ${acceptMs / 1000} s more (timeouts.acceptAfterStop)`
  const told = [...(acceptMs > 0 ? [open] : []), ...(count > 0 ? [under] : [])].join(", and ")
  return `Stopping: ${told}; asked again (Ctrl-C), the gateway ends at once.`
}

/** Waits for a promise, at most `ms` milliseconds. */
const within = (timers: TimersService, ms: number, promise: Promise<void>): Effect.Effect<void> =>
  Effect.callback((resume) => {
    const cancel = timers.after(Math.max(0, ms), () => resume(Effect.void))
    void promise.then(() => {
      cancel()
      resume(Effect.void)
    })
  })

import { Effect, Schedule } from "effect"
import { type HttpBody, HttpClient, HttpClientRequest } from "effect/http"
import { batching } from "../Batching.ts"
import type { RequestEnd } from "../RequestEnd.ts"
import type { Span } from "./Spans.ts"

/** How spans are sent. */
export interface SpanQueueOptions {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly compression: "gzip" | "none"
  readonly mostWaiting: number
  readonly batch: number
  readonly everyMs: number
  readonly lastMs: number
  readonly spansOf: (end: RequestEnd) => ReadonlyArray<Span>
  readonly bodyOf: (spans: Array<Span>) => HttpBody.HttpBody
}

/** Requests whose spans are on their way to the collector. */
export interface SpanQueue {
  readonly add: (end: RequestEnd) => void
  /** Spans that the collector did not get. */
  readonly dropped: () => number
}

/** A collector that starts anew is back after a moment; more patience would only fill the queue. */
const pauses = Schedule.exponential("250 millis")

/**
 * Sends spans in batches, one at a time. Effect's own exporter begins another for each full batch however slow the
 * collector is, and forgets silently what it could not send; here what waits is bounded and what is lost is counted.
 * Spans are made when they are sent, so that one that is dropped has cost next to nothing.
 */
export const spanQueue = Effect.fnUntraced(function* (options: SpanQueueOptions) {
  const client = HttpClient.retryTransient(yield* HttpClient.HttpClient, { schedule: pauses, times: 2 })
  const request = HttpClientRequest.post(options.url, { headers: options.headers })
  let waiting: Array<RequestEnd> = []
  let spans = 0
  let dropped = 0

  const send = (made: Array<Span>): Effect.Effect<void> => {
    const filled = HttpClientRequest.setBody(request, options.bodyOf(made))
    const packed =
      options.compression === "gzip" ? HttpClientRequest.compressBody(filled, "gzip") : Effect.succeed(filled)
    return packed.pipe(
      Effect.flatMap(client.execute),
      Effect.catchCause(() => Effect.sync(() => void (dropped += made.length))),
      Effect.asVoid
    )
  }
  const write = Effect.suspend(() => {
    const ends = waiting
    waiting = []
    spans = 0
    return Effect.forEach(
      batchesOf(ends, options.batch),
      (batch) => Effect.suspend(() => send(batch.flatMap(options.spansOf))),
      { discard: true }
    )
  })
  const { everyMs, lastMs } = options
  const notify = yield* batching({ everyMs, lastMs, write })

  const add = (end: RequestEnd): void => {
    const count = countOf(end)
    if (spans + count > options.mostWaiting) {
      dropped += count
      return
    }
    waiting.push(end)
    spans += count
    notify(spans >= options.batch)
  }
  const queue: SpanQueue = { add, dropped: () => dropped }
  return queue
})

const countOf = ({ record }: RequestEnd): number => 1 + (record?.attempts.length ?? 0)

/** Requests in their order, so many to a batch that their spans are about `most`. */
const batchesOf = (ends: ReadonlyArray<RequestEnd>, most: number): ReadonlyArray<ReadonlyArray<RequestEnd>> => {
  const batches: Array<Array<RequestEnd>> = []
  let last: Array<RequestEnd> = []
  let spans = 0
  for (const end of ends) {
    if (last.length === 0 || spans + countOf(end) > most) {
      last = []
      batches.push(last)
      spans = 0
    }
    last.push(end)
    spans += countOf(end)
  }
  return batches
}

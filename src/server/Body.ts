import { type Failure, InvalidRequest, TooLarge, TooSlow } from "../domain/Failure.ts"
import type { TimersService } from "../net/Timers.ts"

/** How much of a body is taken, and how long it may take to come. */
export interface BodyBounds {
  readonly maxBytes: number
  /** Milliseconds until it is there as a whole. */
  readonly withinMs: number
  readonly timers: TimersService
}

type Read = string | Failure

/**
 * Reads the text of a request's body, or says why it is not taken; bounded before it is read, because what has been
 * read has been paid for.
 */
export const readText = (request: Request, bounds: BodyBounds): Promise<Read> =>
  new Promise((resolve, reject) => {
    takeText(request, bounds, resolve, reject)
  })

/**
 * The same for the way of every request, without a promise of its own. `fail`: its caller is gone, or `take` has
 * failed.
 */
export const takeText = (
  request: Request,
  bounds: BodyBounds,
  take: (read: Read) => void,
  fail: (error: unknown) => void
): void => {
  const give = (read: Read): void => {
    try {
      take(read)
    } catch (error) {
      fail(error)
    }
  }
  const length = Number(request.headers.get("content-length") ?? Number.NaN)
  const refused = refusal(request, length, bounds)
  if (refused !== undefined) return give(refused)
  let isOver = false
  // What is read later than that is read for nobody: the answer closes the connection, which ends the reading.
  const cancel = bounds.timers.after(bounds.withinMs, () => {
    isOver = true
    give(tooSlow(bounds.withinMs))
  })
  // The server reads no more than the length that was announced.
  const reading = Number.isFinite(length) ? request.text() : countedText(request, bounds.maxBytes)
  reading.then(
    (read) => {
      cancel()
      if (!isOver) give(read)
    },
    (error: unknown) => {
      cancel()
      if (!isOver) fail(error)
    }
  )
}

/** Why a body is not even read. */
const refusal = ({ headers }: Request, length: number, { maxBytes }: BodyBounds): Failure | undefined => {
  const encoding = headers.get("content-encoding")
  if (encoding !== null && encoding !== "identity") {
    // A few kilobytes can unpack to gigabytes.
    return new InvalidRequest({ message: "Compressed bodies are not taken; send the JSON as it is." })
  }
  return length > maxBytes ? tooLarge(maxBytes) : undefined
}

/** The failure of a body whose text is not JSON. */
export const notJson = () => new InvalidRequest({ message: "The body is not valid JSON.", code: "invalid_json" })

/** The failure of a body with more bytes than are taken. */
export const tooLarge = (maxBytes: number) =>
  new TooLarge({ message: `The body is larger than ${maxBytes} bytes (limits.bodyBytes in gateway.yaml).` })

const tooSlow = (withinMs: number) =>
  new TooSlow({
    message: `The body did not arrive within ${withinMs / 1000} seconds (timeouts.body in gateway.yaml).`
  })

const countedText = async (request: Request, maxBytes: number): Promise<Read> => {
  if (request.body === null) return ""
  const pieces: Array<Uint8Array> = []
  let total = 0
  for await (const piece of request.body) {
    total += piece.byteLength
    if (total > maxBytes) return tooLarge(maxBytes)
    pieces.push(piece)
  }
  return new TextDecoder().decode(Buffer.concat(pieces))
}

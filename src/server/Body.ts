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

/** The text of a request's body, or why it is not taken; bounded before it is read, because what has been read has been paid for. */
export const readText = (request: Request, bounds: BodyBounds): Promise<Read> | Failure => {
  const encoding = request.headers.get("content-encoding")
  if (encoding !== null && encoding !== "identity") {
    // A few kilobytes can unpack to gigabytes.
    return new InvalidRequest({ message: "Compressed bodies are not taken; send the JSON as it is." })
  }
  const length = Number(request.headers.get("content-length") ?? Number.NaN)
  if (length > bounds.maxBytes) return tooLarge(bounds.maxBytes)
  // The server reads no more than the length that was announced.
  return inTime(Number.isFinite(length) ? request.text() : countedText(request, bounds.maxBytes), bounds)
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

/** What is read later than that is read for nobody: the answer closes the connection, which ends the reading. */
const inTime = (reading: Promise<Read>, { withinMs, timers }: BodyBounds): Promise<Read> =>
  new Promise((resolve, reject) => {
    const cancel = timers.after(withinMs, () => resolve(tooSlow(withinMs)))
    reading.then(
      (read) => {
        cancel()
        resolve(read)
      },
      (error: unknown) => {
        cancel()
        reject(error)
      }
    )
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

import { type Failure, InvalidRequest, TooLarge } from "../domain/Failure.ts"

/** The text of a request's body, or why it is not taken; bounded before it is read, because what has been read has been paid for. */
export const readText = (request: Request, maxBytes: number): Promise<string> | Promise<string | Failure> | Failure => {
  const encoding = request.headers.get("content-encoding")
  if (encoding !== null && encoding !== "identity") {
    // A few kilobytes can unpack to gigabytes.
    return new InvalidRequest({ message: "Compressed bodies are not taken; send the JSON as it is." })
  }
  const length = Number(request.headers.get("content-length") ?? Number.NaN)
  if (length > maxBytes) return tooLarge(maxBytes)
  // The server reads no more than the length that was announced.
  return Number.isFinite(length) ? request.text() : countedText(request, maxBytes)
}

/** The failure of a body whose text is not JSON. */
export const notJson = () => new InvalidRequest({ message: "The body is not valid JSON.", code: "invalid_json" })

/** The failure of a body with more bytes than are taken. */
export const tooLarge = (maxBytes: number) =>
  new TooLarge({ message: `The body is larger than ${maxBytes} bytes (limits.bodyBytes in gateway.yaml).` })

const countedText = async (request: Request, maxBytes: number): Promise<string | Failure> => {
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

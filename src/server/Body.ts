import { Result } from "effect"
import { type Failure, InvalidRequest, TooLarge } from "../domain/Failure.ts"
import { parseJson } from "../domain/Fields.ts"

export interface ParsedBody {
  readonly value: unknown
  /** What it was parsed from. */
  readonly text: string
}

/** The parsed body of a request; bounded before it is read, because what has been read has been paid for. */
export const readBody = async (request: Request, maxBytes: number): Promise<Result.Result<ParsedBody, Failure>> => {
  const encoding = request.headers.get("content-encoding")
  if (encoding !== null && encoding !== "identity") {
    // A few kilobytes can unpack to gigabytes.
    return Result.fail(new InvalidRequest({ message: "Compressed bodies are not taken; send the JSON as it is." }))
  }
  const text = await boundedText(request, maxBytes)
  if (text === undefined) {
    return Result.fail(
      new TooLarge({ message: `The body is larger than ${maxBytes} bytes (limits.bodyBytes in gateway.yaml).` })
    )
  }
  const body = parseJson(text)
  return body === undefined
    ? Result.fail(new InvalidRequest({ message: "The body is not valid JSON.", code: "invalid_json" }))
    : Result.succeed({ value: body, text })
}

const boundedText = async (request: Request, maxBytes: number): Promise<string | undefined> => {
  const length = Number(request.headers.get("content-length") ?? Number.NaN)
  if (length > maxBytes) return undefined
  // The server reads no more than the length that was announced.
  if (Number.isFinite(length)) return request.text()
  if (request.body === null) return ""
  const pieces: Array<Uint8Array> = []
  let total = 0
  for await (const piece of request.body) {
    total += piece.byteLength
    if (total > maxBytes) return undefined
    pieces.push(piece)
  }
  return new TextDecoder().decode(Buffer.concat(pieces))
}

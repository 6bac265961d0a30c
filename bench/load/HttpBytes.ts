/** Where the body of an HTTP/1.1 message begins and how long it is; nothing while its head is incomplete. */
export interface Head {
  readonly text: string
  readonly bodyAt: number
  /** Absent for a chunked body. */
  readonly length: number | undefined
}

const contentLength = /\r\ncontent-length: *(\d+)/i

/** Reads the head of a message, for measuring: it takes what Bun sends, not all that HTTP allows. */
export const headOf = (bytes: Buffer): Head | undefined => {
  const end = bytes.indexOf("\r\n\r\n")
  if (end < 0) return undefined
  const text = bytes.toString("latin1", 0, end)
  const match = contentLength.exec(text)
  return { text, bodyAt: end + 4, length: match === null ? undefined : Number(match[1]) }
}

/** The bytes so far with a piece behind them; the usual message is one piece, which costs no copy. */
export const joined = (before: Buffer | undefined, piece: Buffer): Buffer =>
  before === undefined ? piece : Buffer.concat([before, piece])

/** A piece of a chunked body. */
export const chunked = (text: string): string => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`

/** What ends a chunked body. */
export const lastChunk = "0\r\n\r\n"

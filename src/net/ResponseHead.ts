/** Status and headers of a response. */
export interface ResponseHead {
  readonly status: number
  /** HTTP/1.0: the connection serves no other request. */
  readonly old: boolean
  /** By lower-case name; a header that came several times has its values joined by a comma, as the standard has it. */
  readonly headers: ReadonlyMap<string, string>
}

/** Longest head that is read, in bytes: four times what common servers send at most. */
export const maxHeadLength = 64 * 1024

/**
 * A status line and headers, each line ended by CR and LF but for the last. Values are Latin-1 without control
 * characters. No line is continued in the next: that form is obsolete, and read in two ways.
 */
const wellFormed =
  /^HTTP\/1\.[01] [1-5]\d\d(?: [\t\x20-\x7e\x80-\xff]*)?(?:\r\n[!#$%&'*+\-.^_`|~\dA-Za-z]+:[\t\x20-\x7e\x80-\xff]*)*$/

const minorVersionAt = 7
const statusAt = 9

/** Reads a head without the empty line that ends it, one character a byte; nothing when it is not HTTP/1. */
export const parseHead = (text: string): ResponseHead | undefined => {
  if (!wellFormed.test(text)) return undefined
  const headers = new Map<string, string>()
  let from = text.indexOf("\r\n") + 2
  // 1: there is no further line.
  while (from > 1) {
    const feed = text.indexOf("\r\n", from)
    const colon = text.indexOf(":", from)
    const name = text.slice(from, colon).toLowerCase()
    const value = (feed < 0 ? text.slice(colon + 1) : text.slice(colon + 1, feed)).trim()
    const former = headers.get(name)
    headers.set(name, former === undefined ? value : `${former}, ${value}`)
    from = feed + 2
  }
  return { status: Number(text.slice(statusAt, statusAt + 3)), old: text[minorVersionAt] === "0", headers }
}

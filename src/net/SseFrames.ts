/**
 * Longest event that is kept while its end is awaited, in UTF-16 units. An image in an answer is a few million; more is
 * a fault or an attack.
 */
export const maxEventLength = 16 * 1024 * 1024

/** The event was longer than `maxEventLength`. */
export const tooLong = Symbol("tooLong")

const lineFeed = 10
const byteOrderMark = 0xfeff

/**
 * Cuts a server-sent event stream into the `data` texts of its events, in order, however the transport split it.
 * Lines end with LF, CRLF or CR; several `data` lines of one event are joined by LF; comments, event names, ids and
 * events without data are passed over. An event that its blank line does not end is kept back: at the end of the stream
 * it was cut, as the standard says.
 *
 * Each character is looked at once, and only an unfinished line and the data before it are kept: neither an event in a
 * million pieces nor a million events in one piece takes more than its share, and comments without end take nothing.
 */
export class SseFrames {
  /** The line whose end is awaited. */
  #line = ""
  /** The data lines so far of the event whose end is awaited. */
  #data: string | undefined
  #started = false
  /** The last character was a CR: an LF that comes now belongs to it. */
  #afterCarriage = false

  /** The data of every event that ends within what has come so far. */
  push(text: string): ReadonlyArray<string> | typeof tooLong {
    const frames: Array<string> = []
    let from = this.#startOf(text)
    let feed = text.indexOf("\n", from)
    // The usual stream has no carriage return at all.
    let carriage = text.indexOf("\r", from)
    while (true) {
      const isCarriage = carriage >= 0 && (feed < 0 || carriage < feed)
      const end = isCarriage ? carriage : feed
      if (end < 0) break
      this.#endLine(text, from, end, frames)
      from = end + 1
      if (isCarriage) {
        if (from === text.length) this.#afterCarriage = true
        else if (text.charCodeAt(from) === lineFeed) from++
        carriage = text.indexOf("\r", from)
      }
      if (feed >= 0 && feed < from) feed = text.indexOf("\n", from)
    }
    if (from < text.length) this.#line += from === 0 ? text : text.slice(from)
    return this.#line.length + (this.#data?.length ?? 0) > maxEventLength ? tooLong : frames
  }

  /** What is left when the stream ends: the data of a last event without its blank line, if there is any. */
  rest(): string | undefined {
    this.#takeLine(this.#line, 0, this.#line.length)
    const data = this.#data
    this.#line = ""
    this.#data = undefined
    return data
  }

  /** Where the lines of `text` begin: behind the mark that may open the stream, or an LF whose CR came before. */
  #startOf(text: string): number {
    if (text === "") return 0
    if (!this.#started) {
      this.#started = true
      return text.charCodeAt(0) === byteOrderMark ? 1 : 0
    }
    if (!this.#afterCarriage) return 0
    this.#afterCarriage = false
    return text.charCodeAt(0) === lineFeed ? 1 : 0
  }

  #endLine(text: string, from: number, end: number, frames: Array<string>): void {
    if (this.#line !== "") {
      const line = this.#line + text.slice(from, end)
      this.#line = ""
      return this.#takeLine(line, 0, line.length)
    }
    if (from < end) return this.#takeLine(text, from, end)
    if (this.#data === undefined) return
    frames.push(this.#data)
    this.#data = undefined
  }

  #takeLine(text: string, from: number, end: number): void {
    if (!text.startsWith("data", from)) return
    const colon = from + 4
    if (colon < end && text[colon] !== ":") return
    const value = text.slice(text[colon + 1] === " " ? colon + 2 : colon + 1, Math.max(end, colon))
    this.#data = this.#data === undefined ? value : `${this.#data}\n${value}`
  }
}

/** Longest event that is kept while its end is awaited, in UTF-16 units. An image in an answer is a few million; more is a fault or an attack. */
export const maxEventLength = 16 * 1024 * 1024

/** The event was longer than `maxEventLength`. */
export const tooLong = Symbol("tooLong")

/**
 * Cuts a server-sent event stream into the `data` texts of its events, in order, however the transport split it.
 * Lines end with LF, CRLF or CR; several `data` lines of one event are joined by LF; comments, event names, ids and events without data are passed over.
 * An event that its blank line does not end is kept back: at the end of the stream it was cut, as the standard says.
 */
export class SseFrames {
  #rest = ""
  /** How far `#rest` is known to hold no end of an event. */
  #searched = 0
  #started = false

  /** The data of every event that ends within what has come so far. */
  push(text: string): ReadonlyArray<string> | typeof tooLong {
    if (!this.#started && text !== "") {
      this.#started = true
      if (text.charCodeAt(0) === 0xfeff) text = text.slice(1)
    }
    const all = this.#rest === "" ? text : this.#rest + text
    const frames: Array<string> = []
    let from = 0
    let search = this.#searched
    while (true) {
      const end = endOfEvent(all, search)
      if (end === undefined) break
      const data = dataOf(all, from, end.at)
      if (data !== undefined) frames.push(data)
      from = end.next
      search = from
    }
    this.#rest = from === 0 ? all : all.slice(from)
    // The end of an event is at most four characters long, of which three may be here already.
    this.#searched = Math.max(0, this.#rest.length - 3)
    if (this.#rest.length > maxEventLength) return tooLong
    return frames
  }

  /** What is left when the stream ends: the data of a last event without its blank line, if there is any. */
  rest(): string | undefined {
    const data = dataOf(this.#rest, 0, this.#rest.length)
    this.#rest = ""
    this.#searched = 0
    return data
  }
}

/** Where the next blank line begins and what follows it; nothing while it is not certain. */
const endOfEvent = (text: string, from: number): { readonly at: number; readonly next: number } | undefined => {
  const plain = text.indexOf("\n\n", from)
  const carriage = text.indexOf("\r", from)
  // The usual stream has no carriage return at all.
  if (carriage < 0 || (plain >= 0 && plain < carriage)) return plain < 0 ? undefined : { at: plain, next: plain + 2 }
  for (let at = from; at < text.length; at++) {
    const first = lineEnd(text, at)
    if (first === 0) continue
    const second = lineEnd(text, at + first)
    if (second === 0) {
      at += first - 1
      continue
    }
    const next = at + first + second
    // A CR as the very last character may be the first half of a CRLF that is still to come.
    if (next === text.length && text.charCodeAt(next - 1) === 13) return undefined
    return { at, next }
  }
  return undefined
}

/** How many characters the line end at `at` has; 0 when there is none. */
const lineEnd = (text: string, at: number): number => {
  const code = text.charCodeAt(at)
  if (code === 10) return 1
  if (code !== 13) return 0
  return text.charCodeAt(at + 1) === 10 ? 2 : 1
}

const dataOf = (text: string, from: number, to: number): string | undefined => {
  // The usual event is one line: `data: {…}`.
  if (text.startsWith("data: ", from)) {
    const line = text.slice(from + 6, to)
    if (!line.includes("\n") && !line.includes("\r")) return line
  }
  let data: string | undefined
  for (const line of text.slice(from, to).split(/\r\n|\n|\r/)) {
    if (line !== "data" && !line.startsWith("data:")) continue
    const value = line.startsWith("data: ") ? line.slice(6) : line.slice(5)
    data = data === undefined ? value : `${data}\n${value}`
  }
  return data
}

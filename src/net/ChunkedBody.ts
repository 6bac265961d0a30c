/** Longest line that tells the size of a chunk, its extensions included, in bytes; nobody uses them. */
const maxSizeLine = 4 * 1024
/** Longest trailers after the last chunk, in bytes; they are passed over. */
const maxTrailers = 16 * 1024
/** Hexadecimal digits of a size: 2⁴⁸ bytes, still exact as a number. */
const maxDigits = 12

const carriage = 13
const feed = 10
const semicolon = 59

const State = {
  size: 0,
  padding: 1,
  extension: 2,
  sizeFeed: 3,
  data: 4,
  dataCarriage: 5,
  dataFeed: 6,
  trailer: 7,
  trailerFeed: 8
} as const

/**
 * Takes the chunk framing (RFC 9112, 7.1) off the bytes of a body, however the transport split them. Strict: a decoder
 * that forgives finds the end of a response elsewhere than others do. What one piece of bytes holds of the body is
 * moved together inside that piece, so that it is handed on in one go.
 */
export class ChunkedBody {
  /** Where the body's bytes of the latest piece begin and end in it. */
  from = 0
  to = 0
  ended = false
  broken = false
  #state: (typeof State)[keyof typeof State] = State.size
  #left = 0
  #digits = 0
  /** Bytes of the line that is being read, or of all trailers. */
  #length = 0
  #lineIsEmpty = true

  /**
   * Reads on from `at`, and changes the bytes; returns where it stopped: behind the body's end, or at the end of the
   * bytes.
   */
  push(bytes: Uint8Array, start: number): number {
    let at = start
    this.from = this.to = start
    while (at < bytes.length && !this.ended && !this.broken) {
      if (this.#state !== State.data) {
        this.#take(bytes[at] ?? 0)
        at += 1
        continue
      }
      const end = Math.min(at + this.#left, bytes.length)
      this.#keep(bytes, at, end)
      this.#left -= end - at
      at = end
      if (this.#left === 0) this.#state = State.dataCarriage
    }
    return at
  }

  #keep(bytes: Uint8Array, at: number, end: number): void {
    if (this.from === this.to) {
      this.from = at
      this.to = end
      return
    }
    bytes.copyWithin(this.to, at, end)
    this.to += end - at
  }

  /** A byte of the framing. */
  #take(byte: number): void {
    switch (this.#state) {
      case State.size:
        return this.#takeSize(byte)
      case State.padding:
        return this.#endSize(byte)
      case State.extension:
        if (byte === carriage) this.#state = State.sizeFeed
        else this.broken = isControl(byte) || ++this.#length > maxSizeLine
        return
      case State.sizeFeed:
        return this.#expect(byte, feed, this.#left === 0 ? State.trailer : State.data)
      case State.dataCarriage:
        return this.#expect(byte, carriage, State.dataFeed)
      case State.dataFeed:
        this.#digits = this.#length = 0
        return this.#expect(byte, feed, State.size)
      case State.trailer:
        if (byte === carriage) this.#state = State.trailerFeed
        else this.broken = isControl(byte) || ++this.#length > maxTrailers
        if (byte !== carriage) this.#lineIsEmpty = false
        return
      default:
        if (this.#lineIsEmpty) this.ended = byte === feed
        this.#lineIsEmpty = true
        return this.#expect(byte, feed, State.trailer)
    }
  }

  #takeSize(byte: number): void {
    const digit = hexadecimal(byte)
    if (digit >= 0) {
      this.#left = this.#left * 16 + digit
      this.#digits += 1
      this.broken = this.#digits > maxDigits
      return
    }
    if (this.#digits === 0) this.broken = true
    else this.#endSize(byte)
  }

  #endSize(byte: number): void {
    if (byte === carriage) this.#state = State.sizeFeed
    else if (byte === semicolon) this.#state = State.extension
    // Some servers pad the size with blanks.
    else if (isBlank(byte) && ++this.#length <= maxSizeLine) this.#state = State.padding
    else this.broken = true
  }

  #expect(byte: number, expected: number, next: (typeof State)[keyof typeof State]): void {
    this.#state = next
    if (byte !== expected) this.broken = true
  }
}

const isBlank = (byte: number): boolean => byte === 32 || byte === 9

const isControl = (byte: number): boolean => (byte < 32 && byte !== 9) || byte === 127

/** The value of a hexadecimal digit; -1 for any other byte. */
const hexadecimal = (byte: number): number => {
  if (byte >= 48 && byte <= 57) return byte - 48
  const lower = byte | 32
  return lower >= 97 && lower <= 102 ? lower - 87 : -1
}

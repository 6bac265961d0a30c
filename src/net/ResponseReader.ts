import { type BodyShape, bodyShape, keepsConnection } from "./BodyShape.ts"
import { ChunkedBody } from "./ChunkedBody.ts"
import { maxHeadLength, parseHead, type ResponseHead } from "./ResponseHead.ts"

/** What receives the parts of a response. */
export interface ResponseSink {
  readonly onHead: (head: ResponseHead) => void
  /** Never empty; the bytes are the receiver's to keep. */
  readonly onBody: (bytes: Buffer) => void
  /** `reusable`: the connection may serve another request. */
  readonly onEnd: (reusable: boolean) => void
  /** It is not HTTP/1.1; `why` can follow "the response is garbled: ". */
  readonly onGarbled: (why: string) => void
}

/** Most interim responses (100, 103) before the one that counts. */
const maxInterim = 16

const headEnd = Buffer.from("\r\n\r\n")
const noBytes: Buffer = Buffer.alloc(0)

/** Reads one response from the bytes of a connection, however the transport split them. Holds no I/O. */
export class ResponseReader {
  readonly #sink: ResponseSink
  /** The beginning of a head whose end is awaited, and the last bytes of it, in which that end may have begun. */
  #pieces: Array<Buffer> | undefined
  #tail = noBytes
  #kept = 0
  #interim = 0
  #head: ResponseHead | undefined
  #shape: BodyShape | undefined
  #chunks: ChunkedBody | undefined
  /** Bytes that are missing of a body with a length. */
  #left = 0

  constructor(sink: ResponseSink) {
    this.#sink = sink
  }

  /** The head of the response that counts has been read. */
  get hasHead(): boolean {
    return this.#head !== undefined
  }

  /** Takes the next bytes, and moves those of the body inside them. Nothing may follow the end or a fault. */
  push(bytes: Buffer): void {
    if (this.#shape !== undefined) return this.#takeBody(this.#shape, bytes, 0)
    const whole = this.#pieces === undefined ? bytes : this.#joined(this.#pieces, bytes)
    if (whole !== undefined) this.#takeHeads(whole)
  }

  /** The connection was closed in order: tells the end where that is how the body ends, and returns whether it did. */
  close(): boolean {
    if (this.#shape?.kind !== "until-close") return false
    this.#sink.onEnd(false)
    return true
  }

  #takeHeads(bytes: Buffer): void {
    let at = 0
    while (true) {
      const end = bytes.indexOf(headEnd, at)
      // Its end may have begun in the last bytes.
      if ((end < 0 ? bytes.length - headEnd.length + 1 : end) - at > maxHeadLength)
        return this.#sink.onGarbled("its head is too long")
      if (end < 0) return this.#keep(bytes.subarray(at))
      const head = parseHead(bytes.toString("latin1", at, end))
      if (head === undefined) return this.#sink.onGarbled("its head is not HTTP/1.1")
      at = end + headEnd.length
      if (head.status >= 200) return this.#takeHead(head, bytes, at)
      this.#interim += 1
      // 101 would change to a protocol that was not asked for.
      if (head.status === 101 || this.#interim > maxInterim) {
        return this.#sink.onGarbled("it has interim responses that make no sense")
      }
    }
  }

  #takeHead(head: ResponseHead, bytes: Buffer, at: number): void {
    const shape = bodyShape(head)
    if (typeof shape === "string") return this.#sink.onGarbled(shape)
    this.#head = head
    this.#shape = shape
    if (shape.kind === "chunked") this.#chunks = new ChunkedBody()
    if (shape.kind === "length") this.#left = shape.length
    this.#sink.onHead(head)
    if (at < bytes.length || shape.kind === "none") this.#takeBody(shape, bytes, at)
  }

  #takeBody(shape: BodyShape, bytes: Buffer, at: number): void {
    if (shape.kind === "none") return this.#end(at === bytes.length)
    if (this.#chunks !== undefined) return this.#takeChunks(this.#chunks, bytes, at)
    if (shape.kind === "until-close") return this.#sink.onBody(bytes.subarray(at))
    const end = Math.min(at + this.#left, bytes.length)
    this.#left -= end - at
    this.#sink.onBody(end - at === bytes.length ? bytes : bytes.subarray(at, end))
    if (this.#left === 0) this.#end(end === bytes.length)
  }

  #takeChunks(chunks: ChunkedBody, bytes: Buffer, at: number): void {
    const end = chunks.push(bytes, at)
    const { from, to, ended, broken } = chunks
    if (to > from) this.#sink.onBody(bytes.subarray(from, to))
    if (broken) return this.#sink.onGarbled("its chunks are broken")
    if (ended) this.#end(end === bytes.length)
  }

  /** `clean`: nothing follows that nobody asked for. */
  #end(clean: boolean): void {
    const head = this.#head
    const shape = this.#shape
    this.#sink.onEnd(clean && head !== undefined && shape !== undefined && keepsConnection(head, shape))
  }

  #keep(bytes: Buffer): void {
    if (bytes.length === 0) return
    this.#pieces = [bytes]
    this.#kept = bytes.length
    this.#tail = bytes.subarray(1 - headEnd.length)
  }

  /**
   * All that is kept with these bytes behind, once a head ends in them; each byte is looked at once, however small the
   * pieces.
   */
  #joined(pieces: Array<Buffer>, bytes: Buffer): Buffer | undefined {
    pieces.push(bytes)
    this.#kept += bytes.length
    const searched = Buffer.concat([this.#tail, bytes])
    if (!searched.includes(headEnd) && this.#kept < maxHeadLength + headEnd.length) {
      this.#tail = searched.subarray(1 - headEnd.length)
      return undefined
    }
    this.#pieces = undefined
    return Buffer.concat(pieces)
  }
}

import { type Deltas, noDeltas } from "../../domain/Delta.ts"
import { Garbled } from "../../domain/Failure.ts"
import type { ResponseHead } from "../../net/ResponseHead.ts"
import type { Decoder } from "../Decoder.ts"

/** Reads the bytes of an answer's body. Holds no I/O. */
export interface Answer {
  /** The deltas that these bytes complete. */
  push(bytes: Buffer): Deltas
  /** The body ended by itself. */
  finish(): Deltas
  /** Nothing more will come: the end mark or a failure was seen. */
  readonly ended: boolean
  /** Everything was said; only the end mark may be missing. */
  readonly whole: boolean
}

/** Longest whole answer, after decompression, in bytes: a few large images; beyond it a fault or a bomb. */
const maxWholeLength = 64 * 1024 * 1024

const tooLarge = (provider: string): Deltas => [
  { _tag: "Failed", failure: new Garbled({ message: `${provider} sent an answer that is too large.` }) }
]

/** What both forms of a body have in common. */
abstract class Body {
  protected readonly decoder: Decoder
  readonly #provider: string
  #length = 0

  constructor(decoder: Decoder, provider: string) {
    this.decoder = decoder
    this.#provider = provider
  }

  get ended(): boolean {
    return this.decoder.ended
  }

  get whole(): boolean {
    return this.decoder.whole
  }

  /** The failure of a body that is longer with these bytes than it may be. */
  protected excess(bytes: Buffer): Deltas | undefined {
    this.#length += bytes.length
    return this.#length > maxWholeLength ? tooLarge(this.#provider) : undefined
  }
}

/** For a body of server-sent events; `isBounded` when a whole answer will be made of them, so that they are kept. */
export class StreamedAnswer extends Body implements Answer {
  readonly #isBounded: boolean
  readonly #text = new TextDecoder()

  constructor(decoder: Decoder, provider: string, isBounded: boolean) {
    super(decoder, provider)
    this.#isBounded = isBounded
  }

  push(bytes: Buffer): Deltas {
    const excess = this.#isBounded ? this.excess(bytes) : undefined
    return excess ?? this.decoder.push(this.#text.decode(bytes, { stream: true }))
  }

  finish(): Deltas {
    return joined(this.decoder.push(this.#text.decode()), this.decoder.finish())
  }
}

const wholeText = new TextDecoder()

/** For a body that can only be read when all of it is here. */
export class WholeAnswer extends Body implements Answer {
  /** Nearly always one. */
  #first: Buffer | undefined
  #others: Array<Buffer> | undefined

  push(bytes: Buffer): Deltas {
    const excess = this.excess(bytes)
    if (excess !== undefined) return excess
    if (this.#first === undefined) this.#first = bytes
    else if (this.#others === undefined) this.#others = [bytes]
    else this.#others.push(bytes)
    return noDeltas
  }

  finish(): Deltas {
    const first = this.#first
    if (first === undefined) return this.decoder.finish()
    const whole = this.#others === undefined ? first : Buffer.concat([first, ...this.#others])
    return joined(this.decoder.push(wholeText.decode(whole)), this.decoder.finish())
  }
}

const joined = (first: Deltas, last: Deltas): Deltas => {
  if (first.length === 0) return last
  return last.length === 0 ? first : [...first, ...last]
}

/** Longest body of a refusal that is read for its words, in bytes. */
const maxRefusalLength = 64 * 1024

/** The beginning of a refusal's body. */
export class RefusalText {
  readonly #pieces: Array<Buffer> = []
  #length = 0

  /** Whether that is all that is read. */
  push(bytes: Buffer): boolean {
    this.#pieces.push(bytes)
    this.#length += bytes.length
    return this.#length >= maxRefusalLength
  }

  /** What came so far. */
  toString(): string {
    return new TextDecoder().decode(Buffer.concat(this.#pieces).subarray(0, maxRefusalLength))
  }
}

/** An answer with a status of failure, and as much of its body as has come. */
export interface Refusal {
  readonly status: number
  readonly headers: ResponseHead["headers"]
  readonly text: RefusalText
}

import { createBrotliDecompress, createGunzip, createInflate, createInflateRaw, createZstdDecompress } from "node:zlib"

/** What receives an unpacked body. */
export interface UnpackingListener {
  readonly onBytes: (bytes: Buffer) => void
  /** There is room again for what `push` had none for. */
  readonly onRoom: () => void
  readonly onEnd: () => void
  /** `cut`: it ended before its end; `broken`: it is not packed as it says. */
  readonly onFault: (fault: "cut" | "broken") => void
}

/** Unpacks a body as it comes, away from the main thread. After `close`, `onEnd` or `onFault` nothing more is told. */
export interface Unpacking {
  /** Whether there is room for more. */
  readonly push: (bytes: Buffer) => boolean
  readonly end: () => void
  readonly pause: () => void
  readonly resume: () => void
  readonly close: () => void
}

/** Bytes that are unpacked before somebody looks at them: what a bomb takes at once. */
const chunkSize = 64 * 1024

/** The low half of a zlib stream's first byte: its method is deflate. */
const zlibMark = 8

type Unpacker = ReturnType<typeof createGunzip | typeof createBrotliDecompress | typeof createZstdDecompress>

/** Both forms are called deflate: with zlib's two bytes in front, as the standard says, and without. */
const inflater = (first: Buffer): Unpacker =>
  ((first[0] ?? 0) & 0x0f) === zlibMark ? createInflate({ chunkSize }) : createInflateRaw({ chunkSize })

const gunzip = (): Unpacker => createGunzip({ chunkSize })

const unpackers: Readonly<Partial<Record<string, (first: Buffer) => Unpacker>>> = {
  gzip: gunzip,
  "x-gzip": gunzip,
  deflate: inflater,
  br: () => createBrotliDecompress({ chunkSize }),
  zstd: () => createZstdDecompress({ chunkSize })
}

/** Whether a body of this `content-encoding` can be read; `identity` is not packed at all. */
export const isPacking = (coding: string): boolean => Object.hasOwn(unpackers, coding.toLowerCase())

/** Begins to unpack a body; of a coding for which `isPacking` holds. */
export const unpack = (coding: string, listener: UnpackingListener): Unpacking => new Body(coding, listener)

class Body implements Unpacking {
  readonly #coding: string
  readonly #listener: UnpackingListener
  #unpacker: Unpacker | undefined
  #isPaused = false
  #isOver = false

  constructor(coding: string, listener: UnpackingListener) {
    this.#coding = coding.toLowerCase()
    this.#listener = listener
  }

  push(bytes: Buffer): boolean {
    if (this.#isOver) return true
    this.#unpacker ??= this.#begin(bytes)
    return this.#unpacker?.write(bytes) ?? true
  }

  end(): void {
    if (this.#unpacker !== undefined) this.#unpacker.end()
    // An empty body has nothing to be unpacked.
    else if (!this.#isOver) this.#finish(() => this.#listener.onEnd())
  }

  pause(): void {
    this.#isPaused = true
    this.#unpacker?.pause()
  }

  resume(): void {
    this.#isPaused = false
    this.#unpacker?.resume()
  }

  close(): void {
    this.#isOver = true
    this.#unpacker?.destroy()
  }

  #begin(first: Buffer): Unpacker | undefined {
    const unpacker = unpackers[this.#coding]?.(first)
    unpacker?.on("data", (bytes: Buffer) => {
      if (!this.#isOver) this.#listener.onBytes(bytes)
    })
    unpacker?.on("drain", () => {
      if (!this.#isOver) this.#listener.onRoom()
    })
    unpacker?.on("end", () => this.#finish(() => this.#listener.onEnd()))
    unpacker?.on("error", (error: Error) => {
      const isCut = "code" in error && error.code === "Z_BUF_ERROR"
      this.#finish(() => this.#listener.onFault(isCut ? "cut" : "broken"))
    })
    if (this.#isPaused) unpacker?.pause()
    return unpacker
  }

  #finish(tell: () => void): void {
    if (this.#isOver) return
    this.#isOver = true
    tell()
  }
}

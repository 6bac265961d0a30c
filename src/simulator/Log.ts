/** One request as the simulator saw it, and what became of it. Times are Unix milliseconds with a fraction. */
export interface LogEntry {
  readonly id: number
  readonly at: number
  readonly language: string
  readonly path: string
  readonly model: string
  readonly headers: Readonly<Record<string, string>>
  /** The body as parsed; its text where it is no JSON; its size where it is too long to keep. */
  readonly body: unknown
  /** 0 while, or because, no status was sent. */
  readonly status: number
  /** `open`, `answered`, `refused`, or the name of the fault. */
  readonly outcome: string
  readonly firstContentAt?: number
  readonly piecesSent: number
  /** When the client went away before its answer was whole. */
  readonly closedByPeer?: number
  readonly endedAt?: number
}

/** An entry that is still being written. */
export type OpenEntry = { -readonly [Field in keyof LogEntry]: LogEntry[Field] }

/** Most entries kept, so that a long bench does not fill the memory. */
const mostEntries = 10_000
/** Most characters of bodies kept. */
const mostLength = 64 * 1024 * 1024
/** Longest single body kept. */
const longestBody = 1024 * 1024

const credentials = new Set([
  "authorization",
  "proxy-authorization",
  "x-api-key",
  "api-key",
  "x-goog-api-key",
  "cookie",
  "x-amz-security-token"
])

/** Headers as they may be kept: whoever reads the log sees that a credential came, not which. */
export const redacted = (
  headers: Readonly<Record<string, string | ReadonlyArray<string> | undefined>>
): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      credentials.has(name) ? "<redacted>" : typeof value === "string" ? value : (value ?? []).join(", ")
    ])
  )

/** An address without the key that some clients put into its query. */
export const redactedPath = (path: string): string => path.replace(/([?&](?:key|api_key)=)[^&]*/g, "$1<redacted>")

/** A body as it may be kept. */
export const keptBody = (text: string, parsed: unknown): unknown => {
  if (text.length > longestBody) return `<${text.length} characters>`
  return parsed === undefined ? text : parsed
}

/** The last requests, oldest first, bounded in number and size. */
export class Log {
  #entries: Array<OpenEntry> = []
  #lengths: Array<number> = []
  #length = 0
  #next = 1

  nextId(): number {
    return this.#next++
  }

  add(entry: OpenEntry, bodyLength: number): void {
    const length = Math.min(bodyLength, longestBody)
    this.#entries.push(entry)
    this.#lengths.push(length)
    this.#length += length
    if (this.#entries.length <= mostEntries && this.#length <= mostLength) return
    // A tenth at a time: shifting the lists for every request would cost more than the request.
    const dropped = Math.ceil(this.#entries.length / 10)
    this.#entries = this.#entries.slice(dropped)
    this.#length -= this.#lengths.slice(0, dropped).reduce((sum, one) => sum + one, 0)
    this.#lengths = this.#lengths.slice(dropped)
  }

  get entries(): ReadonlyArray<LogEntry> {
    return this.#entries
  }

  clear(): void {
    this.#entries = []
    this.#lengths = []
    this.#length = 0
  }
}

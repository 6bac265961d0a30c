/** Text to send, so many milliseconds after what came before it. */
export interface Step {
  readonly afterMs: number
  readonly text: string
  /** How many pieces of the script it ends. */
  readonly pieces: number
}

/**
 * How the connection is left: the answer ends as it should, the socket is closed or reset in the middle, or it stays
 * open and silent.
 */
export type Ending = "end" | "close" | "reset" | "stay"

/** How bytes are cut into writes, where that is a fault. */
export type Cutting = "one-byte" | "split-utf8" | "crlf"

/** Everything that will be sent, and when: what a test can print. */
export interface Plan {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly headersAfterMs: number
  readonly steps: ReadonlyArray<Step>
  readonly ending: Ending
  /** Nothing at all is sent before the ending. */
  readonly mute?: true
  /** Text that is repeated until the client leaves, after the steps. */
  readonly endless?: string
  readonly cutting?: Cutting
  /** Milliseconds between single bytes. */
  readonly trickleMs?: number
  readonly encoding?: "gzip" | "br" | "zstd" | "gzip-bomb"
  /** A content-length that is told though it is not true: this much of the real length. */
  readonly lengthLie?: number
  /** What happens, in a word, for the log. */
  readonly outcome: string
}

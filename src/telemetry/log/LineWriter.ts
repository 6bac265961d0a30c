import { Effect } from "effect"
import { batching } from "../Batching.ts"
import type { Output } from "./Output.ts"

/** When lines are written, and how many may wait. */
export interface LineBounds {
  /** Milliseconds that a line waits for others at most. */
  readonly everyMs: number
  /** Characters that are written without waiting for more. */
  readonly fullCharacters: number
  /** Characters that may wait; lines beyond are dropped and counted. */
  readonly mostCharacters: number
  /** Milliseconds that the last lines may take when the scope closes. */
  readonly lastMs: number
}

/** Nobody watches lines closer than a tenth of a second; a megabyte is three seconds of a busy process. */
export const lineBounds: LineBounds = { everyMs: 100, fullCharacters: 65_536, mostCharacters: 1_048_576, lastMs: 1_000 }

/** Lines on their way out. */
export interface LineWriter {
  readonly add: (line: string) => void
  /** Lines that nobody could take. */
  readonly dropped: () => number
}

/** What ends the output for good: its reader is gone. Anything else (a full disk) can pass. */
const isOver = (code: string): boolean => code === "EPIPE" || code === "EBADF" || code === "ECONNRESET"

/** Writes lines in batches, in order. An output that is slow or gone costs its lines and nothing else. */
export const lineWriter = Effect.fnUntraced(function* (output: Output, bounds: LineBounds = lineBounds) {
  let waiting = ""
  let lines = 0
  let dropped = 0
  let isGone = false
  const write = Effect.suspend(() => {
    const [text, count] = [waiting, lines]
    waiting = ""
    lines = 0
    if (text === "") return Effect.void
    return Effect.catch(output(Buffer.from(text)), ({ code }) =>
      Effect.sync(() => {
        dropped += count
        isGone = isOver(code)
      })
    )
  })
  const notify = yield* batching({ everyMs: bounds.everyMs, lastMs: bounds.lastMs, write })
  const add = (line: string): void => {
    if (isGone || waiting.length + line.length >= bounds.mostCharacters) {
      dropped++
      return
    }
    waiting += `${line}\n`
    lines++
    notify(waiting.length >= bounds.fullCharacters)
  }
  const writer: LineWriter = { add, dropped: () => dropped }
  return writer
})

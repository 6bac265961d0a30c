import OpenAI from "openai"
import type { Fields } from "../../../src/domain/Fields.ts"

/** What a reader has seen of an answer so far. */
export interface Reading {
  readonly text: string
  readonly model: string | undefined
  readonly state: "waiting" | "reading" | "whole" | "failed" | "left"
  /** Why it failed. */
  readonly reason: string | undefined
  readonly startedAt: number
  /** Milliseconds of `performance.now`, as `startedAt`. */
  readonly endedAt: number | undefined
}

/** Longest that a reader waits, in milliseconds: a person would have gone. */
const usualPatienceMs = 5000

/** An answer that nobody has begun to read. */
export const unread = (): Reading => ({
  text: "",
  model: undefined,
  state: "waiting",
  reason: undefined,
  startedAt: performance.now(),
  endedAt: undefined
})

/** Streams an answer with the official SDK as it comes from the package, and tells each change. */
export const follow = async (
  baseURL: string,
  model: string,
  said: Fields,
  tell: (reading: Reading) => void,
  patienceMs = usualPatienceMs
): Promise<Reading> => {
  const client = new OpenAI({ baseURL, apiKey: "none-needed" })
  const leave = AbortSignal.timeout(patienceMs)
  let reading = unread()
  const change = (changes: Partial<Reading>): void => {
    reading = { ...reading, ...changes }
    tell(reading)
  }
  try {
    const stream = await client.chat.completions.create(
      { ...said, model, stream: true, messages: [{ role: "user", content: "Tell me something." }] },
      { signal: leave }
    )
    let finished = false
    for await (const { model, choices } of stream) {
      const [choice] = choices
      finished ||= typeof choice?.finish_reason === "string"
      const word = choice?.delta.content ?? ""
      if (word !== "") change({ text: reading.text + word, model, state: "reading" })
    }
    change(finished ? { state: "whole" } : { state: "failed", reason: "ended without its end" })
  } catch (error) {
    change({ state: "failed", reason: error instanceof Error ? error.message : String(error) })
  }
  // The SDK ends a stream that is aborted as if nothing were wrong.
  change({ endedAt: performance.now(), ...(leave.aborted ? { state: "left" as const } : {}) })
  return reading
}

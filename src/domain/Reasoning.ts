/**
 * Whose signature a piece of reasoning carries; it may be sent back to that provider only. The words are OpenRouter's,
 * whose clients already keep them.
 */
export type ReasoningFormat = "anthropic-claude-v1" | "openai-responses-v1" | "google-gemini-v1" | "unknown"

/**
 * A piece of reasoning that a provider wants back unchanged in the next turn. On the wire: an element of
 * `reasoning_details`.
 * - `reasoning.text`: readable, with Anthropic's `signature`.
 * - `reasoning.encrypted`: `data` is Anthropic's redacted thinking, OpenAI's `encrypted_content` or Gemini's
 *   `thoughtSignature`.
 * - `reasoning.summary`: readable summary (OpenAI).
 */
export interface ReasoningDetail {
  readonly type: "reasoning.text" | "reasoning.encrypted" | "reasoning.summary"
  readonly format: ReasoningFormat
  readonly text?: string
  readonly summary?: string
  readonly data?: string
  readonly signature?: string
  /** The provider's own id of the piece (OpenAI's `rs_…`). */
  readonly id?: string
  /** Place among the pieces of this answer, counted from 0. */
  readonly index: number
}

/** Efforts from none to most, so that "at most high" can be said. */
export const efforts = ["none", "minimal", "low", "medium", "high", "xhigh", "max"] as const

/** How hard to think, in OpenAI's words. */
export type Effort = (typeof efforts)[number]

/** Adds a piece to those before it. Hosts stream one in parts, which have the same index; it must go back in one. */
export const addDetail = (details: Array<ReasoningDetail>, detail: ReasoningDetail): void => {
  const last = details.at(-1)
  if (last === undefined || last.index !== detail.index || last.type !== detail.type) {
    details.push(detail)
    return
  }
  const joined = (name: "text" | "summary" | "data") => {
    const text = last[name] === undefined ? detail[name] : last[name] + (detail[name] ?? "")
    return text === undefined ? {} : { [name]: text }
  }
  details[details.length - 1] = { ...last, ...detail, ...joined("text"), ...joined("summary"), ...joined("data") }
}

import type { FinishReason } from "../../domain/Delta.ts"

/**
 * Gemini's reasons in OpenAI's words; one that is not here is `stop`. CONTINUATION: the answer reached the limit of
 * one request (Gemini 4).
 */
const reasons: ReadonlyMap<string, FinishReason> = new Map<string, FinishReason>([
  ["MAX_TOKENS", "length"],
  ["CONTINUATION", "length"],
  ["SAFETY", "content_filter"],
  ["RECITATION", "content_filter"],
  ["BLOCKLIST", "content_filter"],
  ["PROHIBITED_CONTENT", "content_filter"],
  ["SPII", "content_filter"],
  ["LANGUAGE", "content_filter"],
  ["MODEL_ARMOR", "content_filter"],
  ["IMAGE_SAFETY", "content_filter"],
  ["IMAGE_PROHIBITED_CONTENT", "content_filter"],
  ["IMAGE_RECITATION", "content_filter"],
  ["IMAGE_OTHER", "content_filter"]
])

const faults = new Set(["MALFORMED_FUNCTION_CALL", "UNEXPECTED_TOOL_CALL", "TOO_MANY_TOOL_CALLS", "MALFORMED_RESPONSE"])

/**
 * OpenAI's word for a finish reason; an answer that stopped with calls open is `tool_calls`, which Gemini has no word
 * for.
 */
export const finishReason = (native: string, calls: number): FinishReason => {
  const reason = reasons.get(native) ?? "stop"
  return reason === "stop" && calls > 0 ? "tool_calls" : reason
}

/** Whether the model failed to write an answer: another try may succeed. */
export const isFault = (native: string): boolean => faults.has(native)

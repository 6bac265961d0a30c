import type { FinishReason } from "../../domain/Delta.ts"

// Anthropic's, Mistral's and z.ai's words stand here as well.
const lengthWords: ReadonlySet<string> = new Set([
  "length",
  "max_tokens",
  "model_length",
  "model_context_window_exceeded"
])
const filterWords: ReadonlySet<string> = new Set(["content_filter", "refusal", "safety", "sensitive"])
/** The end is no end: OpenRouter, z.ai, DeepSeek, vLLM and SGLang say with these that the host broke off. */
export const errorWords: ReadonlySet<string> = new Set([
  "error",
  "network_error",
  "insufficient_system_resource",
  "abort"
])

/** Whether an end is told by a word that a second one (SGLang and OpenRouter say two) cannot take back. */
export const isFinal = (native: string): boolean =>
  lengthWords.has(native.toLowerCase()) || filterWords.has(native.toLowerCase())

/** A host's word for the end as OpenAI's; many keep words of the model behind them. */
export const finishReason = (native: string, hasCalls: boolean): FinishReason => {
  const word = native.toLowerCase()
  if (lengthWords.has(word)) return "length"
  if (filterWords.has(word)) return "content_filter"
  // OpenAI itself says `stop` when the call was forced by name.
  return hasCalls ? "tool_calls" : "stop"
}

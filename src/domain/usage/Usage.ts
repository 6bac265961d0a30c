import type { Fields } from "../Fields.ts"

/**
 * Tokens of one answer, as the provider reported them. Totals include their parts, as OpenAI counts:
 * cached and cache-written tokens are inside `inputTokens`, reasoning tokens inside `outputTokens`.
 */
export interface Usage {
  readonly inputTokens: number
  /** Of the input, read from the provider's prompt cache. */
  readonly cachedTokens: number
  /** Of the input, written to the provider's prompt cache, whatever the time to live. */
  readonly cacheWriteTokens: number
  /** Of the cache-written, those that live one hour (Anthropic bills them apart). */
  readonly cacheWrite1hTokens: number
  readonly outputTokens: number
  /** Of the output, hidden or shown reasoning. */
  readonly reasoningTokens: number
  readonly inputAudioTokens: number
  readonly outputAudioTokens: number
  readonly inputImageTokens: number
  /** Of the cached, sound and images, where a provider tells them apart; they are in the two counts above as well. */
  readonly cachedAudioTokens?: number
  readonly cachedImageTokens?: number
  readonly acceptedPredictionTokens: number
  readonly rejectedPredictionTokens: number
  /**
   * The tier that the provider says it served the request in (`default`, `flex`, `priority`, `standard`…): prices
   * depend on it.
   */
  readonly serviceTier?: string
  /** Where the provider says it processed the request, where it takes more for that (Anthropic's `inference_geo`). */
  readonly geography?: string
  /**
   * Usage fields of the provider that have no place above (`cost`, `web_search_requests`…), under the provider's names.
   */
  readonly extra?: Fields
}

/** What an answer used of which the provider reported nothing. */
export const noUsage: Usage = {
  inputTokens: 0,
  cachedTokens: 0,
  cacheWriteTokens: 0,
  cacheWrite1hTokens: 0,
  outputTokens: 0,
  reasoningTokens: 0,
  inputAudioTokens: 0,
  outputAudioTokens: 0,
  inputImageTokens: 0,
  acceptedPredictionTokens: 0,
  rejectedPredictionTokens: 0
}

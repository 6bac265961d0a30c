import type { FinishReason } from "../../domain/Delta.ts"
import { asObject, asText, countOf, listOf, objectOf, type Fields } from "../../domain/Fields.ts"
import { noUsage, type Usage } from "../../domain/usage/Usage.ts"

/**
 * A message's usage so far: what Anthropic sends is cumulative, so it replaces, and what it leaves out (or sends as
 * null) stays.
 */
export const mergeUsage = (before: Fields, now: unknown): Fields => ({
  ...before,
  ...Object.fromEntries(Object.entries(objectOf(now)).filter(([, value]) => value !== null && value !== undefined))
})

/** Counts that have their place in our usage. */
const counted = new Set([
  "input_tokens",
  "output_tokens",
  "cache_creation_input_tokens",
  "cache_read_input_tokens",
  "cache_creation",
  "output_tokens_details"
])

const hourly = (usage: Fields): number => countOf(objectOf(usage["cache_creation"])["ephemeral_1h_input_tokens"])

/**
 * The tier that served a message: `service_tier`, and `fast` where it was answered at `speed: fast`, which has prices
 * of its own. Both at once (`priority fast`) have no known price.
 */
const tierOf = (usage: Fields): string | undefined => {
  const tier = asText(usage["service_tier"])
  if (usage["speed"] !== "fast") return tier
  return tier === undefined || tier === "standard" ? "fast" : `${tier} fast`
}

/**
 * Anthropic's usage as ours. Its `input_tokens` leaves cached tokens out; ours counts them in.
 * Of `iterations`, those of a compaction are in no total and are added; those of an advisor are another model's, at
 * another price, and stay visible in `extra`; all others are in the totals already.
 */
export const usageOf = (raw: Fields): Usage => {
  const compactions = listOf(raw["iterations"])
    .map(objectOf)
    .filter((iteration) => iteration["type"] === "compaction")
  const all = [raw, ...compactions]
  const sum = (count: (usage: Fields) => number): number => all.reduce((total, usage) => total + count(usage), 0)
  const cachedTokens = sum((usage) => countOf(usage["cache_read_input_tokens"]))
  const cacheWriteTokens = sum((usage) => countOf(usage["cache_creation_input_tokens"]))
  const tier = tierOf(raw)
  const geography = asText(raw["inference_geo"])
  const extra = Object.entries(raw).filter(([name, value]) => !counted.has(name) && value !== null)
  return {
    ...noUsage,
    inputTokens: sum((usage) => countOf(usage["input_tokens"])) + cachedTokens + cacheWriteTokens,
    cachedTokens,
    cacheWriteTokens,
    // The split by time to live comes only at the start of a stream; what is written later is in the total alone.
    cacheWrite1hTokens: Math.min(sum(hourly), cacheWriteTokens),
    outputTokens: sum((usage) => countOf(usage["output_tokens"])),
    reasoningTokens: countOf(asObject(raw["output_tokens_details"])?.["thinking_tokens"]),
    ...(tier === undefined ? {} : { serviceTier: tier }),
    ...(geography === undefined ? {} : { geography }),
    ...(extra.length === 0 ? {} : { extra: Object.fromEntries(extra) })
  }
}

const reasons: ReadonlyMap<string, FinishReason> = new Map([
  ["max_tokens", "length"],
  ["model_context_window_exceeded", "length"],
  ["refusal", "content_filter"]
])

/**
 * Anthropic's `stop_reason` in OpenAI's words: `tool_calls` whenever there are calls to run, whatever Anthropic calls
 * it, unless they were cut.
 */
export const finishReason = (stop: string | undefined, calls: number): FinishReason =>
  reasons.get(stop ?? "") ?? (calls > 0 ? "tool_calls" : "stop")

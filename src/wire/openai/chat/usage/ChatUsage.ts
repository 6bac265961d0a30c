import { asNumber, asObject, asText, countOf, type Fields, objectOf, unknownFields } from "../../../../domain/Fields.ts"
import type { Usage } from "../../../../domain/usage/Usage.ts"

const knownUsage: ReadonlySet<string> = new Set([
  "prompt_tokens",
  "completion_tokens",
  "total_tokens",
  "prompt_tokens_details",
  "completion_tokens_details",
  "input_tokens",
  "output_tokens"
])

/** OpenAI's `usage`, as OpenAI and the hosts that imitate it send it; `tier` is the `service_tier` beside it. */
export const usageOf = (usage: Fields, tier?: string): Usage => {
  const prompt = objectOf(usage["prompt_tokens_details"])
  const completion = objectOf(usage["completion_tokens_details"])
  const inputTokens = countOf(usage["prompt_tokens"] ?? usage["input_tokens"])
  const completionTokens = countOf(usage["completion_tokens"] ?? usage["output_tokens"])
  const reasoningTokens = countOf(completion["reasoning_tokens"] ?? usage["reasoning_tokens"])
  // xAI leaves reasoning out of `completion_tokens` and counts it in the total; OpenAI, and so we, count it in.
  const apart =
    reasoningTokens > 0 && countOf(usage["total_tokens"]) === inputTokens + completionTokens + reasoningTokens
  const cacheCreation = objectOf(prompt["cache_creation"])
  const cacheWrite1hTokens = countOf(cacheCreation["ephemeral_1h_input_tokens"])
  const extra = unknownFields(usage, knownUsage)
  return {
    inputTokens,
    // Together says `cached_tokens` flat, DeepSeek `prompt_cache_hit_tokens`.
    cachedTokens: countOf(prompt["cached_tokens"] ?? usage["cached_tokens"] ?? usage["prompt_cache_hit_tokens"]),
    cacheWriteTokens: countOf(
      // Vercel's gateway says it flat.
      prompt["cache_write_tokens"] ??
        usage["cache_creation_input_tokens"] ??
        (asNumber(cacheCreation["ephemeral_5m_input_tokens"]) ?? 0) + cacheWrite1hTokens
    ),
    cacheWrite1hTokens,
    outputTokens: apart ? completionTokens + reasoningTokens : completionTokens,
    reasoningTokens,
    inputAudioTokens: countOf(prompt["audio_tokens"]),
    outputAudioTokens: countOf(completion["audio_tokens"]),
    inputImageTokens: countOf(prompt["image_tokens"]),
    acceptedPredictionTokens: countOf(completion["accepted_prediction_tokens"]),
    rejectedPredictionTokens: countOf(completion["rejected_prediction_tokens"]),
    ...(tier === undefined ? {} : { serviceTier: tier }),
    ...(extra === undefined ? {} : { extra })
  }
}

/** The tier that a chunk or a body says it was served in; `auto` is what was asked for, not what was done. */
const tierIn = (event: Fields): string | undefined => {
  const tier = asText(event["service_tier"])?.toLowerCase()
  return tier === "" || tier === "auto" ? undefined : tier
}

/** Where a chunk or a body carries its usage: `usage`, or `x_groq.usage`; some hosts put it into the choice. */
export const usageIn = (event: Fields): Usage | undefined => {
  const usage = asObject(event["usage"]) ?? asObject(objectOf(event["x_groq"])["usage"])
  // A body with `usage: {}` has said nothing.
  return usage === undefined || Object.keys(usage).length === 0 ? undefined : usageOf(usage, tierIn(event))
}

/** Our usage in OpenAI's words; every detail is there, because AssemblyAI's client requires them all. */
export const chatUsage = (usage: Usage): Fields => ({
  prompt_tokens: usage.inputTokens,
  completion_tokens: usage.outputTokens,
  total_tokens: usage.inputTokens + usage.outputTokens,
  prompt_tokens_details: {
    cached_tokens: usage.cachedTokens,
    cache_write_tokens: usage.cacheWriteTokens,
    audio_tokens: usage.inputAudioTokens,
    ...(usage.inputImageTokens > 0 ? { image_tokens: usage.inputImageTokens } : {}),
    ...(usage.cacheWriteTokens > 0
      ? {
          cache_creation: {
            ephemeral_5m_input_tokens: usage.cacheWriteTokens - usage.cacheWrite1hTokens,
            ephemeral_1h_input_tokens: usage.cacheWrite1hTokens
          }
        }
      : {})
  },
  completion_tokens_details: {
    reasoning_tokens: usage.reasoningTokens,
    audio_tokens: usage.outputAudioTokens,
    accepted_prediction_tokens: usage.acceptedPredictionTokens,
    rejected_prediction_tokens: usage.rejectedPredictionTokens
  },
  ...usage.extra
})

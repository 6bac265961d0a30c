import { asNumber, asText, countOf, type Fields, listOf, objectOf, unknownFields } from "../../domain/Fields.ts"
import type { Usage } from "../../domain/usage/Usage.ts"

const known = new Set([
  "promptTokenCount",
  "toolUsePromptTokenCount",
  "cachedContentTokenCount",
  "candidatesTokenCount",
  "thoughtsTokenCount",
  "totalTokenCount",
  "promptTokensDetails",
  "toolUsePromptTokensDetails",
  "cacheTokensDetails",
  "candidatesTokensDetails"
])

/** Gemini's `usageMetadata` as ours; nothing when it holds no count (Vertex sends `{trafficType}` in most chunks). */
export const usage = (metadata: Fields): Usage | undefined => {
  const counted = asNumber(metadata["promptTokenCount"]) ?? asNumber(metadata["totalTokenCount"])
  if (counted === undefined && asNumber(metadata["candidatesTokenCount"]) === undefined) return undefined
  const reasoningTokens = countOf(metadata["thoughtsTokenCount"])
  const prompt = metadata["promptTokensDetails"]
  const tools = metadata["toolUsePromptTokensDetails"]
  const cachedAudioTokens = tokensOf(metadata["cacheTokensDetails"], "AUDIO")
  const cachedImageTokens = tokensOf(metadata["cacheTokensDetails"], "IMAGE")
  // The Gemini API says `serviceTier`, Vertex `trafficType` (`ON_DEMAND`, `PROVISIONED_THROUGHPUT`…).
  const tier = asText(metadata["serviceTier"]) ?? asText(metadata["trafficType"])
  const extra = unknownFields(metadata, known)
  return {
    // What built-in tools fed back is billed as input, and counted apart from the prompt.
    inputTokens: countOf(metadata["promptTokenCount"]) + countOf(metadata["toolUsePromptTokenCount"]),
    cachedTokens: countOf(metadata["cachedContentTokenCount"]),
    cacheWriteTokens: 0,
    cacheWrite1hTokens: 0,
    // Gemini's candidates leave thoughts out; OpenAI's output counts them in.
    outputTokens: countOf(metadata["candidatesTokenCount"]) + reasoningTokens,
    reasoningTokens,
    inputAudioTokens: tokensOf(prompt, "AUDIO") + tokensOf(tools, "AUDIO"),
    outputAudioTokens: tokensOf(metadata["candidatesTokensDetails"], "AUDIO"),
    inputImageTokens: tokensOf(prompt, "IMAGE") + tokensOf(tools, "IMAGE"),
    ...(cachedAudioTokens === 0 ? {} : { cachedAudioTokens }),
    ...(cachedImageTokens === 0 ? {} : { cachedImageTokens }),
    acceptedPredictionTokens: 0,
    rejectedPredictionTokens: 0,
    ...(tier === undefined ? {} : { serviceTier: tier.toLowerCase() }),
    ...(extra === undefined ? {} : { extra })
  }
}

const tokensOf = (details: unknown, modality: string): number => {
  let tokens = 0
  for (const detail of listOf(details)) {
    const fields = objectOf(detail)
    if (asText(fields["modality"]) === modality) tokens += countOf(fields["tokenCount"])
  }
  return tokens
}

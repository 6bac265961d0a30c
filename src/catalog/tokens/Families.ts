import type { Model } from "../../domain/Model.ts"

/** OpenAI's two vocabularies that are in use: the one of today, and the one of GPT-4 and GPT-3.5. */
export type Encoding = "o200k_base" | "cl100k_base"

/** How a model's tokens are counted. */
export interface Family {
  readonly encoding: Encoding
  /** Its tokens for one of that vocabulary. */
  readonly factor: number
}

const newest: Family = { encoding: "o200k_base", factor: 1 }
const older: Family = { encoding: "cl100k_base", factor: 1 }

/** gpt-4, gpt-4-turbo, gpt-3.5-turbo; not gpt-4o or gpt-4.1. */
const olderNames = /\bgpt-(?:3\.5|4(?![.\do]))/i

/** Claude from Opus 4.7 and the fifth generation on splits text finer than its elders. */
const finerClaude = /opus-4-[7-9]|(?:opus|sonnet|haiku|fable|mythos)-[5-9]/i

/**
 * Makers do not publish the vocabularies of most other models; these factors are what recorded answers have for a token
 * of o200k_base. Their median error in answers of twenty tokens and more, where no reasoning was hidden: 2 % for Qwen
 * and DeepSeek, 4 % for Claude and Llama, 5 % for GPT and GLM, 10 % for Gemini; 21 % for gpt-oss, which adds ten tokens
 * of framing to each answer. In answers of hundreds of tokens it is 3 % and less for all.
 */
const factors: ReadonlyArray<readonly [name: RegExp, factor: number]> = [
  [/claude/i, 1.17],
  [/gemini|gemma/i, 1.05],
  [/gpt|qwen|qwq|grok|mistral|magistral|codestral/i, 1],
  [/llama|deepseek/i, 1.03],
  [/glm|kimi|minimax/i, 1.1]
]

/** Factor of a model that nothing is known of: rather too many tokens than too few. */
const unknownFactor = 1.1

/** How the tokens of a model are counted. */
export const familyOf = ({ name, rules }: Model): Family => {
  if (rules.language === "openai") return olderNames.test(name) ? older : newest
  // Anthropic says up to 1.35 times as many as before; the recorded ones have 1.25.
  if ((rules.language === "anthropic" || /claude/i.test(name)) && finerClaude.test(name))
    return { ...newest, factor: 1.45 }
  if (olderNames.test(name)) return older
  const known = factors.find(([pattern]) => pattern.test(name))
  return { ...newest, factor: known?.[1] ?? (rules.language === "anthropic" ? 1.17 : unknownFactor) }
}

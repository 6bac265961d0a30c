import type { FilePart, Part } from "../../domain/Message.ts"
import type { Model } from "../../domain/Model.ts"
import type { TextCounts } from "../../domain/usage/TextTally.ts"
import { type Family, familyOf } from "./Families.ts"
import { mediaTokens } from "./MediaTokens.ts"

/** Tokens of each kind of character, at the most, in the vocabulary that a family's tokens are counted by; what is not here has one. */
interface Weights {
  /** For each number, and for each of its digits. */
  readonly numbers: number
  readonly digits: number
  readonly accented: number
  readonly indic: number
  readonly wide: number
}

/** OpenAI's vocabularies have all numbers of three digits. */
const byThrees = { numbers: 2 / 3, digits: 1 / 3 }
const newest: Weights = { ...byThrees, accented: 1, indic: 1, wide: 1.5 }
const older: Weights = { ...byThrees, accented: 2, indic: 3, wide: 2 }
/** Some of the others split numbers into digits, and know fewer languages. */
const others: Weights = { numbers: 0, digits: 1, accented: 1, indic: 2, wide: 1.5 }

/**
 * For Latin letters. A token of prose has five of them and one of random letters two, in words of any length; most words of prose are one token and those of
 * random letters are at least one.
 */
const latin = { words: 0.65, prose: 0.35, letters: 0.5 } as const

const weightsOf = ({ encoding }: Family, { rules }: Model): Weights => {
  if (encoding === "cl100k_base") return older
  return rules.language === "openai" ? newest : others
}

/** Tokens of a text, rather too many than too few, whatever it says and without reading it again: no vocabulary has more tokens than bytes. */
export const mostTextTokens = (text: TextCounts, model: Model): number => {
  const family = familyOf(model)
  const weights = weightsOf(family, model)
  const tokens =
    text.words * latin.words +
    text.prose * latin.prose +
    text.letters * latin.letters +
    text.numbers * weights.numbers +
    text.digits * weights.digits +
    text.signs +
    text.blanks +
    text.accented * weights.accented +
    text.indic * weights.indic +
    text.wide * weights.wide +
    text.rare
  return Math.min(tokens * family.factor, text.bytes) + text.unread
}

/** What providers put before the prompt, in tokens, at the most: where there are tools or a schema for the answer, and always. */
export const mostAround = ({ name, rules }: Model, hasTools: boolean): number => {
  const always = name.includes("gpt-oss") ? 100 : 0
  if (!hasTools) return always
  if (rules.language === "anthropic") return always + 700
  return always + (rules.language === "compatible" ? 300 : 50)
}

/** Tokens of one image: the largest that Anthropic and OpenAI count for one of their highest resolution. */
const imageTokens = 5_000
/** Characters of base64 in one token of sound: the poorest MP3 has 5 kB a second, for which Gemini counts 32 tokens and OpenAI 10. */
const soundPerToken = 50
/** Characters of base64 in one token of a document whose text is compressed, at the least. */
const documentPerToken = 3

/** Tokens of a part that is no text, at the most; 0 for text. */
export const mostMediaTokens = (part: Part, model: Model): number => {
  switch (part.type) {
    case "image":
      return Math.max(imageTokens, Math.ceil(mediaTokens(part, model)))
    case "audio":
      return Math.ceil(Math.max(part.data.length / soundPerToken, mediaTokens(part, model)))
    case "file":
      return Math.ceil(Math.max(tokensOfFile(part, model), mediaTokens(part, model)))
    default:
      return 0
  }
}

const tokensOfFile = ({ data }: FilePart, { maxInputTokens, contextTokens }: Model): number => {
  // A document elsewhere may be as long as the model takes.
  if (data === undefined) return maxInputTokens ?? contextTokens ?? 0
  return data.startsWith("data:text/") ? data.length * 0.75 : data.length / documentPerToken
}

import type { FilePart, Part } from "../../domain/Message.ts"
import type { Model } from "../../domain/Model.ts"
import type { TextCounts } from "../../domain/usage/TextTally.ts"
import { type Family, familyOf } from "./Families.ts"
import { mediaTokens } from "./MediaTokens.ts"

/**
 * Tokens of each kind of character, at the most, in the vocabulary that a family's tokens are counted by; what is not
 * here has one.
 */
interface Weights {
  readonly words: number
  readonly bound: number
  readonly tied: number
  readonly loose: number
  readonly apart: number
  /** For each number, and for each of its digits. */
  readonly numbers: number
  readonly digits: number
  readonly accented: number
  readonly indic: number
  readonly wide: number
  readonly korean: number
}

/** What words of letters at random have, and a few per cent: of any letters, and of those that sound like words. */
const latin = { words: 1.05, bound: 0.1, tied: 0.57, loose: 0.85, apart: 1.48 }
/** OpenAI's vocabularies have all numbers of three digits. */
const byThrees = { numbers: 2 / 3, digits: 1 / 3 }
const newest: Weights = { ...latin, ...byThrees, accented: 1.03, indic: 1.85, wide: 1.6, korean: 2 }
const older: Weights = {
  ...byThrees,
  words: 1.05,
  bound: 0.1,
  tied: 0.65,
  loose: 0.92,
  apart: 1.6,
  accented: 2,
  indic: 3,
  wide: 2.25,
  korean: 2.5
}
/** Some of the others split numbers into digits, and know fewer languages. */
const others: Weights = { ...newest, numbers: 0, digits: 1, indic: 2 }

const weightsOf = ({ encoding }: Family, { rules }: Model): Weights => {
  if (encoding === "cl100k_base") return older
  return rules.language === "openai" ? newest : others
}

/**
 * Tokens of a text, rather too many than too few, whatever it says and without reading it again: no vocabulary has more
 * tokens than bytes.
 */
export const mostTextTokens = (text: TextCounts, model: Model): number => {
  const family = familyOf(model)
  const weights = weightsOf(family, model)
  const tokens =
    text.words * weights.words +
    text.bound * weights.bound +
    text.tied * weights.tied +
    text.loose * weights.loose +
    text.apart * weights.apart +
    text.numbers * weights.numbers +
    text.digits * weights.digits +
    text.signs +
    text.blanks +
    text.accented * weights.accented +
    text.indic * weights.indic +
    text.wide * weights.wide +
    text.korean * weights.korean +
    text.rare
  return Math.min(tokens * family.factor, text.bytes) + text.unread
}

/** What providers put before the prompt, in tokens, at the most: where there are tools or a schema, and always. */
export const mostAround = ({ name, rules }: Model, hasTools: boolean): number => {
  const always = name.includes("gpt-oss") ? 100 : 0
  if (!hasTools) return always
  if (rules.language === "anthropic") return always + 700
  return always + (rules.language === "compatible" ? 300 : 50)
}

/** Tokens of one image: the largest that Anthropic and OpenAI count for one of their highest resolution. */
const imageTokens = 5_000
/**
 * Characters of base64 in one token of sound: the poorest MP3 has 5 kB a second, for which Gemini counts 32 tokens and
 * OpenAI 10.
 */
const soundPerToken = 50
/** Tokens of one page of a document, as text and as a picture. */
const pageTokens = 5_000

/**
 * Tokens of a part that is no text, at the most; 0 for text. A document has its bytes, and the pages of a PDF that are
 * seen in them: pages inside compressed object streams are not seen.
 */
export const mostMediaTokens = (part: Part, model: Model): number => {
  switch (part.type) {
    case "image":
      return Math.max(imageTokens, Math.ceil(mediaTokens(part, model)))
    case "audio":
      return Math.ceil(Math.max(part.data.length / soundPerToken, mediaTokens(part, model)))
    case "file":
      return Math.ceil(Math.min(Math.max(tokensOfFile(part, model), mediaTokens(part, model)), longest(model)))
    default:
      return 0
  }
}

/** Tokens that a model takes, where that is known. */
const longest = ({ maxInputTokens = Number.POSITIVE_INFINITY, contextTokens = maxInputTokens }: Model): number =>
  Math.min(maxInputTokens, contextTokens)

const tokensOfFile = ({ data }: FilePart, model: Model): number => {
  const most = longest(model)
  // A document elsewhere may be as long as the model takes.
  if (data === undefined) return Number.isFinite(most) ? most : 0
  const base64 = data.slice(data.indexOf(",") + 1)
  const bytes = base64.length * 0.75
  // Of a document with more bytes than a model takes tokens, the pages do not matter.
  if (data.startsWith("data:text/") || bytes >= Math.min(most, mostSearched)) return bytes
  return bytes + pagesIn(Buffer.from(base64, "base64")) * pageTokens
}

/** Bytes in which pages are sought, in some milliseconds: more are more tokens than any model takes. */
const mostSearched = 2 * 1024 * 1024
/** An object of a PDF that is a page, and not the tree of its `/Pages`. */
const page = /\/Type[\s\0]*\/Page(?![A-Za-z])/g

const pagesIn = (document: Buffer): number => document.toString("latin1").match(page)?.length ?? 0

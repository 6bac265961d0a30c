import type { FilePart, ImagePart, Part } from "../../domain/Message.ts"
import type { Model } from "../../domain/Model.ts"

/**
 * Tokens of a picture of the size to which providers reduce large ones: four tiles with GPT-4o, 1.15 megapixels with
 * Claude, high resolution with Gemini 3.
 */
const imageTokens = 1_600
/** OpenAI's `detail: "low"`. */
const lowDetailTokens = 85
/** GPT-4o mini counts pictures as so many times the tokens of GPT-4o. */
const miniFactor = 33.4

/** Tokens of a second of sound. */
const audioTokensPerSecond = { gemini: 32, other: 10 } as const
/** Bytes of a second, at the least: speech at 16 kHz, and MP3 at 32 kbit/s. */
const waveBytesPerSecond = 32_000
const packedBytesPerSecond = 4_000

/** Tokens of a page of a document, as text and as a picture, and bytes of a page. */
const pageTokens = 2_000
const pageBytes = 50_000
/** Pages of a document that is given by address or id. */
const unseenPages = 10

/**
 * Tokens of a part that is no text, as many as it is likely to have at the most; 0 for text. Pictures are not opened:
 * each counts as a large one. Sound counts by its length in bytes at a low bit rate, a document by its length in bytes
 * at 50 kB a page.
 */
export const mediaTokens = (part: Part, model: Model): number => {
  switch (part.type) {
    case "image":
      return tokensOfImage(part, model)
    case "audio": {
      const bytes = bytesOf(part.data)
      const isPacked = part.format !== "wav" && !part.format.startsWith("pcm")
      const perSecond = model.rules.language === "gemini" ? audioTokensPerSecond.gemini : audioTokensPerSecond.other
      return (bytes / (isPacked ? packedBytesPerSecond : waveBytesPerSecond)) * perSecond
    }
    case "file":
      return pagesOf(part) * pageTokens
    default:
      return 0
  }
}

const tokensOfImage = ({ detail }: ImagePart, { name, rules }: Model): number => {
  if (rules.language !== "openai") return imageTokens
  const tokens = detail === "low" ? lowDetailTokens : imageTokens
  return name.includes("gpt-4o-mini") ? tokens * miniFactor : tokens
}

const pagesOf = ({ data }: FilePart): number =>
  data === undefined ? unseenPages : Math.max(1, Math.ceil(bytesOf(data) / pageBytes))

/** Bytes of base64 text. */
const bytesOf = (base64: string): number => base64.length * 0.75

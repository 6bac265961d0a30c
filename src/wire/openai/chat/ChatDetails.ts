import { asText, type Fields, textOf } from "../../../domain/Fields.ts"
import type { ReasoningDetail, ReasoningFormat } from "../../../domain/Reasoning.ts"

const formats: ReadonlyMap<string, ReasoningFormat> = new Map([
  ["anthropic-claude-v1", "anthropic-claude-v1"],
  ["openai-responses-v1", "openai-responses-v1"],
  ["google-gemini-v1", "google-gemini-v1"]
])

/**
 * An element of `reasoning_details` (OpenRouter's form, and so ours) as our detail; nothing when it is of no kind that
 * we know.
 */
export const detailOf = (piece: Fields, index: number): ReasoningDetail | undefined => {
  const type = piece["type"]
  if (type !== "reasoning.text" && type !== "reasoning.encrypted" && type !== "reasoning.summary") return undefined
  const optional = (name: "text" | "summary" | "data" | "signature" | "id") => {
    const value = asText(piece[name])
    return value === undefined ? {} : { [name]: value }
  }
  return {
    type,
    format: formats.get(textOf(piece["format"])) ?? "unknown",
    ...optional("text"),
    ...optional("summary"),
    ...optional("data"),
    ...optional("signature"),
    ...optional("id"),
    index
  }
}

/** A reasoning piece as an element of `reasoning_details`. */
export const chatDetail = ({ type, format, index, ...rest }: ReasoningDetail): Fields => ({
  type,
  ...rest,
  format,
  index
})

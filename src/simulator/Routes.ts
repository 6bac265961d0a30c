import { AnthropicMessages } from "./languages/anthropic/AnthropicMessages.ts"
import { GeminiContent } from "./languages/gemini/GeminiContent.ts"
import type { Language } from "./languages/Language.ts"
import { OpenAiChat } from "./languages/openai/OpenAiChat.ts"
import { OpenAiResponses } from "./languages/openai/OpenAiResponses.ts"

/** Where a request goes. */
export type Route =
  | {
      readonly kind: "answer"
      readonly language: Language
      /** Google's languages name the model, and whether to stream, in the path. */
      readonly model?: string
      readonly stream?: boolean
      /** The stream is a JSON list, as Google sends without `alt=sse`. */
      readonly list: boolean
    }
  | { readonly kind: "models"; readonly form: "openai" | "anthropic" | "gemini" }
  /** `model`: only requests whose model's name contains it. */
  | { readonly kind: "log"; readonly model: string }
  | { readonly kind: "clear" }
  | { readonly kind: "vocabulary" }
  | { readonly kind: "unknown" }

const unknown: Route = { kind: "unknown" }

/** The ends of paths, so that base addresses with and without `/v1` and other prefixes work. */
const ends: ReadonlyArray<readonly [string, Language]> = [
  ["/chat/completions", OpenAiChat],
  ["/responses", OpenAiResponses],
  ["/messages", AnthropicMessages]
]

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** Reads method and address. */
export const route = (method: string, address: string, isAnthropic: boolean): Route => {
  const mark = address.indexOf("?")
  const path = mark < 0 ? address : address.slice(0, mark)
  const query = mark < 0 ? "" : address.slice(mark + 1)
  if (path === "/_simulator/log") {
    if (method === "GET") return { kind: "log", model: new URLSearchParams(query).get("model") ?? "" }
    return method === "DELETE" ? { kind: "clear" } : unknown
  }
  if (method === "GET") {
    if (path === "/_simulator/models") return { kind: "vocabulary" }
    if (!path.endsWith("/models")) return unknown
    return { kind: "models", form: path.includes("/v1beta") ? "gemini" : isAnthropic ? "anthropic" : "openai" }
  }
  if (method !== "POST") return unknown
  const [, model, verb] = /\/models\/(.+):(generateContent|streamGenerateContent)$/.exec(decoded(path)) ?? []
  if (model !== undefined) {
    const stream = verb === "streamGenerateContent"
    const list = stream && new URLSearchParams(query).get("alt") !== "sse"
    return { kind: "answer", language: GeminiContent, model, stream, list }
  }
  const language = ends.find(([end]) => path.endsWith(end))?.[1]
  return language === undefined ? unknown : { kind: "answer", language, list: false }
}

import { Redacted } from "effect"
import type { Model } from "../domain/Model.ts"
import type { Request } from "../domain/Request.ts"
import { language, type Language } from "./Language.ts"
import type { Quirks } from "./Protocol.ts"
import { AnthropicMessages } from "./protocols/AnthropicMessages.ts"
import { GeminiContent } from "./protocols/GeminiContent.ts"
import { OpenAiChat } from "./protocols/OpenAiChat.ts"
import { OpenAiResponses } from "./protocols/OpenAiResponses.ts"

/** A place where models run: a language, an address and a way to sign. */
export interface Deployment {
  readonly provider: string
  /** Without a trailing slash; the language's paths are appended. */
  readonly baseUrl: string
  readonly languageFor: (request: Request, model: Model) => Language
  /** Where a caller's OpenAI chat body may be sent as it came, when nothing in it has to be rewritten. */
  readonly verbatim?: { readonly language: Language; readonly path: string }
  readonly quirks: Quirks
  /** Headers of every request, credentials included: behind a function, so that they are not printed with the deployment. */
  readonly sign: () => Readonly<Record<string, string>>
}

/** Where a deployment is and what it takes to be let in. */
export interface Address {
  readonly provider: string
  readonly baseUrl: string
  readonly key?: Redacted.Redacted<string>
  /** Further headers for every request; their values may be secret. */
  readonly headers?: Readonly<Record<string, Redacted.Redacted<string>>>
}

const chat = language(OpenAiChat)
const responses = language(OpenAiResponses)
const messages = language(AnthropicMessages)
const content = language(GeminiContent)

const always = (headers: Readonly<Record<string, string>>) => () => headers

const base = (address: Address): Record<string, string> => {
  const headers: Record<string, string> = {
    "content-type": "application/json",
    // Bun would ask for compression, and then hold small events back while it unpacks them.
    "accept-encoding": "identity"
  }
  for (const [name, value] of Object.entries(address.headers ?? {})) headers[name.toLowerCase()] = Redacted.value(value)
  return headers
}

const bearer = (address: Address): Deployment["sign"] =>
  always({
    ...base(address),
    ...(address.key === undefined ? {} : { authorization: `Bearer ${Redacted.value(address.key)}` })
  })

/** Whether a chat model must be asked through /responses: some always, some once function tools meet reasoning (gpt-5.6 refuses that in chat). */
const needsResponses = (request: Request, model: Model): boolean => {
  if (model.rules.language !== "openai" || model.rules.api === "chat") return false
  if (model.rules.api === "responses") return true
  const effort = request.reasoning?.effort
  if (effort === "none" || (effort === undefined && model.rules.api === "responses-for-tools-with-effort")) return false
  return request.tools.some((tool) => tool.kind === "function")
}

/** api.openai.com, or another address of OpenAI's own. */
export const openAi = (address: Address): Deployment => ({
  provider: address.provider,
  baseUrl: address.baseUrl,
  languageFor: (request, model) => (needsResponses(request, model) ? responses : chat),
  verbatim: { language: chat, path: "/chat/completions" },
  quirks: { regular: true },
  sign: bearer(address)
})

/** A server that speaks OpenAI's chat completions but is not OpenAI. */
export const compatible = (address: Address): Deployment => ({
  provider: address.provider,
  baseUrl: address.baseUrl,
  languageFor: () => chat,
  quirks: { compatible: true },
  sign: bearer(address)
})

/** Baseten's Model APIs. */
export const baseten = compatible

/** `version`: on 2026-10-21 every sampling parameter is refused, so the version that all models take is the default. */
export const anthropic = (address: Address, version = "2023-06-01"): Deployment => ({
  provider: address.provider,
  baseUrl: address.baseUrl,
  languageFor: () => messages,
  quirks: {},
  sign: always({
    ...base(address),
    "anthropic-version": version,
    ...(address.key === undefined ? {} : { "x-api-key": Redacted.value(address.key) })
  })
})

/** The Gemini API. The key goes into a header, never into the address: addresses get logged. */
export const google = (address: Address): Deployment => ({
  provider: address.provider,
  baseUrl: address.baseUrl,
  languageFor: () => content,
  quirks: {},
  sign: always({
    ...base(address),
    ...(address.key === undefined ? {} : { "x-goog-api-key": Redacted.value(address.key) })
  })
})

/** The simulator: OpenAI's own manner, so that what a newcomer sees is what OpenAI's models do. */
export const simulated = openAi

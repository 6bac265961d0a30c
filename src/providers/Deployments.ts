import { Redacted } from "effect"
import type { Model } from "../domain/Model.ts"
import type { Request } from "../domain/Request.ts"
import { language, type Language } from "./Language.ts"
import type { Quirks } from "./Protocol.ts"
import { AnthropicMessages } from "./protocols/AnthropicMessages.ts"
import { GeminiContent } from "./protocols/GeminiContent.ts"
import { OpenAiChat } from "./protocols/OpenAiChat.ts"
import { OpenAiResponses } from "./protocols/OpenAiResponses.ts"

/** A server and the key that it is asked with. */
export interface Place {
  /** Without a trailing slash; the language's paths are appended. Names the place's host to the breakers. */
  readonly address: string
  /** Tells it from the provider's other addresses: the name in the configuration, or its place there. */
  readonly region?: string
  /** Absent where there is one key without a name, or none. */
  readonly keyAlias: string | undefined
  /** Headers of every request, credentials included: behind a function, so that they are not printed with the place. */
  readonly sign: () => Readonly<Record<string, string>>
}

/** A provider: a language, and where and how it is asked. */
export interface Deployment {
  readonly provider: string
  /** At least one, in the order in which they are tried: every key at the first address, then at the next. */
  readonly places: ReadonlyArray<Place>
  readonly languageFor: (request: Request, model: Model) => Language
  /** Where a caller's OpenAI chat body may be sent as it came, when nothing in it has to be rewritten. */
  readonly verbatim?: { readonly language: Language; readonly path: string }
  readonly quirks: Quirks
}

/** A key of a provider; it has a name where there are several. */
export interface AccessKey {
  readonly alias?: string
  readonly key: Redacted.Redacted<string>
}

/** Where a provider is and what it takes to be let in. */
export interface Access {
  readonly provider: string
  /** At least one. */
  readonly baseUrls: ReadonlyArray<{ readonly url: string; readonly region?: string }>
  /** Empty for a server that takes none. */
  readonly keys: ReadonlyArray<AccessKey>
  /** Further headers for every request; their values may be secret. */
  readonly headers?: Readonly<Record<string, Redacted.Redacted<string>>>
}

const chat = language(OpenAiChat)
const responses = language(OpenAiResponses)
const messages = language(AnthropicMessages)
const content = language(GeminiContent)

const base = ({ headers }: Access): Record<string, string> => {
  const common: Record<string, string> = {
    "content-type": "application/json",
    // Compressed, small events would be held back while they are unpacked.
    "accept-encoding": "identity"
  }
  for (const [name, value] of Object.entries(headers ?? {})) common[name.toLowerCase()] = Redacted.value(value)
  return common
}

/** Every key at every address. `credentials` are the headers that carry a key. */
const placesOf = (
  access: Access,
  credentials: (key: string) => Readonly<Record<string, string>>,
  further: Readonly<Record<string, string>> = {}
): ReadonlyArray<Place> => {
  const common = { ...base(access), ...further }
  const keys: ReadonlyArray<AccessKey | undefined> = access.keys.length === 0 ? [undefined] : access.keys
  return access.baseUrls.flatMap(({ url, region }, index) => {
    // Without a name an address is told by its place in the list, where there are several.
    const name = region ?? (access.baseUrls.length > 1 ? String(index + 1) : undefined)
    return keys.map((key): Place => {
      const headers = key === undefined ? common : { ...common, ...credentials(Redacted.value(key.key)) }
      return {
        address: url,
        ...(name === undefined ? {} : { region: name }),
        keyAlias: key?.alias,
        sign: () => headers
      }
    })
  })
}

const bearer = (access: Access): ReadonlyArray<Place> => placesOf(access, (key) => ({ authorization: `Bearer ${key}` }))

/**
 * Whether a chat model must be asked through /responses: some always, some once function tools meet reasoning (gpt-5.6
 * refuses that in chat).
 */
const needsResponses = (request: Request, model: Model): boolean => {
  if (model.rules.language !== "openai" || model.rules.api === "chat") return false
  if (model.rules.api === "responses") return true
  const effort = request.reasoning?.effort
  if (effort === "none" || (effort === undefined && model.rules.api === "responses-for-tools-with-effort")) return false
  return request.tools.some((tool) => tool.kind === "function")
}

/** api.openai.com, or another address of OpenAI's own. */
export const openAi = (access: Access): Deployment => ({
  provider: access.provider,
  places: bearer(access),
  languageFor: (request, model) => (needsResponses(request, model) ? responses : chat),
  verbatim: { language: chat, path: "/chat/completions" },
  quirks: { regular: true }
})

/** A server that speaks OpenAI's chat completions but is not OpenAI. */
export const compatible = (access: Access): Deployment => ({
  provider: access.provider,
  places: bearer(access),
  languageFor: () => chat,
  quirks: { compatible: true }
})

/** Baseten's Model APIs. */
export const baseten = compatible

/** `version`: on 2026-10-21 every sampling parameter is refused, so the version that all models take is the default. */
export const anthropic = (access: Access, version = "2023-06-01"): Deployment => ({
  provider: access.provider,
  places: placesOf(access, (key) => ({ "x-api-key": key }), { "anthropic-version": version }),
  languageFor: () => messages,
  quirks: {}
})

/** The Gemini API. The key goes into a header, never into the address: addresses get logged. */
export const google = (access: Access): Deployment => ({
  provider: access.provider,
  places: placesOf(access, (key) => ({ "x-goog-api-key": key })),
  languageFor: () => content,
  quirks: {}
})

/** The simulator: OpenAI's own manner, so that what a newcomer sees is what OpenAI's models do. */
export const simulated = openAi

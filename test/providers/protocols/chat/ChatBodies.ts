import { Result } from "effect"
import type { Fields } from "../../../../src/domain/Fields.ts"
import type { CompatibleRules, Model, OpenAiRules, Rules } from "../../../../src/domain/Model.ts"
import type { Preparing, Quirks, Remembered } from "../../../../src/providers/Protocol.ts"
import { OpenAiChat } from "../../../../src/providers/protocols/OpenAiChat.ts"
import { readChat } from "../../../../src/wire/openai/chat/ChatRead.ts"

/**
 * OpenAI's model rules, by the table of model rules: the old models, o-series and gpt-5, gpt-5.1 and later, o1-mini.
 */
export const openAiRules = {
  old: { language: "openai", api: "chat", reasoning: false, sampling: "always", systemRole: "system" },
  reasoning: { language: "openai", api: "chat", reasoning: true, sampling: "never", systemRole: "developer" },
  switchable: {
    language: "openai",
    api: "chat",
    reasoning: true,
    sampling: "without-reasoning",
    systemRole: "developer"
  },
  o1Mini: { language: "openai", api: "chat", reasoning: true, sampling: "never", systemRole: "user" }
} as const satisfies Readonly<Record<string, OpenAiRules>>

/** A host that takes everything that hosts take. */
export const compatibleRules: CompatibleRules = {
  language: "compatible",
  reasoningSwitch: "effort",
  reasoningBack: false,
  parallelToolCalls: true
}

/** Bounds that no test comes near. */
export const limits = { depth: 32, messages: 1000, tools: 100, schemaBytes: 100_000 }

/** How a request is written, besides the rules. */
export interface How {
  readonly quirks?: Quirks
  readonly recall?: (callId: string) => Remembered | undefined
  readonly name?: string
}

const modelOf = (rules: Rules, name: string): Model => ({
  id: `provider/${name}`,
  provider: "provider",
  name,
  rules,
  prices: [],
  listed: true
})

/** What goes out for a body of a chat request that came in; the least that one needs is filled in. */
export const prepared = (rules: Rules, asked: Fields, how: How = {}) => {
  const body = { model: "m", messages: [{ role: "user", content: "Hi" }], ...asked }
  const request = Result.getOrThrow(readChat(body, { text: JSON.stringify(body), caller: "test" }, limits)).request()
  const preparing: Preparing = {
    model: modelOf(rules, how.name ?? "their-name"),
    stream: request.stream,
    recall: how.recall ?? (() => undefined),
    quirks: how.quirks ?? (rules.language === "openai" ? { regular: true } : { compatible: true })
  }
  return OpenAiChat.prepare(request, preparing)
}

/** The body that goes out, without what every body has. */
export const bodyOf = (rules: Rules, asked: Fields, how?: How): Fields => {
  const { model: _model, messages, ...rest } = Result.getOrThrow(prepared(rules, asked, how)).body
  return asked["messages"] === undefined ? rest : { messages, ...rest }
}

/** The names of what was left out. */
export const droppedOf = (rules: Rules, asked: Fields, how?: How): ReadonlyArray<string> =>
  Result.getOrThrow(prepared(rules, asked, how)).dropped

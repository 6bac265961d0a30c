import { Result } from "effect"
import type { Failure } from "../../../src/domain/Failure.ts"
import { listOf, objectOf, type Fields } from "../../../src/domain/Fields.ts"
import type { Message } from "../../../src/domain/Message.ts"
import type { AnthropicRules, Model } from "../../../src/domain/Model.ts"
import type { ReasoningDetail } from "../../../src/domain/Reasoning.ts"
import type { Request } from "../../../src/domain/Request.ts"
import { messagesBody, type MessagesBody } from "../../../src/wire/anthropic/Body.ts"

/** Rules like those of the 4.5 models: budgets, prefill, one of temperature and top_p. */
export const budgetRules: AnthropicRules = {
  language: "anthropic",
  sampling: "one-of",
  thinking: "budget",
  thinkingOff: "yes",
  thinksByDefault: false,
  forcedToolChoice: "without-thinking",
  prefill: true,
  structured: true,
  lateSystem: false
}

/** Rules like those of opus-4-8: adaptive, no sampling, no prefill. */
export const adaptiveRules: AnthropicRules = {
  ...budgetRules,
  sampling: "never",
  thinking: "adaptive",
  forcedToolChoice: "yes",
  prefill: false,
  lateSystem: true
}

/** Rules like those of opus-5-5: thinks always. */
export const alwaysRules: AnthropicRules = {
  ...adaptiveRules,
  thinkingOff: "no",
  thinksByDefault: true,
  forcedToolChoice: "no"
}

export const modelWith = (rules: Model["rules"], facts: Partial<Model> = {}): Model => ({
  id: "anthropic/claude-test",
  provider: "anthropic",
  name: "claude-test",
  maxOutputTokens: 64_000,
  rules,
  prices: [],
  listed: true,
  ...facts
})

export const requestWith = (fields: Partial<Request>): Request => ({
  model: "claude-test",
  messages: [{ role: "user", content: "Hi" }],
  stream: false,
  includeUsage: false,
  tools: [],
  requireParameters: false,
  legacyFunctions: false,
  ...fields
})

export interface Around {
  readonly rules?: Model["rules"]
  readonly facts?: Partial<Model>
  readonly recall?: (callId: string) => ReadonlyArray<ReasoningDetail> | undefined
}

export const written = (fields: Partial<Request>, around: Around = {}): Result.Result<MessagesBody, Failure> =>
  messagesBody(requestWith(fields), {
    model: modelWith(around.rules ?? budgetRules, around.facts),
    stream: true,
    recall: around.recall ?? (() => undefined)
  })

/** The body and what it leaves out, of a request that can be written. */
export const bodyOf = (fields: Partial<Request>, around: Around = {}): MessagesBody =>
  Result.getOrThrow(written(fields, around))

export const messagesIn = (messages: ReadonlyArray<Message>, around: Around = {}): unknown =>
  bodyOf({ messages }, around).body["messages"]

export const failureOf = (fields: Partial<Request>, around: Around = {}): Failure | undefined => {
  const made = written(fields, around)
  return Result.isFailure(made) ? made.failure : undefined
}

/** The body's value at a path. */
export const at = (body: Fields, ...path: ReadonlyArray<string | number>): unknown =>
  path.reduce<unknown>((value, step) => (typeof step === "number" ? listOf(value)[step] : objectOf(value)[step]), body)

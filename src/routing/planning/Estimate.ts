import { mostAround, mostMediaTokens, mostTextTokens } from "../../catalog/tokens/MostTokens.ts"
import type { Ask } from "../../domain/Ask.ts"
import type { Model, Price } from "../../domain/Model.ts"

/** What a model costs today, in nano-dollars a token; nothing when it is not known. */
export type Prices = (model: Model) => Price | undefined

/**
 * Tokens of the prompt, rather too many than too few: every word of the body counts, and media as much as they can at
 * the most. It may be more than the model is known to take: what is known may be older than the model, and then the
 * longer prompt is what costs.
 */
export const inputTokensAtMost = (ask: Ask, model: Model): number => {
  const { messages, tools, responseFormat } = ask.request()
  const hasTools = tools.length > 0 || responseFormat?.type === "json_schema"
  let tokens = Math.ceil(mostTextTokens(ask.text(), model)) + mostAround(model, hasTools)
  for (const { content } of messages) {
    if (typeof content === "string") continue
    for (const part of content) tokens += mostMediaTokens(part, model)
  }
  return tokens
}

/**
 * The longest answer that was asked for or that the model can give, as often as the request wants one; nothing when
 * neither is known.
 */
export const outputTokensAtMost = (ask: Ask, model: Model): number | undefined => {
  const { maxOutputTokens, choices } = ask.request()
  const longest = maxOutputTokens ?? model.maxOutputTokens
  return longest === undefined ? undefined : longest * (choices ?? 1)
}

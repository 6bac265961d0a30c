import { tokenPricesFor } from "../../catalog/Price.ts"
import { mostAround, mostMediaTokens, mostTextTokens } from "../../catalog/tokens/MostTokens.ts"
import type { Ask } from "../../domain/Ask.ts"
import type { Part } from "../../domain/Message.ts"
import type { Model, Price } from "../../domain/Model.ts"
import { hasCacheMarks, type Request } from "../../domain/Request.ts"

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

/**
 * What an answer may cost at most, in nano-dollars; `NaN` when a price or a length is not known, which is no more than
 * nothing.
 */
export const worstCost = (ask: Ask, model: Model, priceOf: Prices): number => {
  const request = ask.request()
  const price = priceOf(model)
  const output = outputTokensAtMost(ask, model)
  if (price === undefined || output === undefined || request.messages.some(isLongerThanItLooks)) return Number.NaN
  const input = inputTokensAtMost(ask, model)
  const prices = tokenPricesFor(price, input)
  const { cacheWrite5m = 0, cacheWrite1h = 0 } = hasCacheMarks(request) ? prices : {}
  return input * Math.max(prices.input, cacheWrite5m, cacheWrite1h) + output * prices.output
}

/** Media that are given by address, or by a provider's id, have as many tokens as they like. */
const isLongerThanItLooks = ({ content }: Request["messages"][number]): boolean =>
  typeof content !== "string" && content.some(isElsewhere)

const isElsewhere = (part: Part): boolean => {
  if (part.type === "image") return !part.url.startsWith("data:")
  return part.type === "file" && part.data === undefined
}

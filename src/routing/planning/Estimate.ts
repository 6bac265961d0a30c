import { tokenPricesFor } from "../../catalog/Price.ts"
import type { Ask } from "../../domain/Ask.ts"
import type { Part } from "../../domain/Message.ts"
import type { Model, Price } from "../../domain/Model.ts"
import { hasCacheMarks, type Request } from "../../domain/Request.ts"

/** What a model costs today, in nano-dollars a token; nothing when it is not known. */
export type Prices = (model: Model) => Price | undefined

/** UTF-8 bytes of JSON in one token, at the least: English has about four, code fewer, a Chinese character three and a token of its own. */
const bytesPerToken = 3

/** Tokens of the prompt, rather too many than too few: every byte of the body counts, its JSON included. */
export const inputTokensAtMost = ({ source }: Ask): number =>
  Math.ceil(Buffer.byteLength(JSON.stringify(source)) / bytesPerToken)

/** The longest answer that was asked for or that the model can give, as often as the request wants one; nothing when neither is known. */
export const outputTokensAtMost = (ask: Ask, model: Model): number | undefined => {
  const { maxOutputTokens, choices } = ask.request()
  const longest = maxOutputTokens ?? model.maxOutputTokens
  return longest === undefined ? undefined : longest * (choices ?? 1)
}

/** What an answer may cost at most, in nano-dollars; `NaN` when a price or a length is not known, which is no more than nothing. */
export const worstCost = (ask: Ask, model: Model, priceOf: Prices): number => {
  const request = ask.request()
  const price = priceOf(model)
  const output = outputTokensAtMost(ask, model)
  if (price === undefined || output === undefined || request.messages.some(isLongerThanItLooks)) return Number.NaN
  const input = inputTokensAtMost(ask)
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

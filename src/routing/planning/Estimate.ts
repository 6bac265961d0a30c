import type { Ask } from "../../domain/Ask.ts"
import type { Model } from "../../domain/Model.ts"

/** What one token of a model costs today, in nano-dollars; nothing when it is not known. */
export type Prices = (model: Model) => { readonly input: number; readonly output: number } | undefined

/** Characters of JSON in one token, at the least: English text has about four, code and other languages fewer. */
const charactersPerToken = 3

/** Tokens of the prompt, rather too many than too few: every character of the body counts, its JSON included. */
export const inputTokensAtMost = ({ source }: Ask): number =>
  Math.ceil(JSON.stringify(source).length / charactersPerToken)

/** The longest answer that was asked for or that the model can give, as often as the request wants one; nothing when neither is known. */
export const outputTokensAtMost = (ask: Ask, model: Model): number | undefined => {
  const { maxOutputTokens, choices } = ask.request()
  const longest = maxOutputTokens ?? model.maxOutputTokens
  return longest === undefined ? undefined : longest * (choices ?? 1)
}

/** What an answer may cost at most, in nano-dollars; `NaN` when a price or a length is not known, which is no more than nothing. */
export const worstCost = (ask: Ask, model: Model, priceOf: Prices): number => {
  const price = priceOf(model)
  const output = outputTokensAtMost(ask, model)
  if (price === undefined || output === undefined) return Number.NaN
  return inputTokensAtMost(ask) * price.input + output * price.output
}

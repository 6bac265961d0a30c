import type { Model, Price, TokenPrices } from "../domain/Model.ts"

/** The price list that holds on a day (`YYYY-MM-DD`, UTC); nothing when none is known for it. */
export const priceOn = (model: Model, day: string): Price | undefined =>
  model.prices.findLast((price) => price.from <= day && (price.until === undefined || day <= price.until))

/** What the tokens of a request with so many of input cost: those of the highest tier that it reaches. */
export const tokenPricesFor = (price: Price, inputTokens: number): TokenPrices => {
  const reached = (price.tiers ?? []).filter(({ above }) => inputTokens > above)
  return reached.reduce<TokenPrices & { readonly above?: number }>(
    (highest, tier) => (tier.above > (highest.above ?? 0) ? tier : highest),
    price
  )
}

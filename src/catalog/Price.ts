import type { Model, Price, TieredPrices, TokenPrices } from "../domain/Model.ts"

/** The price list that holds on a day (`YYYY-MM-DD`, UTC); nothing when none is known for it. */
export const priceOn = (model: Model, day: string): Price | undefined =>
  model.prices.findLast((price) => price.from <= day && (price.until === undefined || day <= price.until))

type Tier = TokenPrices & { readonly above: number }

/** The highest of the tiers that a request with so many tokens of input reaches; nothing below the first of them. */
export const tierFor = (prices: TieredPrices, inputTokens: number): Tier | undefined => {
  let highest: Tier | undefined
  for (const tier of prices.tiers ?? []) {
    if (inputTokens > tier.above && tier.above > (highest?.above ?? -1)) highest = tier
  }
  return highest
}

/** What the tokens of a request with so many of input cost: those of the highest tier that it reaches. */
export const tokenPricesFor = (prices: TieredPrices, inputTokens: number): TokenPrices =>
  tierFor(prices, inputTokens) ?? prices

import type { Model, Price } from "../domain/Model.ts"

/** The price list that holds on a day (`YYYY-MM-DD`, UTC); nothing when none is known for it. */
export const priceOn = (model: Model, day: string): Price | undefined =>
  model.prices.findLast((price) => price.from <= day && (price.until === undefined || day <= price.until))

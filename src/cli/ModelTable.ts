import { priceOn } from "../catalog/Price.ts"
import type { Model } from "../domain/Model.ts"
import { tableText } from "./usage/Sheet.ts"

const dollars = (nanoDollarsPerToken: number | undefined): string =>
  nanoDollarsPerToken === undefined ? "?" : String(nanoDollarsPerToken / 1000)

/**
 * The models as a table for a terminal; prices in USD a million tokens on that day (`YYYY-MM-DD`), `?` where none is
 * known.
 */
export const modelTable = (models: ReadonlyArray<Model>, day: string): string => {
  const rows = models.map((model) => {
    const price = priceOn(model, day)
    const context = model.contextTokens === undefined ? "?" : String(model.contextTokens)
    const end = model.shutdown === undefined ? "" : `${model.shutdown < day ? "off since" : "until"} ${model.shutdown}`
    return [model.id, context, dollars(price?.input), dollars(price?.output), dollars(price?.cachedInput), end]
  })
  return tableText({ heads: ["model", "context", "$ in", "$ out", "$ cached", ""], rows }, { words: 1 })
}

import { priceOn } from "../catalog/Price.ts"
import type { Model } from "../domain/Model.ts"

const dollars = (nanoDollarsPerToken: number | undefined): string =>
  nanoDollarsPerToken === undefined ? "?" : String(nanoDollarsPerToken / 1000)

/** The models as a table for a terminal; prices in USD a million tokens on that day (`YYYY-MM-DD`), `?` where none is known. */
export const modelTable = (models: ReadonlyArray<Model>, day: string): string => {
  const rows = models.map((model) => {
    const price = priceOn(model, day)
    const context = model.contextTokens === undefined ? "?" : String(model.contextTokens)
    const end = model.shutdown === undefined ? "" : `${model.shutdown < day ? "off since" : "until"} ${model.shutdown}`
    return [model.id, context, dollars(price?.input), dollars(price?.output), dollars(price?.cachedInput), end]
  })
  const table = [["model", "context", "$ in", "$ out", "$ cached", ""], ...rows]
  const widths = [0, 1, 2, 3, 4, 5].map((column) => Math.max(...table.map((row) => row[column]?.length ?? 0)))
  return table
    .map((row) =>
      row
        .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
        .join("  ")
        .trimEnd()
    )
    .join("\n")
}

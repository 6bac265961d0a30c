import { describe, expect, test } from "bun:test"
import { existsSync } from "node:fs"
import { join } from "node:path"
import { Result } from "effect"
import { asNumber, asObject, asText, listOf, objectOf } from "../../src/domain/Fields.ts"
import type { TokenPrices } from "../../src/domain/Model.ts"
import { builtIn } from "../../src/catalog/ModelFile.ts"
import { priceOn } from "../../src/catalog/Price.ts"

const file = Result.getOrThrow(builtIn())
const modelOf = (id: string) => {
  const found = file.models.find(({ model }) => model.id === id)
  if (found === undefined) throw new Error(`The catalog has no ${id}`)
  return found.model
}

const sol = "openai/gpt-5.6-sol"
const flash = "google/gemini-3.8-flash"

test.each([
  ["before anything is known", sol, "2026-06-30", undefined],
  ["on the first day of the old list", sol, "2026-07-01", 5000],
  ["on its last day", sol, "2026-08-20", 5000],
  ["on the first day of the new one", sol, "2026-08-21", 4000],
  ["today", sol, "2026-11-22", 4000],
  ["on the last day of a promotion", flash, "2026-12-31", 750],
  ["on the day after it", flash, "2027-01-01", 1500],
  ["on the last day of an introduction", "google/gemini-4-argon", "2026-11-30", 2000],
  ["on the day after it", "google/gemini-4-argon", "2026-12-01", 4000]
])("%s, %s on %s costs what its list says", (_when, id, day, input) => {
  expect(priceOn(modelOf(id), day)?.input).toBe(input)
})

test("a promotion that ended without a list after it leaves no price", () => {
  const price = { from: "2026-01-01", until: "2026-01-31", input: 1, output: 1 }
  expect(priceOn({ ...modelOf(sol), prices: [price] }, "2026-02-01")).toBeUndefined()
})

const recordings = process.env["RECORDINGS"]
const source = recordings === undefined ? undefined : join(recordings, "..", "data", "catalogue.json")
const isThere = source !== undefined && existsSync(source)
if (!isThere) console.log("The prices are not compared with the gathered catalogue: RECORDINGS does not lead to one.")

/**
 * Nano-dollars a token from USD a million tokens, by moving the decimal point in the text: no arithmetic that the
 * catalog shares.
 */
const nanos = (usd: unknown): number | undefined => {
  const number = asNumber(usd)
  if (number === undefined) return undefined
  const [whole = "0", fraction = ""] = String(number).split(".")
  expect(fraction.length).toBeLessThanOrEqual(3)
  return Number(`${whole}${fraction.padEnd(3, "0")}`)
}

const shown = (prices: TokenPrices) => ({
  input: prices.input,
  output: prices.output,
  cachedInput: prices.cachedInput,
  cacheWrite5m: prices.cacheWrite5m
})

describe.skipIf(!isThere)("the gathered catalogue", async () => {
  const rows = isThere && source !== undefined ? listOf(await Bun.file(source).json()).map(objectOf) : []
  const idOf = (row: { readonly [name: string]: unknown }) => {
    const id = asText(row["id"]) ?? ""
    return id.includes("/") ? id : `${asText(row["provider"])}/${id}`
  }

  test("has rows, and each is a model of the catalog", () => {
    expect(rows.length).toBeGreaterThan(60)
    const ids = new Set(file.models.map(({ model }) => model.id))
    expect(rows.map(idOf).filter((id) => !ids.has(id))).toEqual([])
  })

  test.each(rows.map((row) => [idOf(row), row] as const))("prices and lengths of %s are the catalog's", (id, row) => {
    const model = modelOf(id)
    const gathered = objectOf(row["price_per_mtok"])
    const price = priceOn(model, "2026-11-22")
    expect(model.name).toBe(asText(row["provider_model_id"]) ?? "")
    expect(model.contextTokens).toBe(asNumber(row["context_window"]))
    expect(model.maxOutputTokens).toBe(asNumber(row["max_output"]))
    expect(model.minCacheTokens).toBe(asNumber(row["min_cache_tokens"]))
    expect(price?.input).toBe(nanos(gathered["input"]))
    expect(price?.output).toBe(nanos(gathered["output"]))
    expect(price?.cachedInput).toBe(nanos(gathered["cache_read"]))
    expect(price?.cacheWrite5m).toBe(nanos(gathered["cache_write_5m"]))
    expect(price?.cacheWrite1h).toBe(nanos(gathered["cache_write_1h"]))
    expect(price?.audioInput).toBe(nanos(row["audio_input_per_mtok"]))
    const tiers = listOf(row["tiers"]).map(objectOf)
    // The gathered table says of sonnet-4-5's long prompts in its text only.
    if (tiers.length === 0) return
    expect((price?.tiers ?? []).map((tier) => ({ above: tier.above, ...shown(tier) }))).toEqual(
      tiers.map((tier) => ({
        above: asNumber(tier["above"]) ?? asNumber(asObject(tier["tier"])?.["size"]) ?? 0,
        input: nanos(tier["i"] ?? tier["input"]) ?? 0,
        output: nanos(tier["o"] ?? tier["output"]) ?? 0,
        cachedInput: nanos(tier["cr"] ?? tier["cache_read"]),
        cacheWrite5m: nanos(tier["cw"])
      }))
    )
  })

  test("a promotion's later price is the gathered standard price", () => {
    const promoted = rows.filter((row) => asObject(row["promo"]) !== undefined)
    expect(promoted.length).toBe(3)
    for (const row of promoted) {
      const standard = objectOf(objectOf(row["promo"])["standard"])
      const price = priceOn(modelOf(idOf(row)), "2027-01-01")
      expect([price?.input, price?.output, price?.cachedInput]).toEqual([
        nanos(standard["input"]),
        nanos(standard["output"]),
        nanos(standard["cache_read"])
      ])
    }
  })
})

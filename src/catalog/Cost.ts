import { type Circumstances, type Cost, type TokenClass, tokenClasses, type TokenCounts } from "../domain/usage/Cost.ts"
import type { Model, PlainClass, ServicePrices, TieredPrices, TokenPrices } from "../domain/Model.ts"
import type { Usage } from "../domain/usage/Usage.ts"
import { priceOn, tierFor } from "./Price.ts"

/** So many of `tokens` as there are left, never less than none. */
const within = (tokens: number, left: number): number => (tokens > left ? left : tokens > 0 ? tokens : 0)

/**
 * Tokens by class, no token in two of them. The totals are what is billed, so a part that says more than what its total
 * has left is cut, in this order: cache reads, cache writes, audio, images; of the output, audio, then reasoning.
 */
export const tokenCountsOf = (usage: Usage): TokenCounts => {
  let input = Math.max(usage.inputTokens, 0)
  const cachedInput = within(usage.cachedTokens, input)
  input -= cachedInput
  const cacheWrites = within(usage.cacheWriteTokens, input)
  input -= cacheWrites
  const cacheWrite1h = within(usage.cacheWrite1hTokens, cacheWrites)
  // What was read from the cache is counted there, sound and images too.
  const audioInput = within(usage.inputAudioTokens - (usage.cachedAudioTokens ?? 0), input)
  input -= audioInput
  const imageInput = within(usage.inputImageTokens - (usage.cachedImageTokens ?? 0), input)
  input -= imageInput
  let output = Math.max(usage.outputTokens, 0)
  const audioOutput = within(usage.outputAudioTokens, output)
  output -= audioOutput
  const reasoning = within(usage.reasoningTokens, output)
  output -= reasoning
  return {
    input,
    cachedInput,
    cacheWrite5m: cacheWrites - cacheWrite1h,
    cacheWrite1h,
    audioInput,
    imageInput,
    output,
    reasoning,
    audioOutput
  }
}

/**
 * Providers' words for the tier that the price list itself is for; `auto` is what was asked for, and says nothing of
 * what was served.
 */
const usualTiers: ReadonlySet<string> = new Set(["default", "standard", "on_demand", "auto"])

/** Anthropic's words for processing wherever there is room, which the price list itself is for. */
const usualPlaces: ReadonlySet<string> = new Set(["global", "not_available"])

const all = 100

/** What the service tier makes of the price: percent, or prices of its own; nothing where that is not known. */
const serviceOf = (model: Model, tier: string | undefined): number | ServicePrices | undefined =>
  tier === undefined ? all : model.serviceTiers?.get(tier)

/**
 * Percent of the price for where it was processed. A provider's own word must be known; a region's name may be the
 * operator's.
 */
const regionalOf = (model: Model, place: string | undefined, isProvidersWord: boolean): number | undefined =>
  place === undefined ? all : (model.regions?.get(place) ?? (isProvidersWord ? undefined : all))

/**
 * What an answer cost, exactly as its provider bills it; nothing where a price of it is not known, which is never
 * guessed.
 *
 * The price list is that of the day (UTC), the whole request at the prices of the tier that its input reaches, times
 * what the service tier and the region make of it. Each class is rounded for itself to whole nano-dollars, halves up,
 * after all is multiplied; the total is the sum of the classes. The provider's word for tier and place comes before
 * what `circumstances` say.
 */
export const costOf = (model: Model, usage: Usage, circumstances: Circumstances): Cost | undefined => {
  const list = priceOn(model, new Date(circumstances.at).toISOString().slice(0, 10))
  if (list === undefined) return undefined
  const saidTier = usage.serviceTier ?? circumstances.serviceTier
  const tier = saidTier === undefined || usualTiers.has(saidTier) ? undefined : saidTier
  const service = serviceOf(model, tier)
  if (service === undefined) return undefined
  const saidPlace = usage.geography ?? circumstances.region
  const place = saidPlace === undefined || usualPlaces.has(saidPlace) ? undefined : saidPlace
  const regional = regionalOf(model, place, usage.geography !== undefined)
  if (regional === undefined) return undefined

  const own = typeof service === "number" ? undefined : service
  if (own?.upTo !== undefined && usage.inputTokens > own.upTo) return undefined
  const tiered: TieredPrices = own ?? list
  const long = tierFor(tiered, usage.inputTokens)
  const share = (typeof service === "number" ? service : all) * regional
  const byClass = costsByClass(model, long ?? tiered, usage, share)
  if (byClass === undefined) return undefined
  let total = 0
  for (const name of tokenClasses) total += byClass[name] ?? 0
  const isPlain = long === undefined && tier === undefined && regional === all
  return {
    total,
    byClass,
    priceVersion: isPlain ? list.from : versionOf(list.from, long?.above, tier, regional, place)
  }
}

const costsByClass = (
  model: Model,
  prices: TokenPrices,
  usage: Usage,
  share: number
): Partial<Record<TokenClass, number>> | undefined => {
  const counts = tokenCountsOf(usage)
  const byClass: Partial<Record<TokenClass, number>> = {}
  for (const name of tokenClasses) {
    const tokens = counts[name]
    if (tokens === 0) continue
    const nanos =
      name === "cachedInput" ? cachedNanos(model, prices, usage, tokens) : classNanos(model, prices, name, tokens)
    if (nanos === undefined) return undefined
    byClass[name] = share === all * all ? nanos : shareOf(nanos, share)
  }
  return byClass
}

/** Nano-dollars for tokens of one class at the list's price. */
const classNanos = (model: Model, prices: TokenPrices, name: TokenClass, tokens: number): number | undefined => {
  const price = priceOfClass(model, prices, name)
  return price === undefined ? undefined : price * tokens
}

const priceOfClass = (model: Model, prices: TokenPrices, name: TokenClass): number | undefined => {
  if (name === "reasoning") return prices.output
  if (name === "input" || name === "output") return prices[name]
  return prices[name] ?? plainPrice(model, prices, name)
}

const plainPrice = (model: Model, prices: TokenPrices, name: PlainClass): number | undefined => {
  if (model.plainPriced === undefined || !model.plainPriced.includes(name)) return undefined
  return name === "audioOutput" ? prices.output : prices.input
}

/** What was read from the cache, of which sound may have a price of its own. */
const cachedNanos = (model: Model, prices: TokenPrices, usage: Usage, tokens: number): number | undefined => {
  const audio = within(usage.cachedAudioTokens ?? 0, tokens)
  const rest = tokens - audio === 0 ? 0 : classNanos(model, prices, "cachedInput", tokens - audio)
  if (audio === 0 || rest === undefined) return rest
  const isOneKind = (prices.audioInput ?? prices.input) === prices.input
  const price = prices.cachedAudioInput ?? (isOneKind ? priceOfClass(model, prices, "cachedInput") : undefined)
  return price === undefined ? undefined : rest + price * audio
}

/**
 * So many ten-thousandths, rounded half up. Whole ten-thousands and the rest apart, so that no product leaves the exact
 * integers.
 */
const shareOf = (nanos: number, tenThousandths: number): number => {
  const rest = nanos % 10_000
  return ((nanos - rest) / 10_000) * tenThousandths + Math.floor((rest * tenThousandths + 5_000) / 10_000)
}

/** The list's first day and what changed it, as in `2026-07-02 >272000 flex eu`. */
const versionOf = (
  from: string,
  above: number | undefined,
  tier: string | undefined,
  regional: number,
  place: string | undefined
): string => {
  let version = from
  if (above !== undefined) version += ` >${above}`
  if (tier !== undefined) version += ` ${tier}`
  if (regional !== all && place !== undefined) version += ` ${place}`
  return version
}

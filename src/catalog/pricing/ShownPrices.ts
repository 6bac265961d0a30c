import type { Billing, Price, ServicePrices, TieredPrices, TokenPrices } from "../../domain/Model.ts"

/** Prices as shown: USD a million tokens; a class without a known price of its own is absent. */
interface ShownPrices {
  readonly input: number
  readonly output: number
  readonly cached_input?: number
  readonly cache_write_5m?: number
  readonly cache_write_1h?: number
  readonly audio_input?: number
  readonly cached_audio_input?: number
  readonly image_input?: number
  readonly audio_output?: number
}

interface ShownTiers {
  readonly tiers?: ReadonlyArray<ShownPrices & { readonly above_input_tokens: number }>
}

/** A price list as shown. */
export interface ShownPriceList extends ShownPrices, ShownTiers {
  readonly unit: "USD per million tokens"
  readonly from: string
  readonly until?: string
}

/** A service tier's own prices as shown. */
export interface ShownServicePrices extends ShownPrices, ShownTiers {
  readonly unit: "USD per million tokens"
  readonly up_to_input_tokens?: number
}

/** USD a million tokens from nano-dollars a token. */
export const usd = (nanos: number): number => nanos / 1000

const unit = "USD per million tokens"

const shownPrices = (prices: TokenPrices): ShownPrices => ({
  input: usd(prices.input),
  output: usd(prices.output),
  ...(prices.cachedInput === undefined ? {} : { cached_input: usd(prices.cachedInput) }),
  ...(prices.cacheWrite5m === undefined ? {} : { cache_write_5m: usd(prices.cacheWrite5m) }),
  ...(prices.cacheWrite1h === undefined ? {} : { cache_write_1h: usd(prices.cacheWrite1h) }),
  ...(prices.audioInput === undefined ? {} : { audio_input: usd(prices.audioInput) }),
  ...(prices.cachedAudioInput === undefined ? {} : { cached_audio_input: usd(prices.cachedAudioInput) }),
  ...(prices.imageInput === undefined ? {} : { image_input: usd(prices.imageInput) }),
  ...(prices.audioOutput === undefined ? {} : { audio_output: usd(prices.audioOutput) })
})

const shownTiers = ({ tiers }: TieredPrices): ShownTiers =>
  tiers === undefined ? {} : { tiers: tiers.map((tier) => ({ above_input_tokens: tier.above, ...shownPrices(tier) })) }

/** A price list in the words of `GET /v1/models`. */
export const shownList = (price: Price): ShownPriceList => ({
  unit,
  from: price.from,
  ...(price.until === undefined ? {} : { until: price.until }),
  ...shownPrices(price),
  ...shownTiers(price)
})

const shownService = (service: number | ServicePrices): number | ShownServicePrices =>
  typeof service === "number"
    ? service / 100
    : {
        unit,
        ...(service.upTo === undefined ? {} : { up_to_input_tokens: service.upTo }),
        ...shownPrices(service),
        ...shownTiers(service)
      }

/** What the service tiers cost, where that is known. */
export const shownServiceTiers = ({
  serviceTiers
}: Billing): { readonly service_tier_prices?: Readonly<Record<string, number | ShownServicePrices>> } =>
  serviceTiers === undefined
    ? {}
    : {
        service_tier_prices: Object.fromEntries([...serviceTiers].map(([tier, price]) => [tier, shownService(price)]))
      }

/** What processing in a region costs, where it costs another price. */
export const shownRegions = ({
  regions
}: Billing): { readonly region_price_factors?: Readonly<Record<string, number>> } =>
  regions === undefined
    ? {}
    : { region_price_factors: Object.fromEntries([...regions].map(([region, percent]) => [region, percent / 100])) }

import { Schema } from "effect"
import type { Billing, Price, ServicePrices, TokenPrices } from "../../domain/Model.ts"

/** Nano-dollars a token for USD a million tokens; exact for what `isWholeNanos` accepts. */
const nanosPerToken = (usdPerMillion: number): number => Math.round(usdPerMillion * 1000)

/**
 * Whether USD a million tokens makes whole nano-dollars a token: dividing back gives what was written only when nothing
 * was rounded away.
 */
const isWholeNanos = (usdPerMillion: number): boolean => {
  const nanos = nanosPerToken(usdPerMillion)
  return nanos >= 0 && Number.isSafeInteger(nanos) && nanos / 1000 === usdPerMillion
}

/** Whole percent of a factor; exact for what `isWholePercent` accepts. */
const percentOf = (factor: number): number => Math.round(factor * 100)

/** More than a hundredfold is a slip of the pen. */
const isWholePercent = (factor: number): boolean => {
  const percent = percentOf(factor)
  return percent >= 0 && percent <= 10_000 && percent / 100 === factor
}

/** Whether the text is a day of the calendar, `YYYY-MM-DD`. */
export const isDay = (text: string): boolean => {
  const time = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN
  // `Date` turns the 31st of a shorter month into the next month's first days.
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text)
}

// A description before a check is one of the whole, behind it only the check's.
const usd = (what: string) =>
  Schema.Finite.annotate({ description: `${what}, in USD a million tokens.` }).check(
    Schema.makeFilter((usd: number) =>
      isWholeNanos(usd)
        ? undefined
        : "must be USD a million tokens with at most three decimals, so that a token costs whole nano-dollars"
    )
  )
const Factor = Schema.Finite.check(
  Schema.makeFilter((factor: number) =>
    isWholePercent(factor) ? undefined : "must be a factor of the price from 0 to 100 with at most two decimals"
  )
)

/** A day of the calendar, `YYYY-MM-DD`. */
export const day = (description: string) =>
  Schema.String.annotate({ description }).check(
    Schema.makeFilter((text: string) => (isDay(text) ? undefined : "must be a day, YYYY-MM-DD"))
  )

const tokenPrices = {
  input: usd("The prompt"),
  output: usd("The answer, its reasoning included"),
  cachedInput: Schema.optionalKey(usd("What of the prompt was read from the cache")),
  cacheWrite5m: Schema.optionalKey(usd("What of the prompt was written to the cache for five minutes")),
  cacheWrite1h: Schema.optionalKey(usd("What of the prompt was written to the cache for an hour")),
  audioInput: Schema.optionalKey(usd("Sound in the prompt")),
  cachedAudioInput: Schema.optionalKey(usd("Sound in the prompt that was read from the cache")),
  imageInput: Schema.optionalKey(usd("Pictures in the prompt")),
  audioOutput: Schema.optionalKey(usd("Sound in the answer"))
}
const above = Schema.Natural.annotate({ description: "Tokens of the prompt above which these prices hold." })
const tiers = Schema.optionalKey(
  Schema.Array(Schema.Struct({ above, ...tokenPrices })).annotate({ description: "What longer prompts cost." })
)

const PriceFacts = Schema.Struct({
  from: day("The first day on which it holds, YYYY-MM-DD."),
  until: Schema.optionalKey(day("The last day, of a promotion.")),
  ...tokenPrices,
  tiers
})
type PriceFacts = typeof PriceFacts.Type

const upTo = Schema.Natural.annotate({ description: "Tokens of the longest prompt that the tier takes." })
const ServiceFacts = Schema.Struct({ upTo: Schema.optionalKey(upTo), ...tokenPrices, tiers })

/** Price lists, oldest first. */
export const PriceLists = Schema.Array(PriceFacts)
  .annotate({
    description: "What it costs, from which day, the oldest first.",
    message: 'must be a list such as [{ from: "2026-01-01", input: 0.25, output: 2 }], in USD a million tokens'
  })
  .check(
    Schema.makeFilter((lists: ReadonlyArray<PriceFacts>) => {
      const issues: Array<Schema.FilterIssue> = []
      for (const [index, list] of lists.entries()) {
        const before = lists[index - 1]
        if (before !== undefined && before.from >= list.from) {
          issues.push({ path: [index, "from"], issue: "must be a later day than the list before, oldest first" })
        }
        if (list.until !== undefined && list.until < list.from) {
          issues.push({ path: [index, "until"], issue: "must be a day that is not before `from`" })
        }
      }
      return issues
    })
  )

/** What of a price depends on the request, as written: factors of the price, or prices in USD a million tokens. */
export const billingFacts = {
  serviceTiers: Schema.optionalKey(
    Schema.Record(Schema.String, Schema.Union([Factor, ServiceFacts])).annotate({
      description: "What a service_tier costs: a factor of the price, or prices of its own."
    })
  ),
  regions: Schema.optionalKey(
    Schema.Record(Schema.String, Factor).annotate({ description: "Factors of the price by region: eu: 1.1" })
  ),
  plainPriced: Schema.optionalKey(
    Schema.Array(
      Schema.Literals(["cachedInput", "cacheWrite5m", "cacheWrite1h", "audioInput", "imageInput", "audioOutput"])
    ).annotate({ description: "Classes that have no price of their own and cost what other tokens do." })
  )
}
const BillingFacts = Schema.Struct(billingFacts)
type BillingFacts = typeof BillingFacts.Type

const tokenPricesOf = (written: Omit<PriceFacts, "from" | "until" | "tiers">): TokenPrices => {
  const optional = (name: Exclude<keyof TokenPrices, "input" | "output">): Partial<TokenPrices> => {
    const usd = written[name]
    return usd === undefined ? {} : { [name]: nanosPerToken(usd) }
  }
  return {
    input: nanosPerToken(written.input),
    output: nanosPerToken(written.output),
    ...optional("cachedInput"),
    ...optional("cacheWrite5m"),
    ...optional("cacheWrite1h"),
    ...optional("audioInput"),
    ...optional("cachedAudioInput"),
    ...optional("imageInput"),
    ...optional("audioOutput")
  }
}

const tiersOf = (written: Pick<PriceFacts, "tiers">): Pick<Price, "tiers"> =>
  written.tiers === undefined
    ? {}
    : { tiers: written.tiers.map((tier) => ({ above: tier.above, ...tokenPricesOf(tier) })) }

/** A price list as it is reckoned with. */
export const priceOf = (written: PriceFacts): Price => ({
  from: written.from,
  ...(written.until === undefined ? {} : { until: written.until }),
  ...tokenPricesOf(written),
  ...tiersOf(written)
})

const serviceTierOf = (written: number | typeof ServiceFacts.Type): number | ServicePrices =>
  typeof written === "number"
    ? percentOf(written)
    : {
        ...(written.upTo === undefined ? {} : { upTo: written.upTo }),
        ...tokenPricesOf(written),
        ...tiersOf(written)
      }

/** Entries by name, those written over those known: naming one leaves the others as they are. */
const laid = <Written, Value>(
  known: ReadonlyMap<string, Value> | undefined,
  written: Readonly<Record<string, Written>> | undefined,
  valueOf: (written: Written) => Value
): ReadonlyMap<string, Value> | undefined =>
  written === undefined
    ? known
    : new Map([...(known ?? []), ...Object.entries(written).map(([name, value]) => [name, valueOf(value)] as const)])

/** What was written of the billing, laid over what is known of it. */
export const billingOf = (known: Billing, written: BillingFacts): Billing => {
  const serviceTiers = laid(known.serviceTiers, written.serviceTiers, serviceTierOf)
  const regions = laid(known.regions, written.regions, percentOf)
  const plainPriced = written.plainPriced ?? known.plainPriced
  return {
    ...(serviceTiers === undefined ? {} : { serviceTiers }),
    ...(regions === undefined ? {} : { regions }),
    ...(plainPriced === undefined ? {} : { plainPriced })
  }
}

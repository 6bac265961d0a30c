import type { Model } from "../domain/Model.ts"
import { supportedParameters } from "./Parameters.ts"
import { priceOn } from "./Price.ts"
import {
  type ShownPriceList,
  type ShownServicePrices,
  shownList,
  shownRegions,
  shownServiceTiers,
  usd
} from "./pricing/ShownPrices.ts"

/** One entry of `GET /v1/models`. `null`: not known. */
export interface ModelEntry {
  readonly id: string
  readonly object: "model"
  /** OpenAI's field, unix seconds; always 0, for when a model was made is not in the catalog. */
  readonly created: number
  readonly owned_by: string
  readonly name: string
  readonly description: string
  readonly context_length: number | null
  readonly max_input_tokens: number | null
  readonly max_output_tokens: number | null
  /** OpenRouter's field and words. */
  readonly architecture: {
    readonly input_modalities: ReadonlyArray<string> | null
    readonly output_modalities: ReadonlyArray<string>
  }
  readonly abilities: {
    readonly tools: boolean | null
    readonly structured_outputs: boolean | null
    readonly reasoning: boolean | null
  }
  readonly reasoning_efforts: ReadonlyArray<string> | null
  readonly supported_parameters: ReadonlyArray<string>
  /** What holds today. */
  readonly prices: ShownPriceList | null
  /** What is announced to hold later. */
  readonly announced_prices?: ReadonlyArray<ShownPriceList>
  /** By service tier: a factor of the prices, or prices of its own. A tier that is absent has no known price. */
  readonly service_tier_prices?: Readonly<Record<string, number | ShownServicePrices>>
  /** A factor of the price for processing that is kept in a region. */
  readonly region_price_factors?: Readonly<Record<string, number>>
  readonly shutdown_date: string | null
  readonly notes: string | null
}

/** What AssemblyAI's entries have besides; its Python client takes no list in which one of these is missing. */
export interface AssemblyAiFields {
  readonly creator: string
  readonly context_length: number
  readonly default_parameters: {
    readonly temperature: null
    readonly top_p: null
    readonly frequency_penalty: null
  }
  readonly top_provider: {
    readonly is_moderated: boolean
    readonly context_length: number
    readonly max_completion_tokens: number
  }
  /** USD a million tokens. */
  readonly pricing: {
    readonly global: {
      readonly prompt: number
      readonly completions: number
      readonly input_cache_read: number | null
      readonly input_cache_write: number | null
      readonly input_cache_write_1h: number | null
    }
  }
  /** Unix seconds; 0: none is announced. */
  readonly retirement_date: number
  readonly available_regions: ReadonlyArray<string>
  readonly providers: ReadonlyArray<{ readonly id: string; readonly name: string }>
  readonly default_provider: { readonly id: string; readonly name: string }
}

const isSimulated = (model: Model): boolean => model.provider === "sim"

const tokens = (count: number): string => `${count.toLocaleString("en-US")} tokens`

const description = (model: Model): string => {
  const facts = [
    model.contextTokens === undefined ? "" : `a context of ${tokens(model.contextTokens)}`,
    model.maxOutputTokens === undefined ? "" : `answers of up to ${tokens(model.maxOutputTokens)}`
  ].filter((fact) => fact !== "")
  const who = isSimulated(model) ? `${model.name} of the built-in simulator` : `${model.name} at ${model.provider}`
  return facts.length === 0 ? `${who}.` : `${who}: ${facts.join(", ")}.`
}

/** A model as `GET /v1/models` and `/v1/models/{id}` show it on a day (`YYYY-MM-DD`, UTC). */
export const describe = (model: Model, today: string): ModelEntry => {
  const price = priceOn(model, today)
  const announced = model.prices.filter(({ from }) => from > today)
  return {
    id: model.id,
    object: "model",
    created: 0,
    owned_by: model.provider,
    name: model.name,
    description: description(model),
    context_length: model.contextTokens ?? null,
    max_input_tokens: model.maxInputTokens ?? null,
    max_output_tokens: model.maxOutputTokens ?? null,
    architecture: {
      input_modalities: model.inputs?.map((input) => (input === "pdf" ? "file" : input)) ?? null,
      output_modalities: ["text"]
    },
    abilities: {
      tools: model.tools ?? null,
      structured_outputs: model.structuredOutputs ?? null,
      reasoning: model.reasoning ?? null
    },
    reasoning_efforts: model.efforts ?? null,
    supported_parameters: supportedParameters(model),
    prices: price === undefined ? null : shownList(price),
    ...(announced.length === 0 ? {} : { announced_prices: announced.map(shownList) }),
    ...shownServiceTiers(model),
    ...shownRegions(model),
    shutdown_date: model.shutdown ?? null,
    notes: model.notes ?? null
  }
}

const optionalUsd = (nanos: number | undefined): number | null => (nanos === undefined ? null : usd(nanos))

/** Who made it: the first part of an open model's name (`moonshotai/Kimi-K3`), else the provider. */
const creatorOf = (model: Model): string => {
  const slash = model.name.indexOf("/")
  return slash > 0 ? model.name.slice(0, slash) : model.provider
}

/**
 * The entry in AssemblyAI's form, for `compatibility: assemblyai`. Where a length or price is not known it is 0 there,
 * because that client refuses the whole list otherwise; the entry's own fields beside it still say `null`.
 */
export const describeForAssemblyAi = (
  model: Model,
  today: string
): Omit<ModelEntry, "context_length"> & AssemblyAiFields => {
  const price = priceOn(model, today)
  const provider = { id: model.provider, name: model.provider }
  const contextLength = model.contextTokens ?? 0
  return {
    ...describe(model, today),
    context_length: contextLength,
    creator: creatorOf(model),
    default_parameters: { temperature: null, top_p: null, frequency_penalty: null },
    top_provider: {
      is_moderated: false,
      context_length: contextLength,
      max_completion_tokens: model.maxOutputTokens ?? 0
    },
    pricing: {
      global: {
        prompt: usd(price?.input ?? 0),
        completions: usd(price?.output ?? 0),
        input_cache_read: optionalUsd(price?.cachedInput),
        input_cache_write: optionalUsd(price?.cacheWrite5m),
        input_cache_write_1h: optionalUsd(price?.cacheWrite1h)
      }
    },
    retirement_date: model.shutdown === undefined ? 0 : Date.parse(model.shutdown) / 1000,
    available_regions: ["global"],
    providers: [provider],
    default_provider: provider
  }
}

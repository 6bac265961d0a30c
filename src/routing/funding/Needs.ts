import { tokenPricesFor } from "../../catalog/Price.ts"
import type { Ask } from "../../domain/Ask.ts"
import { listOf } from "../../domain/Fields.ts"
import type { Part } from "../../domain/Message.ts"
import type { Model, Price, TokenPrices } from "../../domain/Model.ts"
import type { Need } from "../../domain/keys/Purse.ts"
import { hasCacheMarks, type Request } from "../../domain/Request.ts"
import { inputTokensAtMost, type Prices } from "../planning/Estimate.ts"

/** What an attempt may use, by the length of its answer. */
export interface NeedByLength {
  readonly inputTokens: number
  /** Nano-dollars; absent: the price is not known. */
  readonly inputNanos?: number
  /** For one token of the answer. */
  readonly outputNanos?: number
  /** How many answers the request wants. */
  readonly choices: number
}

/** What an attempt may use at most: the whole prompt at the dearest price that it can have, and its answers. */
export const needByLength = (ask: Ask, model: Model, priceOf: Prices): NeedByLength => {
  const request = ask.request()
  const inputTokens = inputTokensAtMost(ask, model)
  const price = priceOf(model)
  const choices = Math.max(1, request.choices ?? 1)
  if (price === undefined) return { inputTokens, choices }
  const lists = pricesFor(request, model, price, inputTokens)
  const factor = dearestFactor(request, model)
  const inputPrice = Math.max(...lists.map((prices) => dearestInput(prices, request))) * factor
  const outputPrice = Math.max(...lists.map((prices) => dearestOutput(prices, request))) * factor
  return { inputTokens, inputNanos: Math.ceil(inputTokens * inputPrice), outputNanos: outputPrice, choices }
}

/** The need of answers of at most so many tokens each. */
export const needOf = (
  { inputTokens, inputNanos, outputNanos, choices }: NeedByLength,
  outputTokens: number
): Need => ({
  tokens: inputTokens + outputTokens * choices,
  ...(inputNanos === undefined || outputNanos === undefined
    ? {}
    : { nanos: inputNanos + Math.ceil(outputTokens * choices * outputNanos) })
})

/** The longest answer that these means pay for, in tokens. */
export const lengthFor = (
  { inputTokens, inputNanos, outputNanos, choices }: NeedByLength,
  { tokens, nanos }: Required<Need>
): number => {
  const byTokens = tokens - inputTokens
  const isFree = inputNanos === undefined || outputNanos === undefined || outputNanos === 0
  const byMoney = isFree ? Infinity : (nanos - inputNanos) / outputNanos
  return Math.floor(Math.min(byTokens, byMoney) / choices)
}

/**
 * The lists of which one may hold: the usual one, since a tier may be refused and the request be served there, and that
 * of the tier that was asked for. Fewer tokens than were put aside may cost the prices of a shorter prompt.
 */
const pricesFor = (
  { serviceTier }: Request,
  { serviceTiers }: Model,
  price: Price,
  inputTokens: number
): ReadonlyArray<TokenPrices> => {
  const tier = serviceTier === undefined ? undefined : serviceTiers?.get(serviceTier)
  const lists = typeof tier === "object" ? [price, tier] : [price]
  return lists.flatMap((list) => [list, tokenPricesFor(list, inputTokens)])
}

const dearestInput = (prices: TokenPrices, request: Request): number => {
  const { input, cacheWrite5m = 0, cacheWrite1h = 0, audioInput = 0, imageInput = 0 } = prices
  const marked = hasCacheMarks(request) ? cacheWrite1h : 0
  const sound = hasPart(request, isSound) ? audioInput : 0
  const pictures = hasPart(request, isPictured) ? imageInput : 0
  // Where a price for writing to the cache is known, providers may write unasked.
  return Math.max(input, cacheWrite5m, marked, sound, pictures)
}

const dearestOutput = ({ output, audioOutput = 0 }: TokenPrices, { extra }: Request): number =>
  wantsSound(extra) ? Math.max(output, audioOutput) : output

/** OpenAI's `modalities` and `audio`. */
const wantsSound = (extra: Request["extra"]): boolean =>
  extra !== undefined && (extra["audio"] !== undefined || listOf(extra["modalities"]).includes("audio"))

const hasPart = ({ messages }: Request, is: (part: Part) => boolean): boolean =>
  messages.some(({ content }) => typeof content !== "string" && content.some(is))

const isSound = ({ type }: Part): boolean => type === "audio"

/** Pages of documents are shown to models as pictures. */
const isPictured = ({ type }: Part): boolean => type === "image" || type === "file"

const all = 100

/**
 * How many times the list's price the answer may cost: by the tier that was asked for, and wherever it is processed.
 */
const dearestFactor = ({ serviceTier }: Request, { serviceTiers, regions }: Model): number => {
  const tier = serviceTier === undefined ? undefined : serviceTiers?.get(serviceTier)
  const share = typeof tier === "number" ? Math.max(all, tier) : all
  return (share / all) * (Math.max(all, ...(regions?.values() ?? [])) / all)
}

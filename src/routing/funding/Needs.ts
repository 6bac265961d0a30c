import { tokenPricesFor } from "../../catalog/Price.ts"
import type { Ask } from "../../domain/Ask.ts"
import type { Content, Part } from "../../domain/Message.ts"
import type { Model, Price } from "../../domain/Model.ts"
import type { Need } from "../../domain/keys/Purse.ts"
import { hasCacheMarks, type Request } from "../../domain/Request.ts"
import { inputTokensAtMost, type Prices } from "../planning/Estimate.ts"

/** Tokens of one image, at the most: the largest that Anthropic and OpenAI count for one of their highest resolution. */
const imageTokens = 5_000
/** Characters of base64 in one token of sound: the poorest MP3 has 5 kB a second, for which Gemini counts 32 tokens and OpenAI 10. */
const soundPerToken = 50

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
  const inputTokens = Math.min(promptTokens(ask, request, model), model.contextTokens ?? Infinity)
  const price = priceOf(model)
  const choices = request.choices ?? 1
  if (price === undefined) return { inputTokens, choices }
  const dearest = tokenPricesFor(price, inputTokens)
  const { input, output, cacheWrite5m = 0, cacheWrite1h = 0, audioInput = 0 } = dearest
  const marked = hasCacheMarks(request) ? cacheWrite1h : 0
  // Where a price for writing to the cache is known, providers may write unasked.
  const inputNanos = inputTokens * Math.max(input, cacheWrite5m, marked, hasSound(request) ? audioInput : 0)
  const factor = dearestFactor(request, model, price)
  return { inputTokens, inputNanos: Math.ceil(inputNanos * factor), outputNanos: output * factor, choices }
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

const promptTokens = (ask: Ask, { messages }: Request, model: Model): number => {
  const media = messages.flatMap(({ content }) => mediaOf(content))
  // Base64 of a picture is no text.
  const text = inputTokensAtMost(ask) - Math.floor(media.reduce((sum, part) => sum + inlineLength(part), 0) / 3)
  return media.reduce((sum, part) => sum + mediaTokens(part, model), Math.max(0, text))
}

const mediaOf = (content: Content): ReadonlyArray<Part> =>
  typeof content === "string" ? [] : content.filter(({ type }) => type !== "text" && type !== "refusal")

const inlineLength = (part: Part): number => {
  if (part.type === "image") return part.url.length
  return part.type === "audio" || part.type === "file" ? (part.data?.length ?? 0) : 0
}

const mediaTokens = (part: Part, model: Model): number => {
  if (part.type === "image") return imageTokens
  if (part.type === "audio") return Math.ceil(part.data.length / soundPerToken)
  // A document elsewhere may be as long as the model takes.
  if (part.type === "file" && part.data === undefined) return model.maxInputTokens ?? model.contextTokens ?? 0
  return Math.ceil(inlineLength(part) / 3)
}

const hasSound = ({ messages }: Request): boolean =>
  messages.some(({ content }) => typeof content !== "string" && content.some(({ type }) => type === "audio"))

const all = 100

/** How many times the list's price the answer may cost: by the tier that was asked for, and wherever it is processed. */
const dearestFactor = ({ serviceTier }: Request, { serviceTiers, regions }: Model, price: Price): number => {
  const tier = serviceTier === undefined ? undefined : serviceTiers?.get(serviceTier)
  const own = typeof tier === "object" ? Math.max(tier.input / price.input, tier.output / price.output) : undefined
  const factor = own ?? (typeof tier === "number" ? tier / all : 1)
  // A tier may be refused, and the request be served in the usual one.
  return Math.max(1, factor) * (Math.max(all, ...(regions?.values() ?? [])) / all)
}

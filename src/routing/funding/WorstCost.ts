import type { Ask } from "../../domain/Ask.ts"
import type { Part } from "../../domain/Message.ts"
import type { Model } from "../../domain/Model.ts"
import type { Request } from "../../domain/Request.ts"
import { outputTokensAtMost, type Prices } from "../planning/Estimate.ts"
import { needByLength } from "./Needs.ts"

/**
 * What an answer may cost at most, in nano-dollars, as much as is put aside for it where money is limited; `NaN` when a
 * price or a length is not known, which is no more than nothing.
 */
export const worstCost = (ask: Ask, model: Model, priceOf: Prices): number => {
  const { inputNanos, outputNanos } = needByLength(ask, model, priceOf)
  const output = outputTokensAtMost(ask, model)
  if (inputNanos === undefined || outputNanos === undefined || output === undefined) return Number.NaN
  if (ask.request().messages.some(isLongerThanItLooks)) return Number.NaN
  return inputNanos + Math.ceil(output * outputNanos)
}

/** Media that are given by address, or by a provider's id, have as many tokens as they like. */
const isLongerThanItLooks = ({ content }: Request["messages"][number]): boolean =>
  typeof content !== "string" && content.some(isElsewhere)

const isElsewhere = (part: Part): boolean => {
  if (part.type === "image") return !part.url.startsWith("data:")
  return part.type === "file" && part.data === undefined
}

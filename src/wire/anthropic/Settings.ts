import type { Fields } from "../../domain/Fields.ts"
import type { Sampling } from "../../domain/Model.ts"
import type { Request } from "../../domain/Request.ts"

/** Fields of a body, and the caller's fields that have no place in it. */
export interface Settings {
  readonly fields: Fields
  readonly dropped: ReadonlyArray<string>
}

const clamp = (value: number): number => Math.min(1, Math.max(0, value))

/**
 * `temperature`, `top_p` and `top_k` where the model takes them. Anthropic's temperature ends at 1, OpenAI's at 2.
 * A value of 1 is both providers' default, so leaving it out loses nothing and is not told.
 */
export const samplingSettings = (request: Request, sampling: Sampling, thinks: boolean): Settings => {
  const { temperature, topP, topK } = request
  const takes = sampling !== "never" && !thinks
  const both = sampling !== "one-of" || temperature === undefined
  const fields = {
    ...(takes && temperature !== undefined ? { temperature: clamp(temperature) } : {}),
    ...(takes && both && topP !== undefined ? { top_p: clamp(topP) } : {}),
    ...(takes && topK !== undefined ? { top_k: topK } : {})
  }
  const dropped = [
    ...(temperature === undefined || temperature === 1 || "temperature" in fields ? [] : ["temperature"]),
    ...(topP === undefined || topP === 1 || "top_p" in fields ? [] : ["top_p"]),
    ...(topK === undefined || "top_k" in fields ? [] : ["top_k"])
  ]
  return { fields, dropped }
}

/** `stop_sequences`: Anthropic refuses those of white space only. */
export const stopSettings = (stop: ReadonlyArray<string> | undefined): Settings => {
  const kept = (stop ?? []).filter((text) => text.trim() !== "")
  return {
    fields: kept.length === 0 ? {} : { stop_sequences: kept },
    dropped: kept.length === (stop ?? []).length ? [] : ["stop"]
  }
}

/** Anthropic's longest `user_id`. */
const longestUserId = 256

/**
 * Whether Anthropic takes it as `metadata.user_id`: it answers 400 to what looks like an e-mail address or a telephone
 * number.
 */
const isOpaque = (id: string): boolean =>
  id !== "" && id.length <= longestUserId && !/\S@\S+\.\S/.test(id) && !/^\+?[\d\s().-]{7,20}$/.test(id)

/** Who asks, for Anthropic's abuse detection. */
export const userSettings = ({ safetyIdentifier, user }: Request): Settings => {
  const [name, id] = safetyIdentifier === undefined ? ["user", user] : ["safety_identifier", safetyIdentifier]
  const other = safetyIdentifier !== undefined && user !== undefined && user !== safetyIdentifier ? ["user"] : []
  if (id === undefined) return { fields: {}, dropped: [] }
  if (!isOpaque(id)) return { fields: {}, dropped: [name, ...other] }
  return { fields: { metadata: { user_id: id } }, dropped: other }
}

/**
 * OpenAI's `default` is the standard capacity that Anthropic calls `standard_only`; the tiers of another price have no
 * counterpart.
 */
const tiers = new Map([
  ["auto", "auto"],
  ["default", "standard_only"],
  ["standard_only", "standard_only"]
])

/** `service_tier` in Anthropic's words. */
export const tierSettings = (tier: string | undefined): Settings => {
  const known = tiers.get(tier ?? "")
  return {
    fields: known === undefined ? {} : { service_tier: known },
    dropped: tier === undefined || known !== undefined ? [] : ["service_tier"]
  }
}

/** Values that ask for nothing, so that leaving them out is no loss. */
const isIdle = (name: string, value: unknown): boolean => {
  if (value === undefined || value === null) return true
  if (name === "store") return value === false
  return name === "modalities" && JSON.stringify(value) === '["text"]'
}

/** The caller's fields, by OpenAI's names, for which Anthropic has nothing at all. */
export const unsupported = (request: Request): ReadonlyArray<string> => {
  const fields: ReadonlyArray<readonly [string, boolean]> = [
    ["n", (request.choices ?? 1) > 1],
    ["seed", request.seed !== undefined],
    ["logprobs", request.logprobs === true],
    ["top_logprobs", (request.topLogprobs ?? 0) > 0],
    ["logit_bias", Object.keys(request.logitBias ?? {}).length > 0],
    ["presence_penalty", (request.presencePenalty ?? 0) !== 0],
    ["frequency_penalty", (request.frequencyPenalty ?? 0) !== 0],
    ["verbosity", request.verbosity !== undefined],
    ["metadata", request.metadata !== undefined],
    ["prompt_cache_key", request.promptCacheKey !== undefined],
    ["prompt_cache_retention", request.promptCacheRetention !== undefined]
  ]
  const extra = Object.entries(request.extra ?? {}).filter(([name, value]) => !isIdle(name, value))
  return [...fields.filter(([, asked]) => asked).map(([name]) => name), ...extra.map(([name]) => name)]
}

/** Whether an image asks for a resolution, which Anthropic chooses itself. */
export const asksDetail = (request: Request): boolean =>
  request.messages.some(
    ({ content }) =>
      typeof content !== "string" &&
      content.some((part) => part.type === "image" && part.detail !== undefined && part.detail !== "auto")
  )

import type { Annotation, FinishReason } from "../../../domain/Delta.ts"
import {
  asObject,
  asText,
  countOf,
  type Fields,
  listOf,
  objectOf,
  textOf,
  unknownFields
} from "../../../domain/Fields.ts"
import type { Usage } from "../../../domain/usage/Usage.ts"

const knownUsage: ReadonlySet<string> = new Set([
  "input_tokens",
  "input_tokens_details",
  "output_tokens",
  "output_tokens_details",
  "total_tokens"
])

/**
 * The tier that served a response. `auto`, which it says until it is done and when it failed, is what was asked for.
 */
const tierOf = (response: Fields): string | undefined => {
  const tier = asText(response["service_tier"])?.toLowerCase()
  return tier === "" || tier === "auto" ? undefined : tier
}

/**
 * The usage of a response; nothing when it has none. Cached, cache-written and reasoning tokens are inside the totals
 * already, as ours are.
 */
export const usageOf = (response: Fields): Usage | undefined => {
  const usage = asObject(response["usage"])
  if (usage === undefined) return undefined
  const tier = tierOf(response)
  const input = objectOf(usage["input_tokens_details"])
  const output = objectOf(usage["output_tokens_details"])
  const lifetimes = asObject(input["cache_write_tokens_details"])
  const rest = unknownFields(usage, knownUsage)
  const extra = lifetimes === undefined ? rest : { ...rest, cache_write_tokens_details: lifetimes }
  return {
    inputTokens: countOf(usage["input_tokens"]),
    cachedTokens: countOf(input["cached_tokens"]),
    cacheWriteTokens: countOf(input["cache_write_tokens"]),
    // OpenAI's cache lives 30 minutes or 12 hours, and the longer life is the dearer class, as Anthropic's hour is.
    cacheWrite1hTokens: countOf(lifetimes?.["ttl_12h_tokens"]),
    outputTokens: countOf(usage["output_tokens"]),
    reasoningTokens: countOf(output["reasoning_tokens"]),
    inputAudioTokens: countOf(input["audio_tokens"]),
    outputAudioTokens: countOf(output["audio_tokens"]),
    inputImageTokens: countOf(input["image_tokens"]),
    acceptedPredictionTokens: 0,
    rejectedPredictionTokens: 0,
    ...(tier === undefined ? {} : { serviceTier: tier }),
    ...(extra === undefined ? {} : { extra })
  }
}

/** Why a response ended, in chat's words, and in its own. */
export const finishOf = (
  response: Fields,
  incomplete: boolean,
  called: boolean
): { readonly reason: FinishReason; readonly native: string } => {
  if (!incomplete) return { reason: called ? "tool_calls" : "stop", native: "completed" }
  const reason = textOf(objectOf(response["incomplete_details"])["reason"])
  return { reason: reason === "content_filter" ? "content_filter" : "length", native: reason || "incomplete" }
}

/** A source on the web that the text cites; citations of files and containers have no place in chat. */
export const annotationOf = (value: unknown): Annotation | undefined => {
  const annotation = objectOf(value)
  const url = asText(annotation["url"])
  if (annotation["type"] !== "url_citation" || url === undefined) return undefined
  return {
    url,
    title: textOf(annotation["title"]),
    start: countOf(annotation["start_index"]),
    end: countOf(annotation["end_index"])
  }
}

/** Log probabilities as chat has them; nothing when there are none. Events leave `bytes` out, which chat requires. */
export const logprobsOf = (value: unknown): Fields | undefined => {
  const tokens = listOf(value)
  if (tokens.length === 0) return undefined
  return { content: tokens.map(tokenOf), refusal: null }
}

const tokenOf = (value: unknown): Fields => {
  const token = objectOf(value)
  return {
    token: textOf(token["token"]),
    bytes: token["bytes"] ?? null,
    logprob: token["logprob"] ?? 0,
    top_logprobs: listOf(token["top_logprobs"]).map((other) => ({ bytes: null, ...objectOf(other) }))
  }
}

/**
 * The readable parts of a reasoning item, each with the name that tells it apart within the item: summaries, and the
 * raw text that open models show.
 */
export const reasoningPartsOf = (item: Fields): ReadonlyArray<readonly [name: string, text: string]> => [
  ...listOf(item["summary"]).map((part, at) => [`${at}s`, textOf(objectOf(part)["text"])] as const),
  ...listOf(item["content"]).map((part, at) => [`${at}r`, textOf(objectOf(part)["text"])] as const)
]

/**
 * A whole response as the events that would have told it: its beginning, each item as finished, and its end. One that
 * is not finished yet has no end.
 */
export const eventsOf = (whole: unknown): ReadonlyArray<Fields> => {
  const response = asObject(whole)
  if (response === undefined) return []
  if (response["object"] !== "response" && !Array.isArray(response["output"])) {
    return response["error"] === undefined ? [] : [{ ...response, type: "error" }]
  }
  const items = listOf(response["output"]).map((item, at) => ({
    type: "response.output_item.done",
    output_index: at,
    item
  }))
  const end = endOf(response["status"])
  return [{ type: "response.created", response }, ...items, ...(end === undefined ? [] : [{ type: end, response }])]
}

const endOf = (status: unknown): string | undefined => {
  switch (status) {
    // Some hosts leave the status of a finished answer out.
    case undefined:
    case null:
    case "completed":
      return "response.completed"
    case "incomplete":
      return "response.incomplete"
    case "failed":
    case "cancelled":
      return "response.failed"
    default:
      return undefined
  }
}

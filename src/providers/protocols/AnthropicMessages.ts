import { Result } from "effect"
import { noDeltas, type Deltas } from "../../domain/Delta.ts"
import { Cut, Garbled, type Failure } from "../../domain/Failure.ts"
import { asObject, asText, listOf, objectOf, parseJson, textOf, type Fields } from "../../domain/Fields.ts"
import type { Request } from "../../domain/Request.ts"
import type { Usage } from "../../domain/usage/Usage.ts"
import {
  allEnded,
  blockContinued,
  blockEnded,
  blockStarted,
  noBlocks,
  type BlockState
} from "../../wire/anthropic/Blocks.ts"
import { messagesBody } from "../../wire/anthropic/Body.ts"
import { finishReason, mergeUsage, usageOf } from "../../wire/anthropic/Usage.ts"
import type { Answering, Prepared, Preparing, Protocol, Refused } from "../Protocol.ts"
import { classOfStatus, providerFailure, saysContextTooLong, type ErrorWords, type FailureClass } from "../Refusals.ts"

// State

/** How far an answer has been told. */
export interface State {
  readonly answering: Answering
  readonly phase: "waiting" | "started" | "finished"
  readonly blocks: BlockState
  readonly usage: Fields
  /** The same as ours, once anything was said of it. */
  readonly counted: Usage | undefined
  /** What `message_delta` said of the end. */
  readonly ending: Fields
}

const start = (answering: Answering): State => ({
  answering,
  phase: "waiting",
  blocks: noBlocks(answering.request.tools, answering.newId),
  usage: {},
  counted: undefined,
  ending: {}
})

// Body

const prepare = (request: Request, preparing: Preparing): Result.Result<Prepared, Failure> =>
  Result.map(
    messagesBody(request, {
      model: preparing.model,
      stream: preparing.stream,
      recall: (callId) => preparing.recall(callId)?.reasoningDetails
    }),
    ({ body, dropped }) => ({ path: "/v1/messages", body, dropped })
  )

// Step

/** The state with a further report of the usage. */
const counting = (state: State, reported: unknown): State => {
  if (asObject(reported) === undefined) return state
  const usage = mergeUsage(state.usage, reported)
  return { ...state, usage, counted: usageOf(usage) }
}

const started = (state: State, message: Fields): readonly [State, Deltas] => {
  if (state.phase !== "waiting") return [state, noDeltas]
  const model = asText(message["model"]) ?? state.answering.model.name
  const id = asText(message["id"]) ?? state.answering.newId("msg")
  return [{ ...counting(state, message["usage"]), phase: "started" }, [{ _tag: "Start", id, model }]]
}

/** The deltas of a block, and the state with what the block changed. */
const within = (state: State, [blocks, deltas]: readonly [BlockState, Deltas]): readonly [State, Deltas] => [
  blocks === state.blocks ? state : { ...state, blocks },
  deltas
]

const ended = (state: State): readonly [State, Deltas] => {
  const [blocks, rest] = allEnded(state.blocks)
  const native = asText(state.ending["stop_reason"])
  const explanation = native === "refusal" ? textOf(objectOf(state.ending["stop_details"])["explanation"]) : ""
  const reason = finishReason(native, blocks.calls)
  const refusal: Deltas = explanation === "" ? noDeltas : [{ _tag: "Refusal", choice: 0, text: explanation }]
  const deltas: Deltas = [
    ...rest,
    ...refusal,
    { _tag: "Usage", usage: state.counted ?? usageOf(state.usage) },
    { _tag: "Finish", choice: 0, reason, ...(native === undefined ? {} : { native }) }
  ]
  return [{ ...state, blocks, phase: "finished" }, deltas]
}

/** Input is billed for an answer that breaks off as well, so what is known of it is told before the failure. */
const broken = (state: State, failure: Failure): Deltas => [
  ...(state.phase === "started" ? [{ _tag: "Usage" as const, usage: state.counted ?? usageOf(state.usage) }] : []),
  { _tag: "Failed", failure }
]

const step = (state: State, event: unknown): readonly [State, Deltas] => {
  const fields = objectOf(event)
  const type = fields["type"]
  if (state.phase === "finished") return [state, noDeltas]
  if (type === "error") {
    const words = errorWords(fields)
    const failure = providerFailure(classOf(words, undefined), state.answering.model.provider, words)
    return [{ ...state, phase: "finished" }, broken(state, failure)]
  }
  if (type === "message_start") return started(state, objectOf(fields["message"]))
  if (state.phase === "waiting") return [state, noDeltas]
  switch (type) {
    case "content_block_start":
      return within(state, blockStarted(state.blocks, fields["index"], objectOf(fields["content_block"])))
    case "content_block_delta":
      return within(state, blockContinued(state.blocks, fields["index"], objectOf(fields["delta"])))
    case "content_block_stop":
      return within(state, blockEnded(state.blocks, fields["index"]))
    case "message_delta":
      return [{ ...counting(state, fields["usage"]), ending: mergeUsage(state.ending, fields["delta"]) }, noDeltas]
    case "message_stop":
      return ended(state)
    default:
      return [state, noDeltas]
  }
}

const events = (whole: unknown): ReadonlyArray<unknown> => {
  const message = objectOf(whole)
  if (message["type"] === "error" || asObject(message["error"]) !== undefined) return [{ ...message, type: "error" }]
  if (message["type"] !== "message" || !Array.isArray(message["content"])) return []
  return [
    { type: "message_start", message },
    ...listOf(message["content"]).flatMap((content, index) => [
      { type: "content_block_start", index, content_block: content },
      { type: "content_block_stop", index }
    ]),
    { type: "message_delta", delta: message, usage: {} },
    { type: "message_stop" }
  ]
}

const end = (state: State, marked: boolean): Deltas => {
  if (state.phase === "finished") return noDeltas
  const garbled = marked && state.phase === "waiting"
  return broken(
    state,
    garbled
      ? new Garbled({ message: "The provider's answer is not a message." })
      : new Cut({ message: "The provider's answer broke off before its end." })
  )
}

// Failures

const classes: ReadonlyMap<string, FailureClass> = new Map([
  ["authentication_error", "Unauthorized"],
  ["permission_error", "Unauthorized"],
  ["billing_error", "QuotaExhausted"],
  ["not_found_error", "NoSuchModel"],
  ["request_too_large", "ContextTooLong"],
  ["rate_limit_error", "RateLimited"],
  ["timeout_error", "TimedOut"],
  ["api_error", "ServerFault"],
  ["overloaded_error", "Overloaded"],
  ["invalid_request_error", "InvalidRequest"]
])

/** `error.details.error_code` of refusals that waiting does not mend, though Anthropic answers them with 400 or 429. */
const codes: ReadonlyMap<string, FailureClass> = new Map([
  ["enforced_spend_limit_reached", "QuotaExhausted"],
  ["contract_spend_limit_reached", "QuotaExhausted"],
  ["linked_organization_spend_limit_reached", "QuotaExhausted"],
  ["linked_organization_billing_unavailable", "QuotaExhausted"],
  ["organization_on_hold", "Unauthorized"]
])

/** What Anthropic says only in words, under `invalid_request_error`. */
const phrases: ReadonlyArray<readonly [RegExp, FailureClass]> = [
  [/exceed context limit/i, "ContextTooLong"],
  [
    /credit balance is too low|reached your specified (?:API|workspace API) usage limits|spend(?:ing)? limit/i,
    "QuotaExhausted"
  ],
  [/organization has been disabled/i, "Unauthorized"],
  [/blocked by content filtering/i, "ContentRefused"]
]

const classOf = (words: ErrorWords, status: number | undefined): FailureClass => {
  const message = words.message ?? ""
  const known = codes.get(words.code ?? "")
  if (known !== undefined) return known
  const byType = classes.get(words.type ?? "")
  if (byType === undefined || byType === "InvalidRequest") {
    if (saysContextTooLong(message)) return "ContextTooLong"
    const phrase = phrases.find(([pattern]) => pattern.test(message))
    if (phrase !== undefined) return phrase[1]
  }
  // Vertex and proxies answer with other envelopes, of which only the status is sure.
  return byType ?? (status === undefined ? "ServerFault" : classOfStatus(status, message))
}

const errorWords = (body: Fields): ErrorWords => {
  const error = objectOf(body["error"])
  return {
    message: asText(error["message"]),
    type: asText(error["type"]),
    code: asText(objectOf(error["details"])["error_code"]),
    requestId: asText(body["request_id"])
  }
}

const failure = (refused: Refused): Failure => {
  const parsed = parseJson(refused.body)
  // Vertex wraps errors of a stream in a list.
  const words = errorWords(objectOf(Array.isArray(parsed) ? parsed[0] : parsed))
  return providerFailure(classOf(words, refused.status), refused.provider, words, refused)
}

/** Anthropic's Messages API. */
export const AnthropicMessages: Protocol<State> = {
  name: "AnthropicMessages",
  prepare,
  start,
  step,
  events,
  isLast: () => false,
  isEnded: ({ phase }) => phase === "finished",
  usage: ({ counted }) => counted,
  end,
  failure
}

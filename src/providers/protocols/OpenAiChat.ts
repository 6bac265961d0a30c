import { type Delta, type Deltas, type FinishReason, noDeltas } from "../../domain/Delta.ts"
import { Cut } from "../../domain/Failure.ts"
import {
  asNumber,
  asObject,
  asText,
  type Fields,
  listOf,
  objectOf,
  textOf,
  unknownFields
} from "../../domain/Fields.ts"
import type { ReasoningDetail } from "../../domain/Reasoning.ts"
import type { Usage } from "../../domain/Usage.ts"
import { closeCalls, type OpenCall, readCalls } from "../../wire/openai/ChatToolCalls.ts"
import { usageIn } from "../../wire/openai/ChatUsage.ts"
import { openAiFailure, openAiStreamFailure } from "../OpenAiFailures.ts"
import type { Answering, Protocol } from "../Protocol.ts"
import { prepareChat } from "./OpenAiChatBody.ts"

// --- state ---

interface ChoiceState {
  readonly calls: ReadonlyArray<OpenCall>
  readonly finished: boolean
}

interface State {
  readonly answering: Answering
  readonly regular: boolean
  readonly started: boolean
  /** By the host's index of the choice. */
  readonly choices: ReadonlyMap<number, ChoiceState>
  readonly usage: Usage | undefined
  /** Reasoning pieces so far, over all choices. */
  readonly pieces: number
}

const start = (answering: Answering): State => ({
  answering,
  regular: answering.quirks.regular === true,
  started: false,
  choices: new Map(),
  usage: undefined,
  pieces: 0
})

const newChoice: ChoiceState = { calls: [], finished: false }

// --- step ---

const knownEvent: ReadonlySet<string> = new Set([
  "id",
  "object",
  "created",
  "model",
  "choices",
  "usage",
  "obfuscation",
  "x_groq",
  "error",
  // Azure's filter verdicts on every answer; nobody asked for them.
  "prompt_filter_results"
])

const step = (state: State, value: unknown): readonly [State, Deltas] => {
  const event = objectOf(value)
  const failure = event["error"] ?? undefined
  if (failure !== undefined || event["object"] === "error") {
    return [state, [{ _tag: "Failed", failure: openAiStreamFailure(state.answering.model.provider, failure ?? event) }]]
  }
  const choices = listOf(event["choices"])
  const usage = usageIn(event) ?? usageIn(objectOf(choices[0]))
  // Azure's first chunk and OpenAI's usage chunk have no choice.
  if (choices.length === 0) return [usage === undefined ? state : { ...state, usage }, noDeltas]
  const deltas: Array<Delta> = []
  let next = usage === undefined ? state : { ...state, usage }
  if (!next.started) {
    deltas.push(startDelta(event, state.answering))
    next = { ...next, started: true }
  }
  for (const item of choices) next = readChoice(next, objectOf(item), event, deltas)
  return [next, deltas]
}

const startDelta = (event: Fields, { newId }: Answering): Delta => {
  const created = asNumber(event["created"])
  const extra = unknownFields(event, knownEvent)
  return {
    _tag: "Start",
    id: asText(event["id"]) || newId("chatcmpl"),
    model: textOf(event["model"]),
    ...(created === undefined ? {} : { created }),
    ...(extra === undefined ? {} : { extra })
  }
}

/** Adds what one choice of an event says to `deltas`. A body's `message` is read as the one delta that it is. */
const readChoice = (state: State, item: Fields, event: Fields, deltas: Array<Delta>): State => {
  const choice = asNumber(item["index"]) ?? 0
  const known = state.choices.get(choice)
  // OpenRouter says the end twice; Azure sends a filter verdict after it.
  if (known?.finished === true) return state
  const whole = asObject(item["delta"]) === undefined
  const delta = asObject(item["delta"]) ?? objectOf(item["message"])
  let { calls } = known ?? newChoice
  let next = readReasoning(state, choice, delta, deltas)

  const logprobs = item["logprobs"] ?? undefined
  const text = contentText(delta["content"], choice, deltas)
  if (text !== "" || (logprobs !== undefined && asObject(logprobs) !== undefined)) {
    deltas.push({ _tag: "Text", choice, text, ...(logprobs === undefined ? {} : { logprobs }) })
  }
  const refusal = textOf(delta["refusal"])
  if (refusal !== "") deltas.push({ _tag: "Refusal", choice, text: refusal })
  for (const annotation of listOf(delta["annotations"])) readAnnotation(objectOf(annotation), choice, deltas)
  const audio = asObject(delta["audio"])
  if (audio !== undefined) deltas.push({ _tag: "Audio", choice, audio })

  const legacy = asObject(delta["function_call"])
  const pieces = legacy === undefined ? listOf(delta["tool_calls"]) : [{ index: 0, function: legacy }]
  if (pieces.length > 0) {
    const reading = { choice, whole, regular: state.regular, newId: state.answering.newId }
    const [joined, said] = readCalls(calls, pieces, reading)
    calls = joined
    deltas.push(...said)
  }

  const native = asText(item["finish_reason"])
  const error = asObject(item["error"])
  if (error !== undefined || native === "error") {
    // OpenRouter says in a choice that the host behind it failed; other hosts have only the word.
    const said = error ?? { message: "The answer ended with an error." }
    deltas.push({ _tag: "Failed", failure: openAiStreamFailure(state.answering.model.provider, said) })
    return state
  }
  const finished = native !== undefined && native !== ""
  if (finished) {
    deltas.push(...closeCalls(calls, choice))
    deltas.push(finish(choice, finishReason(native, calls.length > 0), native, item, event, state.started))
  }
  next = { ...next, choices: new Map(next.choices).set(choice, { calls, finished }) }
  return next
}

/** The text of a content that is text or, with Mistral, a list of parts; what its `thinking` parts say is told as reasoning. */
const contentText = (content: unknown, choice: number, deltas: Array<Delta>): string => {
  if (typeof content === "string") return content
  let text = ""
  for (const value of listOf(content)) {
    const part = objectOf(value)
    if (part["type"] !== "thinking") text += textOf(part["text"])
    else {
      const thought = contentText(part["thinking"], choice, deltas)
      if (thought !== "") deltas.push({ _tag: "Reasoning", choice, text: thought })
    }
  }
  return text
}

const readReasoning = (state: State, choice: number, delta: Fields, deltas: Array<Delta>): State => {
  const details = listOf(delta["reasoning_details"])
  const said = textOf(delta["reasoning_content"]) || textOf(delta["reasoning"])
  if (said !== "") deltas.push({ _tag: "Reasoning", choice, text: said })
  if (details.length === 0) return state
  let pieces = state.pieces
  for (const value of details) {
    const piece = objectOf(value)
    const detail = detailOf(piece, pieces)
    if (detail === undefined) continue
    pieces++
    deltas.push({ _tag: "ReasoningDetail", choice, detail })
    // Hosts that send details repeat their text in `reasoning`; where one does not, it is said from here.
    const text = detail.text ?? detail.summary ?? ""
    if (said === "" && text !== "") deltas.push({ _tag: "Reasoning", choice, text })
  }
  return { ...state, pieces }
}

const detailOf = (piece: Fields, index: number): ReasoningDetail | undefined => {
  const type = piece["type"]
  if (type !== "reasoning.text" && type !== "reasoning.encrypted" && type !== "reasoning.summary") return undefined
  const format = piece["format"]
  const optional = (name: "text" | "summary" | "data" | "signature" | "id") => {
    const value = asText(piece[name])
    return value === undefined ? {} : { [name]: value }
  }
  return {
    type,
    format:
      format === "anthropic-claude-v1" || format === "openai-responses-v1" || format === "google-gemini-v1"
        ? format
        : "unknown",
    ...optional("text"),
    ...optional("summary"),
    ...optional("data"),
    ...optional("signature"),
    ...optional("id"),
    index: asNumber(piece["index"]) ?? index
  }
}

const readAnnotation = (annotation: Fields, choice: number, deltas: Array<Delta>): void => {
  const citation = objectOf(annotation["url_citation"])
  const url = asText(citation["url"])
  if (url === undefined) return
  deltas.push({
    _tag: "Annotation",
    choice,
    annotation: {
      url,
      title: textOf(citation["title"]),
      start: asNumber(citation["start_index"]) ?? 0,
      end: asNumber(citation["end_index"]) ?? 0
    }
  })
}

// Anthropic's, Mistral's and z.ai's words stand here as well.
const lengthWords: ReadonlySet<string> = new Set([
  "length",
  "max_tokens",
  "model_length",
  "model_context_window_exceeded"
])
const filterWords: ReadonlySet<string> = new Set(["content_filter", "refusal", "safety", "sensitive"])

/** Hosts that speak OpenAI's language but keep words of the model behind them. */
const finishReason = (native: string, hasCalls: boolean): FinishReason => {
  const word = native.toLowerCase()
  if (lengthWords.has(word)) return "length"
  if (filterWords.has(word)) return "content_filter"
  // OpenAI itself says `stop` when the call was forced by name.
  return hasCalls ? "tool_calls" : "stop"
}

const finish = (
  choice: number,
  reason: FinishReason,
  native: string,
  item: Fields,
  event: Fields,
  late: boolean
): Delta => {
  const filters = item["content_filter_results"] ?? undefined
  // The first event's unknown fields are told by `Start`; those of the last (`citations`, `timings`) would be lost without this.
  const extra = {
    ...(late ? unknownFields(event, knownEvent) : {}),
    ...(filters === undefined ? {} : { content_filter_results: filters })
  }
  return { _tag: "Finish", choice, reason, native, ...(Object.keys(extra).length === 0 ? {} : { extra }) }
}

/**
 * An answer is whole after the end mark, or when every choice gave its finish reason: hosts exist that send no `[DONE]`. OpenAI always does, with usage before it,
 * so there a stream without either was cut.
 */
const end = (state: State, marked: boolean): Deltas => {
  const open = [...state.choices].filter(([, { finished }]) => !finished)
  const usage: Deltas = state.usage === undefined ? noDeltas : [{ _tag: "Usage", usage: state.usage }]
  const finished = state.choices.size > 0 && open.length === 0
  if (finished && (marked || !state.regular || state.usage !== undefined)) return usage
  if (!marked || state.choices.size === 0) {
    return [
      ...usage,
      { _tag: "Failed", failure: new Cut({ message: "The provider's answer broke off before its end." }) }
    ]
  }
  return [
    ...open.flatMap(([choice, { calls }]): Deltas => [
      ...closeCalls(calls, choice),
      { _tag: "Finish", choice, reason: calls.length > 0 ? "tool_calls" : "stop" }
    ]),
    ...usage
  ]
}

/** A body without the empty `delta` that Perplexity puts beside each `message`. */
const withoutDeltas = (whole: unknown): unknown => {
  const choices = listOf(objectOf(whole)["choices"]).map(objectOf)
  if (!choices.some((choice) => "delta" in choice && "message" in choice)) return whole
  return { ...objectOf(whole), choices: choices.map((choice) => ({ ...choice, delta: undefined })) }
}

// --- export ---

/** OpenAI's chat completions, as OpenAI and the many hosts that imitate it speak it. */
export const OpenAiChat: Protocol<State> = {
  name: "OpenAiChat",
  prepare: prepareChat,
  start,
  step,
  events: (whole) => [withoutDeltas(whole)],
  isLast: (data) => data === "[DONE]",
  end,
  failure: openAiFailure
}

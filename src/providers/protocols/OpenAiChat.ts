import { type Delta, type Deltas, noDeltas } from "../../domain/Delta.ts"
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
import type { Usage } from "../../domain/usage/Usage.ts"
import { detailOf } from "../../wire/openai/chat/ChatDetails.ts"
import { closeCalls, type OpenCall, readCalls } from "../../wire/openai/chat/ChatToolCalls.ts"
import { usageIn } from "../../wire/openai/chat/usage/ChatUsage.ts"
import { openAiFailure, openAiStreamFailure } from "../OpenAiFailures.ts"
import type { Answering, Protocol } from "../Protocol.ts"
import { prepareChat } from "./OpenAiChatBody.ts"
import { errorWords, finishReason, isFinal } from "./OpenAiChatEnds.ts"

// --- state ---

interface ChoiceState {
  readonly calls: ReadonlyArray<OpenCall>
  /** The finish reason, as the host says it, once it has. */
  readonly native: string | undefined
  /** What the host said of the choice with its end that we do not know. */
  readonly extra: Fields | undefined
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
  /** What the last envelopes said that we do not know; the first one's is told by `Start`. */
  readonly extra: Fields | undefined
}

const start = (answering: Answering): State => ({
  answering,
  regular: answering.quirks.regular === true,
  started: false,
  choices: new Map(),
  usage: undefined,
  pieces: 0,
  extra: undefined
})

const newChoice: ChoiceState = { calls: [], native: undefined, extra: undefined }

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

const knownChoice: ReadonlySet<string> = new Set([
  "index",
  "delta",
  "message",
  "logprobs",
  "finish_reason",
  "usage",
  "error"
])

const step = (state: State, value: unknown): readonly [State, Deltas] => {
  // Google's OpenAI door wraps its errors in a list.
  const event = objectOf(Array.isArray(value) ? value[0] : value)
  const failure = event["error"] ?? undefined
  if (failure !== undefined || event["object"] === "error" || event["type"] === "error") {
    return [state, [{ _tag: "Failed", failure: openAiStreamFailure(state.answering.model.provider, failure ?? event) }]]
  }
  const choices = listOf(event["choices"])
  const usage = usageIn(event) ?? usageIn(objectOf(choices[0])) ?? state.usage
  // Azure's first chunk and OpenAI's usage chunk have no choice.
  if (choices.length === 0) return [{ ...state, usage, extra: withUnknown(state.extra, event, knownEvent) }, noDeltas]
  const deltas: Array<Delta> = []
  let next = state
  if (!next.started) {
    deltas.push(startDelta(event, state.answering))
    next = { ...next, started: true }
  } else if (choices.some((choice) => textOf(objectOf(choice)["finish_reason"]) !== "")) {
    next = { ...next, extra: withUnknown(next.extra, event, knownEvent) }
  }
  if (usage !== next.usage) next = { ...next, usage }
  for (const [at, item] of choices.entries()) next = readChoice(next, objectOf(item), at, deltas)
  return [next, deltas]
}

const withUnknown = (before: Fields | undefined, value: Fields, known: ReadonlySet<string>): Fields | undefined => {
  const unknown = unknownFields(value, known)
  return before === undefined || unknown === undefined ? (unknown ?? before) : { ...before, ...unknown }
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
const readChoice = (state: State, item: Fields, at: number, deltas: Array<Delta>): State => {
  const choice = asNumber(item["index"]) ?? at
  const known = state.choices.get(choice) ?? newChoice
  if (state.regular && known.native !== undefined) return state
  const whole = asObject(item["delta"]) === undefined
  const delta = asObject(item["delta"]) ?? objectOf(item["message"])
  let { calls } = known
  const next = readReasoning(state, choice, delta, deltas)

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
    const [joined, told] = readCalls(calls, pieces, reading)
    calls = joined
    deltas.push(...told)
  }

  const said = textOf(item["finish_reason"])
  const error = asObject(item["error"])
  if (error !== undefined || errorWords.has(said)) {
    // OpenRouter says in a choice that the host behind it failed; other hosts have only the word.
    const words = error ?? { message: `The answer ended with an error (${said}).` }
    deltas.push({ _tag: "Failed", failure: openAiStreamFailure(state.answering.model.provider, words) })
    return state
  }
  const native = known.native !== undefined && (said === "" || isFinal(known.native)) ? known.native : said || undefined
  const extra = native === undefined ? undefined : withUnknown(known.extra, item, knownChoice)
  if (calls === known.calls && native === known.native && extra === known.extra && state.choices.has(choice))
    return next
  const read: ChoiceState = { calls, native, extra }
  if (state.regular && native !== undefined) deltas.push(...finish(next, choice, read))
  return { ...next, choices: new Map(next.choices).set(choice, read) }
}

/**
 * The text of a content that is text or, with Mistral, a list of parts; what its `thinking` parts say is told as
 * reasoning.
 */
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
    const detail = detailOf(piece, asNumber(piece["index"]) ?? pieces)
    if (detail === undefined) continue
    pieces++
    deltas.push({ _tag: "ReasoningDetail", choice, detail })
    // Hosts that send details repeat their text in `reasoning`; where one does not, it is said from here.
    const text = detail.text ?? detail.summary ?? ""
    if (said === "" && text !== "") deltas.push({ _tag: "Reasoning", choice, text })
  }
  return { ...state, pieces }
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

const finish = (state: State, choice: number, { calls, native, extra }: ChoiceState): Deltas => [
  ...closeCalls(calls, choice),
  {
    _tag: "Finish",
    choice,
    reason: finishReason(native ?? "", calls.length > 0),
    ...(native === undefined ? {} : { native }),
    ...(state.extra === undefined ? {} : { extra: state.extra }),
    ...(extra === undefined ? {} : { choiceExtra: extra })
  }
]

// --- end ---

/**
 * An answer is whole after the end mark, or when every choice gave its finish reason: hosts exist that send no
 * `[DONE]`. OpenAI always does, with usage before it, so there a stream without either was cut.
 *
 * OpenAI's finish is told as it comes. Other hosts say it with each of several calls, or twice, and go on; so theirs is
 * told here.
 */
const end = (state: State, marked: boolean): Deltas => {
  const choices = [...state.choices]
  const usage: Deltas = state.usage === undefined ? noDeltas : [{ _tag: "Usage", usage: state.usage }]
  const isWhole = isFinished(state) && (!state.regular || state.usage !== undefined)
  if (!isWhole && (!marked || choices.length === 0)) {
    const message = "The provider's answer broke off before its end."
    return [...usage, { _tag: "Failed", failure: new Cut({ message }) }]
  }
  const untold = choices.filter(([, { native }]) => !state.regular || native === undefined)
  return [...untold.flatMap(([choice, read]) => finish(state, choice, read)), ...usage]
}

/** Every choice gave its finish reason. Usage, which is always asked for, comes after it. */
const isFinished = ({ choices }: State): boolean =>
  choices.size > 0 && choices.values().every(({ native }) => native !== undefined)

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
  isWhole: (state) => state.usage !== undefined && isFinished(state),
  usage: ({ usage }) => usage,
  isLast: (data) => data.length < 16 && data.trim() === "[DONE]",
  end,
  failure: openAiFailure
}

import type { Annotation, Deltas, FinishReason } from "./Delta.ts"
import { type Fields, listOf, objectOf } from "./Fields.ts"
import { addDetail, type ReasoningDetail } from "./Reasoning.ts"
import { noUsage, type Usage } from "./usage/Usage.ts"

/** A tool call of a whole answer; `arguments` is JSON text for a function, any text for a custom tool. */
export interface AnsweredCall {
  readonly id: string
  readonly name: string
  readonly kind: "function" | "custom"
  readonly signature?: string
  arguments: string
}

/** One of the answers of a request. Mutable while `fold` builds it, not after. */
export interface AnswerChoice {
  readonly index: number
  text: string
  reasoning: string
  refusal: string
  readonly reasoningDetails: Array<ReasoningDetail>
  readonly toolCalls: Array<AnsweredCall>
  readonly annotations: Array<Annotation>
  audio: Fields | undefined
  logprobs: Fields | undefined
  finishReason: FinishReason | undefined
  /** The provider's own word for the end. */
  nativeFinishReason: string | undefined
  /** Fields of the choice that we do not know. */
  extra: Fields | undefined
}

/** A whole answer: what the deltas of a stream say when they are put together. */
export interface Answer {
  readonly id: string
  /** What the provider says answered. */
  readonly model: string
  /** Unix seconds, when the provider said it. */
  readonly created: number | undefined
  readonly choices: ReadonlyArray<AnswerChoice>
  readonly usage: Usage
  /** Envelope fields of the provider that we do not know. */
  readonly extra: Fields
}

/** Puts the deltas of an answer together. A `Failed` among them is the caller's business: it is passed over here. */
export const fold = (deltas: Deltas): Answer => {
  let id = ""
  let model = ""
  let created: number | undefined
  let usage: Usage | undefined
  let extra: Fields = {}
  const choices = new Map<number, AnswerChoice>()
  const at = (index: number): AnswerChoice => {
    let choice = choices.get(index)
    if (choice === undefined) {
      choice = emptyChoice(index)
      choices.set(index, choice)
    }
    return choice
  }
  for (const delta of deltas) {
    switch (delta._tag) {
      case "Start":
        id = delta.id
        model = delta.model
        created = delta.created
        if (delta.extra !== undefined) extra = { ...extra, ...delta.extra }
        break
      case "Text": {
        const choice = at(delta.choice)
        choice.text += delta.text
        if (delta.logprobs !== undefined) choice.logprobs = joinLogprobs(choice.logprobs, delta.logprobs)
        break
      }
      case "Reasoning":
        at(delta.choice).reasoning += delta.text
        break
      case "ReasoningDetail":
        addDetail(at(delta.choice).reasoningDetails, delta.detail)
        break
      case "Refusal":
        at(delta.choice).refusal += delta.text
        break
      case "ToolCallStart": {
        const { id, name, kind, signature } = delta
        at(delta.choice).toolCalls[delta.call] = {
          id,
          name,
          kind,
          arguments: "",
          ...(signature === undefined ? {} : { signature })
        }
        break
      }
      case "ToolCallArguments": {
        const call = at(delta.choice).toolCalls[delta.call]
        if (call !== undefined) call.arguments += delta.text
        break
      }
      case "Annotation":
        at(delta.choice).annotations.push(delta.annotation)
        break
      case "Audio":
        at(delta.choice).audio = joinAudio(at(delta.choice).audio, delta.audio)
        break
      case "Usage":
        usage = delta.usage
        break
      case "Finish": {
        const choice = at(delta.choice)
        choice.finishReason = delta.reason
        choice.nativeFinishReason = delta.native
        choice.extra = delta.choiceExtra
        if (delta.extra !== undefined) extra = { ...extra, ...delta.extra }
        break
      }
      case "Relayed":
      case "Failed":
        break
    }
  }
  if (choices.size === 0) at(0)
  return {
    id,
    model,
    created,
    choices: [...choices.values()].toSorted((one, other) => one.index - other.index),
    usage: usage ?? noUsage,
    extra
  }
}

const emptyChoice = (index: number): AnswerChoice => ({
  index,
  text: "",
  reasoning: "",
  refusal: "",
  reasoningDetails: [],
  toolCalls: [],
  annotations: [],
  audio: undefined,
  logprobs: undefined,
  finishReason: undefined,
  nativeFinishReason: undefined,
  extra: undefined
})

/** OpenAI's `{content: […], refusal: […]}`: a stream sends the lists in pieces. */
const joinLogprobs = (before: Fields | undefined, piece: unknown): Fields => {
  const fields = objectOf(piece)
  if (before === undefined) return fields
  return {
    ...before,
    ...fields,
    content: joinLists(before["content"], fields["content"]),
    refusal: joinLists(before["refusal"], fields["refusal"])
  }
}

/** Of text and refusal one is a list and the other null. */
const joinLists = (one: unknown, other: unknown): ReadonlyArray<unknown> | null =>
  Array.isArray(one) || Array.isArray(other) ? [...listOf(one), ...listOf(other)] : null

/** Sound and its transcript come in pieces; id and expiry come once. */
const joinAudio = (before: Fields | undefined, piece: Fields): Fields => {
  if (before === undefined) return piece
  const joined = (name: string) => {
    const [one, other] = [before[name], piece[name]]
    return typeof one === "string" && typeof other === "string" ? { [name]: one + other } : {}
  }
  return { ...before, ...piece, ...joined("data"), ...joined("transcript") }
}

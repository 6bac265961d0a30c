import type { Failure } from "./Failure.ts"
import type { Fields } from "./Fields.ts"
import type { ReasoningDetail } from "./Reasoning.ts"
import type { Usage } from "./usage/Usage.ts"

/** OpenAI's words for why an answer ended; every provider's own words are mapped to them in its protocol. */
export type FinishReason = "stop" | "length" | "tool_calls" | "content_filter"

/**
 * A source that the answer cites. `start` and `end` count characters of the text (UTF-16, as JavaScript and OpenAI do).
 */
export interface Annotation {
  readonly url: string
  readonly title: string
  readonly start: number
  readonly end: number
}

/**
 * What every provider's answer is told in, piece by piece: the one vocabulary between protocols and doors.
 * `choice` counts the answers of one request (`n`) from 0, `call` the tool calls of one choice from 0.
 *
 * Order: one `Start`; then content of any kind; `Usage` at most once, `Finish` once for each choice, in any order;
 * nothing after `Failed`. A call's `ToolCallStart` comes before its `ToolCallArguments`; a call's arguments joined are
 * JSON text (`{}` when the provider sent none).
 */
export type Delta =
  | {
      readonly _tag: "Start"
      /** The provider's id of the answer. */
      readonly id: string
      /** What the provider says answered (`gpt-4o-mini-2024-07-18`). */
      readonly model: string
      /** Unix seconds, when the provider says it. */
      readonly created?: number
      /** Fields of the provider's envelope that we do not know, for callers that speak the same language. */
      readonly extra?: Fields
    }
  | { readonly _tag: "Text"; readonly choice: number; readonly text: string; readonly logprobs?: unknown }
  | { readonly _tag: "Reasoning"; readonly choice: number; readonly text: string }
  | { readonly _tag: "ReasoningDetail"; readonly choice: number; readonly detail: ReasoningDetail }
  | { readonly _tag: "Refusal"; readonly choice: number; readonly text: string }
  | {
      readonly _tag: "ToolCallStart"
      readonly choice: number
      readonly call: number
      readonly id: string
      readonly name: string
      /** `custom`: OpenAI's free-form tools, whose input is text, not JSON. */
      readonly kind: "function" | "custom"
      /** Gemini's `thoughtSignature`, wanted back with this call in the next turn. */
      readonly signature?: string
    }
  | { readonly _tag: "ToolCallArguments"; readonly choice: number; readonly call: number; readonly text: string }
  | { readonly _tag: "Annotation"; readonly choice: number; readonly annotation: Annotation }
  /** OpenAI's spoken answers: a piece of its `audio` object, as it came. */
  | { readonly _tag: "Audio"; readonly choice: number; readonly audio: Fields }
  | { readonly _tag: "Usage"; readonly usage: Usage }
  | {
      readonly _tag: "Finish"
      readonly choice: number
      readonly reason: FinishReason
      /** The provider's own word. */
      readonly native?: string
      /** Fields of the provider's last envelopes that we do not know. */
      readonly extra?: Fields
      /** The same of the choice itself (Azure's `content_filter_results`, vLLM's `stop_reason`). */
      readonly choiceExtra?: Fields
    }
  /**
   * The relay lane: events of the provider, or its whole body, that are already in the caller's language, as text to
   * write on. `content`: some of it is content, not only a role or the like.
   */
  | { readonly _tag: "Relayed"; readonly text: string; readonly content: boolean }
  | { readonly _tag: "Failed"; readonly failure: Failure }

/** Pieces of one answer, in their order. */
export type Deltas = ReadonlyArray<Delta>

/** The list that says nothing, shared so that it costs no allocation. */
export const noDeltas: Deltas = []

/**
 * Whether a delta is content: something that a caller who reads the answer would see. `reasoning` says whether this
 * caller sees that.
 */
export const isContent = (delta: Delta, reasoning: boolean): boolean => {
  switch (delta._tag) {
    case "Text":
    case "Refusal":
      return delta.text !== ""
    case "Relayed":
      return delta.content
    case "Reasoning":
      return reasoning && delta.text !== ""
    case "ToolCallStart":
    case "Audio":
    case "Finish":
      return true
    default:
      return false
  }
}

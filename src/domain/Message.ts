import type { Fields } from "./Fields.ts"
import type { ReasoningDetail } from "./Reasoning.ts"

/** Anthropic's prompt-cache mark. `5m` is Anthropic's default when `ttl` is absent. */
export interface CacheControl {
  readonly type: "ephemeral"
  readonly ttl?: "5m" | "1h"
}

interface Marked {
  readonly cache?: CacheControl
  readonly extra?: Fields
}

export interface TextPart extends Marked {
  readonly type: "text"
  readonly text: string
}

/** An image by address: `data:image/png;base64,…` or `https://…`. */
export interface ImagePart extends Marked {
  readonly type: "image"
  readonly url: string
  readonly detail?: string
}

/** Sound, base64. `format` is the file's ending: `wav`, `mp3`. */
export interface AudioPart extends Marked {
  readonly type: "audio"
  readonly data: string
  readonly format: string
}

/** A document: by content (`data:application/pdf;base64,…`), by address, or by the provider's file id. */
export interface FilePart extends Marked {
  readonly type: "file"
  readonly data?: string
  readonly url?: string
  readonly id?: string
  readonly name?: string
}

export interface RefusalPart extends Marked {
  readonly type: "refusal"
  readonly refusal: string
}

/** A piece of a message that is more than plain text. */
export type Part = TextPart | ImagePart | AudioPart | FilePart | RefusalPart
/** What a message says: plain text, or parts in their order. */
export type Content = string | ReadonlyArray<Part>

/** A call that the model made in an earlier turn; `id` is what its result names. */
export interface ToolCall {
  readonly id: string
  readonly name: string
  /** JSON text for a function (as the model wrote it, so maybe empty or broken), any text for a custom tool. */
  readonly arguments: string
  readonly kind: "function" | "custom"
  /** Gemini's `thoughtSignature` that came with the call. */
  readonly signature?: string
  readonly extra?: Fields
}

export interface SystemMessage extends Marked {
  readonly role: "system" | "developer"
  readonly content: Content
  readonly name?: string
}

export interface UserMessage extends Marked {
  readonly role: "user"
  readonly content: Content
  readonly name?: string
}

/** An earlier turn of the model. */
export interface AssistantMessage extends Marked {
  readonly role: "assistant"
  /** Empty text when the model only called tools. */
  readonly content: Content
  readonly toolCalls: ReadonlyArray<ToolCall>
  readonly refusal?: string
  readonly name?: string
  /** Readable reasoning of that turn (`reasoning_content`, `reasoning`, `thinking`). */
  readonly reasoning?: string
  readonly reasoningDetails?: ReadonlyArray<ReasoningDetail>
}

/** The result of the tool call `callId`. */
export interface ToolMessage extends Marked {
  readonly role: "tool"
  readonly callId: string
  readonly content: Content
  readonly name?: string
}

export type Message = SystemMessage | UserMessage | AssistantMessage | ToolMessage

/** The text of a message's content, parts joined; what is not text is left out. */
export const contentText = (content: Content): string =>
  typeof content === "string"
    ? content
    : content.map((part) => (part.type === "text" ? part.text : part.type === "refusal" ? part.refusal : "")).join("")

/** Which signed reasoning of earlier turns a target takes back. */
export interface ReasoningTaken {
  readonly detail: (detail: ReasoningDetail) => boolean
  /** Gemini's signatures of calls. */
  readonly callSignature: boolean
}

/**
 * The fields in which a caller sent back reasoning that another provider signed: they cannot go to this one, and are
 * told as dropped.
 */
export const foreignReasoning = (messages: ReadonlyArray<Message>, taken: ReasoningTaken): ReadonlyArray<string> =>
  messages.flatMap((message, at) => {
    if (message.role !== "assistant") return []
    const calls = message.toolCalls.flatMap(({ signature }, place) =>
      signature === undefined || taken.callSignature ? [] : [`messages[${at}].tool_calls[${place}].extra_content`]
    )
    const details = message.reasoningDetails ?? []
    return details.every(taken.detail) ? calls : [`messages[${at}].reasoning_details`, ...calls]
  })

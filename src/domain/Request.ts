import type { Fields } from "./Fields.ts"
import type { Message } from "./Message.ts"
import type { CacheControl } from "./Message.ts"
import type { Effort } from "./Reasoning.ts"

/** A function that the model may call. `parameters` is a JSON Schema; absent when the function takes none. */
export interface FunctionTool {
  readonly kind: "function"
  readonly name: string
  readonly description?: string
  readonly parameters?: Fields
  /** The caller wants arguments that fit the schema exactly. */
  readonly strict?: boolean
  readonly cache?: CacheControl
  /** Fields of OpenAI's `function` object that have no place above. */
  readonly extra?: Fields
  /** The same of the tool itself, beside its `function`. */
  readonly beside?: Fields
}

/** OpenAI's free-form tool: its input is text, maybe of a grammar. `definition` is OpenAI's `custom` object. */
export interface CustomTool {
  readonly kind: "custom"
  readonly name: string
  readonly definition: Fields
  readonly extra?: Fields
}

export type Tool = FunctionTool | CustomTool

/** Whether tools may or must be called, and which. */
export type ToolChoice =
  | { readonly mode: "auto" | "none" | "required" }
  | { readonly mode: "named"; readonly name: string; readonly kind: "function" | "custom" }
  /** Only these tools; `required`: one of them must be called. */
  | { readonly mode: "allowed"; readonly required: boolean; readonly names: ReadonlyArray<string> }

/** The form that the answer is to have; `schema` is a JSON Schema. */
export type ResponseFormat =
  | { readonly type: "text" }
  | { readonly type: "json_object" }
  | {
      readonly type: "json_schema"
      readonly name: string
      readonly description?: string
      readonly schema: Fields
      readonly strict: boolean
    }

/**
 * What a caller asks of a model, whatever the door: the one form that every protocol turns into its provider's body.
 * A field that is absent was not said; none has a default here.
 */
export interface Request {
  /** As the caller wrote it: catalog id, bare name or alias. */
  readonly model: string
  readonly messages: ReadonlyArray<Message>
  readonly stream: boolean
  /** The caller wants a usage chunk at the end of the stream. */
  readonly includeUsage: boolean
  readonly tools: ReadonlyArray<Tool>
  readonly toolChoice?: ToolChoice
  readonly parallelToolCalls?: boolean
  readonly responseFormat?: ResponseFormat
  /** Most tokens of the answer, reasoning included (`max_completion_tokens`, `max_tokens`). */
  readonly maxOutputTokens?: number
  readonly temperature?: number
  readonly topP?: number
  readonly topK?: number
  readonly stop?: ReadonlyArray<string>
  readonly seed?: number
  /** How many answers (`n`). */
  readonly choices?: number
  readonly logprobs?: boolean
  readonly topLogprobs?: number
  readonly logitBias?: Fields
  readonly presencePenalty?: number
  readonly frequencyPenalty?: number
  readonly reasoning?: { readonly effort?: Effort; readonly maxTokens?: number }
  readonly verbosity?: string
  readonly metadata?: Fields
  readonly user?: string
  readonly safetyIdentifier?: string
  readonly serviceTier?: string
  readonly promptCacheKey?: string
  readonly promptCacheRetention?: string
  /** A cache mark for the whole prompt (Anthropic's automatic caching). */
  readonly cache?: CacheControl
  /** Refuse, rather than drop, what a target cannot carry (`provider.require_parameters`). */
  readonly requireParameters: boolean
  /** The caller used the old `functions` and `function_call`, and is answered in kind. */
  readonly legacyFunctions: boolean
  /**
   * Fields of the door's language that have no place above (`prediction`, `modalities`, `audio`, `web_search_options`,
   * `store`, `stream_options.include_obfuscation`, a model's own). They go on to targets that speak the door's language
   * and are told as dropped elsewhere.
   */
  readonly extra?: Fields
}

/** Whether anything of the request carries a prompt-cache mark. */
export const hasCacheMarks = ({ cache, messages, tools }: Request): boolean =>
  cache !== undefined ||
  tools.some((tool) => tool.kind === "function" && tool.cache !== undefined) ||
  messages.some(
    (message) =>
      message.cache !== undefined ||
      (typeof message.content !== "string" && message.content.some((part) => part.cache !== undefined))
  )

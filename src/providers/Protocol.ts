import type { Result } from "effect"
import type { Deltas } from "../domain/Delta.ts"
import type { Failure } from "../domain/Failure.ts"
import type { Fields } from "../domain/Fields.ts"
import type { Model } from "../domain/Model.ts"
import type { ReasoningDetail } from "../domain/Reasoning.ts"
import type { Request } from "../domain/Request.ts"
import type { Usage } from "../domain/usage/Usage.ts"

/** A request in a provider's words. */
export interface Prepared {
  /** Path below the deployment's base address, with its leading slash. */
  readonly path: string
  readonly body: Fields
  /** The body as JSON, where it is at hand. */
  readonly text?: string
  /** Headers that the request itself needs (`anthropic-beta`), lower case. */
  readonly headers?: Readonly<Record<string, string>>
  /** Fields of the caller's request (in OpenAI's names) that this target cannot carry and that were left out. */
  readonly dropped: ReadonlyArray<string>
}

/** What a protocol may look up while it writes a request. */
export interface Preparing {
  readonly model: Model
  /** Whether the upstream answer is asked as a stream (it may be where the caller's is not). */
  readonly stream: boolean
  /**
   * The caller's library may have stripped what the provider wants back with a tool call; this remembers it by the
   * call's id.
   */
  readonly recall: (callId: string) => Remembered | undefined
  /** How the deployment differs from the norm of its language. */
  readonly quirks: Quirks
}

/** What must go back to a provider with a tool call. */
export interface Remembered {
  readonly signature?: string
  readonly reasoningDetails?: ReadonlyArray<ReasoningDetail>
  readonly reasoning?: string
}

/** Ways in which a host that speaks a language differs from that language's owner. */
export interface Quirks {
  /** Not OpenAI itself: OpenAI-only fields are left out and `developer` becomes `system`. */
  readonly compatible?: boolean
  /** Takes no `stream_options`. */
  readonly noStreamOptions?: boolean
  /** Every stream ends with `[DONE]` and, when asked, usage before it; a stream without either was cut. */
  readonly regular?: boolean
}

/** What a protocol is told when an answer starts. */
export interface Answering {
  readonly model: Model
  readonly request: Request
  readonly quirks: Quirks
  /** Makes an id for a tool call that the provider sent without one; unique for ever. */
  readonly newId: (prefix: string) => string
}

/**
 * A provider family's language: our request into its body, its events into our deltas. Pure.
 *
 * The engine feeds `step` with every JSON event of a stream, in order, until `isLast` or the end of the transport, then
 * asks `end`. A whole (not streamed) answer takes the same road: `events` tells it as the events that would have made
 * it.
 */
export interface Protocol<State> {
  readonly name: "OpenAiChat" | "OpenAiResponses" | "AnthropicMessages" | "GeminiContent"
  /** Fails with `Unable` or `InvalidRequest` when the request cannot be put into the provider's words. */
  readonly prepare: (request: Request, preparing: Preparing) => Result.Result<Prepared, Failure>
  readonly start: (answering: Answering) => State
  /**
   * Never throws, whatever the event; what it does not know it ignores. A provider's error event becomes a `Failed`
   * delta.
   */
  readonly step: (state: State, event: unknown) => readonly [State, Deltas]
  readonly events: (whole: unknown) => ReadonlyArray<unknown>
  /** Whether this SSE `data` text is the end mark (`[DONE]`), which is no JSON. */
  readonly isLast: (data: string) => boolean
  /** Whether the end mark has come, where it is an event that `step` reads. */
  readonly isEnded?: (state: State) => boolean
  /** Nothing can follow but the end mark: hosts exist that leave it out and keep the connection. */
  readonly isWhole?: (state: State) => boolean
  /**
   * What was reported of the usage so far, where it is not only said with the end: the same object until there is a
   * newer report.
   */
  readonly usage?: (state: State) => Usage | undefined
  /**
   * What the end of the answer means: what is still to be said when it is whole, `Failed` with `Cut` when it is not.
   * `marked`: the end mark was seen.
   */
  readonly end: (state: State, marked: boolean) => Deltas
  /** An answer with a status that is no success, as our failure. `body` is what came, at most 64 KiB of it. */
  readonly failure: (refused: Refused) => Failure
}

/** A provider's answer with an error status. */
export interface Refused {
  readonly provider: string
  readonly status: number
  readonly headers: Headers
  readonly body: string
}

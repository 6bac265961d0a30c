import type { Fields } from "../../domain/Fields.ts"
import type { Asked } from "../script/Asked.ts"
import type { Script } from "../script/Script.ts"
import type { FlagName, ProblemName } from "../Vocabulary.ts"

/** The names by which the log tells languages apart. */
export type LanguageName = "openai-chat" | "openai-responses" | "anthropic-messages" | "gemini-content"

/** Tokens to report. Totals include their parts: cached and written ones are in `input`, reasoning in `output`. */
export interface Tokens {
  readonly input: number
  readonly cached: number
  readonly written: number
  readonly output: number
  readonly reasoning: number
}

/** Everything that an answer is written from. */
export interface Answer {
  /** Unique to the answer; ids of the provider's form are made from it. */
  readonly id: string
  readonly model: string
  /** Unix seconds. */
  readonly created: number
  readonly asked: Asked
  readonly script: Script
  readonly tokens: Tokens
  /** Faults that change the form of the answer; those of the transport are no business of a language. */
  readonly flags: ReadonlySet<FlagName>
}

/** One event of a stream: an object is written as JSON, text as it is. */
export interface Event {
  /** Its SSE event name, where the language has them. */
  readonly name?: string
  readonly data: Fields | string
}

/** A stream's events: those before any content, those of each piece of the script, those after the last. */
export interface Events {
  readonly start: ReadonlyArray<Event>
  readonly pieces: ReadonlyArray<ReadonlyArray<Event>>
  readonly end: ReadonlyArray<Event>
}

/** An error in the provider's words. */
export interface Refusal {
  readonly status: number
  readonly message: string
  readonly type: string
  readonly code?: string
  readonly param?: string
  /** Google's `details`. */
  readonly details?: ReadonlyArray<Fields>
}

/** What was sent to us, read as far as a language needs it. */
export interface Received {
  readonly body: Fields
  /** The model's name without options, which the provider's rules go by. */
  readonly model: string
  readonly stream: boolean
  readonly header: (name: string) => string | undefined
}

/**
 * A provider's language, written without the gateway's own encoders so that its tests do not compare our code with
 * itself. Pure.
 */
export interface Language {
  readonly name: LanguageName
  readonly read: (received: Received) => Asked
  /** The provider's own reason to refuse the request, checked as strictly as the provider does. */
  readonly check: (received: Received) => Refusal | undefined
  readonly whole: (answer: Answer) => Fields
  readonly events: (answer: Answer) => Events
  /** The provider's words for a kind of error; `seconds` is when to come back. */
  readonly problem: (problem: ProblemName, status: number | undefined, model: string, seconds?: number) => Refusal
  /** The body of an error. */
  readonly errorBody: (refusal: Refusal, id: string) => Fields
  /** How an error is told inside a stream that began with status 200. */
  readonly errorEvents: (refusal: Refusal, answer: Answer) => ReadonlyArray<Event>
  /** Headers of every answer. */
  readonly headers: (id: string) => Readonly<Record<string, string>>
  /** A sign of life that is no content. */
  readonly ping: string
  readonly streamType: string
  /** How lines of a stream end. */
  readonly lineEnd: "\n" | "\r\n"
}

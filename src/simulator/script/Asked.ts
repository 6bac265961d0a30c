import type { Fields } from "../../domain/Fields.ts"

/** A tool that a request offers; `parameters` is its JSON Schema. */
export interface AskedTool {
  readonly name: string
  readonly parameters?: Fields
}

/** What a request of any language asks for, as far as a script goes by it. */
export interface Asked {
  readonly stream: boolean
  /** The text of the user's last message. */
  readonly userText: string
  /** Characters of the whole prompt, from which its tokens are guessed. */
  readonly promptLength: number
  readonly tools: ReadonlyArray<AskedTool>
  readonly toolChoice: "auto" | "none" | "required" | { readonly name: string }
  /** The results that the conversation ends with, when it ends with results of tools. */
  readonly toolResults?: ReadonlyArray<string>
  /** The schema of the JSON that was asked for; empty when any JSON will do. */
  readonly schema?: Fields
  readonly maxTokens?: number
  /** The last message is the assistant's, to be continued. */
  readonly prefilled: boolean
  /** How many answers (OpenAI's `n`). */
  readonly choices: number
  /** A usage chunk was asked for (OpenAI chat). */
  readonly includeUsage: boolean
  /** Readable reasoning was asked for, in languages where it must be. */
  readonly showReasoning: boolean
  /** Encrypted reasoning was asked for (OpenAI responses). */
  readonly encryptedReasoning: boolean
}

import type { ExpectedUsage } from "./Expected.ts"

/** A tool call as the gateway told it. */
export interface ToldCall {
  readonly id: string
  readonly kind: "function" | "custom"
  readonly name: string
  readonly arguments: string
}

export interface ToldChoice {
  readonly text: string
  readonly reasoning: string
  readonly refusal: string
  readonly calls: ReadonlyArray<ToldCall>
  readonly finish: string | undefined
}

/** What the gateway, or its decoder alone, made of a recording. */
export interface Outcome {
  readonly model: string
  readonly choices: ReadonlyArray<ToldChoice>
  readonly usage: ExpectedUsage | undefined
  readonly failure: string | undefined
}

/** A tool call's arguments: text as the provider wrote it, or a value where it wrote JSON of its own. */
export type ExpectedArguments = { readonly text: string } | { readonly value: unknown }

export interface ExpectedCall {
  /** `undefined`: the provider sent none, so any id will do that is not empty and not another call's. */
  readonly id: string | undefined
  readonly kind: "function" | "custom"
  readonly name: string
  readonly arguments: ExpectedArguments
}

export interface ExpectedChoice {
  readonly text: string
  /** In the order in which they came; blank space between pieces is the gateway's to choose. */
  readonly reasoning: ReadonlyArray<string>
  readonly refusal: string
  readonly calls: ReadonlyArray<ExpectedCall>
  /** OpenAI's word; `undefined` when the answer failed before its end. */
  readonly finish: string | undefined
}

/** Counted as OpenAI counts: totals include their parts. */
export interface ExpectedUsage {
  readonly input: number
  readonly output: number
  readonly cached: number
  readonly cacheWrite: number
  readonly reasoning: number
}

/** What a recording means, in OpenAI's shape, read from the recording alone. */
export interface Expectation {
  /** What the provider says answered; empty when it does not say. */
  readonly model: string
  readonly choices: ReadonlyArray<ExpectedChoice>
  readonly usage: ExpectedUsage | undefined
  /** The gateway's class of the failure that the recording is or ends with. */
  readonly failure: string | undefined
}

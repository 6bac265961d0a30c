import type { Usage } from "./Usage.ts"

/** The classes in which tokens are counted and paid. They are disjoint: no token is in two. */
export const tokenClasses = [
  "input",
  "cachedInput",
  "cacheWrite5m",
  "cacheWrite1h",
  "audioInput",
  "imageInput",
  "output",
  "reasoning",
  "audioOutput"
] as const

export type TokenClass = (typeof tokenClasses)[number]

/** The classes as the ledger's columns and our JSON name them. */
export const tokenClassNames = {
  input: "input",
  cachedInput: "cached_input",
  cacheWrite5m: "cache_write_5m",
  cacheWrite1h: "cache_write_1h",
  audioInput: "audio_input",
  imageInput: "image_input",
  output: "output",
  reasoning: "reasoning",
  audioOutput: "audio_output"
} as const satisfies Readonly<Record<TokenClass, string>>

/** Tokens by class. */
export type TokenCounts = Readonly<Record<TokenClass, number>>

/** What tokens cost, in whole nano-dollars. `total` is the sum of the classes. */
export interface Cost {
  readonly total: number
  /** A class without tokens is absent. */
  readonly byClass: Readonly<Partial<Record<TokenClass, number>>>
  /** Which price it is: the first day of the price list, and what changed it (`2026-07-02`, `2026-07-02 flex eu`). */
  readonly priceVersion: string
}

/** What an attempt used, and what that costs. */
export interface Spending {
  readonly usage: Usage
  /**
   * Who says so: the provider, or the gateway where the provider said nothing because the answer broke off or was left.
   */
  readonly source: "provider" | "estimate"
  /** Absent: the price is not known, which is not nothing. */
  readonly cost?: Cost
}

/** What of a price depends on the request and not on the model. */
export interface Circumstances {
  /** The tier that served it, as the provider reported it (`flex`, `priority`, `default`…). */
  readonly serviceTier?: string
  /**
   * Where it was processed, where a provider takes more for that: the place's region, or the provider's word (`us`,
   * `eu`).
   */
  readonly region?: string
  /** Milliseconds since 1970: prices hold from a day on. */
  readonly at: number
}

import type { TokenClass } from "../../../src/domain/usage/Cost.ts"

/** Tokens of a class, and what they cost in nano-dollars. */
type Share = readonly [tokens: number, nanos: number]

/**
 * What a recorded answer used and cost, worked out from its recorded usage and the price list by hand: the comment is
 * the sum.
 */
export type CostCase = readonly [
  file: string,
  model: string,
  classes: Readonly<Partial<Record<TokenClass, Share>>>,
  total: number
]

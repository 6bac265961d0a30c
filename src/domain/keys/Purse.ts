import type { Effect } from "effect"
import type { OverBudget, OverLimit, Unavailable } from "../Failure.ts"

/** What an attempt may use at most. */
export interface Need {
  /** Input and output. */
  readonly tokens: number
  /** Nano-dollars; absent: the price is not known. */
  readonly nanos?: number
}

/** Tokens and money that are put aside for one attempt. */
export interface Hold {
  /** Gives back what was not used. Only the first call counts. `nanos` absent: what it cost is not known. */
  readonly settle: (used: Need) => void
}

/**
 * The code of an `OverBudget` that passes: what is missing is put aside for requests under way, which may give it back.
 */
export const putAsideCode = "budget_put_aside"

/** Why nothing was put aside: a limit, a budget, or that it cannot be known now. */
export type Refusal = OverLimit | OverBudget | Unavailable

/** A caller's means, from which every attempt puts aside what it may use before it is sent. */
export interface Purse {
  /** Takes at once what this process has at hand, or says what is missing. */
  readonly take: (need: Need) => Hold | Refusal
  /** Takes what nobody has put aside, also where the store must be asked for it; waits for nobody. */
  readonly ask: (need: Need) => Effect.Effect<Hold, Refusal>
  /**
   * Takes as soon as what others have put aside and did not use comes back; fails when that cannot be enough, or takes
   * too long. `Unavailable`: what other processes use cannot be known now.
   */
  readonly wait: (need: Need) => Effect.Effect<Hold, Refusal>
  /**
   * What is left to be put aside if all that is put aside were used: the least of all budgets; `Infinity` where there
   * is none.
   */
  readonly left: () => Need & { readonly nanos: number }
  /** Whether money is limited, so that a price must be known. */
  readonly countsMoney: boolean
}

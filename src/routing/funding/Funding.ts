import { Effect } from "effect"
import type { Ask } from "../../domain/Ask.ts"
import type { Failure } from "../../domain/Failure.ts"
import type { Model } from "../../domain/Model.ts"
import type { Hold, Need, Purse, Refusal } from "../../domain/keys/Purse.ts"
import type { Prices } from "../planning/Estimate.ts"
import { lengthFor, needByLength, type NeedByLength, needOf } from "./Needs.ts"
import type { Step } from "../planning/Plan.ts"

/** An attempt that is paid for: what was put aside, and the request with the longest answer that this pays. */
export interface Funded {
  readonly hold: Hold
  readonly ask: Ask
}

type Patience = Effect.Effect<never, Failure> | undefined

/**
 * Shortest answer, in tokens, to which a request that names no length is cut down when the means run out: most answers
 * would be cut off below it.
 */
const shortest = 256

/** Puts aside what attempts may use before they are sent, for callers whose means are limited. */
export class Funding {
  readonly #purse: Purse
  readonly #priceOf: Prices
  readonly #usualLength: (model: Model) => number

  /** `usualLength`: tokens of an answer where the request names no maximum. */
  constructor(purse: Purse, priceOf: Prices, usualLength: (model: Model) => number) {
    this.#purse = purse
    this.#priceOf = priceOf
    this.#usualLength = usualLength
  }

  /**
   * `patience`: what ends a wait for what others have put aside and do not use; absent: they are not waited for.
   */
  fund({ ask, target: { model } }: Step, patience: Patience): Effect.Effect<Funded, Failure> {
    return Effect.suspend(() => {
      const need = needByLength(ask, model, this.#priceOf)
      const said = ask.request().maxOutputTokens
      if (said !== undefined) return Effect.map(this.#hold(needOf(need, said), patience), (hold) => ({ hold, ask }))
      const usual = Math.min(this.#usualLength(model), model.maxOutputTokens ?? Infinity)
      const funded = this.#atOnce(ask, need, usual)
      if (funded !== undefined) return Effect.succeed(funded)
      const least = Math.min(usual, shortest)
      return Effect.map(this.#hold(needOf(need, least), patience), (hold) =>
        this.#extended(ask, need, usual, least, hold)
      )
    })
  }

  #hold(need: Need, patience: Patience): Effect.Effect<Hold, Failure> {
    const held = this.#purse.take(need)
    if (!isRefusal(held)) return Effect.succeed(held)
    return patience === undefined ? this.#purse.ask(need) : Effect.raceFirst(this.#purse.wait(need), patience)
  }

  /** The usual length, or as much of it as is left. */
  #atOnce(ask: Ask, need: NeedByLength, usual: number): Funded | undefined {
    const length = Math.min(usual, lengthFor(need, this.#purse.left()))
    if (length < Math.min(usual, shortest)) return undefined
    const hold = this.#purse.take(needOf(need, length))
    return isRefusal(hold) ? undefined : { hold, ask: ask.bounded(length) }
  }

  /** A hold of the shortest length, with as much of the usual one besides as is left by now. */
  #extended(ask: Ask, need: NeedByLength, usual: number, least: number, first: Hold): Funded {
    const more = Math.min(usual - least, lengthFor({ ...need, inputTokens: 0, inputNanos: 0 }, this.#purse.left()))
    const second = more > 0 ? this.#purse.take(beyond(need, more)) : undefined
    if (second === undefined || isRefusal(second)) return { hold: first, ask: ask.bounded(least) }
    const settle = (used: Need): void => {
      // All that was used is the first one's, and the second is given back after it: in between too much is put aside,
      // never too little.
      first.settle(used)
      // Where it is not known what that cost, all that was put aside counts.
      second.settle(used.nanos === undefined ? { tokens: 0 } : nothing)
    }
    return { hold: { settle }, ask: ask.bounded(least + more) }
  }
}

/** Nothing was used. */
export const nothing: Required<Need> = { tokens: 0, nanos: 0 }

/** Tokens of the answer alone. */
const beyond = (need: NeedByLength, outputTokens: number): Need =>
  needOf({ ...need, inputTokens: 0, ...(need.inputNanos === undefined ? {} : { inputNanos: 0 }) }, outputTokens)

const isRefusal = (value: Hold | Refusal): value is Refusal => "_tag" in value

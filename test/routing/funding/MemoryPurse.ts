import { Effect } from "effect"
import { OverBudget } from "../../../src/domain/Failure.ts"
import type { Hold, Need, Purse } from "../../../src/domain/keys/Purse.ts"

/** Means that are counted and never refilled. */
export class MemoryPurse implements Purse {
  readonly countsMoney = true
  readonly limit: Required<Need>
  spent = { tokens: 0, nanos: 0 }
  held = { tokens: 0, nanos: 0 }
  /** The most that was spent and put aside at once. */
  most = 0
  readonly #waiting: Array<() => void> = []

  constructor(limit: Required<Need>) {
    this.limit = limit
  }

  readonly left = () => ({
    tokens: this.limit.tokens - this.spent.tokens - this.held.tokens,
    nanos: this.limit.nanos - this.spent.nanos - this.held.nanos
  })

  readonly take = ({ tokens, nanos = 0 }: Need): Hold | OverBudget => {
    const left = this.left()
    if (tokens > left.tokens || nanos > left.nanos) return new OverBudget({ message: "spent" })
    this.held = { tokens: this.held.tokens + tokens, nanos: this.held.nanos + nanos }
    this.most = Math.max(this.most, this.held.nanos + this.spent.nanos)
    let isSettled = false
    const settle = (used: Need): void => {
      if (isSettled) return
      isSettled = true
      this.held = { tokens: this.held.tokens - tokens, nanos: this.held.nanos - nanos }
      this.spent = { tokens: this.spent.tokens + used.tokens, nanos: this.spent.nanos + (used.nanos ?? nanos) }
      for (const wake of this.#waiting.splice(0)) wake()
    }
    return { settle }
  }

  readonly ask = (need: Need): Effect.Effect<Hold, OverBudget> =>
    Effect.suspend(() => {
      const hold = this.take(need)
      return hold instanceof OverBudget ? Effect.fail(hold) : Effect.succeed(hold)
    })

  readonly wait = (need: Need): Effect.Effect<Hold, OverBudget> =>
    Effect.suspend(() => {
      const hold = this.take(need)
      if (!(hold instanceof OverBudget)) return Effect.succeed(hold)
      const { tokens, nanos } = this.limit
      if (this.spent.tokens + need.tokens > tokens || this.spent.nanos + (need.nanos ?? 0) > nanos) {
        return Effect.fail(hold)
      }
      const change = Effect.callback<void>((resume) => void this.#waiting.push(() => resume(Effect.void)))
      return Effect.andThen(change, this.wait(need))
    })
}

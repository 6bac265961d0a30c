import type { Window } from "./Windows.ts"

/** What this process has and uses of one resource in one window. All amounts are requests, tokens or nano-dollars. */
export class Slice {
  readonly window: Window
  /** Taken from the store for this process alone, as far as the store does not count it as spent money yet. */
  leased = 0
  /** Put aside by attempts under way. */
  held = 0
  /** Used out of `leased`. */
  used = 0
  /** On its way back to the store. */
  offered = 0
  /** Spent by all processes, as the store last said; of a minute only `used` is known. */
  spent = 0
  /** Nobody's, as the store last said; absent: it was not asked yet. */
  unleased: number | undefined
  /** Used money of which the ledger will not tell. */
  unbooked = 0
  /** Least that was free since the last look: what nobody needed. */
  leastFree = 0
  /** How often each amount was used of which the ledger has not told yet. */
  readonly #unsaved = new Map<number, number>()

  constructor(window: Window) {
    this.window = window
  }

  /** What can be put aside now; negative when more was used than put aside. */
  get free(): number {
    return this.leased - this.used - this.held - this.offered
  }

  /** Used for good, as far as is known here: what does not come back whoever settles. */
  get certain(): number {
    return this.spent + this.used
  }

  hold(amount: number): void {
    this.held += amount
    if (this.free < this.leastFree) this.leastFree = this.free
  }

  /** `isSaved`: the ledger will tell of it. */
  settle(held: number, used: number, isSaved: boolean): void {
    this.held -= held
    if (used === 0) return
    this.used += used
    if (isSaved) this.#unsaved.set(used, this.unsavedOf(used) + 1)
    if (this.free < this.leastFree) this.leastFree = this.free
  }

  /** How often this amount was used here and is not saved yet. */
  unsavedOf(amount: number): number {
    return this.#unsaved.get(amount) ?? 0
  }

  /**
   * The store counts so much more as spent; `own`: which amounts of it were used here, and `debited`: what this lease
   * lost for them.
   */
  book(spent: number, own: ReadonlyArray<number>, debited: number): void {
    this.spent += spent
    this.leased -= debited
    for (const amount of own) {
      this.used -= amount
      const left = this.unsavedOf(amount) - 1
      if (left > 0) this.#unsaved.set(amount, left)
      else this.#unsaved.delete(amount)
    }
  }
}

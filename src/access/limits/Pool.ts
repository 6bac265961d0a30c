import { type Resource, resourceFacts } from "./Resources.ts"
import { Slice } from "./Slice.ts"
import { amountOf, type Waiter } from "./Waiter.ts"
import { windowOf } from "./Windows.ts"

/** What of an allowance is about one resource, and may change while it is used. */
export interface PoolTerms {
  readonly limit: number
  readonly zone: string
  readonly allowsUnknownPrices: boolean
  /** As messages name whose it is: `key "ci"`, `team "search"`. */
  readonly owner: string
}

/**
 * One limited resource of one scope, as this process sees it: its slice of the window, and who waits for a part of it.
 */
export class Pool {
  readonly scope: string
  readonly resource: Resource
  readonly facts
  terms: PoolTerms
  /** In the order of coming. */
  readonly queue: Array<Waiter> = []
  /** Slices of windows that are over, while something of them is not settled. */
  readonly past: Array<Slice> = []
  /** Largest amount that was claimed since nobody waited. */
  largest = 0
  /** What should be free, so that the next one need not wait. */
  wanted = 0
  /** The store is not asked for that before, as it had none to spare. */
  wantAgainAt = 0
  /** The store need not be asked before, as it had nothing left. */
  askAgainAt = 0
  /** Milliseconds between two questions, longer each time. */
  askEvery = 0
  #slice: Slice | undefined

  constructor(scope: string, resource: Resource, terms: PoolTerms) {
    this.scope = scope
    this.resource = resource
    this.facts = resourceFacts[resource]
    this.terms = terms
  }

  get key(): string {
    return `${this.scope} ${this.resource}`
  }

  /** Under other terms: another zone has other days. */
  renew(terms: PoolTerms): void {
    if (terms.zone !== this.terms.zone && this.facts.window !== "minute" && this.facts.window !== "always")
      this.#retire()
    this.terms = terms
    this.askAgainAt = 0
  }

  /** The slice of the window that a moment lies in. */
  at(now: number): Slice {
    const before = this.#slice
    if (before !== undefined && now >= before.window.startsAt && now < before.window.endsAt) return before
    this.#retire()
    const window = windowOf(this.facts.window, this.terms.zone, now)
    // A clock that was put back comes to the same window again.
    const known = this.past.findIndex((past) => past.window.period === window.period)
    const [slice = new Slice(window)] = known === -1 ? [] : this.past.splice(known, 1)
    this.#slice = slice
    this.askAgainAt = 0
    this.wanted = 0
    return slice
  }

  /** The slice of a window, also of one that is over. */
  find(period: string): Slice | undefined {
    return this.slices.find(({ window }) => window.period === period)
  }

  get slices(): ReadonlyArray<Slice> {
    return this.#slice === undefined ? this.past : [...this.past, this.#slice]
  }

  /** What can be taken now: what is free, within what the limit has been lowered to. */
  within(slice: Slice): number {
    return Math.min(slice.free, this.terms.limit - slice.certain - slice.held)
  }

  /** What the first that waits claims. */
  get amountOfFirst(): number {
    const [first] = this.queue
    return first === undefined ? 0 : amountOf(first, this)
  }

  /** What nobody has used or put aside, as far as is known here. */
  left(slice: Slice): number {
    const { limit } = this.terms
    const known = slice.unleased === undefined ? limit : Math.max(0, slice.free + slice.offered) + slice.unleased
    return Math.max(0, Math.min(known, limit - slice.certain - slice.held))
  }

  /** Whether so much can be there once others have settled. */
  isPossible(slice: Slice, amount: number): boolean {
    return slice.certain + amount <= this.terms.limit
  }

  /** So little is left with nobody that another process may be in need of what is free here. */
  isRare({ unleased }: Slice): boolean {
    return unleased !== undefined && unleased < this.terms.limit / 8
  }

  /** Whether there is not enough and the store is known to have nothing that would help. */
  isKnownShort(slice: Slice, amount: number, now: number): boolean {
    if (this.within(slice) >= amount) return false
    const { free, offered, unleased = Infinity } = slice
    // The limit was lowered below what is free.
    if (amount <= free) return true
    return now < this.askAgainAt && amount > free + offered + unleased
  }

  /**
   * When the store is to be asked for the first that waits: at once, at a later moment, or never, as there is enough.
   */
  asksAt(slice: Slice, now: number): number {
    const amount = this.amountOfFirst
    if (amount <= slice.free) return Infinity
    const hasEnough = amount <= slice.free + (slice.unleased ?? Infinity)
    return hasEnough || now >= this.askAgainAt ? now : this.askAgainAt
  }

  #retire(): void {
    // A minute's slice does not go back, and who still holds a part of it settles with nobody.
    if (this.#slice !== undefined && this.facts.isLeased) this.past.push(this.#slice)
    this.#slice = undefined
  }
}

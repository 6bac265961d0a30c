import type { Booking } from "./Entry.ts"

/** What is booked and not stored yet, in order. It takes whatever comes: who may still come is decided by its depth. */
export class Mailbox {
  #waiting: Array<Booking> = []
  #taken: ReadonlyArray<Booking> = []
  /** How many of those taken are stored. */
  #stored = 0
  #rows = 0
  #wake: (() => void) | undefined

  /** How many are not stored. */
  get depth(): number {
    return this.#waiting.length + this.taken
  }

  /** How many rows these are. */
  get rows(): number {
    return this.#rows
  }

  /** How many are taken and not stored. */
  get taken(): number {
    return this.#taken.length - this.#stored
  }

  put(booking: Booking): void {
    this.#waiting.push(booking)
    this.#rows += booking.attempts.length
    const wake = this.#wake
    this.#wake = undefined
    wake?.()
  }

  /** Calls `wake` as soon as something waits. Returns how to take that back. */
  whenFilled(wake: () => void): () => void {
    if (this.depth > 0) wake()
    else this.#wake = wake
    return () => {
      this.#wake = undefined
    }
  }

  /** Takes all that waits, to be stored. What comes from now on is for the next time. */
  take(): void {
    this.#taken = this.next(Infinity).concat(this.#waiting)
    this.#stored = 0
    this.#waiting = []
  }

  /** The first of those taken that are not stored. */
  next(count: number): ReadonlyArray<Booking> {
    return this.#taken.slice(this.#stored, this.#stored + count)
  }

  /** The first so many of those are stored. */
  stored(count: number): void {
    for (const { attempts } of this.next(count)) this.#rows -= attempts.length
    this.#stored += count
  }
}

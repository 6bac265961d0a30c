/** A number that only grows. */
export class Count {
  value = 0

  add(amount: number): void {
    this.value += amount
  }
}

/**
 * How often values lay between bounds. Effect's own histogram counts in 32 bits, which a busy gateway overruns within
 * days.
 */
export class Spread {
  readonly #bounds: ReadonlyArray<number>
  /** One more than the bounds: the last counts what lies above them all. */
  readonly #counts: Float64Array
  #sum = 0
  #count = 0
  #least = Infinity
  #most = -Infinity

  constructor(bounds: ReadonlyArray<number>) {
    this.#bounds = bounds
    this.#counts = new Float64Array(bounds.length + 1)
  }

  note(value: number): void {
    const bounds = this.#bounds
    let place = 0
    while (place < bounds.length && value > (bounds[place] ?? Infinity)) place++
    this.#counts[place] = (this.#counts[place] ?? 0) + 1
    this.#sum += value
    this.#count++
    if (value < this.#least) this.#least = value
    if (value > this.#most) this.#most = value
  }

  /** In the form of Effect's metrics: each bucket counts what lies at or below its bound. */
  snapshot() {
    let below = 0
    const buckets = this.#bounds.map((bound, place): [number, number] => {
      below += this.#counts[place] ?? 0
      return [bound, below]
    })
    return { buckets, count: this.#count, sum: this.#sum, min: this.#least, max: this.#most }
  }
}

/** Values that were met, by value rounded to three digits: few counts, however many values there are. */
export class Spread {
  readonly #counts = new Map<number, number>()
  #size = 0

  add(value: number, times = 1): void {
    const rounded = Number(value.toPrecision(3))
    this.#counts.set(rounded, (this.#counts.get(rounded) ?? 0) + times)
    this.#size += times
  }

  /** The value in the middle, of two the lower, right to three digits; nothing where there is none. */
  get median(): number | undefined {
    const middle = Math.ceil(this.#size / 2)
    let passed = 0
    for (const [value, times] of [...this.#counts].toSorted(([one], [other]) => one - other)) {
      passed += times
      if (passed >= middle) return value
    }
    return undefined
  }
}

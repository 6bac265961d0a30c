import { randomFrom } from "../Seeded.ts"

/** What is drawn for one simulated run: the same for the same seed. */
export class Draw {
  /** From 0 to below 1. */
  readonly number: () => number

  constructor(seed: number) {
    this.number = randomFrom(seed)
  }

  chance(share: number): boolean {
    return this.number() < share
  }

  /** A whole number, both ends included. */
  between(least: number, most: number): number {
    return least + Math.floor(this.number() * (most - least + 1))
  }

  pick<A>(list: readonly [A, ...ReadonlyArray<A>]): A {
    return list[Math.floor(this.number() * list.length)] ?? list[0]
  }

  /** Those of a list that a coin chooses. */
  some<A>(list: ReadonlyArray<A>, share: number): ReadonlyArray<A> {
    return list.filter(() => this.chance(share))
  }

  /** Milliseconds, short ones as often as long ones. */
  ms(most: number): number {
    return Math.floor(most ** this.number())
  }
}

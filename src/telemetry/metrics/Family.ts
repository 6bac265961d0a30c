/** One value for each label, in the order of the labels. */
export type Values<Labels extends ReadonlyArray<string>> = { readonly [Place in keyof Labels]: string }

/** What all series of a metric share. */
export interface FamilyFacts<Labels extends ReadonlyArray<string>> {
  readonly name: string
  readonly description: string
  /** A label whose value is empty is left out. */
  readonly labels: Labels
}

/** Every label of the series that counts what came after a family was full. */
export const overflow = "overflow"

/**
 * Most series of one metric. Labels are bounded where they are made; this is for what nobody thought of, and takes a
 * few megabytes at most.
 */
const mostSeries = 2_000

interface Branch<Series> {
  readonly next: Map<string, Branch<Series>>
  series: Series | undefined
}

/**
 * The series of one metric, by the values of their labels. A look-up is one Map a label: no key is made of them on the
 * way of a request.
 */
export class Family<Series, const Labels extends ReadonlyArray<string>> {
  readonly #labels: Labels
  readonly #begin: (attributes: Readonly<Record<string, string>>) => Series
  readonly #most: number
  readonly #root: Branch<Series> = { next: new Map(), series: undefined }
  #size = 0
  #overflow: Series | undefined

  constructor(labels: Labels, begin: (attributes: Readonly<Record<string, string>>) => Series, most = mostSeries) {
    this.#labels = labels
    this.#begin = begin
    this.#most = most
  }

  /** How many there are, the one for the overflow not counted. */
  get size(): number {
    return this.#size
  }

  of(...values: Values<Labels>): Series {
    let branch = this.#root
    for (const value of values) {
      let next = branch.next.get(value)
      if (next === undefined) {
        if (this.#size >= this.#most) return this.#overflowing()
        next = { next: new Map(), series: undefined }
        branch.next.set(value, next)
      }
      branch = next
    }
    return (branch.series ??= this.#added(values))
  }

  #added(values: ReadonlyArray<string>): Series {
    this.#size++
    const named = this.#labels.map((label, place) => [label, values[place] ?? ""] as const)
    return this.#begin(Object.fromEntries(named.filter(([, value]) => value !== "")))
  }

  #overflowing(): Series {
    return (this.#overflow ??= this.#begin(Object.fromEntries(this.#labels.map((label) => [label, overflow]))))
  }
}

import { expect, test } from "bun:test"
import { byWeight } from "../../../src/routing/planning/Weights.ts"
import { randomFrom } from "../Seeded.ts"

interface Named {
  readonly name: string
  readonly weight?: number
}

const named = (weights: Readonly<Record<string, number>>): ReadonlyArray<Named> =>
  Object.entries(weights).map(([name, weight]) => ({ name, weight }))

const orderOf = (targets: ReadonlyArray<Named>): string => targets.map(({ name }) => name).join("")

test("without weights the order is as it came", () => {
  const targets: ReadonlyArray<Named> = [{ name: "b" }, { name: "a" }]
  expect(byWeight(targets, randomFrom(1))).toBe(targets)
  expect(byWeight([], randomFrom(1))).toEqual([])
})

test("every order comes as often as its weights say", () => {
  const weights = { a: 6, b: 3, c: 1 }
  const random = randomFrom(5)
  const draws = 40_000
  const counts = new Map<string, number>()
  for (let draw = 0; draw < draws; draw++) {
    const order = orderOf(byWeight(named(weights), random))
    counts.set(order, (counts.get(order) ?? 0) + 1)
  }
  // The first by weight among all, the second by weight among the rest: a before b before c is 6/10 of the time times
  // 3/4 of that.
  const expected = { abc: 18 / 40, acb: 6 / 40, bac: 18 / 70, bca: 3 / 70, cab: 6 / 90, cba: 3 / 90 }
  expect([...counts.keys()].sort()).toEqual(Object.keys(expected))
  for (const [order, share] of Object.entries(expected)) {
    // Four standard deviations.
    const tolerance = 4 * Math.sqrt((share * (1 - share)) / draws)
    expect(Math.abs((counts.get(order) ?? 0) / draws - share)).toBeLessThan(tolerance)
  }
})

test("nothing is lost or doubled, whatever the weights", () => {
  const random = randomFrom(7)
  for (let run = 0; run < 500; run++) {
    const targets = Array.from({ length: Math.floor(random() * 8) }, (_, index) => ({
      name: String(index),
      weight: random() < 0.2 ? 0 : random() * 100
    }))
    expect(orderOf(byWeight(targets, random)).split("").sort().join("")).toBe(orderOf(targets))
  }
})

test("a target without weight comes after all others, in the order of the list", () => {
  const random = randomFrom(9)
  for (let run = 0; run < 200; run++) {
    expect(orderOf(byWeight(named({ x: 0, a: 1, y: 0, b: 5 }), random))).toMatch(/^(ab|ba)xy$/)
  }
})

test("the ends of the random numbers are no trouble", () => {
  for (const number of [0, 1 - Number.EPSILON]) {
    expect(byWeight(named({ a: 1, b: 2, x: 0 }), () => number)).toHaveLength(3)
    expect(orderOf(byWeight(named({ a: 1, x: 0 }), () => number))).toBe("ax")
  }
})

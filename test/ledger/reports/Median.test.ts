import { expect, test } from "bun:test"
import { Spread } from "../../../src/ledger/reports/Median.ts"

const medianOf = (values: ReadonlyArray<number>): number | undefined => {
  const spread = new Spread()
  for (const value of values) spread.add(value)
  return spread.median
}

test("the median is the value in the middle, of two the lower", () => {
  expect(medianOf([])).toBeUndefined()
  expect(medianOf([7])).toBe(7)
  expect(medianOf([3, 100, 1])).toBe(3)
  expect(medianOf([4, 1, 3, 2])).toBe(2)
  expect(medianOf([1, 1, 1, 9, 9])).toBe(1)
})

test("values count as often as they were met, and are right to three digits", () => {
  const spread = new Spread()
  spread.add(10, 3)
  spread.add(123_456, 4)
  expect(spread.median).toBe(123_000)
})

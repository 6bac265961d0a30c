import { expect, test } from "bun:test"
import { Schema } from "effect"
import { WholeNumber, wholeNumber } from "../../src/store/WholeNumber.ts"

test.each([
  [0, 0],
  ["0", 0],
  [1_764_000_000_000, 1_764_000_000_000],
  ["1764000000000", 1_764_000_000_000],
  ["-5", -5]
])("%p of a database is %p, by itself and in a row", (value, expected) => {
  expect(wholeNumber(value)).toBe(expected)
  expect(Schema.decodeSync(WholeNumber)(value)).toBe(expected)
})

test("what is no number is none in a row", () => {
  for (const value of ["many", null, true]) expect(() => Schema.decodeUnknownSync(WholeNumber)(value)).toThrow()
})

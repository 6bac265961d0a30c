import { expect, test } from "bun:test"
import { nanosPerDollar, usdText } from "../../../src/domain/usage/Money.ts"

for (const [nanoDollars, dollars] of [
  [0, "0"],
  [1, "0.000000001"],
  [1_234_000, "0.001234"],
  [nanosPerDollar, "1"],
  [10 * nanosPerDollar, "10"],
  [12_345_678_900, "12.3456789"],
  // As a binary fraction this one is 0.30000000000000004.
  [100_000_000 + 200_000_000, "0.3"],
  [0.2, "0.000000001"],
  [Number.MAX_SAFE_INTEGER, "9007199.254740991"],
  [-2_500, "-0.0000025"],
  // Sums of a year do not fit a number.
  [9_007_199_254_740_993_123_456_789n, "9007199254740993.123456789"]
] as const) {
  test(`${nanoDollars} nano-dollars are ${dollars} dollars`, () => {
    expect(usdText(nanoDollars)).toBe(dollars)
  })
}

import { expect, test } from "bun:test"
import { dollars } from "../../../src/ledger/reports/Dollars.ts"

test.each([
  [0n, "0"],
  [1n, "0.000000001"],
  [123_000n, "0.000123"],
  [1_000_000_000n, "1"],
  [10_500_000_000n, "10.5"],
  [-2_500n, "-0.0000025"],
  [9_007_199_254_740_993_123_456_789n, "9007199254740993.123456789"]
])("%p nano-dollars are $%s", (nanos, text) => expect(dollars(nanos)).toBe(text))

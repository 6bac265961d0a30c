import { expect, test } from "bun:test"
import { Pool } from "../../../src/access/limits/Pool.ts"
import { allowing, someDay } from "./Callers.ts"

test("what is on its way back to the store is nobody's, and so it is left", () => {
  const { zone } = allowing({})
  const pool = new Pool("key:k1", "day", { limit: 100, zone, allowsUnknownPrices: false, owner: 'key "k1"' })
  const slice = pool.at(someDay)
  expect(pool.left(slice)).toBe(100)
  slice.leased = 50
  slice.unleased = 40
  slice.hold(10)
  expect(pool.left(slice)).toBe(80)
  slice.offered = 30
  expect(pool.left(slice)).toBe(80)
})

import { expect, test } from "bun:test"
import { editDistance } from "../../../src/domain/written/EditDistance.ts"

test.each([
  ["", "", 0],
  ["abc", "abc", 0],
  ["", "abc", 3],
  ["kitten", "sitting", 3],
  ["gpt-5-nan", "gpt-5-nano", 1],
  ["latecny", "latency", 1]
])("from %p to %p it takes %p edits", (from, to, edits) => {
  expect(editDistance(from, to)).toBe(edits)
  expect(editDistance(to, from)).toBe(edits)
})

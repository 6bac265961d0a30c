import { expect, test } from "bun:test"
import { editDistance, nearMatches } from "../../src/catalog/NearMatches.ts"

test.each([
  ["", "", 0],
  ["abc", "abc", 0],
  ["", "abc", 3],
  ["kitten", "sitting", 3],
  ["gpt-5-nan", "gpt-5-nano", 1]
])("from %p to %p it takes %p edits", (from, to, edits) => {
  expect(editDistance(from, to)).toBe(edits)
  expect(editDistance(to, from)).toBe(edits)
})

test("the nearest comes first, three at most", () => {
  const ids = ["a/gpt-5", "a/gpt-5-mini", "a/gpt-5-nano", "a/gpt-5.1", "b/llama"]
  expect(nearMatches("gpt-5-nan", ids)).toEqual(["a/gpt-5-nano", "a/gpt-5-mini", "a/gpt-5"])
})

test("what is nothing like it is left out", () => {
  expect(nearMatches("mistral", ["a/gpt-5", "b/llama"])).toEqual([])
})

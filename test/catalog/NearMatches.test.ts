import { expect, test } from "bun:test"
import { nearMatches } from "../../src/catalog/NearMatches.ts"

test("the nearest comes first, three at most", () => {
  const ids = ["a/gpt-5", "a/gpt-5-mini", "a/gpt-5-nano", "a/gpt-5.1", "b/llama"]
  expect(nearMatches("gpt-5-nan", ids)).toEqual(["a/gpt-5-nano", "a/gpt-5-mini", "a/gpt-5"])
})

test("what is nothing like it is left out", () => {
  expect(nearMatches("mistral", ["a/gpt-5", "b/llama"])).toEqual([])
})

import { expect, test } from "bun:test"
import { beside, wrapped } from "./Columns.ts"

test.each<[string, number, ReadonlyArray<string>]>([
  ["", 10, []],
  ["one two", 10, ["one two"]],
  ["one two three", 7, ["one two", "three"]],
  ["a very-long-word here", 6, ["a", "very-long-word", "here"]],
  // Each of these characters is two columns wide.
  ["日本 日本 x", 6, ["日本", "日本 x"]]
])("%p in %d columns", (text, width, lines) => {
  expect(wrapped(text, width)).toEqual(lines)
})

test("columns stand beside each other, whatever their colours and heights", () => {
  expect(beside(["\u001b[31mab\u001b[0m", "日本"], ["one", "two", "three"], 5)).toEqual([
    "\u001b[31mab\u001b[0m    │ one",
    "日本  │ two",
    "      │ three"
  ])
})

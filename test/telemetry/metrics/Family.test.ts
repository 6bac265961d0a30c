import { expect, test } from "bun:test"
import { Family, overflow } from "../../../src/telemetry/metrics/Family.ts"
import { FirstNames } from "../../../src/telemetry/metrics/Labels.ts"
import { Spread } from "../../../src/telemetry/metrics/Series.ts"

const begun: Array<Readonly<Record<string, string>>> = []
const familyOf = (most: number) =>
  new Family(
    ["model", "class"],
    (attributes) => {
      begun.push(attributes)
      return { attributes }
    },
    most
  )

test("the same values are the same series", () => {
  const family = familyOf(10)
  expect(family.of("a", "input")).toBe(family.of("a", "input"))
  expect(family.of("a", "output")).not.toBe(family.of("a", "input"))
  expect(family.of("b", "").attributes).toEqual({ model: "b" })
})

test("a full family counts all that is new as overflow, and what it knows as before", () => {
  const family = familyOf(2)
  const first = family.of("a", "input")
  family.of("b", "input")
  const others = Array.from({ length: 1_000 }, (_, place) => family.of(`m${place}`, "input"))
  expect(new Set(others).size).toBe(1)
  expect(others[0]?.attributes).toEqual({ model: overflow, class: overflow })
  // A new leaf under a branch that is known must not slip through.
  expect(family.of("a", "output")).toBe(others[0] ?? first)
  expect(family.of("a", "input")).toBe(first)
  expect(family.size).toBe(2)
})

test("only the first names keep theirs", () => {
  const names = new FirstNames(2)
  expect(["a", "b", "c", "a", "b", "d"].map((name) => names.of(name))).toEqual(["a", "b", "other", "a", "b", "other"])
})

test("a bucket counts what lies at or below its bound", () => {
  const spread = new Spread([1, 2])
  for (const value of [0.5, 1, 1.5, 2, 9]) spread.note(value)
  expect(spread.snapshot()).toEqual({
    buckets: [
      [1, 2],
      [2, 4]
    ],
    count: 5,
    sum: 14,
    min: 0.5,
    max: 9
  })
})

import { describe, expect, test } from "bun:test"
import { readTree } from "../../../src/config/file/SourceTree.ts"

describe("what a file says", () => {
  const values: ReadonlyArray<readonly [string, unknown]> = [
    ["", null],
    ["a: 1\nb: [x, 2.5, true, null, ~]\nc: {d: '1'}", { a: 1, b: ["x", 2.5, true, null, null], c: { d: "1" } }],
    // YAML 1.1 would read a boolean, a number, a date.
    ["a: no\nb: 1_000\nc: 2023-06-01\nd: 0o17", { a: "no", b: "1_000", c: "2023-06-01", d: 15 }],
    ["1: a\ntrue: b", { "1": "a", true: "b" }],
    ["a: &x {k: 1}\nb: *x", { a: { k: 1 }, b: { k: 1 } }],
    ["a: &x {k: 1}\nb:\n  <<: *x", { a: { k: 1 }, b: { "<<": { k: 1 } } }],
    ["\uFEFFa: 1", { a: 1 }]
  ]
  test.each(values)("%p", (text, value) => {
    const tree = readTree(text)
    expect(tree).toMatchObject({ syntax: [], problems: [] })
    expect(tree.value).toEqual(value)
  })

  test("a name like __proto__ is data", () => {
    const { value } = readTree("__proto__: {polluted: true}")
    expect(Object.keys(value ?? {})).toEqual(["__proto__"])
    expect(Object.hasOwn({}, "polluted")).toBe(false)
    expect("polluted" in Object(value)).toBe(false)
  })
})

describe("what is no YAML", () => {
  const cases: ReadonlyArray<readonly [string, number, number, string]> = [
    ["a: 1\na: 2", 2, 1, "this name is written twice in the same mapping"],
    ["a:\n\tb: 1", 2, 1, "tabs cannot indent; use spaces"],
    ["a: b: c", 1, 4, "two settings on one line, or a value that needs quotes"],
    ["version 1\nb: 2", 1, 1, "a setting needs a colon and a space after its name"],
    ["a: @b", 1, 4, "a value cannot start with this character; put it in quotes"],
    ["a: 1\n---\nb: 2", 2, 1, "the file holds more than one document (---)"],
    ["a: !!binary abc", 1, 4, "tags (!name) are not supported"],
    ["a: !secret abc", 1, 4, "tags (!name) are not supported"],
    ["? [a]\n: b", 1, 3, "the name of a setting must be text"],
    ["a: 'x' sk-secret", 1, 8, "unexpected text here; a value with special characters needs quotes"],
    ['a: "\\qsecret"', 1, 5, "unknown escape after \\ in double quotes; use single quotes, or write \\\\"],
    [
      "a: [{ key: ${KEY} }]",
      1,
      13,
      'unexpected text here; a value with special characters needs quotes; inside { } and [ ], "${NAME}" needs quotes'
    ]
  ]
  test.each(cases)("%p: %i:%i", (text, line, column, message) => {
    expect(readTree(text).syntax[0]).toEqual({ line, column, message })
  })

  test("one broken file is told in five lines at most", () => {
    expect(readTree("a: b: c\n".repeat(50)).syntax).toHaveLength(5)
  })

  test("brackets without end are refused quickly", () => {
    expect(readTree("[".repeat(50_000)).syntax.map(({ message }) => message)).toEqual(["nested too deeply"])
  })
})

describe("aliases", () => {
  test("an undefined anchor is a mistake", () => {
    expect(readTree("a: *x").problems).toEqual([{ path: ["a"], message: "the anchor is not defined" }])
  })

  test("an anchor within itself is a mistake", () => {
    expect(readTree("a: &x [1, *x]").problems).toEqual([{ path: ["a", 1], message: "the anchor contains itself" }])
  })

  test("a bomb is refused before it goes off", () => {
    const levels = Array.from({ length: 20 }, (_, level) => {
      const item = level === 0 ? "boom" : `*l${level - 1}`
      return `l${level}: &l${level} [${Array.from({ length: 10 }, () => item).join(", ")}]`
    })
    expect(readTree(levels.join("\n")).problems).toEqual([
      { path: [], message: "the file holds more than 20000 values once its aliases are written out" }
    ])
  })
})

describe("places", () => {
  const tree = readTree("a: 1\nb:\n  c:\n    - x\n    - {d: y}\n")

  const cases: ReadonlyArray<readonly [ReadonlyArray<string | number>, "name" | "value", number, number]> = [
    [["a"], "name", 1, 1],
    [["a"], "value", 1, 4],
    [["b", "c"], "name", 3, 3],
    [["b", "c"], "value", 4, 5],
    [["b", "c", 0], "name", 4, 7],
    [["b", "c", 1, "d"], "name", 5, 8],
    [["b", "c", 1, "d"], "value", 5, 11],
    // What is not there is at what is around it.
    [["b", "c", 1, "e"], "value", 5, 7],
    [["b", "e", "f"], "value", 2, 1]
  ]
  test.each(cases)("%p (%s) is at %i:%i", (path, what, line, column) => {
    expect(tree.placeOf(path, what)).toEqual({ line, column })
  })

  test("what is nowhere has no place", () => {
    expect(tree.placeOf(["z"])).toBeUndefined()
    expect(tree.placeOf([])).toBeUndefined()
  })
})

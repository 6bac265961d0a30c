import { describe, expect, test } from "bun:test"
import {
  asNumber,
  asObject,
  asText,
  countOf,
  listOf,
  objectOf,
  parseJson,
  textOf,
  unknownFields
} from "../../src/domain/Fields.ts"

describe("somebody else's JSON is read without a throw:", () => {
  const values: ReadonlyArray<unknown> = [undefined, null, true, 1, Number.NaN, "text", [1], { a: 1 }]
  test("only an object is an object", () => {
    expect(values.map(asObject)).toEqual([...Array.from({ length: 7 }, () => undefined), { a: 1 }])
    expect(values.map(objectOf)).toEqual([{}, {}, {}, {}, {}, {}, {}, { a: 1 }])
  })
  test("only a list is a list", () => expect(values.map(listOf)).toEqual([[], [], [], [], [], [], [1], []]))
  test("only text is text", () => {
    expect(values.map(asText).filter((text) => text !== undefined)).toEqual(["text"])
    expect(values.map(textOf)).toEqual(["", "", "", "", "", "text", "", ""])
  })
  test("only a finite number is a number", () => {
    expect([...values, Infinity, 0, -2.5].map(asNumber).filter((number) => number !== undefined)).toEqual([1, 0, -2.5])
  })
  test("a count is whole and not negative", () => {
    const said = [3, 2.6, 0, -1, Number.NaN, Infinity, "3", null, 1e306]
    expect(said.map(countOf)).toEqual([3, 3, 0, 0, 0, 0, 0, 0, 1e9])
  })
  test("text that is no JSON is undefined, which no JSON is", () => {
    expect(["{}", "null", "", "{", "undefined"].map(parseJson)).toEqual([{}, null, undefined, undefined, undefined])
  })
})

describe("unknown fields", () => {
  test("are those that are not known, and nothing when there are none", () => {
    expect(unknownFields({ a: 1, b: 2 }, new Set(["a"]))).toEqual({ b: 2 })
    expect(unknownFields({ a: 1 }, new Set(["a"]))).toBeUndefined()
  })
  test("leave out a key that would set the prototype", () => {
    const rest = unknownFields(objectOf(parseJson('{"__proto__":{"polluted":true},"constructor":1}')), new Set())
    expect(rest).toEqual({ constructor: 1 })
    expect(Object.getPrototypeOf(rest)).toBe(Object.prototype)
    expect(rest !== undefined && "polluted" in rest).toBe(false)
  })
})

import { expect, test } from "bun:test"
import { example, find, nothingFound } from "../../../src/simulator/script/Example.ts"

const properties = (fields: Record<string, unknown>, required?: ReadonlyArray<string>) => ({
  type: "object",
  properties: fields,
  ...(required === undefined ? {} : { required })
})

test.each([
  ["What's the status of order #4821?", { order_id: { type: "string" } }, { order_id: "4821" }],
  [
    'Move "milk" to “cold shelf”',
    { what: { type: "string" }, where: { type: "STRING" } },
    { what: "milk", where: "cold shelf" }
  ],
  ["It's Tom's 7th", { day: { type: "integer" } }, { day: 7 }],
  ["Between 3 and 40", { n: { type: "number", minimum: 10 } }, { n: 40 }],
  ["nothing here", { unit: { enum: ["celsius"] }, ok: { type: "boolean" } }, { unit: "celsius", ok: true }],
  ["nothing here", { city_name: { type: ["null", "string"] } }, { city_name: "an example city name" }]
])("%s: arguments are taken from the words", (words, fields, expected) => {
  expect(example(properties(fields), find(words), true)).toEqual(expected)
})

test("only what is required is given in arguments, everything where nothing is, and everything in an answer", () => {
  const fields = { a: { type: "boolean" }, b: { type: "boolean" } }
  expect(example(properties(fields, ["a"]), nothingFound, true)).toEqual({ a: true })
  expect(example(properties(fields), nothingFound, true)).toEqual({ a: true, b: true })
  expect(example(properties(fields, ["a"]), nothingFound, false)).toEqual({ a: true, b: true })
})

test("references, alternatives, lists, formats and lengths are followed", () => {
  const schema = {
    ...properties({
      tree: { $ref: "#/$defs/tree" },
      either: { anyOf: [{ type: "null" }, { const: 3 }] },
      list: { type: "array", items: { type: "string", format: "date" }, minItems: 2 },
      long: { type: "string", minLength: 30 },
      short: { type: "string", maxLength: 4 }
    }),
    $defs: { tree: properties({ leaf: { type: "boolean" } }) }
  }
  expect(example(schema, { texts: [], numbers: [] }, false)).toEqual({
    tree: { leaf: true },
    either: 3,
    list: ["2026-01-02", "2026-01-02"],
    long: "an example long...............",
    short: "an e"
  })
})

test("a schema that refers to itself ends", () => {
  const schema = { $ref: "#/$defs/a", $defs: { a: properties({ a: { $ref: "#/$defs/a" } }) } }
  expect(JSON.stringify(example(schema, nothingFound, false)).length).toBeLessThan(200)
})

test("a property named like the prototype stays data", () => {
  const schema = JSON.parse('{"type":"object","properties":{"__proto__":{"type":"boolean"}}}')
  expect(JSON.stringify(example(schema, nothingFound, false))).toBe('{"__proto__":true}')
})

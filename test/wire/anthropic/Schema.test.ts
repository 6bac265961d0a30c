import { describe, expect, test } from "bun:test"
import type { Fields } from "../../../src/domain/Fields.ts"
import { enforcedSchema, toolSchema } from "../../../src/wire/anthropic/Schema.ts"

const string = { type: "string" }

describe("a tool's schema", () => {
  const cases: ReadonlyArray<readonly [string, Fields | undefined, Fields]> = [
    ["none becomes an empty object", undefined, { type: "object", properties: {} }],
    ["an object without properties gets them", { type: "object" }, { type: "object", properties: {} }],
    ["a missing type is an object", { properties: { a: string } }, { type: "object", properties: { a: string } }],
    [
      "$schema is left out, but not a property of that name",
      { $schema: "x", type: "object", properties: { $schema: string } },
      { type: "object", properties: { $schema: string } }
    ],
    [
      "what drafts before 2020-12 wrote otherwise is rewritten, at any depth",
      {
        type: "object",
        properties: {
          pair: { type: "array", items: [string, { type: "number", minimum: 0, exclusiveMinimum: true }] },
          flag: { type: "string", required: true }
        }
      },
      {
        type: "object",
        properties: {
          pair: { type: "array", prefixItems: [string, { type: "number", minimum: 0, exclusiveMinimum: 0 }] },
          flag: { type: "string" }
        }
      }
    ],
    [
      "what looks like a schema in data is left alone",
      { type: "object", properties: { a: { const: { $schema: 1 }, default: { required: true } } } },
      { type: "object", properties: { a: { const: { $schema: 1 }, default: { required: true } } } }
    ],
    [
      "a reference at the root is followed",
      { $ref: "#/$defs/A", $defs: { A: { type: "object", properties: { a: string }, required: ["a"] } } },
      {
        type: "object",
        properties: { a: string },
        required: ["a"],
        $defs: { A: { type: "object", properties: { a: string }, required: ["a"] } }
      }
    ],
    [
      "a property named __proto__ stays one",
      JSON.parse('{"properties":{"__proto__":{"type":"string"}}}'),
      {
        type: "object",
        properties: JSON.parse('{"__proto__":{"type":"string"}}')
      }
    ]
  ]
  test.each(cases)("%s", (_name, parameters, schema) => {
    const made = toolSchema(parameters)
    expect(JSON.parse(JSON.stringify(made.schema))).toEqual(schema)
    expect(made.note).toBeUndefined()
  })

  const unions: ReadonlyArray<readonly [string, ReadonlyArray<string>]> = [
    ["anyOf", ["k"]],
    ["oneOf", ["k"]],
    ["allOf", ["k", "a", "b"]]
  ]
  test.each(unions)("%s at the root, which Anthropic refuses, is folded", (union, required) => {
    const alternatives = [
      { properties: { k: string, a: string }, required: ["k", "a"] },
      { properties: { k: string, b: string }, required: ["k", "b"] }
    ]
    const { schema, note } = toolSchema({ type: "object", [union]: alternatives })
    expect(schema).toEqual({ type: "object", properties: { k: string, a: string, b: string }, required: [...required] })
    expect(note).toContain(union)
  })
})

describe("an enforced schema", () => {
  const cases: ReadonlyArray<readonly [string, Fields, Fields]> = [
    [
      "objects are closed, at any depth",
      { type: "object", properties: { a: { type: ["object", "null"], properties: { b: string } } }, required: ["a"] },
      {
        type: "object",
        properties: {
          a: { type: ["object", "null"], properties: { b: string }, additionalProperties: false }
        },
        required: ["a"],
        additionalProperties: false
      }
    ],
    [
      "what is not enforced is said in the description",
      { type: "string", description: "A name.", minLength: 2, pattern: "^a" },
      { type: "string", description: 'A name.\n\n{minLength: 2, pattern: "^a"}' }
    ],
    ["known formats stay", { type: "string", format: "date" }, { type: "string", format: "date" }],
    ["other formats are said", { type: "string", format: "byte" }, { type: "string", description: '{format: "byte"}' }],
    [
      "minItems of 0 and 1 stays, others are said",
      {
        anyOf: [
          { type: "array", minItems: 1 },
          { type: "array", minItems: 2 }
        ]
      },
      {
        anyOf: [
          { type: "array", minItems: 1 },
          { type: "array", description: "{minItems: 2}" }
        ]
      }
    ],
    ["oneOf is anyOf", { oneOf: [string, { type: "null" }] }, { anyOf: [string, { type: "null" }] }],
    ["$schema and $id are dropped", { $schema: "x", $id: "y", type: "string" }, { type: "string" }],
    ["enum and const stay", { enum: ["a", null], const: 1 }, { enum: ["a", null], const: 1 }],
    ["an enum of objects is said", { enum: [{ a: 1 }] }, { description: '{enum: [{"a":1}]}' }],
    [
      "a property may have a keyword's name",
      { properties: { minimum: string } },
      {
        properties: { minimum: string },
        additionalProperties: false
      }
    ]
  ]
  test.each(cases)("%s", (_name, schema, expected) => {
    expect(enforcedSchema(schema).schema).toEqual(expected)
  })

  const person = { type: "object", properties: { a: string }, required: ["a"] }
  const expressible: ReadonlyArray<readonly [string, Fields, boolean]> = [
    ["a plain object", person, true],
    [
      "a definition that is used twice",
      {
        type: "object",
        properties: { a: { $ref: "#/$defs/P" }, b: { $ref: "#/$defs/P" } },
        $defs: { P: person }
      },
      true
    ],
    ["a map of any names", { type: "object", additionalProperties: string }, false],
    ["an open object inside", { type: "object", properties: { a: { type: "object" } } }, false],
    [
      "a recursive definition",
      {
        type: "object",
        properties: { a: { $ref: "#/$defs/N" } },
        $defs: { N: { type: "object", properties: { next: { anyOf: [{ $ref: "#/$defs/N" }, { type: "null" }] } } } }
      },
      false
    ],
    ["a reference to the whole", { type: "object", properties: { a: { $ref: "#" } } }, false],
    ["a reference elsewhere", { type: "object", properties: { a: { $ref: "https://a/b" } } }, false]
  ]
  test.each(expressible)("%s: can be enforced or not", (_name, schema, can) => {
    expect(enforcedSchema(schema).expressible).toBe(can)
  })

  test("optional properties and unions are counted", () => {
    const made = enforcedSchema({
      type: "object",
      properties: { a: string, b: { type: ["string", "null"] }, c: { anyOf: [string, { type: "null" }] } },
      required: ["a"]
    })
    expect([made.optional, made.unions]).toEqual([2, 2])
  })
})

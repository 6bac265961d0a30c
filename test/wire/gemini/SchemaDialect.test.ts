import { expect, test } from "bun:test"
import type { Fields } from "../../../src/domain/Fields.ts"
import { parametersDialect, schemaDialect } from "../../../src/wire/gemini/SchemaDialect.ts"

const object = (properties: Fields, more: Fields = {}): Fields => ({ type: "object", properties, ...more })

const cases: ReadonlyArray<readonly [name: string, given: Fields, wanted: Fields]> = [
  [
    "keywords that Gemini does not know are left out",
    {
      $schema: "https://json-schema.org/draft/2020-12/schema",
      $comment: "x",
      type: "object",
      properties: { a: { type: "string", readOnly: true, contentEncoding: "base64" } },
      propertyNames: { pattern: "^a" },
      patternProperties: { "^x": {} },
      additionalProperties: false
    },
    { type: "object", properties: { a: { type: "string" } }, additionalProperties: false }
  ],
  [
    "limits that Gemini does not know are told in the description",
    object({
      n: { type: "number", exclusiveMinimum: 0, maximum: 9, multipleOf: 3, description: "Count." },
      s: { type: "string", pattern: "^a$", minLength: 1, format: "email", default: "a" }
    }),
    object({
      n: { type: "number", maximum: 9, description: "Count. (multipleOf: 3; exclusiveMinimum: 0)" },
      s: { type: "string", description: "(pattern: ^a$; minLength: 1; default: a; format: email)" }
    })
  ],
  [
    "properties that are called like keywords stay",
    object({ pattern: { type: "string" }, const: { type: "number" }, $ref: { type: "string" } }),
    object({ pattern: { type: "string" }, const: { type: "number" }, $ref: { type: "string" } })
  ],
  ["a date-time stays a format", { type: "string", format: "date-time" }, { type: "string", format: "date-time" }],
  ["const becomes enum", { const: "a" }, { type: "string", enum: ["a"] }],
  ["a numeric const becomes enum", { const: 3, type: "integer" }, { type: "integer", enum: [3] }],
  ["a const null is the type null", { const: null }, { type: "null" }],
  ["a boolean const can only be told", { const: true }, { type: "boolean", description: "(one of: [true])" }],
  ["null in an enum is a type", { type: "string", enum: ["a", null] }, { type: ["string", "null"], enum: ["a"] }],
  ["OpenAPI's nullable is a type", { type: "string", nullable: true }, { type: ["string", "null"] }],
  [
    "a tuple of an older draft becomes prefixItems",
    { type: "array", items: [{ type: "string" }, { const: 1 }] },
    { type: "array", prefixItems: [{ type: "string" }, { type: "number", enum: [1] }] }
  ],
  ["a boolean schema becomes an empty one", object({ any: true }), object({ any: {} })],
  [
    "required names without a property are left out",
    object({ a: { type: "string" } }, { required: ["a", "b", 3] }),
    object({ a: { type: "string" } }, { required: ["a"] })
  ],
  [
    "allOf is merged into the schema that has it",
    {
      description: "outer",
      allOf: [
        { $ref: "#/$defs/Base" },
        { properties: { b: { type: "number" } }, required: ["b"], description: "inner" }
      ],
      $defs: { Base: object({ a: { type: "string" } }, { required: ["a"] }) }
    },
    {
      type: "object",
      description: "outer",
      properties: { b: { type: "number" }, a: { type: "string" } },
      required: ["a", "b"]
    }
  ],
  [
    "a reference keeps no siblings, and only definitions in use are sent",
    object(
      { home: { $ref: "#/definitions/Address", description: "Home", default: null } },
      { definitions: { Address: object({ city: { const: "Paris" } }), Unused: { type: "string" } } }
    ),
    object(
      { home: { $ref: "#/$defs/Address" } },
      { $defs: { Address: object({ city: { type: "string", enum: ["Paris"] } }) } }
    )
  ],
  [
    "a reference to another place of the schema becomes a definition",
    object({ a: object({ "x/y": { type: "string" } }), b: { $ref: "#/properties/a/properties/x~1y" } }),
    object(
      { a: object({ "x/y": { type: "string" } }), b: { $ref: "#/$defs/properties_a_properties_x_y" } },
      { $defs: { properties_a_properties_x_y: { type: "string" } } }
    )
  ],
  [
    "a reference that leads nowhere is left out",
    object({ a: { $ref: "https://example.com/x.json", type: "string" }, b: { $ref: "#/$defs/Nothing" } }),
    object({ a: { type: "string" }, b: {} })
  ],
  [
    "recursion stays in properties that are not required",
    object(
      { tree: { $ref: "#/$defs/Node" } },
      {
        required: ["tree"],
        $defs: {
          Node: object(
            { label: { type: "string" }, children: { type: "array", items: { $ref: "#/$defs/Node" } } },
            { required: ["label", "children"] }
          )
        }
      }
    ),
    object(
      { tree: { $ref: "#/$defs/Node" } },
      {
        required: ["tree"],
        $defs: {
          Node: object(
            { label: { type: "string" }, children: { type: "array", items: { $ref: "#/$defs/Node" } } },
            { required: ["label"] }
          )
        }
      }
    )
  ],
  [
    "recursion through two definitions stays in properties that are not required",
    {
      $ref: "#/$defs/A",
      $defs: {
        A: object({ b: { $ref: "#/$defs/B" } }, { required: ["b"] }),
        B: object({ a: { $ref: "#/$defs/A" }, n: { type: "number" } }, { required: ["a", "n"] })
      }
    },
    object(
      { b: { $ref: "#/$defs/B" } },
      {
        $defs: {
          B: object({ a: { $ref: "#/$defs/A" }, n: { type: "number" } }, { required: ["n"] }),
          A: object({ b: { $ref: "#/$defs/B" } })
        }
      }
    )
  ],
  [
    "recursion outside any property is cut",
    object(
      { value: { $ref: "#/$defs/Json" } },
      { $defs: { Json: { anyOf: [{ type: "string" }, { type: "array", items: { $ref: "#/$defs/Json" } }] } } }
    ),
    object(
      { value: { $ref: "#/$defs/Json" } },
      { $defs: { Json: { anyOf: [{ type: "string" }, { type: "array", items: {} }] } } }
    )
  ]
]

for (const [name, given, wanted] of cases) test(name, () => expect(schemaDialect(given)).toEqual(wanted))

test("a property called __proto__ is data", () => {
  const written = schemaDialect({ type: "object", properties: JSON.parse('{"__proto__":{"type":"string"}}') })
  expect(JSON.stringify(written)).toBe('{"type":"object","properties":{"__proto__":{"type":"string"}}}')
})

const parameters: ReadonlyArray<readonly [name: string, given: Fields | undefined, wanted: Fields | undefined]> = [
  ["a function without parameters has no schema", undefined, undefined],
  [
    "an object without properties has no schema",
    { type: "object", properties: {}, additionalProperties: false },
    undefined
  ],
  [
    "an open object keeps its schema",
    { type: "object", additionalProperties: true },
    { type: "object", additionalProperties: true }
  ],
  ["parameters are always an object", { properties: { a: {} } }, { type: "object", properties: { a: {} } }],
  [
    "parameters that are a reference are written out",
    { $ref: "#/definitions/P", definitions: { P: object({ a: { type: "string" } }) } },
    object({ a: { type: "string" } })
  ]
]

for (const [name, given, wanted] of parameters) test(name, () => expect(parametersDialect(given)).toEqual(wanted))

import { describe, expect, test } from "bun:test"
import { JsonSchema, Result, Schema, SchemaRepresentation } from "effect"
import { readTree } from "../../src/config/file/SourceTree.ts"
import { gatewayFileJsonSchema } from "../../src/config/JsonSchema.ts"
import { type Fields, listOf, objectOf } from "../../src/domain/Fields.ts"

// A schema made from the published JSON Schema alone: what an editor would say.
const published = SchemaRepresentation.fromJsonSchemaDocument(JsonSchema.fromSchemaDraft2020_12(gatewayFileJsonSchema))

const isAccepted = (text: string): boolean =>
  Result.isSuccess(
    Schema.decodeUnknownResult(Schema.revealCodec(published))(readTree(text).value, { onExcessProperty: "error" })
  )

describe("the published schema", () => {
  test.each([
    "version: 1",
    "version: 1\nport: 8787",
    "version: 1\nport: ${PORT}",
    "version: 1\nkeys: [abc, {name: a, key: '${KEY}'}]",
    "version: 1\ncompatibility: ${MODE}",
    "version: 1\nsimulator: ${SIMULATOR}",
    "version: 1\ntimeouts: {idle: 30 seconds, connect: '${CONNECT}'}",
    "version: 1\nproviders: {openai: {key: '${KEY}', organization: o}}",
    "version: 1\nproviders: {my-vllm: {baseUrl: 'http://a/v1', models: any, speaks: gemini}}",
    "version: 1\nproviders: {my-vllm: {baseUrl: 'http://a/v1', models: [a]}}",
    "version: 1\naliases: {a: b}\nmodels: {a/b: {context: 1}}"
  ])("takes %p", (text) => {
    expect(isAccepted(text)).toBe(true)
  })

  test.each([
    "port: 1",
    "version: 2",
    "version: 1\nprot: 1",
    "version: 1\nport: 70000",
    "version: 1\nport: high",
    "version: 1\nkeys: [{name: a}]",
    "version: 1\ncompatibility: azure",
    "version: 1\nsimulator: 1",
    "version: 1\ntimeouts: {idle: 30}",
    "version: 1\ntimeouts: {idle: 30s}",
    "version: 1\ntimeouts: {wait: 30 seconds}",
    "version: 1\nproviders: {openai: {kye: x}}",
    "version: 1\nproviders: {openai: {models: any}}",
    "version: 1\nproviders: {my-vllm: {models: any}}",
    "version: 1\nproviders: {my-vllm: {baseUrl: 'http://a/v1', organization: o}}",
    "version: 1\nmodels: {a/b: 1}"
  ])("refuses %p", (text) => {
    expect(isAccepted(text)).toBe(false)
  })

  test("is the JSON that editors load", () => {
    expect(gatewayFileJsonSchema).toMatchObject({
      $schema: "https://json-schema.org/draft/2020-12/schema",
      title: "gateway.yaml",
      type: "object",
      required: ["version"],
      additionalProperties: false
    })
    expect(JSON.parse(JSON.stringify(gatewayFileJsonSchema))).toEqual(gatewayFileJsonSchema)
  })

  test("describes every setting and closes every mapping of settings", () => {
    const check = (schema: Fields, path: string): ReadonlyArray<string> => {
      const properties = Object.entries(objectOf(schema["properties"]))
      const own = properties.flatMap(([name, property]) => {
        const isDescribed = typeof objectOf(property)["description"] === "string"
        return [...(isDescribed ? [] : [`${path}.${name} is not described`]), ...check(objectOf(property), `${path}.${name}`)]
      })
      const isOpen = properties.length > 0 && schema["additionalProperties"] === true
      const inner = [...listOf(schema["anyOf"]), schema["items"], schema["additionalProperties"]]
      return [...own, ...(isOpen ? [`${path} is open`] : []), ...inner.flatMap((part) => check(objectOf(part), `${path}.*`))]
    }
    expect(check(gatewayFileJsonSchema, "")).toEqual([])
  })
})

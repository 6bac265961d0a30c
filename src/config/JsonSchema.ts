import { Schema } from "effect"
import { asObject, asText, type Fields, objectOf } from "../domain/Fields.ts"
import { GatewayFile } from "./file/GatewayFile.ts"
import { compatibleFields, type ProviderEntry, providerFields } from "./file/ProviderEntry.ts"

/** The text of a value that has a reference in it: an editor sees the file before `${NAME}` is replaced. */
const referenceSchema: Fields = { type: "string", pattern: "\\$\\{[^}]+\\}", description: "${NAME} or ${file:PATH}" }

/** Whether a schema refuses a text with a reference in it. */
const refusesText = (schema: Fields): boolean => {
  const isText = schema["type"] === "string" && schema["pattern"] === undefined && schema["enum"] === undefined
  return schema["type"] !== "object" && schema["type"] !== "array" && !isText
}

/** The schema's own words, without what it takes. */
const wordsOf = (schema: Fields): Fields =>
  Object.fromEntries(Object.entries(schema).filter(([name]) => name === "description" || name === "default"))

const withoutWords = (schema: Fields): Fields =>
  Object.fromEntries(Object.entries(schema).filter(([name]) => name !== "description" && name !== "default"))

const mapValues = (object: unknown, map: (value: Fields) => Fields): Fields =>
  Object.fromEntries(Object.entries(objectOf(object)).map(([name, value]) => [name, map(objectOf(value))]))

const alternatives = (schemas: ReadonlyArray<Fields>): ReadonlyArray<Fields> => {
  const takesAnyText = schemas.some((schema) => schema["type"] === "string" && !refusesText(schema))
  return takesAnyText || !schemas.some(refusesText) ? schemas : [...schemas, referenceSchema]
}

/** Lets a reference stand wherever a number, a word, a date or a duration does. */
const withReferences = (schema: Fields): Fields => {
  const branches = schema["anyOf"]
  if (Array.isArray(branches)) {
    const mapped = branches.map((branch) => within(objectOf(branch)))
    return { ...schema, anyOf: alternatives(mapped) }
  }
  if (schema["type"] === undefined || !refusesText(schema)) return within(schema)
  return { ...wordsOf(schema), anyOf: [withoutWords(schema), referenceSchema] }
}

const within = (schema: Fields): Fields => ({
  ...schema,
  ...(schema["properties"] === undefined ? {} : { properties: mapValues(schema["properties"], withReferences) }),
  ...(asObject(schema["items"]) === undefined ? {} : { items: withReferences(objectOf(schema["items"])) }),
  ...(asObject(schema["additionalProperties"]) === undefined
    ? {}
    : { additionalProperties: withReferences(objectOf(schema["additionalProperties"])) })
})

/** The schema of one provider: of all provider settings those that it has. */
const providerSchema = (entry: Fields, fields: ReadonlyArray<keyof ProviderEntry>, description: string): Fields => {
  const own = Object.entries(objectOf(entry["properties"])).filter(([name]) => fields.some((field) => field === name))
  return { ...entry, description, properties: Object.fromEntries(own) }
}

const providersSchema = (providers: Fields): Fields => {
  const entry = objectOf(providers["additionalProperties"])
  const known = Object.entries(providerFields).map(([name, fields]) => [
    name,
    providerSchema(entry, fields, `${name}, with its own address unless baseUrl says another.`)
  ])
  const own = providerSchema(entry, compatibleFields, "A server of your own; its models are name/model.")
  const hasAddress = [{ required: ["baseUrl"] }, { required: ["baseUrls"] }]
  return {
    ...providers,
    properties: Object.fromEntries(known),
    additionalProperties: { ...own, anyOf: hasAddress }
  }
}

/**
 * The JSON Schema (2020-12) of `gateway.yaml`, for editors: `# yaml-language-server:
 * $schema=http://127.0.0.1:8787/gateway.schema.json`. `model`: that of the facts of a model.
 */
export const gatewayFileJsonSchema = (model: Fields): Fields => {
  const { schema } = Schema.toJsonSchemaDocument(GatewayFile, { onExcessProperty: "error" })
  const properties = mapValues(withReferences(schema)["properties"], (property) => property)
  // `version` says how the rest is read, so it is written out.
  const version = objectOf(objectOf(schema["properties"])["version"])
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "gateway.yaml",
    description: asText(schema["description"]) ?? "Configuration of the LLM gateway.",
    ...withoutWords(schema),
    properties: {
      ...properties,
      version,
      providers: providersSchema(objectOf(properties["providers"])),
      models: { ...objectOf(properties["models"]), additionalProperties: withReferences(model) }
    }
  }
}

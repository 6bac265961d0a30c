import { describe, expect, test } from "bun:test"
import { readTree } from "../../src/config/file/SourceTree.ts"
import { modelFactsJsonSchema } from "../../src/catalog/ModelFacts.ts"
import { gatewayFileJsonSchema } from "../../src/config/JsonSchema.ts"
import { asObject, type Fields, listOf, objectOf } from "../../src/domain/Fields.ts"

const typeOf = (value: unknown): string => {
  if (value === null) return "null"
  if (Array.isArray(value)) return "array"
  return typeof value
}

const hasType = (value: unknown, type: unknown): boolean =>
  type === "integer" ? Number.isInteger(value) : typeOf(value) === type

/** The keywords that the published schema uses, as the standard says; any other keyword is a failure. */
const keywords: Readonly<Record<string, (value: unknown, argument: unknown, schema: Fields) => boolean>> = {
  $schema: () => true,
  title: () => true,
  description: () => true,
  default: () => true,
  type: hasType,
  enum: (value, allowed) => listOf(allowed).includes(value),
  minimum: (value, least) => typeof value !== "number" || value >= Number(least),
  maximum: (value, most) => typeof value !== "number" || value <= Number(most),
  pattern: (value, source) => typeof value !== "string" || new RegExp(String(source), "u").test(value),
  anyOf: (value, branches) => listOf(branches).some((branch) => isValid(value, objectOf(branch))),
  required: (value, names) => listOf(names).every((name) => Object.hasOwn(objectOf(value), String(name))),
  items: (value, item) => listOf(value).every((each) => isValid(each, objectOf(item))),
  properties: (value, properties) =>
    Object.entries(objectOf(properties)).every(
      ([name, schema]) => !Object.hasOwn(objectOf(value), name) || isValid(objectOf(value)[name], objectOf(schema))
    ),
  additionalProperties: (value, rest, schema) =>
    Object.entries(objectOf(value))
      .filter(([name]) => !Object.hasOwn(objectOf(schema["properties"]), name))
      .every(([, inner]) => (asObject(rest) === undefined ? rest === true : isValid(inner, objectOf(rest))))
}

const isValid = (value: unknown, schema: Fields): boolean =>
  Object.entries(schema).every(([keyword, argument]) => {
    const check = keywords[keyword]
    if (check === undefined) throw new Error(`the test does not know the keyword ${keyword}`)
    return check(value, argument, schema)
  })

/** What an editor would say. */
const published = gatewayFileJsonSchema(modelFactsJsonSchema())

const isAccepted = (text: string): boolean => isValid(readTree(text).value, published)

describe("the published schema", () => {
  test.each([
    "version: 1",
    "version: 1\nport: 8787",
    "version: 1\nport: ${PORT}",
    "version: 1\nkeys: [abc, {name: a, key: '${KEY}'}]",
    "version: 1\ncompatibility: ${MODE}",
    "version: 1\nsimulator: ${SIMULATOR}",
    "version: 1\ntimeouts: {drain: 30 seconds, keepAlive: '${KEEP}'}",
    "version: 1\nadmin: {keys: ['${KEY}', {name: a, key: '${file:a}'}], port: 0}\nwatch: true",
    "version: 1\nproviders: {openai: {keys: ['${A}', {name: b, key: '${B}'}], baseUrls: [x, {url: y, region: eu}]}}",
    "version: 1\nproviders: {my-vllm: {baseUrls: ['http://a/v1']}}",
    "version: 1\ndefaults: {latencyThreshold: 3 seconds, on: [RateLimited, '${CLASS}'], race: false, midStream: hold}",
    "version: 1\ndefaults: {timeouts: {connect: 2 seconds, total: 10 minutes}, retries: {attempts: '${TRIES}', backoff: 1 second}}",
    "version: 1\ndefaults: {hedge: {after: p95, maxExtraCostUsd: 0.01}, trail: '${TRAIL}'}",
    "version: 1\nroutes: {a: {targets: [x, {model: y, weight: 0.5, overrides: {messages: []}, race: true}], deadline: 9 seconds}}",
    "version: 1\nproviders: {openai: {key: '${KEY}', organization: o}}",
    "version: 1\nproviders: {my-vllm: {baseUrl: 'http://a/v1', models: any, speaks: gemini}}",
    "version: 1\nproviders: {my-vllm: {baseUrl: 'http://a/v1', models: [a]}}",
    "version: 1\nkeys: [{name: a, key: b, team: t, tags: [x], models: ['*'], tools: [], expires: '2027-01-31', requestsAtOnce: 1}]",
    "version: 1\ndata: d\nteams: {t: {tokensPerMinute: '${N}', budget: {day: 5, month: '1.5', zone: UTC, unknownPrices: allow}}}",
    "version: 1\nmetrics: {host: a, port: 0}\nlog: off\nidempotency: {keep: 24 hours}",
    "version: 1\nlimits: {outputTokens: 4096, budgetWait: 10 seconds}",
    "version: 1\naliases: {a: b}\nmodels: {a/b: {contextTokens: 1, rules: {sampling: never}, prices: [{from: '2026-01-01', input: 1, output: '${PRICE}'}]}}"
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
    "version: 1\ntimeouts: {drain: 30}",
    "version: 1\ntimeouts: {drain: 30s}",
    "version: 1\ntimeouts: {idle: 30 seconds}",
    "version: 1\nadmin: {port: 1}",
    "version: 1\nadmin: {key: abcdefgh}",
    "version: 1\nwatch: always",
    "version: 1\nproviders: {openai: {keys: [{key: a}]}}",
    "version: 1\nproviders: {openai: {baseUrls: [{region: eu}]}}",
    "version: 1\ndefaults: {on: [Slow]}",
    "version: 1\ndefaults: {retries: {attempts: 11}}",
    "version: 1\ndefaults: {retries: {}}",
    "version: 1\ndefaults: {hedge: {after: p99}}",
    "version: 1\ndefaults: {hedge: {after: p95, maxExtraCostUsd: -1}}",
    "version: 1\ndefaults: {targets: []}",
    "version: 1\nroutes: {a: {}}",
    "version: 1\nroutes: {a: {targets: [{weight: 1}]}}",
    "version: 1\nroutes: {a: {targets: [{model: x, weight: 0}]}}",
    "version: 1\nroutes: {a: {targets: [{model: x, temperature: 0}]}}",
    "version: 1\ntimeouts: {wait: 30 seconds}",
    "version: 1\nproviders: {openai: {kye: x}}",
    "version: 1\nproviders: {openai: {models: any}}",
    "version: 1\nproviders: {my-vllm: {models: any}}",
    "version: 1\nproviders: {my-vllm: {baseUrl: 'http://a/v1', organization: o}}",
    "version: 1\nkeys: [{name: a, key: b, tag: [x]}]",
    "version: 1\nadmin: {keys: [{name: a, key: b, team: t}]}",
    "version: 1\nteams: {t: {budget: {day: lots}}}",
    "version: 1\nteams: {t: {name: a}}",
    "version: 1\nmetrics: {}",
    "version: 1\nlog: true",
    "version: 1\nmodels: {a/b: 1}",
    "version: 1\nmodels: {a/b: {context: 1}}",
    "version: 1\nmodels: {a/b: {prices: {input: 1, output: 2}}}",
    "version: 1\nmodels: {a/b: {prices: [{input: 1, output: 2}]}}"
  ])("refuses %p", (text) => {
    expect(isAccepted(text)).toBe(false)
  })

  test("is the JSON that editors load", () => {
    expect(published).toMatchObject({
      $schema: "https://json-schema.org/draft/2020-12/schema",
      title: "gateway.yaml",
      type: "object",
      required: ["version"],
      additionalProperties: false
    })
    expect(JSON.parse(JSON.stringify(published))).toEqual(published)
  })

  test("describes every setting and closes every mapping of settings", () => {
    const check = (schema: Fields, path: string): ReadonlyArray<string> => {
      const properties = Object.entries(objectOf(schema["properties"]))
      const own = properties.flatMap(([name, property]) => {
        const isDescribed = typeof objectOf(property)["description"] === "string"
        return [
          ...(isDescribed ? [] : [`${path}.${name} is not described`]),
          ...check(objectOf(property), `${path}.${name}`)
        ]
      })
      const isOpen = properties.length > 0 && schema["additionalProperties"] === true
      const inner = [...listOf(schema["anyOf"]), schema["items"], schema["additionalProperties"]]
      const schemas = inner.map(asObject).filter((part) => part !== undefined)
      return [...own, ...(isOpen ? [`${path} is open`] : []), ...schemas.flatMap((part) => check(part, `${path}.*`))]
    }
    expect(check(published, "")).toEqual([])
  })
})

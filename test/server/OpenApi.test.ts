import { describe, expect, test } from "bun:test"
import { asObject, type Fields, listOf, objectOf, textOf } from "../../src/domain/Fields.ts"
import { failureKinds } from "../../src/domain/Failure.ts"
import { openApi } from "../../src/server/OpenApi.ts"
import { chatAliases } from "../../src/wire/openai/chat/routing/ChatAliases.ts"

const document = openApi()
const request = objectOf(objectOf(objectOf(document["components"])["schemas"])["ChatRequest"])

/** The schema without the `null` that stands for an absent field. */
const said = (schema: Fields): Fields => {
  const forms = listOf(schema["anyOf"]).map(objectOf)
  const others = forms.filter(({ type }) => type !== "null")
  return forms.length > others.length && others.length === 1 ? { ...schema, ...others[0] } : schema
}

const fieldIn = (schema: Fields, path: string): Fields | undefined => {
  const [step = "", ...rest] = path.split(".")
  const inner = asObject(objectOf(said(schema)["properties"])[step])
  return inner === undefined || rest.length === 0 ? inner : fieldIn(inner, rest.join("."))
}

describe("the document of the doors", () => {
  for (const { alias, product, field, meaning } of chatAliases) {
    test(`prints that ${product}'s ${alias} is ${field}`, () => {
      expect(textOf(fieldIn(request, alias)?.["description"])).toBe(`${product}'s name of ${field}: ${meaning}.`)
      expect(fieldIn(request, field)).toBeDefined()
    })
  }

  test("describes each field that says where a request goes and how long it may take", () => {
    const fields = [
      "fallbacks",
      "fallback_config.depth",
      "models",
      ...["order", "only", "ignore", "allow_fallbacks", "max_price", "require_parameters"].map(
        (name) => `provider.${name}`
      ),
      ...[
        "latency_threshold_ms",
        "deadline_ms",
        "timeout_ms",
        "on",
        "retries",
        "hedge",
        "race",
        "mid_stream",
        "trail"
      ].map((name) => `gateway.${name}`),
      ...["connect", "headers", "first_content", "idle", "total"].map((name) => `gateway.timeout_ms.${name}`)
    ]
    const bare = fields.filter((field) => textOf(fieldIn(request, field)?.["description"]).length < 10)
    expect(bare).toEqual([])
  })

  test("says that nothing but our own fields stands under `gateway`, and anything in a request", () => {
    for (const field of ["gateway", "gateway.timeout_ms", "gateway.retries", "gateway.hedge"]) {
      expect(said(fieldIn(request, field) ?? {})["additionalProperties"]).toBe(false)
    }
    expect(request["additionalProperties"]).toBeUndefined()
  })

  test("lists the classes of failure that may be followed", () => {
    const classes = objectOf(said(fieldIn(request, "gateway.on") ?? {})["items"])["enum"]
    expect(classes).toEqual(Object.keys(failureKinds))
  })

  test("lets a request name its model, or a list of them", () => {
    expect([request["required"], request["anyOf"]]).toEqual([[], [{ required: ["model"] }, { required: ["models"] }]])
  })
})

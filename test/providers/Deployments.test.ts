import { describe, expect, test } from "bun:test"
import { Redacted } from "effect"
import type { Model, OpenAiRules } from "../../src/domain/Model.ts"
import type { Request } from "../../src/domain/Request.ts"
import {
  type Access,
  anthropic,
  baseten,
  compatible,
  type Deployment,
  google,
  openAi,
  simulated
} from "../../src/providers/Deployments.ts"
import { asked, hosted } from "./protocols/chat/ChatStreams.ts"

const address: Access = {
  provider: "p",
  baseUrls: [{ url: "https://a.example/v1" }],
  keys: [{ key: Redacted.make("secret") }]
}
const keyless: Access = { provider: "p", baseUrls: [{ url: "http://127.0.0.1:8000/v1" }], keys: [] }

/** The headers for the first place of a deployment. */
const signed = ({ places }: Deployment) => places[0]?.sign()
const common = { "content-type": "application/json", "accept-encoding": "identity" }

describe("a request is signed", () => {
  const kinds: ReadonlyArray<
    readonly [name: string, deployment: ReturnType<typeof openAi>, headers: Readonly<Record<string, string>>]
  > = [
    ["for OpenAI", openAi(address), { authorization: "Bearer secret" }],
    ["for a compatible host", compatible(address), { authorization: "Bearer secret" }],
    ["for a compatible host without a key", compatible(keyless), {}],
    ["for Baseten", baseten(address), { authorization: "Bearer secret" }],
    ["for the simulator", simulated(keyless), {}],
    ["for Anthropic", anthropic(address), { "x-api-key": "secret", "anthropic-version": "2023-06-01" }],
    [
      "for Anthropic of another version",
      anthropic(address, "2026-10-21"),
      { "x-api-key": "secret", "anthropic-version": "2026-10-21" }
    ],
    ["for Google, in a header", google(address), { "x-goog-api-key": "secret" }]
  ]
  for (const [name, deployment, headers] of kinds) {
    test(`${name}`, () => {
      expect(signed(deployment)).toEqual({ ...common, ...headers })
      expect(deployment.provider).toBe("p")
      // Addresses get logged.
      expect(deployment.places[0]?.address).not.toContain("secret")
    })
  }

  test("with every key at every address, the first address first", () => {
    const several = openAi({
      provider: "p",
      baseUrls: [{ url: "https://eu.example/v1", region: "eu" }, { url: "https://us.example/v1" }],
      keys: [
        { alias: "one", key: Redacted.make("secret-1") },
        { alias: "two", key: Redacted.make("secret-2") }
      ]
    })
    const told = several.places.map(({ address, region, keyAlias, sign }) => [
      address,
      region,
      keyAlias,
      sign()["authorization"]
    ])
    expect(told).toEqual([
      ["https://eu.example/v1", "eu", "one", "Bearer secret-1"],
      ["https://eu.example/v1", "eu", "two", "Bearer secret-2"],
      ["https://us.example/v1", "2", "one", "Bearer secret-1"],
      ["https://us.example/v1", "2", "two", "Bearer secret-2"]
    ])
  })

  test("with the headers of its configuration, whatever their case, but never with two keys", () => {
    const headers = {
      "OpenAI-Organization": Redacted.make("org"),
      Authorization: Redacted.make("Api-Key other"),
      "Content-Type": Redacted.make("application/json; charset=utf-8")
    }
    const own = {
      "openai-organization": "org",
      "content-type": "application/json; charset=utf-8",
      "accept-encoding": "identity"
    }
    expect(signed(openAi({ ...address, headers }))).toEqual({ ...own, authorization: "Bearer secret" })
    expect(signed(compatible({ ...keyless, headers }))).toEqual({ ...own, authorization: "Api-Key other" })
  })

  test("and keeps its key out of what may be printed", () => {
    for (const deployment of [openAi(address), anthropic(address), google(address)]) {
      expect(JSON.stringify(deployment) + Bun.inspect(deployment)).not.toContain("secret")
    }
  })
})

describe("an OpenAI model is asked", () => {
  const rules: OpenAiRules = {
    language: "openai",
    api: "chat",
    reasoning: true,
    sampling: "never",
    systemRole: "developer"
  }
  const tool = { kind: "function", name: "f" } as const
  const custom = { kind: "custom", name: "c", definition: { name: "c" } } as const
  const cases: ReadonlyArray<
    readonly [api: OpenAiRules["api"], what: string, said: Partial<Request>, language: "OpenAiChat" | "OpenAiResponses"]
  > = [
    ["chat", "with tools and an effort", { tools: [tool], reasoning: { effort: "high" } }, "OpenAiChat"],
    ["responses", "for a text", {}, "OpenAiResponses"],
    ["responses-for-tools", "for a text", { reasoning: { effort: "high" } }, "OpenAiChat"],
    ["responses-for-tools", "with tools", { tools: [tool] }, "OpenAiResponses"],
    [
      "responses-for-tools",
      "with tools, without reasoning",
      { tools: [tool], reasoning: { effort: "none" } },
      "OpenAiChat"
    ],
    ["responses-for-tools", "with a custom tool only", { tools: [custom] }, "OpenAiChat"],
    ["responses-for-tools-with-effort", "with tools", { tools: [tool] }, "OpenAiChat"],
    [
      "responses-for-tools-with-effort",
      "with tools and an effort",
      { tools: [tool], reasoning: { effort: "low" } },
      "OpenAiResponses"
    ],
    [
      "responses-for-tools-with-effort",
      "with tools, without reasoning",
      { tools: [tool], reasoning: { effort: "none" } },
      "OpenAiChat"
    ]
  ]
  for (const [api, what, said, language] of cases) {
    test(`${what} by its rule ${api} in ${language}`, () => {
      const model: Model = { ...hosted, rules: { ...rules, api } }
      expect(openAi(address).languageFor({ ...asked, ...said }, model).name).toBe(language)
    })
  }
})

test("every other deployment speaks one language, and says how it differs from its owner's", () => {
  const spoken = [compatible(address), baseten(address), anthropic(address), google(address)].map(
    ({ languageFor, quirks }) => [languageFor(asked, hosted).name, quirks]
  )
  expect(spoken).toEqual([
    ["OpenAiChat", { compatible: true }],
    ["OpenAiChat", { compatible: true }],
    ["AnthropicMessages", {}],
    ["GeminiContent", {}]
  ])
  expect([openAi(address).quirks, simulated(keyless).quirks]).toEqual([{ regular: true }, { regular: true }])
})

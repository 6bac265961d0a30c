import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { type Fields, objectOf } from "../../../src/domain/Fields.ts"
import type { LogEntry } from "../../../src/simulator/Log.ts"
import { running } from "../../simulator/Running.ts"
import { ask, messages, post } from "../stage/Asking.ts"
import { startConfigured } from "../stage/Configured.ts"
import { askToExplain, explain, firstOf } from "./Explaining.ts"
import { providersAt, type Running, startGateway } from "../stage/Processes.ts"

let provider: Awaited<ReturnType<typeof running>>
let gateway: Running

beforeAll(async () => {
  provider = await running()
  gateway = await startGateway(providersAt(provider.simulator.url))
})

afterAll(async () => {
  await gateway.stop()
  await provider.stop()
})

const received = (): ReadonlyArray<LogEntry> => provider.simulator.log.entries

const lookUp = {
  type: "function",
  function: {
    name: "look_up",
    description: "Looks a word up.",
    parameters: { type: "object", properties: { word: { type: "string" } }, required: ["word"] }
  }
}

/** Something that no two languages say alike, with fields that some targets cannot carry. */
const rich = {
  messages: [{ role: "system", content: "Be brief." }, ...messages],
  tools: [lookUp],
  tool_choice: "auto",
  max_tokens: 300,
  temperature: 0.3,
  seed: 7,
  top_k: 5,
  transforms: ["middle-out"]
}

describe("what an explanation says would be sent is what the request then sends", () => {
  for (const [model, language] of [
    ["openai/gpt-4o-mini", "OpenAiChat"],
    ["openai/gpt-5-nano", "OpenAiChat"],
    ["baseten/kimi-k3", "OpenAiChat"],
    ["openai/gpt-5.6-luna", "OpenAiResponses"],
    ["anthropic/claude-haiku-4-5", "AnthropicMessages"],
    ["google/gemini-2.5-flash", "GeminiContent"]
  ] as const) {
    for (const [form, fields] of [
      ["with much to translate", rich],
      ["of a few words", { messages }]
    ] as const) {
      for (const stream of [false, true]) {
        test(`${model}, ${form}, ${stream ? "as a stream" : "whole"}`, async () => {
          const body = { model, stream, ...fields }
          const before = received().length
          const explanation = await explain(gateway, body)
          expect(received().length).toBe(before)
          const target = firstOf(explanation)
          expect(explanation.targets).toHaveLength(1)
          const answered = await ask(gateway, body)
          expect(answered.status).toBe(200)

          const sent = received().at(-1)
          const { provider_request: told } = target
          if (form === "with much to translate") expect(told?.language).toBe(language)
          expect<unknown>(told?.body).toEqual(sent?.body)
          expect(sent?.path).toEndWith(told?.path ?? "nothing told")
          expect(target.asked_as_stream).toBe(stream)

          expect(target.target).toBe(answered.headers.get("x-gateway-target") ?? "")
          const dropped = [...explanation.unserved, ...target.dropped].join(", ")
          expect(dropped).toBe(answered.headers.get("x-gateway-dropped") ?? "")
          expect(explanation.unserved).toEqual(form === "with much to translate" ? ["transforms"] : [])
        })
      }
    }
  }

  test("a fallback's too, with its own messages", async () => {
    const body = {
      model: "openai/words:status=500",
      messages,
      fallbacks: [{ model: "anthropic/words:count=2", messages: [{ role: "user", content: "Again" }], max_tokens: 50 }]
    }
    const explanation = await explain(gateway, body)
    expect((await ask(gateway, body)).status).toBe(200)
    const sent = received().slice(-2)
    expect<unknown>(explanation.targets.map((target) => target.provider_request?.body)).toEqual(
      sent.map((entry) => entry.body)
    )
    expect(explanation.targets.map(({ target, kind }) => [target, kind])).toEqual([
      ["openai/words:status=500", "first"],
      ["anthropic/words:count=2", "fallback"]
    ])
  })
})

/** An answer's error, without what is different in each. */
const errorOf = async (response: Response): Promise<Fields> => {
  const { request_id: _, ...error } = objectOf(objectOf(await response.json())["error"])
  return error
}

describe("a wrong request gets the answer that it would get anyway", () => {
  const model = "openai/words:count=2"
  const wrong: ReadonlyArray<readonly [string, unknown]> = [
    ["no JSON", "{"],
    ["no object", []],
    ["no messages", { model }],
    ["a field of the wrong type", { model, messages, temperature: "warm" }],
    ["a field of ours that does not exist", { model, messages, gateway: { dedline_ms: 5 } }],
    ["a model that does not exist", { model: "nobody/nothing", messages }],
    ["a fallback that does not exist", { model, messages, fallbacks: ["nobody/nothing"] }],
    ["a route that does not exist", { model: "route/nowhere", messages }],
    ["nothing left to serve it", { model, messages, provider: { only: ["baseten"], ignore: ["baseten"] } }]
  ]
  for (const [name, body] of wrong) {
    test(name, async () => {
      const [explained, asked] = [await askToExplain(gateway, body), await post(gateway, body)]
      expect(explained.status).toBe(asked.status)
      expect(explained.status).toBeGreaterThanOrEqual(400)
      const error = await errorOf(explained)
      expect(error["message"]).toBeString()
      expect(error).toEqual(await errorOf(asked))
    })
  }

  test("another method", async () => {
    const response = await fetch(`${gateway.url}/v1/route/explain`)
    expect([response.status, response.headers.get("allow")]).toEqual([405, "POST"])
  })
})

test("an explanation is for those who may ask, and shows no key and no header of a provider", async () => {
  const secrets = ["gateway-key-number-1", "first-secret-key", "second-secret-key", "a-secret-header", "org-secret"]
  const [ours, first, second, header, organization] = secrets
  const at = await startConfigured({
    keys: [ours],
    providers: {
      openai: {
        keys: [
          { name: "one", key: first },
          { name: "two", key: second }
        ],
        baseUrls: [
          { url: `${provider.simulator.url}/v1`, region: "eu" },
          { url: "http://127.0.0.1:9/v1", region: "us" }
        ],
        headers: { "x-team": header },
        organization
      }
    }
  })
  try {
    const body = { model: "openai/gpt-4o-mini", messages }
    expect((await askToExplain(at, body)).status).toBe(401)
    const explanation = await explain(at, body, { authorization: `Bearer ${ours}` })
    expect(firstOf(explanation).places).toEqual([
      { target: "openai/gpt-4o-mini@eu#one", available: true },
      { target: "openai/gpt-4o-mini@eu#two", available: true },
      { target: "openai/gpt-4o-mini@us#one", available: true },
      { target: "openai/gpt-4o-mini@us#two", available: true }
    ])
    const text = JSON.stringify(explanation)
    for (const secret of secrets) expect(text).not.toContain(secret)
    expect(text).not.toContain("x-team")
  } finally {
    await at.stop()
  }
})

test("the OpenAPI document names the path and what it answers", async () => {
  const document: unknown = await (await fetch(`${gateway.url}/openapi.json`)).json()
  const { paths, components } = objectOf(document)
  const [operation, chat] = ["/v1/route/explain", "/v1/chat/completions"].map((path) =>
    objectOf(objectOf(objectOf(paths)[path])["post"])
  )
  expect(operation?.["requestBody"]).toEqual(chat?.["requestBody"])
  expect(operation?.["responses"]).toMatchObject({
    "200": { content: { "application/json": { schema: { $ref: "#/components/schemas/RouteExplanation" } } } }
  })
  expect(objectOf(objectOf(components)["schemas"])["RouteExplanation"]).toMatchObject({
    required: ["object", "model", "targets", "left_out", "unserved"]
  })
})

import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { running } from "../../simulator/Running.ts"
import { ask, messages } from "../stage/Asking.ts"
import { startConfigured } from "../stage/Configured.ts"
import { eventually } from "../stage/Eventually.ts"
import { providersAt, type Running } from "../stage/Processes.ts"
import { requestText, statusIn, wire } from "../stage/Wire.ts"

/** A day as the catalog writes it, so many days from today. */
const inDays = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10)

let provider: Awaited<ReturnType<typeof running>>
let gateway: Running

beforeAll(async () => {
  provider = await running()
  gateway = await startConfigured(
    {
      keys: ["gateway-key-one"],
      providers: { own: { baseUrl: `${provider.simulator.url}/v1`, key: "own-key-1", models: ["modèle:8b", "words"] } },
      models: {
        "openai/words:count=1": { shutdown: inDays(9) },
        "openai/words:count=3": { shutdown: inDays(90) },
        "openai/words:count=4": { shutdown: inDays(-1) }
      }
    },
    providersAt(provider.simulator.url)
  )
})

afterAll(async () => {
  await gateway.stop()
  await provider.stop()
})

const key = { authorization: "Bearer gateway-key-one" }
const asking = (model: string, more: object = {}) => ({ model, messages, ...more })
const plain = asking("openai/words:count=2")

const four = [
  ["OpenAiChat", "openai/words:count=2", {}],
  ["OpenAiResponses", "openai/gpt-5.6-luna", { tools: [{ type: "function", function: { name: "f" } }] }],
  ["AnthropicMessages", "anthropic/words:count=2", {}],
  ["GeminiContent", "google/words:count=2", {}],
  ["OpenAiChat at Baseten", "baseten/words:count=2", {}]
] as const

describe("nothing of the caller's headers reaches the provider", () => {
  const canaries = [
    "authorization: Bearer gateway-key-one",
    "x-api-key: canary-0",
    "x-goog-api-key: canary-1",
    "api-key: canary-2",
    "proxy-authorization: Basic canary-3",
    "cookie: session=canary-4",
    "x-forwarded-for: 10.9.8.7",
    "x-forwarded-host: canary-5",
    "forwarded: for=canary-6",
    "via: 1.1 canary-7",
    "openai-organization: canary-8",
    "openai-project: canary-9",
    "anthropic-beta: canary-10",
    "anthropic-version: canary-11",
    "x-stainless-lang: canary-12",
    "user-agent: canary-13",
    "x-request-id: canary-14",
    "x-client-request-id: canary-15",
    "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    "tracestate: canary-16",
    "baggage: canary-17",
    "connection: keep-alive, x-hop",
    "x-hop: canary-18",
    "te: trailers",
    "trailer: x-hop",
    "upgrade: h2c",
    "keep-alive: timeout=canary-19",
    "x-hop: canary-20",
    "accept: canary-21",
    "content-type: application/canary-22"
  ]

  for (const [language, model, more] of four) {
    test(language, async () => {
      const before = provider.simulator.log.entries.length
      const { socket, got } = await wire(
        gateway,
        requestText(asking(model, more), [...canaries, `idempotency-key: canary-of-${language}`])
      )
      expect(await eventually(() => statusIn(got()))).toBe(200)
      socket.destroy()
      const [entry, ...others] = provider.simulator.log.entries.slice(before)
      expect(others).toEqual([])
      const headers = entry?.headers ?? {}
      const sent = JSON.stringify([headers, entry?.path])
      for (const word of ["canary", "10.9.8.7", "gateway-key-one", "0af7651916cd43dd8448eb211c80319c", "x-hop"]) {
        expect(sent).not.toContain(word)
      }
      const own = ["authorization", "x-api-key", "x-goog-api-key", "anthropic-version", "anthropic-beta"]
      const usual = ["accept", "accept-encoding", "connection", "content-length", "content-type", "host", "user-agent"]
      expect(Object.keys(headers).filter((name) => ![...own, ...usual].includes(name))).toEqual([])
      // The credential is that of the provider alone.
      expect(own.slice(0, 3).filter((name) => name in headers)).toHaveLength(1)
    })
  }
})

describe("the ids of a request", () => {
  test("ours is unique, a client's is echoed, also on refusals and streams", async () => {
    const client = { ...key, "x-client-request-id": "client-7 / u" }
    const all = await Promise.all([
      ask(gateway, plain, client),
      ask(gateway, { ...plain, stream: true }, client),
      ask(gateway, { ...plain, model: "nothing" }, client),
      ask(gateway, "{", client),
      ask(gateway, plain, { ...client, authorization: "wrong-key-9" }),
      ask(gateway, asking("openai/words:status=500"), client)
    ])
    const ids = all.map(({ headers }) => headers.get("x-request-id"))
    expect(new Set(ids).size).toBe(all.length)
    for (const id of ids) expect(id).toMatch(/^[\w-]{20,}$/)
    expect(all.map(({ headers }) => headers.get("x-client-request-id"))).toEqual(all.map(() => "client-7 / u"))
    for (const { error, headers } of all.slice(2)) expect(error?.["request_id"]).toBe(headers.get("x-request-id"))
  })

  test("a caller's x-request-id does not become ours", async () => {
    const { headers } = await ask(gateway, plain, { ...key, "x-request-id": "mine" })
    expect(headers.get("x-request-id")).not.toBe("mine")
  })

  for (const [name, sent] of [
    ["too long", "x".repeat(513)],
    ["not ASCII", "caf\xe9"]
  ] as const) {
    test(`a client's id that is ${name} is left out`, async () => {
      const { socket, got } = await wire(
        gateway,
        requestText(plain, ["authorization: gateway-key-one", `x-client-request-id: ${sent}`])
      )
      expect(await eventually(() => statusIn(got()))).toBe(200)
      expect(got().toLowerCase()).not.toContain("x-client-request-id")
      socket.destroy()
    })
  }

  test("a trace is continued, under a span of ours", async () => {
    const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    const { headers } = await ask(gateway, plain, { ...key, traceparent })
    const [, trace, span, flags] = (headers.get("traceparent") ?? "").split("-")
    expect([trace, flags]).toEqual(["0af7651916cd43dd8448eb211c80319c", "01"])
    expect(span).toMatch(/^[0-9a-f]{16}$/)
    expect(span).not.toBe("b7ad6b7169203331")
  })

  test("a trace that is none is begun anew", async () => {
    const { headers } = await ask(gateway, plain, { ...key, traceparent: "00-<script>-01" })
    expect(headers.get("traceparent")).toMatch(/^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-00$/)
  })
})

describe("the way of an answer", () => {
  for (const [language, model, more] of four) {
    for (const stream of [false, true]) {
      test(`target and overhead are told (${language}, ${stream ? "streamed" : "whole"})`, async () => {
        const { headers, status } = await ask(gateway, asking(model, { ...more, stream }), key)
        expect([status, headers.get("x-gateway-target")]).toEqual([200, model])
        const overhead = Number(headers.get("x-gateway-overhead-ms"))
        expect(overhead).toBeGreaterThan(0)
        expect(overhead).toBeLessThan(500)
      })
    }
  }

  test("a model's name that no header can carry does not harm the answer", async () => {
    const { status, headers } = await ask(gateway, asking("own/modèle:8b"), key)
    expect([status, headers.get("x-gateway-target")]).toEqual([200, "own/mod?le:8b"])
  })

  test("fields that the target cannot carry are told as dropped", async () => {
    const body = asking("anthropic/words:count=2", { logit_bias: { 50256: -100 }, seed: 7, transforms: ["x"] })
    const { status, headers } = await ask(gateway, body, key)
    expect(status).toBe(200)
    const dropped = headers.get("x-gateway-dropped")?.split(", ").sort()
    expect(dropped).toEqual(["logit_bias", "seed", "transforms"])
    expect((await ask(gateway, plain, key)).headers.get("x-gateway-dropped")).toBeNull()
  })

  test("fields whose names no header can carry, or thousands of them, do not harm the answer", async () => {
    const many = Object.fromEntries(Array.from({ length: 5000 }, (_, at) => [`field-${at}`, 1]))
    for (const stream of [false, true]) {
      const body = asking("anthropic/words:count=2", { stream, "a\r\nset-cookie: x": 1, 字: 1, ...many })
      const { status, headers, content } = await ask(gateway, body, key)
      expect([status, content]).toEqual([200, "The quick"])
      expect(headers.get("set-cookie")).toBeNull()
      expect(headers.get("x-gateway-dropped")?.length).toBeLessThan(8000)
      expect(headers.get("x-gateway-dropped")).toContain("field-7")
    }
  })

  for (const model of ["anthropic/words:count=2", "google/words:count=2"]) {
    test(`a caller who requires its parameters is refused instead (${model})`, async () => {
      const before = provider.simulator.log.entries.length
      const body = asking(model, { logit_bias: { 50256: -100 }, provider: { require_parameters: true } })
      const { status, error } = await ask(gateway, body, key)
      expect(status).toBe(400)
      expect(error).toMatchObject({ class: "Unable", param: "logit_bias", code: "unsupported_parameter" })
      expect(error?.["message"]).toContain("logit_bias")
      expect(provider.simulator.log.entries.length).toBe(before)
      expect((await ask(gateway, asking(model, { provider: { require_parameters: true } }), key)).status).toBe(200)
    })
  }

  test("a model near its shutdown day warns, one that is far from it does not", async () => {
    const warnings = async (model: string) => (await ask(gateway, asking(model), key)).headers.get("warning")
    expect(await warnings("openai/words:count=1")).toMatch(/^299 - "openai\/words:count=1 will be .* in \d+ days"$/)
    expect(await warnings("openai/words:count=4")).toMatch(/was switched off/)
    expect(await warnings("openai/words:count=3")).toBeNull()
    expect(await warnings("openai/words:count=2")).toBeNull()
  })
})

import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { type Fields, listOf, objectOf } from "../../../src/domain/Fields.ts"
import { running } from "../../simulator/Running.ts"
import { ask, messages, quickest } from "../stage/Asking.ts"
import { startConfigured } from "../stage/Configured.ts"
import { providersAt, type Running, startGateway } from "../stage/Processes.ts"

let provider: Awaited<ReturnType<typeof running>>
let gateway: Running
/** With AssemblyAI's rules. */
let assemblyAi: Running

beforeAll(async () => {
  provider = await running()
  const providers = providersAt(provider.simulator.url)
  gateway = await startGateway(providers)
  assemblyAi = await startConfigured({ compatibility: "assemblyai" }, providers)
})

afterAll(async () => {
  await gateway.stop()
  await assemblyAi.stop()
  await provider.stop()
})

const model = "openai/words:count=2"
const whole = { model, messages }
const steered = (steering: unknown): Fields => ({ ...whole, gateway: steering })
const falling = (...fallbacks: ReadonlyArray<unknown>): Fields => ({ ...whole, fallbacks })
const other = "anthropic/words:count=2"

/** A body that is wrong in what it says of its way, the field that must be named, and what must be said of it. */
const bodies: ReadonlyArray<readonly [body: Fields, param: string, message: RegExp]> = [
  [{ messages, models: [] }, "model", /`model` is required\./],
  [{ messages, models: [5] }, "models[0]", /must be a string, not 5/],
  [{ ...whole, models: other }, "models", /must be an array or null/],
  [falling(5), "fallbacks[0]", /must be a string or an object, not 5/],
  [falling(""), "fallbacks[0]", /not an empty string/],
  [falling({}), "fallbacks[0].model", /is required/],
  [falling(other, { model: other, temperature: "hot" }), "fallbacks[1].temperature", /must be a number or null/],
  [falling({ model: other, messages: [] }), "fallbacks[0].messages", /at least one message/],
  [falling({ model: other, messages, prompt: "x" }), "fallbacks[0].prompt", /not both/],
  [falling({ model: other, stream: true }), "fallbacks[0].stream", /cannot be overridden/],
  [falling({ model: other, stream_options: {} }), "fallbacks[0].stream_options", /cannot be overridden/],
  [falling({ model: other, fallbacks: [model] }), "fallbacks[0].fallbacks", /has none of its own/],
  [falling({ model: other, models: [model] }), "fallbacks[0].models", /has none of its own/],
  [falling({ model: other, gateway: { x: 1 } }), "fallbacks[0].gateway.x", /is no field of `fallbacks\[0\]\.gateway`/],
  [
    falling({ model: other, gateway: { latency_threshold_ms: 0 } }),
    "fallbacks[0].gateway.latency_threshold_ms",
    /greater than 0/
  ],
  [falling(...Array.from({ length: 17 }, () => other)), "fallbacks", /more than 16 entries/],
  [{ ...whole, fallback_config: { retry: 1 } }, "fallback_config.retry", /must be a boolean or null, not 1/],
  [{ ...whole, fallback_config: { depth: 1.5 } }, "fallback_config.depth", /must be an integer/],
  [{ ...whole, provider: { order: "openai" } }, "provider.order", /must be an array or null/],
  [{ ...whole, provider: { max_price: { prompt: "cheap" } } }, "provider.max_price.prompt", /must be a price/],
  [steered([]), "gateway", /must be an object or null/],
  [steered({ latency_treshold_ms: 5 }), "gateway.latency_treshold_ms", /did you mean `latency_threshold_ms`\?/],
  [steered({ deadline_ms: -1 }), "gateway.deadline_ms", /greater than 0, not -1/],
  [steered({ deadline_ms: 2 ** 31 }), "gateway.deadline_ms", /less than or equal to 2147483647/],
  [steered({ timeout_ms: { idle: "5s" } }), "gateway.timeout_ms.idle", /must be a number or null, not "5s"/],
  [steered({ on: ["Ratelimit"] }), "gateway.on[0]", /did you mean "RateLimited"/],
  [steered({ retries: { attempts: 11 } }), "gateway.retries.attempts", /between 0 and 10, not 11/],
  [steered({ hedge: { after_ms: "p50" } }), "gateway.hedge.after_ms", /must be a number or "p95"/],
  [steered({ hedge: { after_ms: 5 }, race: true }), "gateway.hedge", /beside `gateway\.race`/],
  [steered({ mid_stream: "continue" }), "gateway.mid_stream", /must be "error" or "hold"/],
  [
    steered({ latency_threshold_ms: 5, timeout_ms: { first_content: 6 } }),
    "gateway.latency_threshold_ms",
    /are the same limit and differ/
  ],
  [{ ...whole, num_retries: -1 }, "num_retries", /between 0 and 10/],
  [{ ...whole, timeout: "10s" }, "timeout", /must be a number or null/]
]

describe("a request that is wrong about its way is a 400 that names the field", () => {
  for (const [body, param, message] of bodies) {
    test(`${param}: ${message.source}`, async () => {
      const { status, error, headers } = await ask(gateway, body)
      expect(status).toBe(400)
      expect(error).toMatchObject({ param, type: "invalid_request_error", class: "InvalidRequest" })
      expect(error?.["message"]).toMatch(message)
      expect(error?.["code"]).toMatch(/^(?:missing_required_parameter|invalid_value|invalid_request)$/)
      expect(error?.["request_id"]).toBe(headers.get("x-request-id"))
    })
  }

  test("also before the headers of a stream, though the first model would answer", async () => {
    const { status, error, headers } = await ask(gateway, {
      ...falling(other, { model: other, top_p: "x" }),
      stream: true
    })
    expect([status, headers.get("content-type"), error?.["param"]]).toEqual([
      400,
      "application/json",
      "fallbacks[1].top_p"
    ])
  })

  test("a number that is none in JSON is refused like one that is too large", async () => {
    const body = JSON.stringify(steered({ deadline_ms: 0 })).replace(`"deadline_ms":0`, `"deadline_ms":1e999`)
    const { status, error } = await ask(gateway, body)
    expect([status, error?.["param"]]).toEqual([400, "gateway.deadline_ms"])
    expect(error?.["message"]).toMatch(/must be a finite number/)
  })

  test("AssemblyAI's limit of depth is told in its own words and envelope, and only to its callers", async () => {
    const body = { ...falling(other, other, other), fallback_config: { depth: 3 } }
    const { status, chunks } = await ask(assemblyAi, body)
    expect(status).toBe(400)
    expect(chunks[0]).toMatchObject({ code: 400, message: "invalid request body" })
    expect(listOf(objectOf(chunks[0]?.["metadata"])["errors"])).toEqual([
      "fallback_config depth cannot be greater than 2"
    ])
  })

  test("none of them reached the provider", () => {
    expect(provider.simulator.log.entries).toEqual([])
  })
})

describe("many and long lists are inert", () => {
  const long = (name: string, item: string, count: number): string =>
    `{"model":"${model}","messages":[{"role":"user","content":"x"}],"${name}":[${`${item},`.repeat(count)}${item}]}`

  for (const [name, body, param] of [
    ["a million fallbacks", long("fallbacks", `"a"`, 1e6), "fallbacks"],
    ["a hundred thousand fallbacks that are objects", long("fallbacks", `{"model":"a"}`, 1e5), "fallbacks"],
    ["a million models", long("models", `"a"`, 1e6), "models"]
  ] as const) {
    test(`${name} are a 400`, async () => {
      const { status, error, milliseconds } = await quickest(1000, () => ask(gateway, body))
      expect([status, error?.["param"]]).toEqual([400, param])
      expect(error?.["message"]).toMatch(/has more than \d+ entries/)
      expect(milliseconds).toBeLessThan(1000)
    })
  }

  test("sixteen fallbacks do not read a long conversation sixteen times", async () => {
    const turns = Array.from({ length: 9000 }, (_, at) => ({
      role: at % 2 === 0 ? "user" : "assistant",
      content: "x",
      // Not usual, so that the slow reading is the one that is measured.
      ...(at % 2 === 0 ? {} : { reasoning: "r" })
    }))
    const fallbacks = Array.from({ length: 15 }, () => ({ model: other, temperature: 0 }))
    const right = { model, messages: turns, fallbacks: [...fallbacks, { model: other, temperature: "hot" }] }
    const { status, error, milliseconds } = await quickest(2000, () => ask(gateway, right))
    expect([status, error?.["param"]]).toEqual([400, "fallbacks[15].temperature"])
    expect(milliseconds).toBeLessThan(2000)
  })
})

import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { asObject, type Fields, listOf, objectOf, parseJson, textOf } from "../../../src/domain/Fields.ts"
import { ask, messages, type Seen } from "../stage/Asking.ts"
import { startConfigured } from "../stage/Configured.ts"
import { eventually } from "../stage/Eventually.ts"
import { providersAt, type Running, startSimulator } from "../stage/Processes.ts"
import { askTelling, nanosOf, trailOf, withKey } from "./Kept.ts"

const key = "caller-key-one"
const prompt = "a prompt that nobody else may see"

/** What a collector of OpenTelemetry was sent. */
interface Collector {
  readonly url: string
  readonly spans: () => ReadonlyArray<Fields>
  readonly metrics: () => ReadonlyMap<string, Fields>
  readonly bodies: ReadonlyArray<{ readonly path: string; readonly headers: Headers; readonly body: Fields }>
  readonly stop: () => Promise<void>
}

const startCollector = (): Collector => {
  const bodies: Array<Collector["bodies"][number]> = []
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: async (request) => {
      const body = objectOf(await request.json())
      bodies.push({ path: new URL(request.url).pathname, headers: request.headers, body })
      return Response.json({})
    }
  })
  const within = (path: string, outer: string, middle: string, inner: string) =>
    bodies
      .filter((sent) => sent.path === path)
      .flatMap(({ body }) => listOf(body[outer]).map(objectOf))
      .flatMap((resource) => listOf(resource[middle]).map(objectOf))
      .flatMap((scope) => listOf(scope[inner]).map(objectOf))
  return {
    url: `http://127.0.0.1:${server.port}`,
    spans: () => within("/v1/traces", "resourceSpans", "scopeSpans", "spans"),
    metrics: () =>
      new Map(
        within("/v1/metrics", "resourceMetrics", "scopeMetrics", "metrics").map((metric) => [
          textOf(metric["name"]),
          metric
        ])
      ),
    bodies,
    stop: () => server.stop(true)
  }
}

/** Attributes as OTLP has them, as an object. */
const attributesOf = ({ attributes }: Fields): Fields =>
  Object.fromEntries(
    listOf(attributes)
      .map(objectOf)
      .map(({ key, value }) => {
        const { stringValue, intValue, doubleValue } = objectOf(value)
        return [String(key), stringValue ?? doubleValue ?? Number(intValue)]
      })
  )

let simulator: Running
let collector: Collector
let gateway: Running

beforeAll(async () => {
  simulator = await startSimulator()
  collector = startCollector()
  const models = {
    "openai/gpt-5-mini": { name: "words:status=503" },
    "google/gemini-2.5-flash": { name: "gemini-2.5-flash:input=100:cached=40:output=10" }
  }
  const configuration = { keys: [{ name: "caller", key, team: "red" }], models }
  const environment = providersAt(simulator.url)
  const telemetry = {
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_EXPORTER_OTLP_HEADERS: "x-collector-key=collector-key-one",
    OTEL_SERVICE_NAME: "our-gateway",
    OTEL_BSP_SCHEDULE_DELAY: "20",
    OTEL_METRIC_EXPORT_INTERVAL: "100"
  }
  gateway = await startConfigured({ ...configuration, metrics: { port: 0 } }, { ...environment, ...telemetry })
})

afterAll(async () => {
  await gateway.stop()
  await collector.stop()
  await simulator.stop()
})

const said = [{ ...messages[0], content: prompt }]
const fallingBack: Fields = { model: "openai/gpt-5-mini", fallbacks: ["google/gemini-2.5-flash"], messages: said }

const trace = "0af7651916cd43dd8448eb211c80319c"
const parent = "b7ad6b7169203331"

/** The spans of a request, once they are with the collector. */
const spansOf = ({ headers }: Pick<Seen, "headers">, many: number): Promise<ReadonlyArray<Fields>> => {
  const [, traceId, spanId] = (headers.get("traceparent") ?? "").split("-")
  return eventually(() => {
    const own = collector
      .spans()
      .filter((span) => span["traceId"] === traceId && [span["spanId"], span["parentSpanId"]].includes(spanId))
    return own.length >= many ? own : undefined
  })
}

describe("a collector is sent", () => {
  test("a span of the request in its caller's trace, and one of each attempt", async () => {
    const headers = { ...withKey(key), traceparent: `00-${trace}-${parent}-01` }
    const seen = await askTelling(gateway, { ...fallingBack, stream: true }, headers)
    expect(seen.headers.get("traceparent")).toMatch(new RegExp(`^00-${trace}-(?!${parent})[0-9a-f]{16}-01$`))
    const [server, failed, answered, ...others] = await spansOf(seen, 3)
    expect(others).toEqual([])

    expect(server).toMatchObject({ traceId: trace, parentSpanId: parent, kind: 2, name: "POST /v1/chat/completions" })
    expect(attributesOf(server ?? {})).toMatchObject({
      "http.route": "/v1/chat/completions",
      "http.response.status_code": 200,
      "gen_ai.operation.name": "chat",
      "gen_ai.request.model": "openai/gpt-5-mini",
      "gen_ai.response.model": "google/gemini-2.5-flash",
      "gen_ai.provider.name": "gcp.gemini",
      "gen_ai.usage.input_tokens": 100,
      "gen_ai.usage.output_tokens": 10,
      "gateway.request.id": seen.headers.get("x-request-id"),
      "gateway.outcome": "answered",
      "gateway.attempts": 2,
      "gateway.key.name": "caller",
      "gateway.team": "red"
    })

    const spanId = server?.["spanId"]
    expect(failed).toMatchObject({ traceId: trace, parentSpanId: spanId, kind: 3, name: "chat gpt-5-mini" })
    expect(failed?.["status"]).toEqual({ code: 2 })
    expect(attributesOf(failed ?? {})).toMatchObject({
      "gen_ai.provider.name": "openai",
      "gen_ai.request.model": "gpt-5-mini",
      "error.type": "Overloaded",
      "http.response.status_code": 503,
      "server.address": "127.0.0.1",
      "gateway.attempt.kind": "first",
      "gateway.attempt.outcome": "failed"
    })

    expect(answered).toMatchObject({ traceId: trace, parentSpanId: spanId, kind: 3, name: "chat gemini-2.5-flash" })
    expect(answered?.["status"]).toEqual({ code: 0 })
    expect(attributesOf(answered ?? {})).toMatchObject({
      "gen_ai.operation.name": "chat",
      "gen_ai.usage.input_tokens": 100,
      "gen_ai.usage.cache_read.input_tokens": 40,
      "gen_ai.usage.output_tokens": 10,
      "gateway.attempt.kind": "fallback",
      // 60 × 300, 40 × 30 and 10 × 2500.
      "gateway.cost_nano_dollars": 44_200
    })
    const at = (span: Fields | undefined, end: "start" | "end") => BigInt(textOf(span?.[`${end}TimeUnixNano`]))
    expect(at(server, "start") <= at(failed, "start") && at(failed, "end") <= at(answered, "start")).toBe(true)
    expect(at(answered, "start") < at(answered, "end") && at(answered, "end") <= at(server, "end")).toBe(true)
  })

  test("a trace of its own where the caller has none, and nothing where the caller does not record", async () => {
    const unrecorded = { ...withKey(key), traceparent: `00-${"1".repeat(32)}-${parent}-00` }
    const quiet = await ask(gateway, fallingBack, unrecorded)
    expect(quiet.headers.get("traceparent")).toMatch(/-00$/)
    const seen = await ask(gateway, fallingBack, withKey(key))
    const [server] = await spansOf(seen, 3)
    expect(server).not.toHaveProperty("parentSpanId")
    expect(collector.spans().filter((span) => span["traceId"] === "1".repeat(32))).toEqual([])
  })

  test("the metrics of the conventions and our own, under the service's name, with the collector's key", async () => {
    const names = [
      "gen_ai.client.operation.duration",
      "gen_ai.client.token.usage",
      "gen_ai.server.request.duration",
      "gen_ai.server.time_to_first_token",
      "gateway_requests_total"
    ]
    await eventually(() => (names.every((name) => collector.metrics().has(name)) ? true : undefined))
    for (const { headers, body } of collector.bodies) {
      expect(headers.get("x-collector-key")).toBe("collector-key-one")
      const [resource] = [...listOf(body["resourceSpans"]), ...listOf(body["resourceMetrics"])].map(objectOf)
      expect(attributesOf(objectOf(resource?.["resource"]))["service.name"]).toBe("our-gateway")
    }
    const everything = JSON.stringify(collector.bodies.map(({ body }) => body))
    expect(everything).not.toContain(prompt)
    expect(everything).not.toContain(key)
  })

  test("and providers nothing of traces", async () => {
    const log = await (await fetch(`${simulator.url}/_simulator/log`)).text()
    expect(log).toContain(prompt)
    expect(log).not.toContain(trace)
    expect(log).not.toContain("traceparent")
  })
})

/** The lines of requests that a gateway has printed. */
const linesOf = ({ printed }: Running): ReadonlyArray<Fields> =>
  printed()
    .split("\n")
    .map((text) => asObject(text.startsWith("{") ? parseJson(text) : undefined))
    .filter((line) => line !== undefined)

const lineOf = ({ headers }: Pick<Seen, "headers">): Promise<Fields> =>
  eventually(() => linesOf(gateway).find((line) => line["request_id"] === headers.get("x-request-id")))

describe("the log", () => {
  test("has one line a request, with what all its attempts used and cost, and nobody's words", async () => {
    const headers = { ...withKey(key), "x-client-request-id": "mine-1", "x-gateway-tags": "secret-tag" }
    const seen = await askTelling(gateway, { ...fallingBack, stream: true, user: "somebody" }, headers)
    const line = await lineOf(seen)
    expect(line).toMatchObject({
      client_request_id: "mine-1",
      trace_id: seen.headers.get("traceparent")?.slice(3, 35),
      key: "caller",
      team: "red",
      method: "POST",
      route: "/v1/chat/completions",
      status: 200,
      model: "openai/gpt-5-mini",
      target: "google/gemini-2.5-flash",
      attempts: 2,
      outcome: "answered",
      stream: true,
      input_tokens: 100,
      output_tokens: 10,
      cached_tokens: 40,
      cost_usd: "0.0000442"
    })
    const costs = trailOf(seen).map(({ usage }) => (usage === null ? 0 : nanosOf(objectOf(usage)["cost"])))
    expect(nanosOf(line["cost_usd"])).toBe(costs.reduce((sum, cost) => sum + cost, 0))
    expect(Number(line["ms"])).toBeGreaterThanOrEqual(Number(line["first_content_ms"]))
    expect(linesOf(gateway).filter(({ request_id }) => request_id === line["request_id"])).toHaveLength(1)
    for (const secret of [prompt, key, "secret-tag", "somebody"]) expect(gateway.printed()).not.toContain(secret)
  })

  test("says why a request was refused, and no price where none is known", async () => {
    const unknown = await lineOf(await ask(gateway, fallingBack, withKey("nobody-key-one")))
    expect(unknown).toMatchObject({ status: 401, failure: "UnknownKey" })
    expect(unknown).not.toHaveProperty("key")
    const wrong = await lineOf(await ask(gateway, { ...fallingBack, top_p: "a" }, withKey(key)))
    expect(wrong).toMatchObject({ status: 400, failure: "InvalidRequest", key: "caller" })
    const unpriced = await lineOf(await ask(gateway, { model: "openai/words", messages }, withKey(key)))
    expect(unpriced).toMatchObject({ status: 200, cost_usd: null, output_tokens: 60 })
    const failing = { model: "openai/words:status=503", messages, gateway: { retries: { attempts: 0 } } }
    const failed = await lineOf(await ask(gateway, failing, withKey(key)))
    expect(failed).toMatchObject({ status: 503, failure: "Overloaded", attempts: 1 })
    expect(failed).not.toHaveProperty("cost_usd")
  })

  test("has no line for those who look whether all is well, and the path of none that is unknown", async () => {
    const before = linesOf(gateway).length
    const metrics = /^ {2}metrics (\S+)$/m.exec(gateway.printed())?.[1] ?? ""
    for (const path of ["/healthz", "/readyz"]) expect((await fetch(`${gateway.url}${path}`)).status).toBe(200)
    expect((await fetch(metrics)).status).toBe(200)
    const lost = await lineOf(await fetch(`${gateway.url}/lost/${key}?key=${key}`))
    expect(lost).toMatchObject({ route: "other", status: 404 })
    expect(linesOf(gateway).slice(before)).toEqual([lost])
    expect(gateway.printed()).not.toContain(key)
  })
})

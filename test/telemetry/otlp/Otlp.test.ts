import { describe, expect } from "bun:test"
import { gunzipSync } from "node:zlib"
import { Effect, Exit, Fiber, Schema, Scope } from "effect"
import { TestClock } from "effect/testing"
import { otlpSettingsOf } from "../../../src/telemetry/otlp/Settings.ts"
import type { TelemetryOptions } from "../../../src/telemetry/Telemetry.ts"
import { it } from "../../effect.ts"
import { end, refused, telemetryWith, trace } from "../Ends.ts"
import { parsePage, valueOf } from "../metrics/PrometheusText.ts"

interface Received {
  readonly path: string
  readonly headers: Headers
  readonly body: Uint8Array
}

/** A collector on this machine. */
const collector = (answer: (received: Received) => Response | Promise<Response> = () => Response.json({})) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const received: Array<Received> = []
      const server = Bun.serve({
        port: 0,
        hostname: "127.0.0.1",
        fetch: async (request) => {
          const body = new Uint8Array(await request.arrayBuffer())
          const one = { path: new URL(request.url).pathname, headers: request.headers, body }
          received.push(one)
          return answer(one)
        }
      })
      return { received, server, url: server.url.href }
    }),
    ({ server }) => Effect.promise(() => server.stop(true))
  )

const otlpOf = (environment: Readonly<Record<string, string>>): Pick<TelemetryOptions, "otlp"> => {
  const { settings } = otlpSettingsOf(environment)
  return settings === undefined ? {} : { otlp: settings }
}

/** Telemetry in a scope of its own, which `close` closes. */
const telemetryIn = Effect.fnUntraced(function* (some: Partial<TelemetryOptions>) {
  const scope = yield* Scope.make()
  const telemetry = yield* Scope.provide(telemetryWith(some), scope)
  return { telemetry, close: Scope.close(scope, Exit.void) }
})

// As OTLP's JSON has it: ids in hexadecimal, times as decimal text.
const Id = (digits: number) => Schema.String.check(Schema.isPattern(new RegExp(`^[0-9a-f]{${digits}}$`)))
const Nanos = Schema.String.check(Schema.isPattern(/^[1-9]\d{18}$/))
const Attribute = Schema.Struct({ key: Schema.String, value: Schema.Record(Schema.String, Schema.Unknown) })
const Resource = Schema.Struct({ attributes: Schema.Array(Attribute) })
const Span = Schema.Struct({
  traceId: Id(32),
  spanId: Id(16),
  parentSpanId: Schema.optionalKey(Id(16)),
  name: Schema.String,
  kind: Schema.Literals([2, 3]),
  startTimeUnixNano: Nanos,
  endTimeUnixNano: Nanos,
  attributes: Schema.Array(Attribute),
  status: Schema.Struct({ code: Schema.Literals([0, 2]) })
})
const Traces = Schema.Struct({
  resourceSpans: Schema.Array(
    Schema.Struct({ resource: Resource, scopeSpans: Schema.Array(Schema.Struct({ spans: Schema.Array(Span) })) })
  )
})
const Point = Schema.Struct({
  attributes: Schema.Array(Attribute),
  timeUnixNano: Nanos,
  asDouble: Schema.optionalKey(Schema.Finite),
  count: Schema.optionalKey(Schema.Int),
  sum: Schema.optionalKey(Schema.Finite),
  bucketCounts: Schema.optionalKey(Schema.Array(Schema.Int)),
  explicitBounds: Schema.optionalKey(Schema.Array(Schema.Finite))
})
const Points = Schema.Struct({ dataPoints: Schema.Array(Point) })
const Metrics = Schema.Struct({
  resourceMetrics: Schema.Array(
    Schema.Struct({
      resource: Resource,
      scopeMetrics: Schema.Array(
        Schema.Struct({
          metrics: Schema.Array(
            Schema.Struct({
              name: Schema.String,
              unit: Schema.String,
              sum: Schema.optionalKey(Points),
              gauge: Schema.optionalKey(Points),
              histogram: Schema.optionalKey(Points)
            })
          )
        })
      )
    })
  )
})

const tracesIn = (received: ReadonlyArray<Received>) =>
  received
    .filter(({ path }) => path === "/v1/traces")
    .map(({ body }) => Schema.decodeUnknownSync(Traces)(JSON.parse(Buffer.from(body).toString())))

const spansIn = (received: ReadonlyArray<Received>) =>
  tracesIn(received).flatMap(({ resourceSpans }) =>
    resourceSpans.flatMap(({ scopeSpans }) => scopeSpans[0]?.spans ?? [])
  )

const told = (attributes: ReadonlyArray<typeof Attribute.Type>) =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]))

it.live("traces arrive when the scope closes, with the resource and the headers that the variables say", () =>
  Effect.gen(function* () {
    const { received, url } = yield* collector()
    const { telemetry, close } = yield* telemetryIn({
      ...otlpOf({
        OTEL_EXPORTER_OTLP_ENDPOINT: url,
        OTEL_METRICS_EXPORTER: "none",
        OTEL_SERVICE_NAME: "mine",
        OTEL_RESOURCE_ATTRIBUTES: "deployment.environment.name=test",
        OTEL_EXPORTER_OTLP_HEADERS: "authorization=Bearer%20collector"
      }),
      addressOf: () => "https://user:pass@api.example:8443/v1/secret?key=secret"
    })
    telemetry.ended(end())
    telemetry.ended(refused())
    yield* close
    expect(
      received.map(({ path, headers }) => [path, headers.get("authorization"), headers.get("content-type")])
    ).toEqual([["/v1/traces", "Bearer collector", "application/json"]])
    const [traces] = tracesIn(received)
    expect(told(traces?.resourceSpans[0]?.resource.attributes ?? [])).toMatchObject({
      "service.name": "mine",
      "service.version": "0.1.0",
      "deployment.environment.name": "test"
    })
    const [server, client, other] = spansIn(received)
    expect(server?.traceId).toBe(trace.traceparent.slice(3, 35))
    expect(client?.parentSpanId).toBe(server?.spanId ?? "")
    expect(other?.kind).toBe(2)
    expect(told(client?.attributes ?? [])["server.address"]).toBe("api.example")
    expect(Buffer.concat(received.map(({ body }) => body)).toString()).not.toMatch(/secret|pass/)
  })
)

it.live("a trace that the caller does not record is not sent; one that begins here is", () =>
  Effect.gen(function* () {
    const { received, url } = yield* collector()
    const { telemetry, close } = yield* telemetryIn(otlpOf({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${url}v1/traces` }))
    const { parentSpanId: _parent, ...root } = trace
    const unsampled = trace.traceparent.replace(/01$/, "00")
    telemetry.ended(end({ trace: { ...trace, traceparent: unsampled } }))
    telemetry.ended(refused({ trace: { ...root, traceparent: unsampled } }))
    yield* close
    expect(spansIn(received)).toHaveLength(1)
    expect(spansIn(received)[0]?.parentSpanId).toBeUndefined()
  })
)

it.live("metrics arrive with their units and OpenTelemetry's names", () =>
  Effect.gen(function* () {
    const { received, url } = yield* collector()
    const { telemetry, close } = yield* telemetryIn(
      otlpOf({ OTEL_EXPORTER_OTLP_ENDPOINT: url, OTEL_TRACES_EXPORTER: "none", OTEL_RESOURCE_ATTRIBUTES: "bad" })
    )
    telemetry.ended(end())
    const page = parsePage(telemetry.page())
    expect([...page.keys()].every((name) => name.startsWith("gateway_"))).toBe(true)
    yield* close
    expect(received.map(({ path }) => path)).toEqual(["/v1/metrics"])
    const body = JSON.parse(Buffer.from(received[0]?.body ?? []).toString())
    const { resourceMetrics } = yield* Schema.decodeUnknownEffect(Metrics)(body)
    const { metrics = [] } = resourceMetrics[0]?.scopeMetrics[0] ?? {}
    const named = (name: string) => metrics.find((metric) => metric.name === name)
    const duration = named("gen_ai.client.operation.duration")
    expect([duration?.unit, duration?.histogram?.dataPoints[0]?.count]).toEqual(["s", 1])
    expect(told(duration?.histogram?.dataPoints[0]?.attributes ?? [])).toMatchObject({
      "gen_ai.operation.name": "chat",
      "gen_ai.provider.name": "openai",
      "gen_ai.request.model": "openai/gpt-5"
    })
    const usage = named("gen_ai.client.token.usage")?.histogram?.dataPoints
    expect(usage?.map(({ sum, attributes }) => [told(attributes)["gen_ai.token.type"], sum])).toEqual([
      ["input", 900],
      ["output", 100]
    ])
    expect(named("gen_ai.server.time_to_first_token")?.histogram?.dataPoints[0]?.sum).toBe(0.25)
    expect(named("gateway_requests_total")?.sum?.dataPoints[0]?.asDouble).toBe(1)
    for (const { histogram } of metrics) {
      for (const { bucketCounts, explicitBounds, count } of histogram?.dataPoints ?? []) {
        expect(bucketCounts?.length).toBe((explicitBounds?.length ?? 0) + 1)
        expect(bucketCounts?.reduce((sum, value) => sum + value, 0)).toBe(count ?? -1)
      }
    }
  })
)

it.live("protobuf and gzip are spoken", () =>
  Effect.gen(function* () {
    const { received, url } = yield* collector()
    const { telemetry, close } = yield* telemetryIn(
      otlpOf({
        OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${url}t`,
        OTEL_EXPORTER_OTLP_PROTOCOL: "http/protobuf",
        OTEL_EXPORTER_OTLP_COMPRESSION: "gzip"
      })
    )
    for (let turn = 0; turn < 10; turn++) telemetry.ended(end())
    yield* close
    const [one] = received
    expect([one?.headers.get("content-type"), one?.headers.get("content-encoding")]).toEqual([
      "application/x-protobuf",
      "gzip"
    ])
    const text = gunzipSync(one?.body ?? new Uint8Array()).toString("hex")
    expect(text.split(trace.traceparent.slice(3, 35))).toHaveLength(21)
  })
)

it.live("a full batch is sent without waiting", () =>
  Effect.gen(function* () {
    let arrived = () => {}
    const arrival = new Promise<void>((resolve) => (arrived = resolve))
    const { received, url } = yield* collector(() => {
      arrived()
      return Response.json({})
    })
    const telemetry = yield* telemetryWith(
      otlpOf({
        OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${url}v1/traces`,
        OTEL_BSP_SCHEDULE_DELAY: "60000",
        OTEL_BSP_MAX_EXPORT_BATCH_SIZE: "20"
      })
    )
    for (let turn = 0; turn < 20; turn++) telemetry.ended(end())
    yield* Effect.promise(() => arrival)
    expect(spansIn(received)).toHaveLength(20)
  })
)

describe("a collector that fails costs spans, which are counted, and nothing else", () => {
  const dropped = (page: string) => valueOf(parsePage(page), "gateway_trace_spans_dropped_total")

  it.effect("one that does not answer", () =>
    Effect.gen(function* () {
      let arrived = () => {}
      const arrival = new Promise<void>((resolve) => (arrived = resolve))
      const { url } = yield* collector(() => {
        arrived()
        return new Promise<Response>(() => {})
      })
      const { telemetry, close } = yield* telemetryIn(
        otlpOf({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: url, OTEL_BSP_MAX_QUEUE_SIZE: "100" })
      )
      for (let turn = 0; turn < 50; turn++) telemetry.ended(end())
      expect(dropped(telemetry.page())).toBe(0)
      yield* TestClock.adjust(5_000)
      yield* Effect.promise(() => arrival)
      // A hundred are on their way, a hundred may wait.
      for (let turn = 0; turn < 1_000; turn++) telemetry.ended(end())
      expect(dropped(telemetry.page())).toBe(1_900)
      const closing = yield* Effect.forkChild(close)
      yield* TestClock.adjust(3_000)
      yield* Fiber.join(closing)
    })
  )

  it.live("one that refuses", () =>
    Effect.gen(function* () {
      const { received, url } = yield* collector(() => new Response("no", { status: 400 }))
      const { telemetry, close } = yield* telemetryIn(
        otlpOf({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: url, OTEL_BSP_SCHEDULE_DELAY: "1" })
      )
      telemetry.ended(end())
      yield* close
      expect(received).toHaveLength(1)
      expect(dropped(telemetry.page())).toBe(2)
    })
  )

  it.live("one that is not there", () =>
    Effect.gen(function* () {
      const { server, url } = yield* collector()
      yield* Effect.promise(() => server.stop(true))
      const { telemetry, close } = yield* telemetryIn(otlpOf({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: url }))
      telemetry.ended(end())
      yield* close
      expect(dropped(telemetry.page())).toBe(2)
    })
  )
})

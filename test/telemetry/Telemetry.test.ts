import { expect, test } from "bun:test"
import { Effect, Exit, Scope } from "effect"
import { NamePatterns } from "../../src/domain/keys/NamePatterns.ts"
import { otlpSettingsOf } from "../../src/telemetry/otlp/Settings.ts"
import { spansOf } from "../../src/telemetry/otlp/Spans.ts"
import { it } from "../effect.ts"
import { attempt, end, failed, record, refused, spending, telemetryWith } from "./Ends.ts"
import { parsePage, valueOf } from "./metrics/PrometheusText.ts"

/** Telemetry in a scope of its own, with the lines that it has written once `close` has closed it. */
const logging = Effect.fnUntraced(function* () {
  const written: Array<string> = []
  const scope = yield* Scope.make()
  const output = (bytes: Uint8Array) => Effect.sync(() => void written.push(Buffer.from(bytes).toString()))
  const telemetry = yield* Scope.provide(telemetryWith({ log: "requests", output }), scope)
  const close = Effect.map(Scope.close(scope, Exit.void), () => written.join(""))
  return { telemetry, close }
})

const canary = "CANARY-5f1c"

/** A secret or a caller's own words in every place where one can stand. */
const infected = () => {
  const failure = { class: "Overloaded", message: `the provider said ${canary}`, status: 529 } as const
  const extra = { ...spending.usage, extra: { note: canary }, serviceTier: canary, geography: canary }
  const attempts = [
    failed({ failure }),
    attempt({ kind: "fallback", dropped: [canary], spending: { ...spending, usage: extra } })
  ]
  const labels = { tags: [canary], endUser: canary, sessionId: canary }
  const caller = {
    keyId: canary,
    name: "voice",
    tags: [canary],
    models: new NamePatterns([canary]),
    quotas: [{ scope: canary, allowance: { zone: canary, unknownPrices: "allow" as const } }]
  }
  return end({ record: record({ model: canary, labels, caller, idempotencyKey: canary, attempts }) })
}

it.effect("of a caller's and a provider's words the log has the model that was asked for, and nothing else", () =>
  Effect.gen(function* () {
    const { telemetry, close } = yield* logging()
    telemetry.ended(infected())
    const line = yield* close
    expect(line.split(canary)).toHaveLength(2)
    expect(JSON.parse(line).model).toBe(canary)
  })
)

it.effect("the page has none of them", () =>
  Effect.gen(function* () {
    const telemetry = yield* telemetryWith()
    telemetry.ended(infected())
    const one = infected()
    telemetry.ended({
      ...one,
      record: record({ model: canary, attempts: [attempt({ model: canary, target: canary })] })
    })
    const page = telemetry.page()
    parsePage(page)
    expect(page).not.toContain(canary)
  })
)

test("a trace has the model that was asked for, and nothing else", () => {
  const spans = spansOf(infected(), { hostOf: () => "host", newSpanId: () => "a".repeat(16) })
  const telling = spans.flatMap(({ attributes }) =>
    attributes.filter(({ value }) => JSON.stringify(value).includes(canary)).map(({ key }) => key)
  )
  expect(telling).toEqual(["gen_ai.request.model"])
  expect(JSON.stringify(spans).split(canary)).toHaveLength(2)
})

it.effect("every request is one line, whatever its caller calls the model", () =>
  Effect.gen(function* () {
    const { telemetry, close } = yield* logging()
    for (const model of ['a\n{"status":200}', "b\r\n", "c\u2028", "d\u0000\u001b[2J"]) {
      telemetry.ended(end({ record: record({ model }) }))
    }
    telemetry.ended(refused())
    const lines = (yield* close).split(/[\n\r\u2028\u2029\u0085]/)
    expect(lines.pop()).toBe("")
    expect(lines.map((line) => JSON.parse(line).status)).toEqual([200, 200, 200, 200, 401])
  })
)

it.effect("looks at the process that found it well have no line, and all others have", () =>
  Effect.gen(function* () {
    const { telemetry, close } = yield* logging()
    const look = (route: string, status: number) => {
      const { failure: _failure, ...rest } = refused({ method: "GET", route })
      telemetry.ended({ ...rest, status })
    }
    for (const route of ["/healthz", "/readyz", "/metrics", "/v1/models"]) look(route, 200)
    look("/readyz", 503)
    look("/metrics", 401)
    const lines = (yield* close).trimEnd().split("\n")
    expect(lines.map((line) => JSON.parse(line).route)).toEqual(["/v1/models", "/readyz", "/metrics"])
    const looked = parsePage(telemetry.page()).get("gateway_requests_total")?.samples ?? []
    expect(looked).toHaveLength(6)
  })
)

it.effect("requests are in flight from their beginning to their end", () =>
  Effect.gen(function* () {
    const telemetry = yield* telemetryWith()
    const inFlight = () => valueOf(parsePage(telemetry.page()), "gateway_requests_in_flight")
    telemetry.began()
    telemetry.began()
    expect(inFlight()).toBe(2)
    telemetry.ended(end())
    telemetry.ended(refused())
    expect(inFlight()).toBe(0)
  })
)

it.effect("a mistake in here reaches no request, and is counted", () =>
  Effect.gen(function* () {
    const telemetry = yield* telemetryWith({
      isModel: () => {
        throw new Error("a mistake")
      }
    })
    telemetry.began()
    telemetry.ended(end())
    expect(valueOf(parsePage(telemetry.page()), "gateway_telemetry_faults_total")).toBe(1)
    expect(valueOf(parsePage(telemetry.page()), "gateway_requests_in_flight")).toBe(0)
  })
)

it.effect("two gateways in one process count apart", () =>
  Effect.gen(function* () {
    const [one, other] = [yield* telemetryWith(), yield* telemetryWith()]
    one.ended(end())
    expect(parsePage(one.page()).get("gateway_requests_total")?.samples).toHaveLength(1)
    expect(parsePage(other.page()).get("gateway_requests_total")).toBeUndefined()
  })
)

it.effect("there is a sampler where traces are sent, and none elsewhere", () =>
  Effect.gen(function* () {
    expect((yield* telemetryWith()).sampler).toBeUndefined()
    const { settings } = otlpSettingsOf({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "http://127.0.0.1:1" })
    if (settings === undefined) throw new Error("no settings")
    expect((yield* telemetryWith({ otlp: settings })).sampler).toBe(settings.sampler)
  })
)

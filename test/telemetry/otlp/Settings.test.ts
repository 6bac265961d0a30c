import { describe, expect, test } from "bun:test"
import { Redacted } from "effect"
import { otlpSettingsOf } from "../../../src/telemetry/otlp/Settings.ts"

const base = { OTEL_EXPORTER_OTLP_ENDPOINT: "http://collector:4318" }

describe("nothing is sent", () => {
  for (const environment of [
    {},
    { OTEL_SERVICE_NAME: "mine", OTEL_EXPORTER_OTLP_HEADERS: "a=b" },
    { OTEL_EXPORTER_OTLP_ENDPOINT: " " },
    { ...base, OTEL_SDK_DISABLED: "TRUE" },
    { ...base, OTEL_TRACES_EXPORTER: "none", OTEL_METRICS_EXPORTER: "none" }
  ]) {
    test(JSON.stringify(environment), () => expect(otlpSettingsOf(environment)).toEqual({ warnings: [] }))
  }
})

test("the general address is a base, one signal's own is used as it is", () => {
  const { settings } = otlpSettingsOf({
    OTEL_EXPORTER_OTLP_ENDPOINT: "http://collector:4318/base/",
    OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: "https://other/exactly/here"
  })
  expect([settings?.traces?.url, settings?.metrics?.url]).toEqual([
    "http://collector:4318/base/v1/traces",
    "https://other/exactly/here"
  ])
})

test("one signal alone may have an address", () => {
  const { settings } = otlpSettingsOf({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "http://collector/t" })
  expect(settings?.traces?.url).toBe("http://collector/t")
  expect(settings?.metrics).toBeUndefined()
})

test("numbers, names and headers are taken", () => {
  const { settings, warnings } = otlpSettingsOf({
    ...base,
    OTEL_SERVICE_NAME: "mine",
    OTEL_RESOURCE_ATTRIBUTES: "service.name=passed-over,deployment.environment.name=a%20b",
    OTEL_EXPORTER_OTLP_HEADERS: "Authorization=Bearer%20k,x-b=c=d",
    OTEL_EXPORTER_OTLP_METRICS_HEADERS: "x-own=1",
    OTEL_EXPORTER_OTLP_PROTOCOL: "http/protobuf",
    OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: "http/json",
    OTEL_EXPORTER_OTLP_COMPRESSION: "gzip",
    OTEL_EXPORTER_OTLP_TIMEOUT: "500",
    OTEL_BSP_MAX_QUEUE_SIZE: "100",
    OTEL_BSP_MAX_EXPORT_BATCH_SIZE: "500",
    OTEL_BSP_SCHEDULE_DELAY: "7",
    OTEL_METRIC_EXPORT_INTERVAL: "9"
  })
  expect(warnings).toEqual([])
  expect(settings).toMatchObject({
    serviceName: "mine",
    resource: { "deployment.environment.name": "a b" },
    traces: { encoding: "http/json", compression: "gzip", timeoutMs: 500, mostWaiting: 100, batch: 100, everyMs: 7 },
    metrics: { encoding: "http/protobuf", everyMs: 9 }
  })
  const headersOf = (headers = {}) =>
    Object.entries<Redacted.Redacted>(headers).map(([name, value]) => [name, Redacted.value(value)])
  expect(headersOf(settings?.traces?.headers)).toEqual([
    ["authorization", "Bearer k"],
    ["x-b", "c=d"]
  ])
  expect(headersOf(settings?.metrics?.headers)).toEqual([["x-own", "1"]])
  expect(JSON.stringify(settings)).not.toContain("Bearer")
})

test("the service is called by its resource, or else by what it is", () => {
  expect(otlpSettingsOf({ ...base, OTEL_RESOURCE_ATTRIBUTES: "service.name=r" }).settings?.serviceName).toBe("r")
  expect(otlpSettingsOf(base).settings?.serviceName).toBe("llm-gateway")
})

describe("a mistake is told without its value, and keeps nothing from starting", () => {
  for (const [name, value] of [
    ["OTEL_EXPORTER_OTLP_ENDPOINT", "user:s3cret@host"],
    ["OTEL_EXPORTER_OTLP_ENDPOINT", "ftp://s3cret"],
    ["OTEL_EXPORTER_OTLP_HEADERS", "s3cret"],
    ["OTEL_EXPORTER_OTLP_HEADERS", "a=%E0%A4%A s3cret"],
    ["OTEL_RESOURCE_ATTRIBUTES", "=s3cret"],
    ["OTEL_BSP_MAX_QUEUE_SIZE", "-s3cret"],
    ["OTEL_TRACES_SAMPLER_ARG", "s3cret"]
  ] as const) {
    test(`${name}=${value}`, () => {
      const { warnings } = otlpSettingsOf({ ...base, OTEL_TRACES_SAMPLER: "traceidratio", [name]: value })
      expect(warnings.length).toBeGreaterThan(0)
      expect(warnings.join()).toContain(name)
      expect(warnings.join()).not.toContain("s3cret")
    })
  }

  test("a protocol that is not spoken", () => {
    const { settings, warnings } = otlpSettingsOf({ ...base, OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: "grpc" })
    expect(settings?.traces).toBeUndefined()
    expect(settings?.metrics?.url).toBe("http://collector:4318/v1/metrics")
    expect(warnings).toHaveLength(1)
  })
})

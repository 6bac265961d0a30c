import { Redacted } from "effect"
import type { Sampler } from "../Trace.ts"
import { samplerOf } from "./Samplers.ts"

/** Where one kind of telemetry is sent. */
export interface Endpoint {
  /** Whole, with the path. */
  readonly url: string
  readonly headers: Readonly<Record<string, Redacted.Redacted>>
  readonly encoding: "http/protobuf" | "http/json"
  readonly compression: "gzip" | "none"
  /** Milliseconds that one batch may take to be sent. */
  readonly timeoutMs: number
}

/** What the standard `OTEL_*` variables say. */
export interface OtlpSettings {
  readonly serviceName: string
  readonly resource: Readonly<Record<string, string>>
  readonly sampler: Sampler
  readonly traces?: Endpoint & {
    /** Spans that may wait. */
    readonly mostWaiting: number
    /** Spans that are sent without waiting for more. */
    readonly batch: number
    readonly everyMs: number
  }
  readonly metrics?: Endpoint & { readonly everyMs: number }
}

/** Settings, absent where nothing is to be sent, and what of the variables could not be followed. */
export interface OtlpReading {
  readonly settings?: OtlpSettings
  readonly warnings: ReadonlyArray<string>
}

/** The environment of a process. */
export type Environment = Readonly<Record<string, string | undefined>>

type Signal = "TRACES" | "METRICS"

/**
 * Variables are read as OpenTelemetry's specification says, with its defaults. A wrong one is told and passed over:
 * telemetry keeps no gateway from starting.
 */
export const otlpSettingsOf = (environment: Environment): OtlpReading => {
  const warnings: Array<string> = []
  const reading: Reading = { of: (name) => environment[name]?.trim() || undefined, warn: (text) => warnings.push(text) }
  if (reading.of("OTEL_SDK_DISABLED")?.toLowerCase() === "true") return { warnings }
  const traces = endpointOf(reading, "TRACES")
  const metrics = endpointOf(reading, "METRICS")
  if (traces === undefined && metrics === undefined) return { warnings }
  const { "service.name": named = "llm-gateway", ...resource } = pairs(reading, "OTEL_RESOURCE_ATTRIBUTES")
  const { sampler, mistake } = samplerOf(reading.of("OTEL_TRACES_SAMPLER"), reading.of("OTEL_TRACES_SAMPLER_ARG"))
  if (mistake !== undefined) reading.warn(mistake)
  const settings: OtlpSettings = {
    serviceName: reading.of("OTEL_SERVICE_NAME") ?? named,
    resource,
    sampler,
    ...(traces === undefined ? {} : { traces: { ...traces, ...batchOf(reading) } }),
    ...(metrics === undefined
      ? {}
      : { metrics: { ...metrics, everyMs: whole(reading, "OTEL_METRIC_EXPORT_INTERVAL", 60_000) } })
  }
  return { settings, warnings }
}

interface Reading {
  readonly of: (name: string) => string | undefined
  readonly warn: (text: string) => void
}

const batchOf = (reading: Reading) => {
  const mostWaiting = whole(reading, "OTEL_BSP_MAX_QUEUE_SIZE", 2048)
  const batch = Math.min(whole(reading, "OTEL_BSP_MAX_EXPORT_BATCH_SIZE", 512), mostWaiting)
  return { mostWaiting, batch, everyMs: whole(reading, "OTEL_BSP_SCHEDULE_DELAY", 5_000) }
}

const endpointOf = (reading: Reading, signal: Signal): Endpoint | undefined => {
  const either = (name: string): string | undefined =>
    reading.of(`OTEL_EXPORTER_OTLP_${signal}_${name}`) ?? reading.of(`OTEL_EXPORTER_OTLP_${name}`)
  const url = urlOf(reading, signal)
  if (url === undefined) return undefined
  const exporter = reading.of(`OTEL_${signal}_EXPORTER`) ?? "otlp"
  if (!exporter.split(",").some((name) => name.trim() === "otlp")) return undefined
  // The specification would rather have protobuf, which takes Effect five times as long to write as JSON; collectors
  // take both.
  const encoding = either("PROTOCOL") ?? "http/json"
  if (encoding !== "http/protobuf" && encoding !== "http/json") {
    reading.warn(`OTEL_EXPORTER_OTLP_PROTOCOL: ${encoding} is not spoken here; http/protobuf and http/json are.`)
    return undefined
  }
  const own = `OTEL_EXPORTER_OTLP_${signal}_HEADERS`
  const headers = pairs(reading, reading.of(own) === undefined ? "OTEL_EXPORTER_OTLP_HEADERS" : own)
  const ownTimeout = `OTEL_EXPORTER_OTLP_${signal}_TIMEOUT`
  const timeout = reading.of(ownTimeout) === undefined ? "OTEL_EXPORTER_OTLP_TIMEOUT" : ownTimeout
  return {
    url,
    headers: Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name.toLowerCase(), Redacted.make(value)])
    ),
    encoding,
    compression: either("COMPRESSION") === "gzip" ? "gzip" : "none",
    timeoutMs: whole(reading, timeout, 10_000)
  }
}

const urlOf = (reading: Reading, signal: Signal): string | undefined => {
  const own = `OTEL_EXPORTER_OTLP_${signal}_ENDPOINT`
  const isOwn = reading.of(own) !== undefined
  const name = isOwn ? own : "OTEL_EXPORTER_OTLP_ENDPOINT"
  const text = reading.of(name)
  if (text === undefined) return undefined
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || (url.protocol !== "http:" && url.protocol !== "https:")) {
    // Not the text itself: a credential can stand in an address.
    reading.warn(`${name} is not an http or https address; nothing is sent there.`)
    return undefined
  }
  // The general address is a base; one signal's own is used as it is.
  if (!isOwn) url.pathname = `${url.pathname.replace(/\/$/, "")}/v1/${signal.toLowerCase()}`
  return url.href
}

const whole = (reading: Reading, name: string, standard: number): number => {
  const text = reading.of(name)
  if (text === undefined) return standard
  const value = Number(text)
  if (Number.isInteger(value) && value > 0) return value
  reading.warn(`${name} is not a whole number above 0; ${standard} is used.`)
  return standard
}

/** `name=value,…`, with percent signs as in an address. */
const pairs = (reading: Reading, variable: string): Readonly<Record<string, string>> => {
  const found: Record<string, string> = {}
  for (const pair of reading.of(variable)?.split(",") ?? []) {
    if (pair.trim() === "") continue
    const sign = pair.indexOf("=")
    const name = decoded(pair.slice(0, Math.max(sign, 0)))
    const value = decoded(pair.slice(sign + 1))
    if (name === undefined || name === "" || value === undefined) {
      reading.warn(`${variable}: an entry is not of the form name=value, and is left out.`)
    } else found[name] = value
  }
  return found
}

const decoded = (text: string): string | undefined => {
  try {
    return decodeURIComponent(text.trim())
  } catch {
    return undefined
  }
}

import { ConfigProvider, Duration, Effect, Layer, Metric, Redacted } from "effect"
import { FetchHttpClient, Headers, HttpClient, HttpClientError, type HttpClientRequest } from "effect/http"
import { OtlpExporter, OtlpMetrics, OtlpResource, OtlpSerialization } from "effect/observability"
import type { Registry } from "../metrics/Registry.ts"
import type { RequestEnd } from "../RequestEnd.ts"
import { isSampled } from "../Trace.ts"
import { GenAiMetrics } from "./GenAiMetrics.ts"
import type { Endpoint, OtlpSettings } from "./Settings.ts"
import { spanQueue } from "./SpanQueue.ts"
import { spansOf } from "./Spans.ts"

/** What is sent needs from the rest. */
export interface OtlpParts {
  readonly settings: OtlpSettings
  readonly version: string
  readonly registry: Registry
  readonly isModel: (id: string) => boolean
  /** A provider's address; its host alone is told. */
  readonly addressOf: (provider: string, region: string | undefined) => string | undefined
}

/** The part of telemetry that sends. */
export interface Sending {
  readonly ended: (end: RequestEnd) => void
  /** Spans that the collector did not get. */
  readonly dropped: () => number
}

/** Milliseconds that the last batch may take when the scope closes. */
const lastMs = 3_000

/** Sends traces and metrics to the collector that the settings name while its scope is open. */
export const sending = Effect.fnUntraced(function* (parts: OtlpParts) {
  const { settings, version, registry } = parts
  const identity = {
    serviceName: settings.serviceName,
    serviceVersion: version,
    // Processes that share a port are told apart, or their counters would contradict each other.
    attributes: { "service.instance.id": crypto.randomUUID(), ...settings.resource }
  }
  const traces = settings.traces === undefined ? undefined : yield* tracing(parts, settings.traces, identity)
  const metrics = settings.metrics === undefined ? undefined : new GenAiMetrics(registry, parts.isModel)
  if (settings.metrics !== undefined) yield* sendMetrics(registry, settings.metrics, identity)
  const made: Sending = {
    ended: (end) => {
      metrics?.note(end)
      if (traces !== undefined && isSampled(end.trace, settings.sampler)) traces.add(end)
    },
    dropped: () => traces?.dropped() ?? 0
  }
  return made
})

interface Identity {
  readonly serviceName: string
  readonly serviceVersion: string
  readonly attributes: Readonly<Record<string, string>>
}

const tracing = Effect.fnUntraced(function* (
  parts: OtlpParts,
  endpoint: NonNullable<OtlpSettings["traces"]>,
  identity: Identity
) {
  const serialization = yield* OtlpSerialization.OtlpSerialization.pipe(Effect.provide(encodingOf(endpoint)))
  const resource = OtlpResource.make(identity)
  const scope = { name: "llm-gateway", version: parts.version }
  const made = { hostOf: hostsOf(parts.addressOf), newSpanId }
  const { url, compression, mostWaiting, batch, everyMs } = endpoint
  return yield* spanQueue({
    url,
    compression,
    mostWaiting,
    batch,
    everyMs,
    lastMs,
    headers: headersOf(endpoint),
    spansOf: (end) => spansOf(end, made),
    bodyOf: (spans) => serialization.traces({ resourceSpans: [{ resource, scopeSpans: [{ scope, spans }] }] })
  }).pipe(Effect.provide(clientOf(endpoint)))
})

const sendMetrics = (registry: Registry, endpoint: NonNullable<OtlpSettings["metrics"]>, resource: Identity) =>
  OtlpMetrics.make({
    url: endpoint.url,
    resource,
    headers: headersOf(endpoint),
    compression: endpoint.compression,
    exportInterval: Duration.millis(endpoint.everyMs),
    shutdownTimeout: Duration.millis(lastMs)
  }).pipe(
    Effect.provide(Layer.mergeAll(clientOf(endpoint), encodingOf(endpoint), OtlpExporter.layerFlusher)),
    Effect.provideService(Metric.MetricRegistry, registry.kept),
    // The environment has been read; read again, a mistake in it would be fatal.
    Effect.provideService(ConfigProvider.ConfigProvider, ConfigProvider.fromUnknown({}))
  )

const encodingOf = ({ encoding }: Endpoint) =>
  encoding === "http/json" ? OtlpSerialization.layerJson : OtlpSerialization.layerProtobuf

/** Sends with the endpoint's time limit. */
const clientOf = ({ timeoutMs, headers }: Endpoint): Layer.Layer<HttpClient.HttpClient> =>
  Layer.effect(
    HttpClient.HttpClient,
    Effect.map(HttpClient.HttpClient, (client) =>
      client.pipe(
        HttpClient.tap((response) => Effect.ignore(response.arrayBuffer)),
        HttpClient.filterStatusOk,
        HttpClient.transform((response, request) =>
          response.pipe(
            Effect.timeoutOrElse({
              duration: timeoutMs,
              orElse: () => Effect.fail(new HttpClientError.HttpClientError({ reason: tooSlow(request) }))
            }),
            Effect.withTracerEnabled(false),
            Effect.provideService(Headers.CurrentRedactedNames, Object.keys(headers))
          )
        )
      )
    )
  ).pipe(Layer.provide(FetchHttpClient.layer))

const tooSlow = (request: HttpClientRequest.HttpClientRequest) =>
  new HttpClientError.TransportError({ request, description: "the collector took too long" })

const headersOf = ({ headers }: Endpoint): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, Redacted.value(value)]))

/** The host of each provider's address, worked out once: neither path nor query can be told by mistake. */
const hostsOf = (addressOf: OtlpParts["addressOf"]) => {
  const known = new Map<string, string | undefined>()
  return (provider: string, region: string | undefined): string | undefined => {
    const address = addressOf(provider, region)
    if (address === undefined) return undefined
    if (!known.has(address)) known.set(address, URL.canParse(address) ? new URL(address).hostname : undefined)
    return known.get(address)
  }
}

const newSpanId = (): string => crypto.randomUUID().replaceAll("-", "").slice(16)

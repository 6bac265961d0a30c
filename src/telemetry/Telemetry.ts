import { Context, Effect, Layer } from "effect"
import { type AttemptLabels, AttemptMetrics } from "./metrics/AttemptMetrics.ts"
import { watchEventLoop } from "./metrics/EventLoop.ts"
import { Registry } from "./metrics/Registry.ts"
import { RequestMetrics } from "./metrics/RequestMetrics.ts"
import { type StateKnowledge, StateMetrics } from "./metrics/StateMetrics.ts"
import { type LineBounds, lineBounds, lineWriter } from "./log/LineWriter.ts"
import { type Output, outputTo } from "./log/Output.ts"
import { isLogged, RequestLines } from "./log/RequestLine.ts"
import type { OtlpSettings } from "./otlp/Settings.ts"
import type { RequestEnd } from "./RequestEnd.ts"
import type { Sampler } from "./Trace.ts"

/** What telemetry is told about the gateway. Functions are asked anew each time, so that a new configuration shows. */
export interface TelemetryOptions
  extends
    AttemptLabels,
    Pick<StateKnowledge, "version" | "configuration" | "breakers" | "ledgerDepth" | "connections"> {
  /** `requests`: one line of JSON a request, but for what machines look at by the second. */
  readonly log: "requests" | "off"
  /** Absent: nothing is sent. */
  readonly otlp?: OtlpSettings
  /** A provider's address, for traces; its host alone is told. */
  readonly addressOf?: (provider: string, region: string | undefined) => string | undefined
  /** Where the lines go; absent: standard output. */
  readonly output?: Output
  readonly lineBounds?: LineBounds
}

/** Observes requests: counts them, writes their lines, sends their traces. Nothing here blocks or fails a request. */
export class Telemetry extends Context.Service<
  Telemetry,
  {
    /** A request has come. `ended` follows, once. */
    readonly began: () => void
    /** It is over, and all that was sent of its answer is sent. */
    readonly ended: (end: RequestEnd) => void
    /** The metrics in Prometheus's text format; media type `text/plain; version=0.0.4; charset=utf-8`. */
    readonly page: () => string
    /** Decides what an answer's `traceparent` says; absent: traces are sent nowhere. */
    readonly sampler: Sampler | undefined
  }
>()("gateway/telemetry/Telemetry") {
  static readonly layer = (options: TelemetryOptions): Layer.Layer<Telemetry> =>
    Layer.effect(Telemetry, makeTelemetry(options))
}

const standardOutput = 1

const makeTelemetry = Effect.fnUntraced(function* (options: TelemetryOptions) {
  const { log, otlp, isModel, tokensOf, version, output = outputTo(standardOutput) } = options
  const registry = new Registry()
  const requests = new RequestMetrics(registry, isModel)
  const attempts = new AttemptMetrics(registry, { isModel, tokensOf })
  const lines = log === "requests" ? yield* lineWriter(output, options.lineBounds ?? lineBounds) : undefined
  const sending = otlp === undefined ? undefined : yield* otlpOf(options, otlp, registry)
  const written = new RequestLines()
  let inFlight = 0
  let faults = 0
  const states = new StateMetrics(registry, {
    ...options,
    version,
    startedAt: Date.now() - performance.now(),
    inFlight: () => inFlight,
    faults: () => faults,
    ...(lines === undefined ? {} : { linesDropped: lines.dropped }),
    ...(sending === undefined ? {} : { spansDropped: sending.dropped })
  })
  yield* watchEventLoop(
    registry,
    () => performance.now(),
    () => states.refresh()
  )

  const observe = (end: RequestEnd): void => {
    requests.note(end)
    if (end.record !== undefined) attempts.note(end.record)
    if (lines !== undefined && isLogged(end)) lines.add(written.lineOf(end))
    sending?.ended(end)
  }
  return Telemetry.of({
    began: () => {
      inFlight++
    },
    ended: (end) => {
      inFlight--
      try {
        observe(end)
      } catch {
        // The answer is with its caller: a mistake here must not end its connection too.
        faults++
      }
    },
    page: () => {
      states.refresh()
      return registry.page()
    },
    sampler: otlp?.traces === undefined ? undefined : otlp.sampler
  })
})

/** Loaded where it is needed alone: most processes send nothing. */
const otlpOf = Effect.fnUntraced(function* (options: TelemetryOptions, settings: OtlpSettings, registry: Registry) {
  const { sending } = yield* Effect.promise(() => import("./otlp/Otlp.ts"))
  const { version, isModel, addressOf = () => undefined } = options
  return yield* sending({ settings, version, registry, isModel, addressOf })
})

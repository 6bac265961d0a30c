import type { RequestEnd } from "../RequestEnd.ts"
import { answering, modelOf, outcomeOf, secondsPerToken } from "./Labels.ts"
import type { Registry } from "./Registry.ts"

const requestBounds = [0.05, 0.1, 0.25, 0.5, 1, 2, 3, 5, 10, 20, 30, 60, 120, 300, 600]
const contentBounds = [0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2, 3, 5, 7.5, 10, 15, 30, 60]
const tokenBounds = [0.001, 0.0025, 0.005, 0.0075, 0.01, 0.015, 0.02, 0.03, 0.04, 0.05, 0.075, 0.1, 0.2, 0.5, 1]
// What the gateway adds is tenths of a millisecond; a second is a gateway in trouble.
const overheadBounds = [0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1]

const families = (registry: Registry) => ({
  requests: registry.counts({
    name: "gateway_requests_total",
    description: "HTTP requests that have ended.",
    labels: ["route", "status", "model", "outcome"]
  }),
  refusals: registry.counts({
    name: "gateway_failures_total",
    description: "HTTP requests that were refused or failed, by the class of failure.",
    labels: ["route", "failure"]
  }),
  duration: registry.spreads({
    name: "gateway_request_seconds",
    description: "From the arrival of a request to the end of its answer.",
    labels: ["route", "model"],
    bounds: requestBounds,
    unit: "s"
  }),
  firstContent: registry.spreads({
    name: "gateway_ttft_seconds",
    description: "From the arrival of a request to the first content of its stream.",
    labels: ["model"],
    bounds: contentBounds,
    unit: "s"
  }),
  perToken: registry.spreads({
    name: "gateway_output_token_seconds",
    description: "Time for each output token of a stream, from its first content to its end.",
    labels: ["model"],
    bounds: tokenBounds,
    unit: "s"
  }),
  overhead: registry.spreads({
    name: "gateway_overhead_seconds",
    description: "What the gateway itself took of an answered request.",
    labels: ["route"],
    bounds: overheadBounds,
    unit: "s"
  })
})

/** Counts requests by how they ended, and how long they took. */
export class RequestMetrics {
  readonly #families: ReturnType<typeof families>
  readonly #isModel: (id: string) => boolean

  /** `isModel`: whether an id is one of the catalog's; all others are counted as `other`. */
  constructor(registry: Registry, isModel: (id: string) => boolean) {
    this.#families = families(registry)
    this.#isModel = isModel
  }

  note(end: RequestEnd): void {
    const { requests, refusals, duration, overhead } = this.#families
    const model = modelOf(end, this.#isModel)
    const failure = end.record?.failure ?? end.failure
    requests.of(end.route, String(end.status), model, outcomeOf(end)).add(1)
    if (failure !== undefined) refusals.of(end.route, failure).add(1)
    duration.of(end.route, model).note(end.endedMs / 1000)
    if (end.overheadMs !== undefined) overhead.of(end.route).note(end.overheadMs / 1000)
    if (end.stream) this.#noteStream(end, model)
  }

  #noteStream(end: RequestEnd, model: string): void {
    const attempt = answering(end)
    if (attempt?.firstContentMs === undefined) return
    this.#families.firstContent.of(model).note(attempt.firstContentMs / 1000)
    const perToken = attempt.outcome === "answered" ? secondsPerToken(attempt) : undefined
    if (perToken !== undefined) this.#families.perToken.of(model).note(perToken)
  }
}

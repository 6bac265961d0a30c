import { answering, modelOf, other, secondsPerToken } from "../metrics/Labels.ts"
import type { Registry } from "../metrics/Registry.ts"
import type { RequestEnd } from "../RequestEnd.ts"
import type { AttemptRecord } from "../../domain/routing/Trail.ts"
import { errorTypeOf, operationOf, providerNameOf } from "./GenAi.ts"

// The bounds are those of OpenTelemetry's semantic conventions for generative AI.
const durationBounds = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92]
const tokenBounds = Array.from({ length: 14 }, (_, power) => 4 ** power)
const firstTokenBounds = [0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40]
const perTokenBounds = [0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5]

const asked = ["gen_ai.operation.name", "gen_ai.provider.name", "gen_ai.request.model"] as const

const families = (registry: Registry) => ({
  operation: registry.spreads({
    name: "gen_ai.client.operation.duration",
    description: "From the sending of an attempt to its end.",
    labels: [...asked, "error.type"],
    bounds: durationBounds,
    unit: "s"
  }),
  tokens: registry.spreads({
    name: "gen_ai.client.token.usage",
    description: "Tokens of an attempt.",
    labels: [...asked, "gen_ai.token.type"],
    bounds: tokenBounds,
    unit: "{token}"
  }),
  duration: registry.spreads({
    name: "gen_ai.server.request.duration",
    description: "From the arrival of a request to the end of its answer.",
    labels: [...asked, "error.type"],
    bounds: durationBounds,
    unit: "s"
  }),
  firstToken: registry.spreads({
    name: "gen_ai.server.time_to_first_token",
    description: "From the arrival of a request to the first content of its stream.",
    labels: asked,
    bounds: firstTokenBounds,
    unit: "s"
  }),
  perToken: registry.spreads({
    name: "gen_ai.server.time_per_output_token",
    description: "Time for each output token of a stream, from its first content to its end.",
    labels: asked,
    bounds: perTokenBounds,
    unit: "s"
  })
})

/**
 * The metrics of OpenTelemetry's semantic conventions: the gateway is a server to its callers and a client to its
 * providers.
 */
export class GenAiMetrics {
  readonly #families: ReturnType<typeof families>
  readonly #isModel: (id: string) => boolean

  constructor(registry: Registry, isModel: (id: string) => boolean) {
    this.#families = families(registry)
    this.#isModel = isModel
  }

  note(end: RequestEnd): void {
    const { record } = end
    const operation = operationOf(end.route)
    if (record === undefined || operation === undefined) return
    const { duration, firstToken, perToken } = this.#families
    const answer = answering(end)
    const provider = providerNameOf((answer ?? record.attempts[0])?.provider ?? "")
    const model = modelOf(end, this.#isModel)
    duration.of(operation, provider, model, record.failure ?? "").note(end.endedMs / 1000)
    if (end.stream && answer?.firstContentMs !== undefined) {
      firstToken.of(operation, provider, model).note(answer.firstContentMs / 1000)
      const seconds = answer.outcome === "answered" ? secondsPerToken(answer) : undefined
      if (seconds !== undefined) perToken.of(operation, provider, model).note(seconds)
    }
    for (const attempt of record.attempts) this.#noteAttempt(attempt, operation)
  }

  #noteAttempt(attempt: AttemptRecord, operation: string): void {
    const provider = providerNameOf(attempt.provider)
    const model = this.#isModel(attempt.model) ? attempt.model : other
    const seconds = (attempt.endedMs - attempt.sentMs) / 1000
    this.#families.operation.of(operation, provider, model, errorTypeOf(attempt) ?? "").note(seconds)
    if (attempt.spending === undefined) return
    const { inputTokens, outputTokens } = attempt.spending.usage
    this.#families.tokens.of(operation, provider, model, "input").note(inputTokens)
    this.#families.tokens.of(operation, provider, model, "output").note(outputTokens)
  }
}

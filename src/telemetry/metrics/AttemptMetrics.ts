import { type TokenClass, tokenClasses, tokenClassNames, type TokenCounts } from "../../domain/usage/Cost.ts"
import { nanosPerDollar } from "../../domain/usage/Money.ts"
import type { RequestRecord } from "../../domain/usage/RequestRecord.ts"
import type { AttemptRecord, Trail } from "../../domain/routing/Trail.ts"
import type { Usage } from "../../domain/usage/Usage.ts"
import { none, other } from "./Labels.ts"
import type { Registry } from "./Registry.ts"

/** What the metrics of attempts need from outside. */
export interface AttemptLabels {
  /** Whether an id is one of the catalog's; all others are counted as `other`. */
  readonly isModel: (id: string) => boolean
  /** The tokens of a usage by class, no token in two of them. */
  readonly tokensOf: (usage: Usage) => TokenCounts
}

const families = (registry: Registry) => ({
  attempts: registry.counts({
    name: "gateway_attempts_total",
    description: "Attempts at a provider, whatever became of them.",
    labels: ["provider", "model", "kind", "outcome", "failure"]
  }),
  fallbacks: registry.counts({
    name: "gateway_fallbacks_total",
    description: "Attempts at another target, by the class of failure that they followed.",
    labels: ["provider", "failure"]
  }),
  retries: registry.counts({
    name: "gateway_retries_total",
    description: "Attempts at the same target again, by the class of failure that they followed.",
    labels: ["provider", "failure"]
  }),
  hedges: registry.counts({
    name: "gateway_hedges_total",
    description:
      "Second targets that were started because the first was late, by whether their answer was the caller's.",
    labels: ["provider", "outcome"]
  }),
  tokens: registry.counts({
    name: "gateway_tokens_total",
    description: "Tokens of all attempts; no token is in two classes.",
    labels: ["model", "class"]
  }),
  cost: registry.counts(
    {
      name: "gateway_cost_dollars_total",
      description: "What providers bill for all attempts, where the price is known.",
      labels: ["model", "class"]
    },
    nanosPerDollar
  ),
  unpriced: registry.counts({
    name: "gateway_unpriced_attempts_total",
    description: "Attempts that used tokens whose price is not known.",
    labels: ["model"]
  }),
  estimated: registry.counts({
    name: "gateway_estimated_attempts_total",
    description: "Attempts whose tokens the gateway had to estimate because the provider reported none.",
    labels: ["model"]
  })
})

/** The class of the latest failure before an attempt; none where an open breaker kept the gateway from trying. */
const causeOf = (trail: Trail, place: number): string => {
  for (let before = place - 1; before >= 0; before--) {
    const failure = trail[before]?.failure
    if (failure !== undefined) return failure.class
  }
  return none
}

const hedgeOutcome = ({ outcome }: AttemptRecord): string =>
  outcome === "answered" || outcome === "broken" ? "won" : outcome

/** Counts attempts, what they used and what that costs. */
export class AttemptMetrics {
  readonly #families: ReturnType<typeof families>
  readonly #labels: AttemptLabels

  constructor(registry: Registry, labels: AttemptLabels) {
    this.#families = families(registry)
    this.#labels = labels
  }

  note({ attempts }: RequestRecord): void {
    for (let place = 0; place < attempts.length; place++) {
      const attempt = attempts[place]
      if (attempt !== undefined) this.#noteAttempt(attempt, attempts, place)
    }
  }

  #noteAttempt(attempt: AttemptRecord, trail: Trail, place: number): void {
    const { provider, kind, outcome, failure, spending } = attempt
    const model = this.#labels.isModel(attempt.model) ? attempt.model : other
    const { attempts, fallbacks, retries, hedges } = this.#families
    attempts.of(provider, model, kind, outcome, failure?.class ?? none).add(1)
    if (kind === "fallback") fallbacks.of(provider, causeOf(trail, place)).add(1)
    if (kind === "retry") retries.of(provider, causeOf(trail, place)).add(1)
    if (kind === "hedge") hedges.of(provider, hedgeOutcome(attempt)).add(1)
    if (spending !== undefined) this.#noteSpending(spending, model)
  }

  #noteSpending({ usage, cost, source }: NonNullable<AttemptRecord["spending"]>, model: string): void {
    const { tokens, unpriced, estimated } = this.#families
    const used = this.#labels.tokensOf(usage)
    for (const name of tokenClasses) if (used[name] > 0) tokens.of(model, tokenClassNames[name]).add(used[name])
    if (source === "estimate") estimated.of(model).add(1)
    if (cost === undefined) return unpriced.of(model).add(1)
    for (const name of tokenClasses) this.#noteCost(cost.byClass[name], model, name)
  }

  #noteCost(nanos: number | undefined, model: string, name: TokenClass): void {
    if (nanos !== undefined && nanos > 0) this.#families.cost.of(model, tokenClassNames[name]).add(nanos)
  }
}

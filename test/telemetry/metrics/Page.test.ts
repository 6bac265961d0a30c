import { expect } from "bun:test"
import { Effect } from "effect"
import type { RequestEnd } from "../../../src/telemetry/RequestEnd.ts"
import type { TelemetryOptions } from "../../../src/telemetry/Telemetry.ts"
import { it } from "../../effect.ts"
import { attempt, end, failed, record, refused, spending, telemetryWith } from "../Ends.ts"
import { parsePage, valueOf } from "./PrometheusText.ts"

const pageAfter = (ends: ReadonlyArray<RequestEnd>, some: Partial<TelemetryOptions> = {}) =>
  Effect.map(telemetryWith(some), (telemetry) => {
    for (const one of ends) {
      telemetry.began()
      telemetry.ended(one)
    }
    return parsePage(telemetry.page())
  })

const route = "/v1/chat/completions"
const model = "openai/gpt-5"

it.effect("an answered stream is counted and timed", () =>
  Effect.gen(function* () {
    const page = yield* pageAfter([end(), end()])
    const labels = { route, status: "200", model, outcome: "answered" }
    expect(valueOf(page, "gateway_requests_total", labels)).toBe(2)
    expect(valueOf(page, "gateway_request_seconds_sum", { route, model })).toBeCloseTo(2.502)
    expect(valueOf(page, "gateway_ttft_seconds_sum", { model })).toBeCloseTo(0.5)
    expect(valueOf(page, "gateway_ttft_seconds_bucket", { model, le: "0.2" })).toBe(0)
    expect(valueOf(page, "gateway_ttft_seconds_bucket", { model, le: "0.3" })).toBe(2)
    // A second from the first content to the end, for a hundred tokens.
    expect(valueOf(page, "gateway_output_token_seconds_sum", { model })).toBeCloseTo(0.02)
    expect(valueOf(page, "gateway_overhead_seconds_bucket", { route, le: "0.0002" })).toBe(0)
    expect(valueOf(page, "gateway_overhead_seconds_bucket", { route, le: "0.0005" })).toBe(2)
  })
)

it.effect("tokens are counted in classes that are disjoint, and cost in dollars without a rounding error", () =>
  Effect.gen(function* () {
    const page = yield* pageAfter(Array.from({ length: 1_000 }, () => end()))
    for (const [name, tokens] of [
      ["input", 388],
      ["cached_input", 512],
      ["output", 70],
      ["reasoning", 30]
    ] as const) {
      expect(valueOf(page, "gateway_tokens_total", { model, class: name })).toBe(tokens * 1_000)
    }
    expect(valueOf(page, "gateway_tokens_total", { model, class: "audioInput" })).toBeUndefined()
    expect(valueOf(page, "gateway_cost_dollars_total", { model, class: "cached_input" })).toBe(0.0465)
    expect(valueOf(page, "gateway_cost_dollars_total", { model, class: "input" })).toBe(0.388)
    expect(page.get("gateway_unpriced_attempts_total")).toBeUndefined()
  })
)

it.effect("a price that is not known is counted, not taken for nothing", () =>
  Effect.gen(function* () {
    const { cost: _cost, ...unpriced } = spending
    const attempts = [attempt({ spending: { ...unpriced, source: "estimate" } })]
    const page = yield* pageAfter([end({ record: record({ attempts }) })])
    expect(valueOf(page, "gateway_unpriced_attempts_total", { model })).toBe(1)
    expect(valueOf(page, "gateway_estimated_attempts_total", { model })).toBe(1)
    expect(page.get("gateway_cost_dollars_total")).toBeUndefined()
  })
)

it.effect("attempts are counted with what became of them, fallbacks and retries with what they followed", () =>
  Effect.gen(function* () {
    const claude = { provider: "anthropic", model: "anthropic/claude-sonnet-5" }
    const trail = [failed(), failed({ kind: "retry" }), attempt({ kind: "fallback", ...claude })]
    const hedged = [attempt({ outcome: "lost" }), attempt({ kind: "hedge", ...claude })]
    const lost = [attempt(), attempt({ kind: "hedge", ...claude, outcome: "lost" })]
    const page = yield* pageAfter([trail, hedged, lost].map((attempts) => end({ record: record({ attempts }) })))
    const labels = { provider: "openai", model, kind: "first", outcome: "failed", failure: "Overloaded" }
    expect(valueOf(page, "gateway_attempts_total", labels)).toBe(1)
    expect(valueOf(page, "gateway_attempts_total", { ...labels, outcome: "lost", failure: "none" })).toBe(1)
    expect(valueOf(page, "gateway_retries_total", { provider: "openai", failure: "Overloaded" })).toBe(1)
    expect(valueOf(page, "gateway_fallbacks_total", { provider: "anthropic", failure: "Overloaded" })).toBe(1)
    expect(valueOf(page, "gateway_hedges_total", { provider: "anthropic", outcome: "won" })).toBe(1)
    expect(valueOf(page, "gateway_hedges_total", { provider: "anthropic", outcome: "lost" })).toBe(1)
    // A request is counted under the model that answered it.
    expect(valueOf(page, "gateway_ttft_seconds_count", { model: claude.model })).toBe(2)
  })
)

it.effect("a refusal is counted by its class and under no model", () =>
  Effect.gen(function* () {
    const page = yield* pageAfter([refused(), refused({ route: "/healthz", status: 200 })])
    expect(valueOf(page, "gateway_requests_total", { route, status: "401", model: "none", outcome: "refused" })).toBe(1)
    expect(valueOf(page, "gateway_failures_total", { route, failure: "UnknownKey" })).toBe(1)
    expect(page.get("gateway_attempts_total")).toBeUndefined()
  })
)

it.effect("10,000 model names that callers make up are one series", () =>
  Effect.gen(function* () {
    const ends = Array.from({ length: 10_000 }, (_, place) => {
      const name = `own/made-up-${place}`
      return end({ record: record({ model: name, attempts: [attempt({ model: name, target: name })] }) })
    })
    const page = yield* pageAfter([
      ...ends,
      end({ record: record({ model: "made-up", attempts: [], outcome: "failed" }) })
    ])
    for (const [name, { samples }] of page) {
      expect([name, samples.length < 20]).toEqual([name, true])
      expect(JSON.stringify(samples)).not.toContain("made-up")
    }
    expect(valueOf(page, "gateway_requests_total", { route, status: "200", model: "other", outcome: "answered" })).toBe(
      10_000
    )
  })
)

it.effect("keys are no labels", () =>
  Effect.gen(function* () {
    const caller = { keyId: "k", name: "name of a key", tags: [], quotas: [] }
    const page = yield* pageAfter([end({ record: record({ caller }) }), refused({ caller })])
    expect(JSON.stringify([...page])).not.toContain(caller.name)
  })
)

it.effect("a metric has at most so many series, whatever comes", () =>
  Effect.gen(function* () {
    const page = yield* pageAfter(Array.from({ length: 5_000 }, (_, place) => refused({ route: `/r/${place}` })))
    expect(page.get("gateway_requests_total")?.samples).toHaveLength(2_001)
    const overflow = { route: "overflow", status: "overflow", model: "overflow", outcome: "overflow" }
    expect(valueOf(page, "gateway_requests_total", overflow)).toBe(3_000)
  })
)

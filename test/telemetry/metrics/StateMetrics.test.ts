import { expect, test } from "bun:test"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { type BreakerState, breakerLabel } from "../../../src/telemetry/metrics/StateMetrics.ts"
import { it } from "../../effect.ts"
import { end, models, telemetryWith } from "../Ends.ts"
import { parsePage, valueOf } from "./PrometheusText.ts"

it.effect("the page shows the state of the process as it is when it is read", () =>
  Effect.gen(function* () {
    let breakers: ReadonlyArray<BreakerState> = []
    let fingerprint = "c0ffee"
    let depth = 3
    const telemetry = yield* telemetryWith({
      breakers: () => breakers,
      configuration: () => fingerprint,
      ledgerDepth: () => depth,
      connections: () => 7
    })
    telemetry.began()
    telemetry.began()
    telemetry.ended(end())
    const before = parsePage(telemetry.page())
    expect(valueOf(before, "gateway_requests_in_flight")).toBe(1)
    expect(valueOf(before, "gateway_ledger_mailbox_rows")).toBe(3)
    expect(valueOf(before, "gateway_provider_connections")).toBe(7)
    expect(valueOf(before, "gateway_build_info", { version: "0.1.0" })).toBe(1)
    expect(valueOf(before, "gateway_config_info", { fingerprint })).toBe(1)
    expect(valueOf(before, "gateway_start_time_seconds")).toBeLessThanOrEqual(Date.now() / 1000)
    expect(before.get("gateway_breaker_state")).toBeUndefined()

    fingerprint = "decaf"
    depth = 0
    breakers = [{ scope: "host", name: "own@http://host/v1?key=secret", state: "open" }]
    const open = parsePage(telemetry.page())
    const host = { scope: "host", name: "own@http://host/v1" }
    expect(valueOf(open, "gateway_breaker_state", host)).toBe(2)
    expect(open.get("gateway_config_info")?.samples).toHaveLength(1)
    expect(valueOf(open, "gateway_config_info", { fingerprint: "decaf" })).toBe(1)
    expect(valueOf(open, "gateway_ledger_mailbox_rows")).toBe(0)

    breakers = [{ scope: "host", name: "own@http://host/v1?key=secret", state: "half-open" }]
    expect(valueOf(parsePage(telemetry.page()), "gateway_breaker_state", host)).toBe(1)
    breakers = []
    expect(parsePage(telemetry.page()).get("gateway_breaker_state")).toBeUndefined()
    breakers = [{ scope: "host", name: "own@http://host/v1", state: "open" }]
    expect(valueOf(parsePage(telemetry.page()), "gateway_breaker_state", host)).toBe(2)
  })
)

it.effect("the lag of the event loop is measured once a second", () =>
  Effect.gen(function* () {
    const telemetry = yield* telemetryWith()
    yield* TestClock.adjust(3_500)
    expect(valueOf(parsePage(telemetry.page()), "gateway_event_loop_lag_seconds_count")).toBe(3)
  })
)

it.effect("breakers of models that callers made up are one series, with the worst state", () =>
  Effect.gen(function* () {
    const breakers = Array.from({ length: 10_000 }, (_, place): BreakerState => {
      return { scope: "key-and-model", name: `own/m${place}#main`, state: place === 5 ? "open" : "half-open" }
    })
    const telemetry = yield* telemetryWith({ breakers: () => breakers })
    expect(parsePage(telemetry.page()).get("gateway_breaker_state")?.samples).toEqual([
      { name: "gateway_breaker_state", labels: { scope: "key-and-model", name: "own/other" }, value: 2 }
    ])
  })
)

for (const [scope, name, label] of [
  ["host", "own@http://host/v1?key=secret", "own@http://host/v1"],
  ["key", "openai#main", "openai#main"],
  ["key-and-model", "openai/gpt-5#main", "openai/gpt-5#main"],
  ["key-and-model", "openai/gpt-5", "openai/gpt-5"],
  ["key-and-model", "own/my secret#main", "own/other"],
  ["key-and-model", "own/secret", "own/other"]
] as const) {
  test(`the breaker ${scope} ${name} is shown as ${label}`, () =>
    expect(breakerLabel(scope, name, (id) => models.has(id))).toBe(label))
}

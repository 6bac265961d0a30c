import { expect, test } from "bun:test"
import { Result, Schema } from "effect"
import { makeCatalog } from "../../../src/catalog/Catalog.ts"
import { RateLimited, Unreachable } from "../../../src/domain/Failure.ts"
import type { Model } from "../../../src/domain/Model.ts"
import { health } from "../../../src/routing/health/Health.ts"
import { TargetsView } from "../../../src/server/admin/AdminApi.ts"
import { targetsView } from "../../../src/server/admin/TargetsView.ts"

const catalog = Result.getOrThrow(
  makeCatalog({
    providers: [{ name: "own", language: "compatible", models: "any" }],
    unconfigured: [],
    aliases: new Map(),
    overrides: new Map()
  })
)
const model: Model = Result.getOrThrow(catalog.find("own/m")).model

const knowledge = () => {
  const clock = { now: 1_000 }
  const known = health(() => clock.now)
  return {
    clock,
    known,
    view: () =>
      targetsView({
        health: known,
        now: () => clock.now,
        wallNow: () => 1_700_000_000_000 + clock.now,
        since: 1_700_000_000_000
      })
  }
}

const at = (address: string) => ({ provider: "own", address, model: model.id, keyAlias: undefined })

test("nothing known yet is an empty view that fits its own schema", () => {
  const { view } = knowledge()
  expect(view()).toEqual({
    object: "targets",
    since: "2023-11-14T22:13:20.000Z",
    targets: [],
    breakers: [],
    retry_budgets: []
  })
  expect(Schema.is(TargetsView)(view())).toBe(true)
})

test("figures add up, by target as it is written elsewhere", () => {
  const { known, view } = knowledge()
  const target = { model, region: "eu", keyAlias: "a" }
  for (const ending of ["answered", "answered", "stopped", "Overloaded", "RateLimited", "Overloaded"] as const) {
    known.figures.note(target, ending)
  }
  for (let ms = 1; ms <= 40; ms++) known.latencies.note(model.id, ms)
  expect(view().targets).toEqual([
    {
      target: "own/m@eu#a",
      attempts: 6,
      answered: 2,
      stopped: 1,
      failures: { Overloaded: 2, RateLimited: 1 },
      p95_first_content_ms: 38
    }
  ])
  expect(Schema.is(TargetsView)(view())).toBe(true)
})

test("an open breaker tells when it will be tried, in both clocks, and its address without the query", () => {
  const { clock, known, view } = knowledge()
  for (let time = 0; time < 10; time++) {
    const again = known.breakers.admit(at("https://host.example/v1?token=canary"))
    if (!again.passes) break
    known.breakers.settle(again.pass, {
      _tag: "Failure",
      failure: new Unreachable({ message: "" }),
      countsTimeout: false
    })
  }
  clock.now += 1_000
  const [breaker] = view().breakers
  expect(breaker).toMatchObject({
    scope: "host",
    name: "own@https://host.example/v1",
    state: "open",
    reason: "Unreachable"
  })
  expect(breaker?.seconds_left).toBe(4)
  expect(breaker?.opens_to_probe_at).toBe(new Date(1_700_000_000_000 + clock.now + 4_000).toISOString())
  expect(Schema.is(TargetsView)(view())).toBe(true)
})

test("the retries that are left are whole, and of each provider that was tried", () => {
  const { clock, known, view } = knowledge()
  known.figures.note({ model }, "answered")
  expect(view().retry_budgets).toEqual([{ provider: "own", left: 10 }])
  for (let request = 0; request < 104; request++) known.budget.request("own", clock.now)
  known.budget.take("own", clock.now)
  // A fifth of 104 is 20.8, of which one is used.
  expect(view().retry_budgets).toEqual([{ provider: "own", left: 19 }])
})

test("a rate limit that lasts for as long as the provider says is told so", () => {
  const { known, view } = knowledge()
  const admitted = known.breakers.admit(at("https://host.example/v1"))
  if (!admitted.passes) throw new Error("a closed breaker refused")
  const failure = new RateLimited({ message: "", retryAfterMs: 90_000 })
  known.breakers.settle(admitted.pass, { _tag: "Failure", failure, countsTimeout: false })
  expect(view().breakers).toMatchObject([{ scope: "key-and-model", name: "own/m", state: "open", seconds_left: 90 }])
})

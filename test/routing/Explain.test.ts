import { expect } from "bun:test"
import { Effect, Result } from "effect"
import { RateLimited } from "../../src/domain/Failure.ts"
import { explain } from "../../src/routing/Explain.ts"
import { inputTokensAtMost } from "../../src/routing/planning/Estimate.ts"
import type { Plan, Step } from "../../src/routing/planning/Plan.ts"
import { limitsOf, policyOf } from "../../src/routing/planning/Policy.ts"
import { it } from "../effect.ts"
import { everyFailure } from "./EveryFailure.ts"
import { fakeAsk } from "./simulation/fakes/FakeAsk.ts"
import { fakeDeployment } from "./simulation/fakes/FakeProviders.ts"
import { modelOf, Stage } from "./Stage.ts"

const model = modelOf("a/m", { maxOutputTokens: 100, prices: [{ from: "2026-01-01", input: 1, output: 10 }] })
const ask = fakeAsk("caller", model.id, { stream: false })
const usual: Step = { target: { model }, ask, policy: policyOf([], false) }
const hurried: Step = {
  target: { model: modelOf("b/unknown") },
  ask: fakeAsk("caller", "b/unknown", { stream: false }),
  policy: policyOf([{ timeouts: { firstContentMs: 500 }, deadlineMs: 90_000 }], false)
}
const plan: Plan = { steps: [usual, hurried], left: [{ model: "c/m", reason: "it costs more" }] }

it.effect("a plan is told target by target, with what would be sent and what it may cost, and nothing is sent", () =>
  Effect.gen(function* () {
    const stage = yield* Stage.with({}, [fakeDeployment("a", 1, 1), fakeDeployment("b", 1, 1)])
    const explained = explain(plan, stage.grounds)
    const [first, second] = explained.steps
    expect(explained.left).toEqual(plan.left)
    expect([first?.target, first?.streams, first?.policy]).toEqual(["a/m", false, usual.policy])
    expect(first?.limits).toEqual(
      limitsOf({ policy: usual.policy, streams: false, mayThink: false, leftMs: 120_000, targetsLeft: 2 })
    )
    expect(first?.limits.headersMs).toBe(60_000)
    expect(first?.prepared).toEqual(
      Result.succeed({ language: "OpenAiChat", path: "/chat/completions", body: {}, dropped: [] })
    )
    const inputTokens = inputTokensAtMost(ask, model)
    expect(first?.cost).toEqual({ inputTokens, outputTokens: 100, most: inputTokens + 1_000 })
    // A threshold is seen only in a stream.
    expect([second?.streams, second?.limits.contentMs, second?.limits.untilGateMs]).toEqual([true, 500, 90_000])
    expect(Object.keys(second?.cost ?? {})).toEqual(["inputTokens"])
    expect([stage.providers.sends.length, stage.time.pending("engine")]).toEqual([0, 0])
  })
)

it.effect("every place of a target is told, with whether it may be asked now; asking that changes nothing", () =>
  Effect.gen(function* () {
    const stage = yield* Stage.with({}, [fakeDeployment("a", 2, 2), fakeDeployment("b", 1, 1)])
    const { breakers } = stage.grounds
    const admission = breakers.admit({ provider: "a", model: "a/m", address: "https://a-0", keyAlias: "k0" })
    if (!admission.passes) throw new Error("a new breaker is shut")
    const failure = new RateLimited({ message: "no", retryAfterMs: 1_000 })
    breakers.settle(admission.pass, { _tag: "Failure", failure, countsTimeout: true })
    const places = () => explain(plan, stage.grounds).steps[0]?.places
    const told = (isAvailable: boolean) => [
      { target: "a/m@r0#k0", address: "https://a-0", isAvailable },
      { target: "a/m@r0#k1", address: "https://a-0", isAvailable: true },
      { target: "a/m@r1#k0", address: "https://a-1", isAvailable },
      { target: "a/m@r1#k1", address: "https://a-1", isAvailable: true }
    ]
    expect(places()).toEqual(told(false))
    yield* stage.time.advance(1_000)
    expect([places(), places()]).toEqual([told(true), told(true)])
  })
)

it.effect("a target that cannot be asked is told with the reason", () =>
  Effect.gen(function* () {
    const stage = yield* Stage.with({}, [fakeDeployment("a", 1, 1)])
    const { steps } = explain({ steps: [usual, hurried], left: [] }, stage.grounds)
    expect(steps[1]?.prepared).toMatchObject({ _tag: "Failure", failure: { _tag: everyFailure.Internal._tag } })
    expect(steps[1]?.places).toEqual([])
  })
)

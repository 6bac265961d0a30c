import type { Failure, FailureTag } from "../../../src/domain/Failure.ts"
import type { Model } from "../../../src/domain/Model.ts"
import { noRouting, type Alternative, type Steering } from "../../../src/domain/routing/Steering.ts"
import type { Ask } from "../../../src/domain/Ask.ts"
import type { Deployment } from "../../../src/providers/Deployments.ts"
import type { Gate } from "../../../src/routing/Door.ts"
import { everyFailure, failures } from "../EveryFailure.ts"
import { anyFailure, type Mood, moods } from "./Behaviours.ts"
import type { Draw } from "./Draw.ts"
import { fakeAsk } from "./fakes/FakeAsk.ts"
import { fakeDeployment } from "./fakes/FakeProviders.ts"

/** One caller and its request. */
export interface Call {
  readonly ask: Ask
  /** When it comes. Milliseconds from the beginning, as all times here. */
  readonly at: number
  readonly leavesAt: number | undefined
  readonly gate: Gate
  readonly showsReasoning: boolean
  /** How often it has no room after a write, and for how long at most. */
  readonly slow: { readonly share: number; readonly mostMs: number }
}

/** What was known of the targets before. */
export interface Past {
  readonly failures: ReadonlyArray<{ readonly model: Model; readonly place: number; readonly failure: Failure }>
  readonly retriesSpent: ReadonlyArray<string>
  readonly latencies: ReadonlyArray<{ readonly model: string; readonly ms: number }>
}

/** One simulated run: who asks, who answers, and how they behave. */
export interface Scenario {
  readonly models: ReadonlyMap<string, Model>
  readonly deployments: ReadonlyArray<Deployment>
  readonly moods: ReadonlyMap<string, Mood>
  /** Models that cannot take any request. */
  readonly unable: ReadonlyMap<string, Failure>
  readonly defaults: Steering
  readonly past: Past
  readonly calls: ReadonlyArray<Call>
  readonly interleaves: boolean
}

const drawModel = (draw: Draw, provider: string, name: string): Model => {
  const contextTokens = draw.pick([undefined, 8_000, 128_000])
  const priced = draw.chance(0.6)
  return {
    id: `${provider}/${name}`,
    provider,
    name,
    ...(contextTokens === undefined ? {} : { contextTokens }),
    ...(draw.chance(0.5) ? { maxOutputTokens: 1_000 } : {}),
    reasoning: draw.chance(0.3),
    rules: { language: "compatible", reasoningSwitch: "none", reasoningBack: false, parallelToolCalls: true },
    prices: priced ? [{ from: "2026-01-01", input: draw.ms(1_000), output: draw.ms(5_000) }] : [],
    listed: draw.chance(0.9)
  }
}

const unables = [everyFailure.Unable, everyFailure.InvalidRequest, everyFailure.Internal] as const

const tags: ReadonlyArray<FailureTag> = failures.map(({ _tag }) => _tag)

/** `share`: how much of it is said. */
const drawSteering = (draw: Draw, share: number): Steering => {
  const said = () => draw.chance(share)
  const timeouts = {
    ...(said() ? { connectMs: draw.ms(3_000) } : {}),
    ...(said() ? { headersMs: draw.ms(20_000) } : {}),
    ...(said() ? { firstContentMs: draw.ms(10_000) } : {}),
    ...(said() ? { idleMs: 50 + draw.ms(20_000) } : {}),
    ...(said() ? { totalMs: draw.ms(60_000) } : {})
  }
  return {
    ...(said() ? { timeouts } : {}),
    ...(said() ? { deadlineMs: draw.pick([1, 100, 2_000, 15_000, 60_000]) } : {}),
    ...(draw.chance(share / 2) ? { on: draw.some(tags, 0.6) } : {}),
    ...(draw.chance(share * 1.5) ? { retries: { attempts: draw.between(0, 3), backoffMs: draw.ms(3_000) } } : {}),
    ...(said() ? { hedge: drawHedge(draw) } : {}),
    ...(draw.chance(share * 0.7) ? { race: draw.chance(0.8) } : {}),
    ...(said() ? { midStream: draw.pick(["error", "hold"]) } : {}),
    ...(said() ? { trail: draw.chance(0.5) } : {})
  }
}

const drawHedge = (draw: Draw): Steering["hedge"] & {} => ({
  after: draw.chance(0.3) ? "p95" : draw.ms(3_000),
  ...(draw.chance(0.3) ? { maxExtraCost: draw.ms(10_000_000) } : {})
})

const drawCall = (draw: Draw, id: string, at: number, models: readonly [Model, ...ReadonlyArray<Model>]): Call => {
  const gate = draw.chance(0.5) ? "first-content" : "end"
  const targets = draw.between(0, 4)
  const said = () => ({ stream: gate === "first-content", maxOutputTokens: draw.pick([10, 10_000]) })
  const alternatives = Array.from({ length: targets }, (_, index): Alternative => {
    const ask = fakeAsk(id, draw.pick(models).id, said())
    return { field: `fallbacks[${index}]`, ask, steering: draw.chance(0.3) ? drawSteering(draw, 0.3) : {} }
  })
  const steering = draw.chance(0.8) ? drawSteering(draw, 0.35) : {}
  const says = alternatives.length > 0 || draw.chance(0.8)
  const routing = says ? { ...noRouting, steering, alternatives } : noRouting
  return {
    ask: fakeAsk(id, models[0].id, { ...said(), routing }),
    at,
    leavesAt: draw.chance(0.2) ? at + draw.pick([0, draw.ms(200), draw.ms(60_000)]) : undefined,
    gate,
    showsReasoning: draw.chance(0.5),
    slow: draw.chance(0.25) ? { share: 0.5, mostMs: draw.pick([10, 1_000, 40_000]) } : { share: 0, mostMs: 0 }
  }
}

const drawPast = (draw: Draw, models: ReadonlyArray<Model>): Past => ({
  failures: draw.chance(0.3)
    ? draw.some(models, 0.5).flatMap((model) => {
        const failure = anyFailure(draw)
        const place = draw.between(0, 2)
        return Array.from({ length: 5 }, () => ({ model, place, failure }))
      })
    : [],
  retriesSpent: draw.chance(0.15) ? draw.some(models, 0.7).map(({ provider }) => provider) : [],
  latencies: draw.some(models, 0.4).flatMap(({ id }) => {
    const most = draw.pick([100, 1_000, 5_000])
    return Array.from({ length: draw.pick([5, 20, 30]) }, () => ({ model: id, ms: draw.between(1, most) }))
  })
})

/** The run of a seed. */
export const drawScenario = (draw: Draw): Scenario => {
  const deployments = Array.from({ length: draw.between(1, 5) }, (_, index) =>
    fakeDeployment(`p${index}`, draw.chance(0.3) ? 2 : 1, draw.chance(0.4) ? draw.between(2, 3) : 1)
  )
  const own = deployments.map(({ provider }) => drawModel(draw, provider, "m"))
  const first = own[0] ?? drawModel(draw, "p0", "m")
  const models = [first, ...own.slice(1), drawModel(draw, "p0", "other")] as const
  const callers = draw.chance(0.15) ? draw.between(2, 4) : 1
  return {
    models: new Map(models.map((model) => [model.id, model])),
    deployments,
    moods: new Map(deployments.map(({ provider }) => [provider, draw.pick(moods)])),
    unable: new Map(draw.some(models, 0.04).map(({ id }) => [id, draw.pick(unables)])),
    defaults: draw.chance(0.3) ? drawSteering(draw, 0.2) : {},
    past: drawPast(draw, models),
    calls: Array.from({ length: callers }, (_, index) =>
      drawCall(draw, `request-${index}`, draw.pick([0, draw.between(0, 12_000)]), models)
    ),
    interleaves: draw.chance(0.5)
  }
}

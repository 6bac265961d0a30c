import { Effect, type Exit, type Fiber, Result } from "effect"
import { type Failure, NoSuchModel } from "../../../src/domain/Failure.ts"
import type { Outcome } from "../../../src/routing/Door.ts"
import { Funding } from "../../../src/routing/funding/Funding.ts"
import { Guide } from "../../../src/routing/Guide.ts"
import { type Plan, planner } from "../../../src/routing/planning/Plan.ts"
import { policyOf } from "../../../src/routing/planning/Policy.ts"
import { Figures } from "../../../src/routing/health/Figures.ts"
import type { Grounds } from "../../../src/routing/Grounds.ts"
import { type Unanswered, Walk } from "../../../src/routing/Walk.ts"
import { MemoryPurse } from "../funding/MemoryPurse.ts"
import { drawBehaviour } from "./Behaviours.ts"
import { Draw } from "./Draw.ts"
import { fakeTokens } from "./fakes/FakeTokens.ts"
import { FakeDoor } from "./fakes/FakeDoor.ts"
import { FakeProviders, type FakeSend } from "./fakes/FakeProviders.ts"
import { type Call, drawScenario, type Scenario } from "./Scenario.ts"
import { SpiedBreakers, SpiedBudget, SpiedLatencies } from "./Spies.ts"
import { VirtualTime } from "./fakes/VirtualTime.ts"

/** More moments than any run has: beyond it, it never ends. */
const mostSteps = 20_000

/** What became of one request. */
export class Story {
  readonly call: Call
  readonly plan: Plan
  readonly door: FakeDoor
  readonly walk: Walk
  readonly #providers: FakeProviders
  fiber: Fiber.Fiber<Outcome, Unanswered> | undefined
  readonly exits: Array<{ readonly exit: Exit.Exit<Outcome, Unanswered>; readonly at: number }> = []
  /** When the caller went away before the end. */
  leftAt: number | undefined

  constructor(call: Call, plan: Plan, door: FakeDoor, walk: Walk, providers: FakeProviders) {
    this.call = call
    this.plan = plan
    this.door = door
    this.walk = walk
    this.#providers = providers
  }

  /** Its requests to providers, in the order of sending. */
  get sends(): ReadonlyArray<FakeSend> {
    return this.#providers.sends.filter(({ ready }) => ready.ask.caller === this.call.ask.caller)
  }
}

/** What became of one run. */
export interface History {
  readonly scenario: Scenario
  readonly stories: ReadonlyArray<Story>
  readonly breakers: SpiedBreakers
  readonly budget: SpiedBudget
  readonly latencies: SpiedLatencies
  /** What the calls were paid from, in every second run. */
  readonly purse: MemoryPurse | undefined
  /** What was left when the last request had ended. */
  readonly left: { readonly fibers: number; readonly timers: number; readonly sends: number }
}

const settlePast = ({ past, deployments }: Scenario, grounds: Grounds): void => {
  const { breakers, budget, latencies, timers } = grounds
  const now = timers.now()
  for (const { model, place, failure } of past.failures) {
    const { places } = deployments.find(({ provider }) => provider === model.provider) ?? { places: [] }
    const at = places[place % Math.max(1, places.length)]
    if (at === undefined) continue
    const { address, keyAlias } = at
    const admission = breakers.admit({ provider: model.provider, model: model.id, address, keyAlias })
    if (admission.passes) breakers.settle(admission.pass, { _tag: "Failure", failure, countsTimeout: true })
  }
  for (const provider of past.retriesSpent) while (budget.take(provider, now));
  for (const { model, ms } of past.latencies) latencies.note(model, ms)
}

const unknown = new NoSuchModel({ message: "no such model" })

/** Lives through the run of a seed. Its calls come one after the other on the test clock, which it sets to 0 first. */
export const run = (seed: number): Effect.Effect<History> =>
  Effect.gen(function* () {
    const draw = new Draw(seed)
    const scenario = drawScenario(draw)
    const { models, deployments, defaults, moods, unable } = scenario
    const time = yield* VirtualTime.make
    time.interleaves = scenario.interleaves
    const timers = time.timersOf("engine")
    const providers = new FakeProviders({
      deployments,
      timers: time.timersOf("provider"),
      behaviour: ({ target }) => drawBehaviour(draw, moods.get(target.model.provider) ?? "any"),
      unable: (model): Failure | undefined => unable.get(model)
    })
    const breakers = new SpiedBreakers({ now: time.now })
    const budget = new SpiedBudget()
    const latencies = new SpiedLatencies()
    const guide = new Guide(providers.service, breakers, timers)
    const random = draw.number
    const priceOf: Grounds["priceOf"] = ({ prices }) => prices[0]
    const usual = policyOf([defaults], true)
    const known = { breakers, budget, latencies, figures: new Figures() }
    const grounds = {
      ...known,
      providers: providers.service,
      timers,
      guide,
      priceOf,
      usual,
      random,
      tokens: fakeTokens
    }
    settlePast(scenario, grounds)
    breakers.passes.length = 0
    breakers.endings.length = 0
    budget.taken.length = 0
    latencies.noted.length = 0

    const plan = planner({
      find: (asked) =>
        Result.map(
          Result.fromNullishOr(models.get(asked), () => unknown),
          (model) => ({ model })
        ),
      namesakes: () => [],
      isShared: () => false,
      priceOf,
      routes: new Map(),
      defaults,
      random
    })
    // Enough for all: what is looked at is that it comes back.
    const purse = seed % 2 === 0 ? new MemoryPurse({ tokens: 1e15, nanos: 1e15 }) : undefined
    const funding = purse === undefined ? undefined : new Funding(purse, priceOf, () => 4_096)
    const stories: Array<Story> = []
    const running = new Set(scenario.calls)
    const caller = time.timersOf("caller")
    const begin = (call: Call) => {
      const { slow, ask, gate, showsReasoning, leavesAt } = call
      const slowMs = () => (draw.chance(slow.share) ? draw.ms(slow.mostMs) : undefined)
      const door = new FakeDoor({ id: ask.caller, gate, showsReasoning, timers: caller, slowMs })
      const planned = Result.getOrThrow(plan(ask))
      const walk = new Walk(planned, door, grounds, funding)
      const story = new Story(call, planned, door, walk, providers)
      stories.push(story)
      story.fiber = time.run(walk.run(), (exit) => {
        story.exits.push({ exit, at: time.now() })
        door.isOver = true
        running.delete(call)
      })
      if (leavesAt === undefined) return
      caller.after(leavesAt - time.now(), () => {
        if (door.isOver) return
        story.leftAt = time.now()
        door.isOver = true
        story.fiber?.interruptUnsafe()
      })
    }
    for (const call of scenario.calls) caller.after(call.at, () => begin(call))

    for (let steps = 0; running.size > 0 && (yield* time.step()); steps++) {
      if (steps > mostSteps) return yield* Effect.die(`SIMULATION_SEED=${seed}: the run never ends`)
    }
    const left = {
      fibers: time.fibers,
      timers: time.pending("engine") + time.pending("provider"),
      sends: providers.sends.filter(({ isLive }) => isLive).length
    }
    // Whatever comes too late would come now.
    while (yield* time.step());
    return { scenario, stories, breakers, budget, latencies, purse, left }
  })

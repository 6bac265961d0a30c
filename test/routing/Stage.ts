import { Effect, Exit, type Fiber } from "effect"
import type { Delta } from "../../src/domain/Delta.ts"
import type { Failure } from "../../src/domain/Failure.ts"
import type { Model } from "../../src/domain/Model.ts"
import type { Steering } from "../../src/domain/routing/Steering.ts"
import { targetName } from "../../src/domain/routing/Target.ts"
import type { Deployment } from "../../src/providers/Deployments.ts"
import type { Outcome } from "../../src/routing/Door.ts"
import { Guide } from "../../src/routing/Guide.ts"
import { health } from "../../src/routing/health/Health.ts"
import type { Step } from "../../src/routing/planning/Plan.ts"
import { policyOf } from "../../src/routing/planning/Policy.ts"
import { placed } from "../../src/routing/planning/StepFacts.ts"
import type { Funding } from "../../src/routing/funding/Funding.ts"
import type { Grounds } from "../../src/routing/Grounds.ts"
import { type Unanswered, Walk } from "../../src/routing/Walk.ts"
import { fakeAsk } from "./simulation/fakes/FakeAsk.ts"
import { FakeDoor, type FakeDoorOptions } from "./simulation/fakes/FakeDoor.ts"
import { type Behaviour, fakeDeployment, FakeProviders } from "./simulation/fakes/FakeProviders.ts"
import { fakeTokens } from "./simulation/fakes/FakeTokens.ts"
import { SpiedLatencies } from "./simulation/Spies.ts"
import { VirtualTime } from "./simulation/fakes/VirtualTime.ts"

export const text = (words: string): Delta => ({ _tag: "Text", choice: 0, text: words })
export const finish: Delta = { _tag: "Finish", choice: 0, reason: "stop" }

/** Headers and a first word after so many milliseconds, and the end as much later. */
export const answers = (ms = 10, words = "hello"): Behaviour => [
  { _tag: "Headers", afterMs: ms },
  { _tag: "Deltas", afterMs: 0, deltas: [text(words)] },
  { _tag: "Deltas", afterMs: ms, deltas: [finish] },
  { _tag: "End", afterMs: 0, exit: Exit.void }
]

/** A refusal after so many milliseconds. */
export const refuses = (failure: Failure, ms = 10): Behaviour => [
  { _tag: "End", afterMs: ms, exit: Exit.fail(failure) }
]

/** A first word after so many milliseconds, and a break as much later. */
export const breaks = (failure: Failure, ms = 10, words = "half"): Behaviour => [
  { _tag: "Headers", afterMs: ms },
  { _tag: "Deltas", afterMs: 0, deltas: [text(words)] },
  { _tag: "End", afterMs: ms, exit: Exit.fail(failure) }
]

export const silent: Behaviour = [{ _tag: "Connected", afterMs: 1 }]

/** A model of a provider with nothing remarkable: `provider/name`. */
export const modelOf = (id: string, facts: Partial<Model> = {}): Model => ({
  id,
  provider: id.slice(0, id.indexOf("/")),
  name: id.slice(id.indexOf("/") + 1),
  rules: { language: "compatible", reasoningSwitch: "none", reasoningBack: false, parallelToolCalls: true },
  prices: [],
  listed: true,
  ...facts
})

/** A request under way. */
export interface Ongoing {
  readonly door: FakeDoor
  readonly walk: Walk
  readonly fiber: Fiber.Fiber<Outcome, Unanswered>
  readonly exit: () => Exit.Exit<Outcome, Unanswered> | undefined
  /** What the caller has read. */
  readonly read: () => string
  /** Each attempt as `kind target outcome Class sent-ended`. */
  readonly trail: () => ReadonlyArray<string>
  /** The failure that is told to the caller, before or after the answer began. */
  readonly failure: () => Failure | undefined
  readonly unanswered: () => Unanswered | undefined
}

/** The engine between fake providers and fake callers, on virtual time. */
export class Stage {
  readonly time: VirtualTime
  readonly providers: FakeProviders
  readonly grounds: Grounds
  readonly latencies = new SpiedLatencies()
  /**
   * Each target's behaviours, one for each sending; the last stays. By `provider/model@region#key`, or by
   * `provider/model` for all its places.
   */
  readonly behaviours: Record<string, ReadonlyArray<Behaviour>> = {}
  #asked = 0

  static readonly with = (
    behaviours: Readonly<Record<string, ReadonlyArray<Behaviour>>>,
    deployments: ReadonlyArray<Deployment> = ["a", "b", "c"].map((name) => fakeDeployment(name, 1, 1))
  ): Effect.Effect<Stage> =>
    Effect.map(VirtualTime.make, (time) =>
      Object.assign(new Stage(time, deployments), { behaviours: { ...behaviours } })
    )

  private constructor(time: VirtualTime, deployments: ReadonlyArray<Deployment>) {
    this.time = time
    const timers = time.timersOf("engine")
    this.providers = new FakeProviders({
      deployments,
      timers: time.timersOf("provider"),
      behaviour: ({ target }, place) => {
        const name = targetName(placed(target, place))
        const key = name in this.behaviours ? name : target.model.id
        const [next = silent, ...rest] = this.behaviours[key] ?? []
        if (rest.length > 0) this.behaviours[key] = rest
        return next
      }
    })
    const known = health(time.now)
    this.grounds = {
      ...known,
      latencies: this.latencies,
      providers: this.providers.service,
      timers,
      guide: new Guide(this.providers.service, known.breakers, timers),
      priceOf: ({ prices }) => prices[0],
      tokens: fakeTokens,
      usual: policyOf([], true),
      random: () => 1
    }
  }

  /** Sends a request on its way to these models, each with what was said of it. */
  walk(
    targets: readonly [Model | string, ...ReadonlyArray<Model | string>],
    said: Steering = {},
    door: Omit<FakeDoorOptions, "timers" | "id"> = {},
    own: Readonly<Record<string, Steering>> = {},
    funding?: Funding
  ): Ongoing {
    const id = `request-${++this.#asked}`
    const stream = door.gate !== "end"
    const [first, ...others] = targets.map((target): Step => {
      const model = typeof target === "string" ? modelOf(target) : target
      const policy = policyOf([own[model.id] ?? {}, said], targets.length === 1)
      return { target: { model }, ask: fakeAsk(id, model.id, { stream }), policy }
    })
    if (first === undefined) throw new Error("no target")
    const made = new FakeDoor({ id, ...door, timers: this.time.timersOf("caller") })
    const walk = new Walk({ steps: [first, ...others], left: [] }, made, this.grounds, funding)
    const fiber = this.time.run(walk.run())
    return ongoing(made, walk, fiber)
  }
}

const ongoing = (door: FakeDoor, walk: Walk, fiber: Fiber.Fiber<Outcome, Unanswered>): Ongoing => {
  const exit = () => fiber.pollUnsafe()
  const unanswered = () => {
    const ended = exit()
    const failure = ended === undefined ? undefined : Exit.findErrorOption(ended)
    return failure?._tag === "Some" ? failure.value : undefined
  }
  return {
    door,
    walk,
    fiber,
    exit,
    read: () => door.written.map((delta) => (delta._tag === "Text" ? delta.text : "")).join(""),
    trail: () =>
      walk.journal.trail().map(({ kind, target, outcome, failure, sentMs, endedMs }) => {
        const how = failure === undefined ? outcome : `${outcome} ${failure.class}`
        return `${kind} ${target} ${how} ${sentMs}-${endedMs}`
      }),
    failure: () => {
      const ended = exit()
      return ended !== undefined && Exit.isSuccess(ended) ? ended.value.failure : unanswered()?.failure
    },
    unanswered
  }
}

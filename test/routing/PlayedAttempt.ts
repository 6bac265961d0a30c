import { Effect, type Exit, type Fiber } from "effect"
import type { Deltas } from "../../src/domain/Delta.ts"
import type { Failure } from "../../src/domain/Failure.ts"
import type { SendOptions } from "../../src/providers/Providers.ts"
import type { SendLimits } from "../../src/providers/sending/Limits.ts"
import { Attempt, type Ending, type Order } from "../../src/routing/Attempt.ts"
import type { Door, Gate, Outcome } from "../../src/routing/Door.ts"
import { Journal } from "../../src/routing/journal/Journal.ts"
import { fakeAsk } from "./simulation/fakes/FakeAsk.ts"
import { FakeDoor } from "./simulation/fakes/FakeDoor.ts"
import { fakeDeployment, FakeProviders } from "./simulation/fakes/FakeProviders.ts"
import { fakeTokens } from "./simulation/fakes/FakeTokens.ts"
import { modelOf } from "./Stage.ts"

const model = modelOf("a/m")
const ask = fakeAsk("request", model.id)
const deployment = fakeDeployment("a", 1, 1)
const limits: SendLimits = {
  connectMs: 1,
  headersMs: 1,
  silenceMs: 1,
  idleMs: 1,
  contentMs: undefined,
  totalMs: undefined,
  untilGateMs: 1
}

/** How an attempt is played. */
export interface Said {
  readonly gate?: Gate
  readonly showsReasoning?: boolean
  readonly slowMs?: () => number
  readonly tellsTrail?: boolean
  readonly relay?: boolean
  readonly door?: (door: FakeDoor) => Door
}

/** An attempt under way, played by hand: its clock is a number. */
export class Played {
  now = 1_000
  readonly door: FakeDoor
  readonly attempt: Attempt
  readonly journal: Journal
  readonly events: Array<string> = []
  readonly fiber: Fiber.Fiber<Outcome, Failure>
  stops = 0
  readonly timers = { now: () => this.now, after: () => () => {} }
  #options: SendOptions | undefined

  constructor({ gate = "first-content", tellsTrail = false, door, ...said }: Said) {
    const { service } = new FakeProviders({ deployments: [deployment], timers: this.timers, behaviour: () => [] })
    this.door = new FakeDoor({ id: "request", gate, timers: this.timers, ...said })
    this.journal = new Journal(this.door)
    const [place] = deployment.places
    const ready = Effect.runSync(Effect.fromResult(service.prepare(ask, { model }, true)))
    if (place === undefined) throw new Error("no place")
    const order: Order = {
      kind: "first",
      ready,
      place,
      target: { model },
      limits,
      gate,
      tellsTrail,
      queuedAt: 1_000,
      tokens: fakeTokens,
      contender: undefined
    }
    const watcher = {
      onContent: () => void this.events.push("content"),
      onEnd: (_: Attempt, ending: Ending) => void this.events.push(typeof ending === "string" ? ending : ending._tag)
    }
    this.attempt = new Attempt(order, door?.(this.door) ?? this.door, watcher, this.journal, this.timers.now)
    this.now = 1_010
    this.fiber = Effect.runFork(
      this.attempt.run(
        {
          ...service,
          send: (_, __, options) => {
            this.#options = options
            return () => void this.stops++
          }
        },
        Effect.fail
      )
    )
  }

  get options(): SendOptions {
    if (this.#options === undefined) throw new Error("nothing was sent")
    return this.#options
  }

  tell(...deltas: Deltas): void | Promise<void> {
    return this.options.onDeltas(deltas)
  }

  settle(exit: Exit.Exit<void, Failure>): void {
    this.options.settle(exit)
  }

  get exit(): Exit.Exit<Outcome, Failure> | undefined {
    return this.fiber.pollUnsafe()
  }

  get record() {
    return this.attempt.record(this.door, 1)
  }
}

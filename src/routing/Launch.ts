import { Effect, Result } from "effect"
import type { Failure } from "../domain/Failure.ts"
import type { Hold } from "../domain/keys/Purse.ts"
import type { AttemptKind } from "../domain/routing/Trail.ts"
import type { Ready } from "../providers/Providers.ts"
import { Attempt, type Watcher } from "./Attempt.ts"
import type { Door, Outcome } from "./Door.ts"
import type { Contender } from "./Contest.ts"
import { type Funding, nothing } from "./funding/Funding.ts"
import type { Grounds } from "./Grounds.ts"
import type { Admitted, Clock } from "./Guide.ts"
import { neutral } from "./health/Breakers.ts"
import type { Journal } from "./journal/Journal.ts"
import type { Step } from "./planning/Plan.ts"
import type { Policy } from "./planning/Policy.ts"
import { limitsFor, placed, streams, tooLate } from "./planning/StepFacts.ts"
import { Readiness } from "./Readiness.ts"

/** An attempt that is about to be made. */
export interface Launching {
  readonly step: Step
  readonly admitted: Admitted
  readonly kind: AttemptKind
  /** When it was due. */
  readonly queuedAt: number
  readonly contender: Contender | undefined
  /** The steps that are left to try, this one included. */
  readonly remaining: ReadonlyArray<Step>
}

/** What is left of the time that a request has, in milliseconds. */
export const leftMs = ({ deadlineMs }: Policy, { receivedAt }: Pick<Door, "receivedAt">, now: number): number =>
  receivedAt + deadlineMs - now

/** Waits on the process's timers. */
export const pause = (timers: Clock, ms: number): Effect.Effect<void> =>
  Effect.callback((resume) => {
    const cancel = timers.after(ms, () => resume(Effect.void))
    return Effect.sync(cancel)
  })

/** Sends the attempts of one walk: each in its target's words, within its limits, and paid for. */
export class Launch {
  readonly #door: Door
  readonly #grounds: Grounds
  readonly #watcher: Watcher & { readonly journal: Journal }
  /** Absent: this caller's means have no limit. */
  readonly #funding: Funding | undefined
  readonly #readiness: Readiness

  constructor(
    door: Door,
    grounds: Grounds,
    watcher: Watcher & { readonly journal: Journal },
    funding: Funding | undefined
  ) {
    this.#door = door
    this.#grounds = grounds
    this.#watcher = watcher
    this.#funding = funding
    this.#readiness = new Readiness(grounds)
  }

  /** Makes one attempt; `otherwise`: what follows a failure while its gate is shut. */
  attempt<E>(
    launching: Launching,
    otherwise: (failure: Failure) => Effect.Effect<Outcome, E>
  ): Effect.Effect<Outcome, E> {
    const funding = this.#funding
    const { step, kind, admitted } = launching
    if (funding === undefined) return this.#send(launching, this.#readiness.of(step), undefined, otherwise)
    // A second try beside another is not worth a wait for what others have.
    const isPatient = kind !== "hedge" && kind !== "race"
    const funded = funding.fund(step, isPatient ? this.#deadline(step.policy) : undefined)
    return Effect.uninterruptibleMask((restore) =>
      Effect.matchEffect(
        Effect.onInterrupt(restore(funded), () => this.#leave(admitted)),
        {
          onFailure: (failure) => Effect.andThen(this.#leave(admitted), otherwise(failure)),
          onSuccess: ({ hold, ask }) => {
            const ready =
              ask === step.ask
                ? this.#readiness.of(step)
                : this.#grounds.providers.prepare(ask, step.target, streams(step))
            const giveBack = Effect.sync(() => hold.settle(nothing))
            return Effect.ensuring(restore(this.#send(launching, ready, hold, otherwise)), giveBack)
          }
        }
      )
    )
  }

  /** An attempt has ended: nothing more is prepared for after it. */
  stop(): void {
    this.#readiness.stop()
  }

  #send<E>(
    { step, admitted, kind, queuedAt, contender, remaining }: Launching,
    ready: Result.Result<Ready, Failure>,
    hold: Hold | undefined,
    otherwise: (failure: Failure) => Effect.Effect<Outcome, E>
  ): Effect.Effect<Outcome, E> {
    const { providers, breakers, budget, timers, tokens } = this.#grounds
    const { place, pass } = admitted
    const { policy, target } = step
    const left = leftMs(policy, this.#door, timers.now())
    if (Result.isFailure(ready) || left <= 0) {
      breakers.settle(pass, neutral)
      return otherwise(Result.isFailure(ready) ? ready.failure : tooLate(policy))
    }
    const order = {
      kind,
      ready: ready.success,
      place,
      target: placed(target, place),
      limits: limitsFor(step, left, remaining.length),
      gate: policy.midStream === "hold" ? ("end" as const) : this.#door.gate,
      tellsTrail: policy.trail,
      queuedAt,
      tokens,
      contender
    }
    const attempt = new Attempt(order, this.#door, this.#watcher, this.#watcher.journal, timers.now)
    attempt.pass = pass
    attempt.hold = hold
    const { provider } = target.model
    // A hedge that could not be paid has taken nothing from those of others.
    if (kind === "hedge") budget.take(provider, attempt.sentAt)
    else if (kind !== "retry") budget.request(provider, attempt.sentAt)
    if (remaining.length > 1) this.#readiness.prepareOther(step, remaining)
    return attempt.run(providers, otherwise)
  }

  /** Fails when the request's time is over. */
  #deadline(policy: Policy): Effect.Effect<never, Failure> {
    return Effect.suspend(() => {
      const { timers } = this.#grounds
      const left = leftMs(policy, this.#door, timers.now())
      return Effect.andThen(pause(timers, Math.max(0, left)), Effect.fail(tooLate(policy)))
    })
  }

  /** Gives leave of the breakers back unused. */
  #leave({ pass }: Admitted): Effect.Effect<void> {
    return Effect.sync(() => this.#grounds.breakers.settle(pass, neutral))
  }
}

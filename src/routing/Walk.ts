import { Effect, Result } from "effect"
import type { Failure } from "../domain/Failure.ts"
import type { AttemptKind } from "../domain/routing/Trail.ts"
import type { Place } from "../providers/Deployments.ts"
import { Attempt, type Ending, type Watcher } from "./Attempt.ts"
import type { Door, Outcome } from "./Door.ts"
import { noteContent, noteEnd } from "./journal/Bookkeeping.ts"
import type { Grounds } from "./Grounds.ts"
import { isRoomier } from "./planning/StepFacts.ts"
import { type Contender, Contest, type GivenUp, type Start, type Way } from "./Contest.ts"
import type { Funding } from "./funding/Funding.ts"
import { worstCost } from "./funding/WorstCost.ts"
import type { Admitted, Guide } from "./Guide.ts"
import { Journal } from "./journal/Journal.ts"
import { Launch, leftMs, pause } from "./Launch.ts"
import type { Plan, Step } from "./planning/Plan.ts"
import { next, type Policy, shouldRetry } from "./planning/Policy.ts"

/** No answer: the last failure, after all that was tried. */
export interface Unanswered {
  readonly failure: Failure
  readonly journal: Journal
  /** `false`: the same call again would not help, or would only repeat what the gateway has tried already. */
  readonly shouldRetry: false | undefined
}

/** A wait that is no reason to go elsewhere, in milliseconds: timers of the same length end a little apart. */
const briefMs = 50

/** Walks a plan until it is answered or nothing is left to try. */
export class Walk implements Watcher {
  readonly #plan: Plan
  readonly #door: Door
  readonly #grounds: Grounds
  /** Every attempt so far. */
  readonly journal: Journal
  readonly #guide: Guide
  readonly #launch: Launch
  #remaining: ReadonlyArray<Step>
  #budgetSpent = false

  constructor(plan: Plan, door: Door, grounds: Grounds, funding?: Funding) {
    this.#plan = plan
    this.#door = door
    this.#grounds = grounds
    this.journal = new Journal(door)
    this.#guide = grounds.guide
    this.#launch = new Launch(door, grounds, this, funding)
    this.#remaining = plan.steps
  }

  run(): Effect.Effect<Outcome, Unanswered> {
    const [first] = this.#plan.steps
    const { policy } = first
    const usual = policy.race || policy.hedge !== undefined ? undefined : this.#guide.admit(first)
    if (usual === undefined || "until" in usual) return this.#walk()
    // The usual way is one attempt and nothing around it.
    return this.#attempt(first, usual, "first", this.#now(), undefined, (failure) =>
      this.#walk({ place: usual.place, failure })
    )
  }

  onContent(attempt: Attempt): void {
    attempt.order.contender?.claim()
    if (!attempt.isLost) noteContent(attempt, this.#grounds)
  }

  onEnd(attempt: Attempt, ending: Ending): void {
    this.#launch.stop()
    noteEnd(attempt, ending, this.#grounds)
  }

  /** The whole way; `begun`: the first attempt was made already and failed. */
  #walk(begun?: { readonly place: Place; readonly failure: Failure }): Effect.Effect<Outcome, Unanswered> {
    return Effect.mapError(
      Effect.gen({ self: this }, function* () {
        let before = begun
        let last: Failure | undefined
        while (true) {
          const [front] = this.#remaining
          const chosen =
            before !== undefined && front !== undefined
              ? { step: front, at: before }
              : this.#guide.first(this.#remaining)
          if ("until" in chosen) {
            const waitMs = chosen.until - this.#now()
            const { policy } = chosen.step ?? this.#plan.steps[0]
            if (waitMs >= this.#leftMs(policy)) return yield* last ?? chosen.failure
            yield* this.#pause(waitMs)
            continue
          }
          const { step, at } = chosen
          before = undefined
          const kind = step === this.#plan.steps[0] && this.journal.size === 0 ? "first" : "fallback"
          const sentBefore = this.journal.size
          const result = yield* Effect.result(this.#through(step, at, kind))
          if (Result.isSuccess(result)) return result.success
          const { failure, follow } = result.failure
          // A target that could not even be asked is no reason for what became of the request.
          if (last === undefined || this.journal.size > sentBefore) last = failure
          if (!follow || this.#remaining.length === 0 || this.#leftMs(step.policy) <= 0) return yield* last
        }
      }),
      (failure): Unanswered => ({
        failure,
        journal: this.journal,
        shouldRetry: shouldRetry(failure, { attempts: this.journal.size, budgetSpent: this.#budgetSpent })
      })
    )
  }

  /** Takes a step out of those that are left. */
  #giveUp(step: Step, failure: Failure, follow: boolean): Effect.Effect<never, GivenUp> {
    const others = this.#remaining.filter((other) => other !== step)
    this.#remaining = failure._tag === "ContextTooLong" ? others.filter((other) => isRoomier(other, step)) : others
    return Effect.fail({ failure, follow })
  }

  /** One step, with what its policy starts beside it. */
  #through(
    step: Step,
    at: Admitted | { readonly place: Place; readonly failure: Failure },
    kind: AttemptKind
  ): Effect.Effect<Outcome, GivenUp> {
    const { race, hedge } = step.policy
    if (race && this.#remaining.length > 1) return this.#race(step, at)
    const afterMs = hedge === undefined || "failure" in at ? undefined : this.#hedgeAfter(step)
    if (afterMs === undefined) return this.#persist(step, at, kind, undefined)
    const first: Start = () => (contender) => this.#persist(step, at, kind, contender)
    return new Contest().run([first], { wait: this.#pause(afterMs), start: () => this.#hedge(step) })
  }

  #race(step: Step, at: Admitted | { readonly place: Place; readonly failure: Failure }) {
    const others = this.#remaining.filter((other) => other !== step)
    const starts = others.map((other): Start => () => {
      const admitted = this.#guide.admit(other)
      return "until" in admitted ? undefined : (contender) => this.#persist(other, admitted, "race", contender)
    })
    return new Contest().run([() => (contender) => this.#persist(step, at, "race", contender), ...starts], undefined)
  }

  #hedgeAfter({ target, policy }: Step): number | undefined {
    if (policy.hedge === undefined) return undefined
    return policy.hedge.after === "p95" ? this.#grounds.latencies.p95(target.model.id) : policy.hedge.after
  }

  /**
   * The next step as a hedge, when it has a place, costs no more than allowed, and its provider's share of second tries
   * is not used up.
   */
  #hedge(late: Step): Way | undefined {
    const { budget, priceOf } = this.#grounds
    const most = late.policy.hedge?.maxExtraCost
    for (const step of this.#remaining) {
      if (step === late) continue
      const { model } = step.target
      if (most !== undefined && !(worstCost(step.ask, model, priceOf) <= most)) continue
      if (!budget.hasRoom(model.provider, this.#now())) continue
      const at = this.#guide.admit(step)
      if ("until" in at) continue
      return (contender) => this.#persist(step, at, "hedge", contender)
    }
    return undefined
  }

  /** One step with its retries and its provider's other keys and addresses, until it answers or must be given up. */
  #persist(
    step: Step,
    from: Admitted | { readonly place: Place; readonly failure: Failure },
    kind: AttemptKind,
    contender: Contender | undefined
  ): Effect.Effect<Outcome, GivenUp> {
    return Effect.gen({ self: this }, function* () {
      const failed = new Map<Place, Failure>()
      const { policy } = step
      let repeats = 0
      let nextKind = kind
      let queuedAt = this.#now()
      let at: Admitted | undefined = "pass" in from ? from : undefined
      let { place } = from
      let known = "failure" in from ? from.failure : undefined
      while (true) {
        let failure = known
        known = undefined
        if (failure === undefined) {
          if (at === undefined) return yield* Effect.die("no place was admitted")
          place = at.place
          const result = yield* Effect.result(this.#attempt(step, at, nextKind, queuedAt, contender, Effect.fail))
          if (Result.isSuccess(result)) return result.success
          failure = result.failure
        }
        queuedAt = this.#now()
        failed.set(place, failure)
        const other = this.#leftMs(policy) <= 0 ? undefined : this.#guide.another(step, place, failed)
        if (other !== undefined) {
          at = other
          nextKind = "rotation"
          continue
        }
        const { budget, random } = this.#grounds
        const { provider } = step.target.model
        const mayRetry = budget.hasRoom(provider, queuedAt)
        const decision = next({
          failure,
          policy,
          attempts: repeats + 1,
          hasNext: this.#hasNext(step, failure),
          leftMs: this.#leftMs(policy),
          mayRetry,
          random: random()
        })
        if (!mayRetry) this.#budgetSpent = true
        if (decision._tag !== "Retry") return yield* this.#giveUp(step, failure, decision._tag === "Follow")
        // Before the wait, or all that failed together would come back together.
        budget.take(provider, queuedAt)
        yield* this.#pause(decision.waitMs)
        const again = yield* this.#admitAgain(step)
        if (again === undefined) return yield* this.#giveUp(step, failure, policy.on.has(failure._tag))
        repeats++
        at = again
        nextKind = "retry"
      }
    })
  }

  /**
   * A place of a step that is to be tried once more. A breaker that has shut meanwhile is waited for where there is
   * nowhere else to go.
   */
  #admitAgain(step: Step): Effect.Effect<Admitted | undefined> {
    return Effect.gen({ self: this }, function* () {
      while (true) {
        const hasNext = this.#remaining.length > 1
        const at = this.#guide.admitAgain(step, hasNext)
        if (!("until" in at)) return at
        const waitMs = at.until - this.#now()
        if (waitMs >= this.#leftMs(step.policy)) return undefined
        if (waitMs > briefMs && hasNext) return undefined
        yield* this.#pause(waitMs)
      }
    })
  }

  #attempt<E>(
    step: Step,
    admitted: Admitted,
    kind: AttemptKind,
    queuedAt: number,
    contender: Contender | undefined,
    otherwise: (failure: Failure) => Effect.Effect<Outcome, E>
  ): Effect.Effect<Outcome, E> {
    const remaining = this.#remaining
    return this.#launch.attempt({ step, admitted, kind, queuedAt, contender, remaining }, otherwise)
  }

  #hasNext(step: Step, failure: Failure): boolean {
    return this.#remaining.some(
      (other) => other !== step && (failure._tag !== "ContextTooLong" || isRoomier(other, step))
    )
  }

  #leftMs(policy: Policy): number {
    return leftMs(policy, this.#door, this.#now())
  }

  #now(): number {
    return this.#grounds.timers.now()
  }

  #pause(ms: number): Effect.Effect<void> {
    return pause(this.#grounds.timers, ms)
  }
}

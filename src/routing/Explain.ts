import { Result } from "effect"
import type { Failure } from "../domain/Failure.ts"
import { type Fields, objectOf } from "../domain/Fields.ts"
import { targetName } from "../domain/routing/Target.ts"
import { limitsFor, placed, streams } from "./planning/StepFacts.ts"
import { inputTokensAtMost, outputTokensAtMost } from "./planning/Estimate.ts"
import { worstCost } from "./funding/WorstCost.ts"
import type { LeftOut, Plan, Step } from "./planning/Plan.ts"
import type { AttemptLimits, Policy } from "./planning/Policy.ts"
import type { Grounds } from "./Grounds.ts"

/** A key at an address, and whether the breakers would let an attempt go there now. */
export interface ExplainedPlace {
  readonly target: string
  readonly address: string
  readonly isAvailable: boolean
}

/** One target as it would be tried. */
export interface ExplainedStep {
  readonly target: string
  readonly places: ReadonlyArray<ExplainedPlace>
  readonly policy: Policy
  readonly limits: AttemptLimits
  /** The provider is asked for a stream. */
  readonly streams: boolean
  /** What would be sent, without credentials; or why this target cannot be asked. */
  readonly prepared: Result.Result<ExplainedBody, Failure>
  readonly cost: ExplainedCost
}

/** A request in its provider's words. */
export interface ExplainedBody {
  readonly language: string
  readonly path: string
  readonly body: Fields
  readonly dropped: ReadonlyArray<string>
}

/** An estimate, rather too high than too low; a part that is not known is absent. */
export interface ExplainedCost {
  readonly inputTokens: number
  readonly outputTokens?: number
  /** Nano-dollars. */
  readonly most?: number
}

/** What would become of a request. */
export interface Explained {
  readonly steps: ReadonlyArray<ExplainedStep>
  readonly left: ReadonlyArray<LeftOut>
}

/** Tells a plan without sending anything. */
export const explain = (plan: Plan, grounds: Grounds): Explained => ({
  steps: plan.steps.map((step, index) => explainStep(step, plan.steps.length - index, grounds)),
  left: plan.left
})

const explainStep = (step: Step, targetsLeft: number, { providers, breakers, priceOf }: Grounds): ExplainedStep => {
  const { target, ask, policy } = step
  const { model } = target
  const prepared = providers.prepare(ask, target, streams(step))
  const output = outputTokensAtMost(ask, model)
  const most = worstCost(ask, model, priceOf)
  return {
    target: targetName(target),
    places: providers.places(model.provider).map((place) => ({
      target: targetName(placed(target, place)),
      address: place.address,
      isAvailable: !breakers.isShut({
        provider: model.provider,
        model: model.id,
        address: place.address,
        keyAlias: place.keyAlias
      })
    })),
    policy,
    limits: limitsFor(step, policy.deadlineMs, targetsLeft),
    streams: streams(step),
    prepared: Result.map(prepared, ({ language, prepared: { path, body, dropped } }) => ({
      language: language.name,
      path,
      body: objectOf(body),
      dropped
    })),
    cost: {
      inputTokens: inputTokensAtMost(ask, model),
      ...(output === undefined ? {} : { outputTokens: output }),
      ...(Number.isNaN(most) ? {} : { most })
    }
  }
}

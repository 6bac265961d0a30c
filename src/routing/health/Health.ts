import { Context } from "effect"
import { Breakers } from "./Breakers.ts"
import { Figures } from "./Figures.ts"
import { Latencies } from "./Latencies.ts"
import { RetryBudget } from "./RetryBudget.ts"

/**
 * What is remembered of how the targets fared. It outlives a change of the configuration: an outage does not end with
 * it.
 */
export interface HealthService {
  readonly breakers: Breakers
  readonly budget: RetryBudget
  readonly latencies: Latencies
  readonly figures: Figures
}

/** Nothing known yet. Times are milliseconds of `now`, a clock that never goes back. */
export const health = (
  now: () => number,
  onChange?: ConstructorParameters<typeof Breakers>[0]["onChange"]
): HealthService => ({
  breakers: new Breakers(onChange === undefined ? { now } : { now, onChange }),
  budget: new RetryBudget(),
  latencies: new Latencies(),
  figures: new Figures()
})

/** The health of the targets of this process; a part list that gives none has its own, empty at the start. */
export class Health extends Context.Service<Health, HealthService>()("gateway/routing/Health") {}

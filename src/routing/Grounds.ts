import type { Tokens } from "../catalog/tokens/Tokens.ts"
import type { Providers } from "../providers/Providers.ts"
import type { Prices } from "./planning/Estimate.ts"
import type { Clock, Guide } from "./Guide.ts"
import type { HealthService } from "./health/Health.ts"
import type { Policy } from "./planning/Policy.ts"

/** What all walks share: the places to go, and what is remembered of how they fared. */
export interface Grounds extends HealthService {
  readonly providers: Providers["Service"]
  readonly timers: Clock
  readonly guide: Guide
  readonly priceOf: Prices
  /** Counts what no provider has. */
  readonly tokens: Tokens["Service"]
  /**
   * How a request is tried that says nothing: a limit shorter than this one's is the caller's own and proves nothing
   * against a provider.
   */
  readonly usual: Policy
  /** From 0 to 1, for the jitter of back-off. */
  readonly random: () => number
}

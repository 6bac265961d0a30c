import type { HealthService } from "../../routing/health/Health.ts"
import type { BreakerView } from "../../routing/health/Breakers.ts"
import type { TargetsView } from "./AdminApi.ts"

/**
 * What is known of the targets, and the two clocks: `now` never goes back and counts milliseconds, `wallNow` is the
 * time of day.
 */
export interface TargetKnowledge {
  readonly health: Pick<HealthService, "breakers" | "budget" | "latencies" | "figures">
  readonly now: () => number
  readonly wallNow: () => number
  /** Milliseconds of `wallNow` at the start of the process. */
  readonly since: number
}

/** How the targets fare, as `GET /admin/targets` tells it. */
export const targetsView = ({ health, now, wallNow, since }: TargetKnowledge): typeof TargetsView.Type => {
  const { breakers, budget, latencies, figures } = health
  const at = now()
  const targets = figures.snapshot()
  const providers = [...new Set(targets.map(({ provider }) => provider))]
  return {
    object: "targets",
    since: new Date(since).toISOString(),
    targets: targets.map(({ target, model, answered, stopped, failures }) => ({
      target,
      attempts: answered + stopped + [...failures.values()].reduce((sum, count) => sum + count, 0),
      answered,
      stopped,
      failures: Object.fromEntries(failures),
      p95_first_content_ms: rounded(latencies.p95(model))
    })),
    breakers: breakers.snapshot().map((breaker) => breakerObject(breaker, at, wallNow())),
    retry_budgets: providers.map((provider) => ({ provider, left: Math.floor(budget.left(provider, at)) }))
  }
}

const breakerObject = (
  { scope, name, state, reason, failures, samples, until, openedFor }: BreakerView,
  now: number,
  wallNow: number
): (typeof TargetsView.Type)["breakers"][number] => {
  const leftMs = until === undefined ? undefined : Math.max(0, until - now)
  return {
    scope,
    name: withoutQuery(name),
    state,
    reason,
    failures: Math.round(failures),
    samples: Math.round(samples),
    open_for_seconds: openedFor === undefined ? null : rounded(openedFor / 1000),
    opens_to_probe_at: leftMs === undefined ? null : new Date(wallNow + leftMs).toISOString(),
    seconds_left: leftMs === undefined ? null : rounded(leftMs / 1000)
  }
}

/** An address can carry a credential in its query. */
const withoutQuery = (name: string): string => name.replace(/\?[^#]*/, "")

const rounded = (value: number | undefined): number | null => (value === undefined ? null : Math.round(value * 10) / 10)

import type { Pool } from "./Pool.ts"
import { durationText } from "./Refusals.ts"

/**
 * OpenAI's `x-ratelimit-*` of the tightest of the pools that count requests a minute, and of those that count tokens.
 */
export const rateHeaders = (pools: ReadonlyArray<Pool>, now: number): Readonly<Record<string, string>> => ({
  ...headersOf("requests", pools, now),
  ...headersOf("tokens", pools, now)
})

const headersOf = (
  resource: "requests" | "tokens",
  pools: ReadonlyArray<Pool>,
  now: number
): Readonly<Record<string, string>> => {
  let tightest: Pool | undefined
  let least = Infinity
  for (const pool of pools) {
    if (pool.resource !== resource) continue
    const left = pool.left(pool.at(now))
    if (left >= least) continue
    tightest = pool
    least = left
  }
  if (tightest === undefined) return {}
  return {
    [`x-ratelimit-limit-${resource}`]: String(tightest.terms.limit),
    [`x-ratelimit-remaining-${resource}`]: String(least),
    [`x-ratelimit-reset-${resource}`]: durationText(tightest.at(now).window.endsAt - now)
  }
}

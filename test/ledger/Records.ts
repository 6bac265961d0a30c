import type { Spending } from "../../src/domain/usage/Cost.ts"
import type { RequestRecord } from "../../src/domain/usage/RequestRecord.ts"
import type { AttemptRecord } from "../../src/domain/routing/Trail.ts"
import { noUsage } from "../../src/domain/usage/Usage.ts"

/** What an answer used that the provider reported, with a known price. */
export const spending: Spending = {
  usage: {
    ...noUsage,
    inputTokens: 1000,
    cachedTokens: 600,
    cacheWriteTokens: 100,
    cacheWrite1hTokens: 40,
    outputTokens: 50,
    reasoningTokens: 20,
    serviceTier: "flex"
  },
  source: "provider",
  cost: {
    total: 1_000_550,
    byClass: { input: 300_000, cachedInput: 600_000, cacheWrite5m: 60_000, cacheWrite1h: 40_000, output: 550 },
    priceVersion: "2026-07-02 flex"
  }
}

/** The attempt of a request that was answered. */
export const attempt = (id: string, given: Partial<AttemptRecord> = {}): AttemptRecord => ({
  id,
  kind: "first",
  target: "openai/gpt-4o@eu#main",
  provider: "openai",
  model: "openai/gpt-4o",
  queuedMs: 0.25,
  sentMs: 1.5,
  endedMs: 40,
  outcome: "answered",
  dropped: [],
  ...given
})

/** A request that was answered by its first attempt. */
export const record = (id: string, given: Partial<RequestRecord> = {}): RequestRecord => ({
  id,
  receivedAt: 1_764_000_000_000.4,
  caller: { keyId: "key-1", name: "search", team: "web", tags: ["a"], quotas: [] },
  model: "gpt-4o",
  stream: false,
  labels: { tags: [] },
  configuration: "c0ffee",
  outcome: "answered",
  endedMs: 41,
  attempts: [attempt(`${id}/1`, { spending })],
  ...given
})

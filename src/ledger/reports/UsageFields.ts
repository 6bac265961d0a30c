import type { Fields } from "../../domain/Fields.ts"
import type { CacheGroup, CacheReport } from "./CacheReport.ts"
import { usdText } from "../../domain/usage/Money.ts"
import type { Common } from "./reading/Groups.ts"
import { classes, outcomes, type UsageTally } from "./reading/Measures.ts"
import type { Statement } from "./Statement.ts"
import type { UsageReport } from "./UsageReport.ts"
import type { UsageQuery } from "./UsageQuery.ts"

/** A report as JSON, as `GET /v1/usage` and `GET /admin/usage` answer it. Money is decimal text in dollars. */
export const usageFields = ({ query, totals, groups, truncated }: UsageReport): Fields => ({
  object: "usage",
  ...frameOf(query),
  totals: tallyFields(totals),
  data: groups.map(({ common, tally }) => ({ ...commonFields(common), ...tallyFields(tally) })),
  truncated
})

/** A statement as JSON. */
export const statementFields = ({ query, accounts, totals, truncated }: Statement): Fields => ({
  object: "usage.statement",
  ...frameOf(query),
  currency: "USD",
  // Said, because a bill without a word on it leaves the reader to guess.
  markup: "0",
  totals: tallyFields(totals),
  data: accounts.map(({ common, tally, lines }) => ({
    ...commonFields(common),
    ...tallyFields(tally),
    lines: lines.map(({ provider, model, item, unit, quantity, cost }) => ({
      provider,
      model,
      item,
      unit,
      quantity: Number(quantity),
      cost: cost === undefined ? null : usdText(cost)
    }))
  })),
  truncated
})

/** What prompt caches did, as JSON. */
export const cacheFields = ({ query, totals, groups, truncated }: CacheReport): Fields => ({
  object: "usage.cache",
  ...frameOf(query),
  totals: cacheGroupFields(totals),
  data: groups.map((group) => ({ ...commonFields(group.common), ...cacheGroupFields(group) })),
  truncated
})

const frameOf = ({ from, to, zone, by }: UsageQuery): Fields => ({
  from: new Date(from).toISOString(),
  to: new Date(to).toISOString(),
  zone,
  by
})

/** What a group has in common, under the names that it is asked by. */
const commonFields = ({ day, key, keyName, team, tag, provider, model }: Common): Fields => ({
  ...(day === undefined ? {} : { day }),
  ...(key === undefined ? {} : { key, key_name: keyName }),
  ...(team === undefined ? {} : { team }),
  ...(tag === undefined ? {} : { tag }),
  ...(provider === undefined ? {} : { provider }),
  ...(model === undefined ? {} : { model })
})

/** The cost that is known; nothing where none is, which is not 0. */
export const knownCost = ({ billed, unknown, cost }: UsageTally): bigint | undefined =>
  unknown > 0n && unknown === billed ? undefined : cost

const tallyFields = (tally: UsageTally): Fields => {
  const cost = knownCost(tally)
  const tokens = classes.reduce((sum, name) => sum + tally[`tokens_${name}`], 0n)
  const byName = <N extends string>(names: ReadonlyArray<N>, value: (name: N) => number | string): Fields =>
    Object.fromEntries(names.map((name) => [name, value(name)]))
  return {
    requests: Number(tally.requests),
    attempts: Number(tally.attempts),
    attempts_by_outcome: byName(outcomes, (name) => Number(tally[`attempts_${name}`])),
    tokens: { ...byName(classes, (name) => Number(tally[`tokens_${name}`])), total: Number(tokens) },
    cost: cost === undefined ? null : usdText(cost),
    cost_is_partial: tally.unknown > 0n,
    unknown_cost_attempts: Number(tally.unknown),
    cost_details: cost === undefined ? null : byName(classes, (name) => usdText(tally[`cost_of_${name}`])),
    cost_by_outcome: cost === undefined ? null : byName(outcomes, (name) => usdText(tally[`cost_${name}`])),
    estimated_attempts: Number(tally.estimated),
    estimated_cost: cost === undefined ? null : usdText(tally.cost_estimated)
  }
}

/** A share to four digits; nothing where there is nothing to have a share of. */
export const shareOf = (part: bigint, whole: bigint): number | undefined =>
  whole === 0n ? undefined : Math.round((Number(part) / Number(whole)) * 10_000) / 10_000

/** What prompt caches saved; nothing where no attempt that used one tells its price of plain input. */
export const savedMoney = ({
  priced,
  unpriced,
  reading_saved,
  writing_added
}: CacheGroup["tally"]): bigint | undefined =>
  priced === 0n && unpriced > 0n ? undefined : reading_saved - writing_added

const cacheGroupFields = ({ tally, medianWithHit, medianWithoutHit }: CacheGroup): Fields => {
  const saved = savedMoney(tally)
  return {
    requests: Number(tally.requests),
    requests_with_hit: Number(tally.hits),
    request_hit_rate: shareOf(tally.hits, tally.requests) ?? null,
    input_tokens: Number(tally.input_tokens),
    cached_input_tokens: Number(tally.cached_tokens),
    cache_write_tokens: Number(tally.written_tokens),
    token_hit_rate: shareOf(tally.cached_tokens, tally.input_tokens) ?? null,
    saved: saved === undefined ? null : usdText(saved),
    saved_by_reading: saved === undefined ? null : usdText(tally.reading_saved),
    added_by_writing: saved === undefined ? null : usdText(tally.writing_added),
    unpriced_attempts: Number(tally.unpriced),
    median_first_content_ms: { with_hit: medianWithHit ?? null, without_hit: medianWithoutHit ?? null }
  }
}

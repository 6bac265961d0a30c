import { Effect } from "effect"
import { SqlClient } from "effect/sql"
import type { Fields } from "../../domain/Fields.ts"
import { type Common, commonOf, groupName, groupsOf } from "./reading/Groups.ts"
import type { Measures, Tally } from "./reading/Measures.ts"
import { Spread } from "./Median.ts"
import { byCost } from "./Order.ts"
import { clausesOf, type Column } from "./reading/Selection.ts"
import { eachSlice } from "./reading/Slices.ts"
import { mostTold, type UsageQuery } from "./UsageQuery.ts"

/** What is summed up of prompt caches. Money is in nano-dollars. */
export type CacheMeasure =
  | "requests"
  | "hits"
  | "input_tokens"
  | "cached_tokens"
  | "written_tokens"
  | "cost"
  | "reading_saved"
  | "writing_added"
  | "priced"
  | "unpriced"

/** What prompt caches did for a group. */
export interface CacheGroup {
  readonly common: Common
  readonly tally: Tally<CacheMeasure>
  /** Milliseconds from sending to the first content of streamed answers; absent where there were none. */
  readonly medianWithHit: number | undefined
  readonly medianWithoutHit: number | undefined
}

/** What prompt caches did. */
export interface CacheReport {
  readonly query: UsageQuery
  readonly totals: CacheGroup
  readonly groups: ReadonlyArray<CacheGroup>
  readonly truncated: boolean
}

// An estimate knows nothing of a cache, and neither does an attempt without usage.
const reported = "a.usage_source = 'provider'"
const written = "a.cache_write_5m + a.cache_write_1h"
const used = `a.cached_input + ${written}`
const allInput = `a.input + ${used} + a.audio_input + a.image_input`
const sumIf = (condition: string, value: string): string => `SUM(CASE WHEN ${condition} THEN ${value} ELSE 0 END)`
// An attempt's own price of plain input is what its plain input cost, by its tokens: the tier, the day and the
// surcharge are in it. Multiplied before divided, so that the whole nano-dollars that are lost are less than one an
// attempt.
const asPlain = (tokens: string): string => `(${tokens}) * a.cost_input / a.input`
const priced = `${reported} AND a.input > 0 AND a.cost_input IS NOT NULL`

const cacheMeasures: Measures<CacheMeasure> = [
  ["requests", `COUNT(DISTINCT CASE WHEN ${reported} THEN a.request_id END)`],
  ["hits", `COUNT(DISTINCT CASE WHEN ${reported} AND a.cached_input > 0 THEN a.request_id END)`],
  ["input_tokens", sumIf(reported, allInput)],
  ["cached_tokens", sumIf(reported, "a.cached_input")],
  ["written_tokens", sumIf(reported, written)],
  ["cost", "SUM(a.cost_total)"],
  ["reading_saved", sumIf(`${priced} AND a.cached_input > 0`, `${asPlain("a.cached_input")} - a.cost_cached_input`)],
  [
    "writing_added",
    sumIf(
      `${priced} AND ${written} > 0`,
      `COALESCE(a.cost_cache_write_5m, 0) + COALESCE(a.cost_cache_write_1h, 0) - ${asPlain(written)}`
    )
  ],
  ["priced", sumIf(`${priced} AND ${used} > 0`, "1")],
  ["unpriced", sumIf(`${reported} AND ${used} > 0 AND (a.input = 0 OR a.cost_input IS NULL)`, "1")]
]

interface Spreads {
  readonly yes: Spread
  readonly no: Spread
}

const newSpreads = (): Spreads => ({ yes: new Spread(), no: new Spread() })

/** What prompt caches did for the attempts of a query, split by key and model unless it says by what. */
export const cacheReport = Effect.fn("Reports.cache")(function* (asked: UsageQuery) {
  const query: UsageQuery = asked.by.length === 0 ? { ...asked, by: ["key", "model"] } : asked
  const { groups, total, truncated } = yield* groupsOf(query, cacheMeasures)
  const times = yield* timesOf(query)
  const whole: UsageQuery = { ...query, by: [] }
  const inAll = yield* timesOf(whole)
  const groupOf = (common: Common, tally: Tally<CacheMeasure>, spreads: Spreads | undefined): CacheGroup => ({
    common,
    tally,
    medianWithHit: spreads?.yes.median,
    medianWithoutHit: spreads?.no.median
  })
  const met = groups.filter(({ tally }) => tally.requests > 0n).toSorted(byCost)
  const limit = query.limit ?? mostTold
  return {
    query,
    totals: groupOf({}, total, inAll.get(groupName(whole, {}))),
    groups: met.slice(0, limit).map(({ common, tally }) => groupOf(common, tally, times.get(groupName(query, common)))),
    truncated: truncated || met.length > limit
  } satisfies CacheReport
})

/** How long the first content took, by group and by whether there was a hit. Only streams show it. */
const timesOf = Effect.fnUntraced(function* (query: UsageQuery) {
  const sql = yield* SqlClient.SqlClient
  const named = query.by.filter((dimension) => dimension !== "day")
  const columns: ReadonlyArray<Column> = [...named, "hit"]
  const spreads = new Map<string, Spreads>()
  yield* eachSlice(query, (slice) =>
    Effect.gen(function* () {
      const { columns: names, from, where, groupBy } = clausesOf(sql, query, columns, slice)
      const rows = yield* sql<Fields>`
        SELECT ${names}CAST((a.first_content_us - a.sent_us) / 100 AS TEXT) AS tenths, CAST(COUNT(*) AS TEXT) AS times
        FROM ${from} WHERE ${where} AND ${sql.literal(reported)} AND a.stream = 1 AND a.first_content_us IS NOT NULL
        ${groupBy}, (a.first_content_us - a.sent_us) / 100`
      for (const row of rows) {
        const common = commonOf(columns, row, slice.day)
        const name = groupName(query, common)
        const found = spreads.get(name) ?? newSpreads()
        spreads.set(name, found)
        found[common.hit === "yes" ? "yes" : "no"].add(Number(row["tenths"]) / 10, Number(row["times"]))
      }
    })
  )
  return spreads
})

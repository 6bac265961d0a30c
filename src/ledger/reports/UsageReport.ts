import { Effect } from "effect"
import { type Group, groupsOf } from "./reading/Groups.ts"
import { type UsageMeasure, usageMeasures, type UsageTally } from "./reading/Measures.ts"
import { byCost } from "./Order.ts"
import { mostTold, type UsageQuery } from "./UsageQuery.ts"

/** What was used, in all and by group. */
export interface UsageReport {
  readonly query: UsageQuery
  readonly totals: UsageTally
  /** By day, then the dearest first. */
  readonly groups: ReadonlyArray<Group<UsageMeasure>>
  /** There are more groups than are told. */
  readonly truncated: boolean
}

/** What the attempts of a query used. Without anything to split by there are totals only. */
export const usageReport = Effect.fn("Reports.usage")(function* (query: UsageQuery) {
  const { groups, total, truncated } = yield* groupsOf(query, usageMeasures)
  const limit = query.limit ?? mostTold
  const told = query.by.length === 0 ? [] : groups.toSorted(byCost)
  return {
    query,
    totals: total,
    groups: told.slice(0, limit),
    truncated: truncated || told.length > limit
  } satisfies UsageReport
})

import { Effect } from "effect"
import { type Group, groupName, groupsOf } from "./reading/Groups.ts"
import { classes, type UsageMeasure, usageMeasures, type UsageTally } from "./reading/Measures.ts"
import { byCost } from "./Order.ts"
import { mostTold, type UsageQuery } from "./UsageQuery.ts"

/** A thing that was used, and what the provider takes for it. */
export interface StatementLine {
  readonly provider: string
  readonly model: string
  /** What was used: a class of tokens (`cached_input`). */
  readonly item: string
  /** What it is counted in. Things that are not counted in tokens have lines of their own. */
  readonly unit: "token" | "second"
  readonly quantity: bigint
  /** Nano-dollars; absent: the price is not known, which is not nothing. */
  readonly cost: bigint | undefined
}

/** What one of those that the statement is split by used. */
export interface Account extends Group<UsageMeasure> {
  /** By provider and model. What has a known price and what has none are apart. */
  readonly lines: ReadonlyArray<StatementLine>
}

/** What was used in a time, by account and by thing: the sum of what providers take, and nothing besides. */
export interface Statement {
  readonly query: UsageQuery
  readonly accounts: ReadonlyArray<Account>
  readonly totals: UsageTally
  readonly truncated: boolean
}

/** A statement of a query's time, an account a key unless it says by what it is to be split. */
export const statement = Effect.fn("Reports.statement")(function* (asked: UsageQuery) {
  const query: UsageQuery = asked.by.length === 0 ? { ...asked, by: ["key"] } : asked
  const accounts = yield* groupsOf(query, usageMeasures)
  const things = yield* groupsOf(query, usageMeasures, ["provider", "model", "price"])
  const ofAccount = Map.groupBy(things.groups, ({ common }) => groupName(query, common))
  const limit = query.limit ?? mostTold
  return {
    query,
    accounts: accounts.groups
      .toSorted(byCost)
      .slice(0, limit)
      .map((group) => ({
        ...group,
        lines: (ofAccount.get(groupName(query, group.common)) ?? []).toSorted(byThing).flatMap(linesOf)
      })),
    totals: accounts.total,
    truncated: accounts.truncated || things.truncated || accounts.groups.length > limit
  } satisfies Statement
})

const thingOf = ({ common }: Group<UsageMeasure>): string =>
  JSON.stringify([common.provider, common.model, common.price])

const byThing = (one: Group<UsageMeasure>, other: Group<UsageMeasure>): number =>
  thingOf(one) < thingOf(other) ? -1 : 1

const linesOf = ({ common, tally }: Group<UsageMeasure>): ReadonlyArray<StatementLine> =>
  classes
    .filter((name) => tally[`tokens_${name}`] !== 0n || tally[`cost_of_${name}`] !== 0n)
    .map((name) => ({
      provider: common.provider ?? "",
      model: common.model ?? "",
      item: name,
      unit: "token",
      quantity: tally[`tokens_${name}`],
      cost: common.price === "unknown" ? undefined : tally[`cost_of_${name}`]
    }))

import { Effect } from "effect"
import { SqlClient } from "effect/sql"
import { asText, type Fields } from "../../../domain/Fields.ts"
import { type Measures, type Tally, wholeOf } from "./Measures.ts"
import { clausesOf, type Column } from "./Selection.ts"
import { eachSlice } from "./Slices.ts"
import type { Dimension, UsageQuery } from "../UsageQuery.ts"

/** What a group has in common. `null`: attempts that have none of it, as those without a team. */
export type Common = Readonly<Partial<Record<Dimension | Column | "keyName", string | null>>>

/** Attempts that have something in common, and what they come to. */
export interface Group<M extends string> {
  readonly common: Common
  readonly tally: Tally<M>
}

/** The groups of a query in no order, and what its attempts come to in all. */
export interface Groups<M extends string> {
  readonly groups: ReadonlyArray<Group<M>>
  readonly total: Tally<M>
  /** Some groups are left out, for there are too many; the total has them. */
  readonly truncated: boolean
}

/** The name of the group of a query that has this in common. */
export const groupName = ({ by }: Pick<UsageQuery, "by">, common: Common): string =>
  JSON.stringify(by.map((dimension) => common[dimension]))

/** Most groups that are kept while a report is put together: memory is bounded, whatever is grouped by. */
const mostGroups = 50_000

/** What is the same for all attempts of a request, so that a request is in one group. */
const ofRequests: ReadonlyArray<string> = ["key", "team", "day"]

/** Sums up the attempts of a query, in groups by what it is split by and by `more` columns. */
export const groupsOf = Effect.fnUntraced(function* <M extends string>(
  query: UsageQuery,
  measures: Measures<M>,
  more: ReadonlyArray<Column> = []
) {
  const sql = yield* SqlClient.SqlClient
  const columns = [...query.by.filter((dimension) => dimension !== "day"), ...more]
  // Where a request, or an attempt with several tags, is in several groups, these do not add up to the total.
  const addsUp = columns.every((column) => ofRequests.includes(column))
  const sums = sql.literal(measures.map(([name, text]) => `CAST(${text} AS TEXT) AS ${name}`).join(", "))
  const groups = new Map<string, Group<M>>()
  let total: Tally<M> = tallyOf(measures, {})
  let truncated = false

  yield* eachSlice(query, (slice) =>
    Effect.gen(function* () {
      const { columns: names, from, where, groupBy } = clausesOf(sql, query, columns, slice)
      const rows = yield* sql<Fields>`SELECT ${names}COUNT(*) AS met, ${sums} FROM ${from} WHERE ${where} ${groupBy}`
      for (const row of rows) {
        // Without groups there is a row of nothing where nothing is met.
        if (Number(row["met"]) === 0) continue
        const tally = tallyOf(measures, row)
        if (addsUp) total = sumOf(measures, total, tally)
        const common = commonOf(columns, row, slice.day)
        const name = JSON.stringify([slice.day, ...columns.map((column) => common[column])])
        const before = groups.get(name)
        if (before === undefined && groups.size === mostGroups) truncated = true
        else groups.set(name, { common, tally: before === undefined ? tally : sumOf(measures, before.tally, tally) })
      }
      if (addsUp) return
      const all = clausesOf(sql, query, [], slice)
      const [whole = {}] = yield* sql<Fields>`SELECT ${sums} FROM ${all.from} WHERE ${all.where}`
      total = sumOf(measures, total, tallyOf(measures, whole))
    })
  )
  return { groups: [...groups.values()], total, truncated } satisfies Groups<M>
})

/** What a row says of its group. */
export const commonOf = (columns: ReadonlyArray<Column>, row: Fields, day: string | undefined): Common => {
  const common: Record<string, string | null> = day === undefined ? {} : { day }
  for (const column of columns) common[column] = asText(row[`${column}_of`]) ?? null
  if (columns.includes("key")) common["keyName"] = asText(row["key_name"]) ?? null
  return common
}

const tallyOf = <M extends string>(measures: Measures<M>, row: Fields): Tally<M> =>
  recordOf(measures, (name) => wholeOf(row[name]))

const sumOf = <M extends string>(measures: Measures<M>, one: Tally<M>, other: Tally<M>): Tally<M> =>
  recordOf(measures, (name) => one[name] + other[name])

const recordOf = <M extends string>(measures: Measures<M>, value: (name: M) => bigint): Tally<M> =>
  // Each name of the measures gets its value here, which the type of `fromEntries` does not say.
  Object.fromEntries(measures.map(([name]) => [name, value(name)])) as Tally<M>

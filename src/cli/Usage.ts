import { Clock, Console, Effect, Option } from "effect"
import { Flag } from "effect/cli"
import type { Fields } from "../domain/Fields.ts"
import { Reports } from "../ledger/reports/Reports.ts"
import { cacheFields, statementFields, usageFields } from "../ledger/reports/UsageFields.ts"
import { adminBounds, dimensions, type UsageQuery, usageQueryOf } from "../ledger/reports/UsageQuery.ts"
import { cacheCsv, cacheTable } from "./usage/CacheText.ts"
import { statementCsv, statementTable } from "./usage/StatementText.ts"
import { usageCsv, usageTable } from "./usage/UsageText.ts"

const by = Flag.Literals("by", dimensions).pipe(
  Flag.withDescription("what to split by; may be given several times"),
  Flag.atLeast(0)
)

/** The parameters of `usage` besides `--config`. */
export const usageParameters = {
  by,
  from: Flag.String("from").pipe(Flag.withDescription("first day, YYYY-MM-DD; 30 days ago if absent"), Flag.optional),
  to: Flag.String("to").pipe(Flag.withDescription("last day, YYYY-MM-DD, counted in; today if absent"), Flag.optional),
  key: Flag.String("key").pipe(Flag.withDescription("only this gateway key, by id or name"), Flag.optional),
  team: Flag.String("team").pipe(Flag.withDescription("only this team"), Flag.optional),
  tag: Flag.String("tag").pipe(Flag.withDescription("only requests with this tag"), Flag.optional),
  month: Flag.String("month").pipe(Flag.withDescription("a statement of this month, YYYY-MM"), Flag.optional),
  zone: Flag.String("zone").pipe(
    Flag.withDescription("time zone in which days begin, as Europe/Berlin; UTC if absent"),
    Flag.optional
  ),
  cache: Flag.Boolean("cache").pipe(
    Flag.withDescription("how much was read from prompt caches, what that saved, and how much sooner it began"),
    Flag.withDefault(false)
  ),
  format: Flag.Literals("format", ["table", "csv", "json"]).pipe(
    Flag.withDescription("how to print it"),
    Flag.withDefault("table")
  )
}

/** What is to be reported, and how it is printed. */
export interface UsageFlags {
  readonly by: UsageQuery["by"]
  readonly from: Option.Option<string>
  readonly to: Option.Option<string>
  readonly key: Option.Option<string>
  readonly team: Option.Option<string>
  readonly tag: Option.Option<string>
  readonly month: Option.Option<string>
  readonly zone: Option.Option<string>
  readonly cache: boolean
  readonly format: "table" | "csv" | "json"
}

/** Most groups that are printed: more than anybody reads, for programs that read CSV and JSON. */
const mostPrinted = 50_000

/** Prints what was used: a report, with `--month` a statement, with `--cache` what prompt caches did. */
export const printUsage = Effect.fn("usage")(function* (flags: UsageFlags) {
  const { by, from, to, key, team, tag, month, zone } = flags
  const written = { from, to, key, team, tag, month, zone }
  const parameters = Object.fromEntries(
    Object.entries(written).map(([name, value]) => [name, Option.getOrUndefined(value)])
  )
  const now = yield* Clock.currentTimeMillis
  const query = yield* Effect.fromResult(usageQueryOf({ ...parameters, by }, { ...adminBounds, now }))
  const text = yield* textOf({ ...query, limit: mostPrinted }, flags)
  yield* Console.log(text)
})

const cutText = "warning: there are more rows than are printed; ask for a shorter time or fewer dimensions."

/** The three ways to print a report. */
interface Printing<A> {
  readonly table: (report: A) => string
  readonly csv: (report: A) => string
  readonly json: (report: A) => Fields
}

const textOf = Effect.fnUntraced(function* (query: UsageQuery, { cache, month, format }: UsageFlags) {
  const reports = yield* Reports
  const textIn = <A>(report: A, { table, csv, json }: Printing<A>): string => {
    if (format === "json") return JSON.stringify(json(report), undefined, 2)
    // The line end of the console makes the last one that of RFC 4180.
    return format === "csv" ? `${csv(report)}\r` : table(report)
  }
  const print = <A extends { readonly truncated: boolean }>({ table, csv, json }: Printing<A>) =>
    Effect.flatMap((report: A) => {
      const cut = report.truncated && format === "csv" ? Console.error(cutText) : Effect.void
      return Effect.as(cut, textIn(report, { table, csv, json }))
    })
  if (cache) {
    return yield* reports.cache(query).pipe(print({ table: cacheTable, csv: cacheCsv, json: cacheFields }))
  }
  if (Option.isSome(month)) {
    return yield* reports
      .statement(query)
      .pipe(print({ table: statementTable, csv: statementCsv, json: statementFields }))
  }
  return yield* reports.usage(query).pipe(print({ table: usageTable, csv: usageCsv, json: usageFields }))
})

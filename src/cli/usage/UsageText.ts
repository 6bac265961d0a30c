import { usdText } from "../../domain/usage/Money.ts"
import { classes, outcomes, type UsageTally } from "../../ledger/reports/reading/Measures.ts"
import { knownCost } from "../../ledger/reports/UsageFields.ts"
import type { UsageReport } from "../../ledger/reports/UsageReport.ts"
import { nameCells, nameHeads, timeText, titles } from "./Names.ts"
import { csvText, tableText, withoutEmpty } from "./Sheet.ts"

const tokensOf = (tally: UsageTally): bigint => classes.reduce((sum, name) => sum + tally[`tokens_${name}`], 0n)

/** A cost for people: what is known of it, and whether that is all. */
export const costText = (tally: UsageTally): string => {
  const cost = knownCost(tally)
  if (cost === undefined) return "?"
  return `$${usdText(cost)}${tally.unknown > 0n ? " + ?" : ""}`
}

/** What the `?` in costs means; empty when there is none. */
export const unknownText = ({ unknown }: UsageTally): ReadonlyArray<string> =>
  unknown === 0n
    ? []
    : [`?: the price of ${unknown} attempt${unknown === 1n ? " is" : "s is"} not known; no sum has it.`]

const heads = [
  "requests",
  "attempts",
  "input",
  "cached",
  "written",
  "media",
  "output",
  "reasoning",
  "cost",
  "lost or failed",
  "estimated"
]

const cells = (tally: UsageTally): ReadonlyArray<string> => [
  String(tally.requests),
  String(tally.attempts),
  String(tally.tokens_input),
  String(tally.tokens_cached_input),
  String(tally.tokens_cache_write_5m + tally.tokens_cache_write_1h),
  String(tally.tokens_audio_input + tally.tokens_image_input + tally.tokens_audio_output),
  String(tally.tokens_output),
  String(tally.tokens_reasoning),
  costText(tally),
  `$${usdText(tally.cost_lost + tally.cost_failed)}`,
  `$${usdText(tally.cost_estimated)}`
]

/** A report of usage for a terminal. */
export const usageTable = ({ query, totals, groups, truncated }: UsageReport): string => {
  const { by } = query
  const last = by.length === 0 ? cells(totals) : ["total", ...by.slice(1).map(() => ""), ...cells(totals)]
  const rows = [...groups.map(({ common, tally }) => [...titles(query, common), ...cells(tally)]), last]
  const lay = { words: by.length }
  return [
    `Usage from ${timeText(query)}`,
    "",
    tableText(withoutEmpty({ heads: [...by, ...heads], rows }, lay), lay),
    ...(totals.attempts === 0n ? ["", "Nothing was booked then, with all that was asked for."] : []),
    ...(truncated
      ? ["", "There are more groups; the total has them. Ask for a shorter time or fewer dimensions."]
      : []),
    ...(totals.unknown === 0n ? [] : ["", ...unknownText(totals)])
  ].join("\n")
}

const csvHeads = [
  "requests",
  "attempts",
  ...outcomes.map((name) => `attempts_${name}`),
  ...classes.map((name) => `${name}_tokens`),
  "tokens",
  "cost_usd",
  "unknown_cost_attempts",
  ...classes.map((name) => `${name}_cost_usd`),
  ...outcomes.map((name) => `${name}_cost_usd`),
  "estimated_attempts",
  "estimated_cost_usd"
]

const csvCells = (tally: UsageTally): ReadonlyArray<string> => {
  const isKnown = knownCost(tally) !== undefined
  const money = (nanos: bigint): string => (isKnown ? usdText(nanos) : "unknown")
  return [
    String(tally.requests),
    String(tally.attempts),
    ...outcomes.map((name) => String(tally[`attempts_${name}`])),
    ...classes.map((name) => String(tally[`tokens_${name}`])),
    String(tokensOf(tally)),
    money(tally.cost),
    String(tally.unknown),
    ...classes.map((name) => money(tally[`cost_of_${name}`])),
    ...outcomes.map((name) => money(tally[`cost_${name}`])),
    String(tally.estimated),
    money(tally.cost_estimated)
  ]
}

/** A report of usage for a spreadsheet: a row a group, or the totals where it is not split. */
export const usageCsv = ({ query, totals, groups }: UsageReport): string =>
  csvText({
    heads: [...nameHeads(query), ...csvHeads],
    rows:
      query.by.length === 0
        ? [csvCells(totals)]
        : groups.map(({ common, tally }) => [...nameCells(query, common), ...csvCells(tally)])
  })

import type { CacheGroup, CacheReport } from "../../ledger/reports/CacheReport.ts"
import { usdText } from "../../domain/usage/Money.ts"
import { savedMoney, shareOf } from "../../ledger/reports/UsageFields.ts"
import { nameCells, nameHeads, timeText, titles } from "./Names.ts"
import { csvText, tableText } from "./Sheet.ts"

const heads = [
  "requests",
  "with hit",
  "input",
  "cached",
  "of input",
  "saved",
  "by reading",
  "less writing",
  "first content with hit",
  "without"
]

const percent = (part: bigint, whole: bigint): string => {
  const share = shareOf(part, whole)
  return share === undefined ? "-" : `${(share * 100).toFixed(1)} %`
}

const money = (nanos: bigint): string => (nanos < 0n ? `-$${usdText(-nanos)}` : `$${usdText(nanos)}`)

const duration = (ms: number | undefined): string => (ms === undefined ? "-" : `${ms} ms`)

const cells = ({ tally, medianWithHit, medianWithoutHit }: CacheGroup): ReadonlyArray<string> => {
  const saved = savedMoney(tally)
  const part = tally.unpriced > 0n ? " + ?" : ""
  return [
    String(tally.requests),
    percent(tally.hits, tally.requests),
    String(tally.input_tokens),
    String(tally.cached_tokens),
    percent(tally.cached_tokens, tally.input_tokens),
    saved === undefined ? "?" : `${money(saved)}${part}`,
    saved === undefined ? "?" : money(tally.reading_saved),
    saved === undefined ? "?" : money(tally.writing_added),
    duration(medianWithHit),
    duration(medianWithoutHit)
  ]
}

const explanation = [
  "Saved: what cached tokens would have cost at the price that the same attempt paid for plain input, less what they cost,",
  "less what cache writes cost above that price. First content: median from sending to it, of streamed answers.",
  "Counted are attempts of which the provider told the usage."
]

/** What prompt caches did, for a terminal. */
export const cacheTable = ({ query, totals, groups, truncated }: CacheReport): string => {
  const { by } = query
  const last = ["total", ...by.slice(1).map(() => ""), ...cells(totals)]
  const rows = [...groups.map((group) => [...titles(query, group.common), ...cells(group)]), last]
  const { unpriced } = totals.tally
  return [
    `Prompt caches from ${timeText(query)}`,
    "",
    tableText({ heads: [...by, ...heads], rows }, { words: by.length }),
    "",
    ...explanation,
    ...(unpriced === 0n
      ? []
      : [`?: ${unpriced} attempts do not tell their price of plain input; no sum has what they saved.`]),
    ...(truncated ? ["There are more groups; the total has them."] : [])
  ].join("\n")
}

const csvHeads = [
  "requests",
  "requests_with_hit",
  "input_tokens",
  "cached_input_tokens",
  "cache_write_tokens",
  "saved_usd",
  "saved_by_reading_usd",
  "added_by_writing_usd",
  "unpriced_attempts",
  "median_first_content_ms_with_hit",
  "median_first_content_ms_without_hit"
]

/** What prompt caches did, for a spreadsheet. */
export const cacheCsv = ({ query, groups }: CacheReport): string =>
  csvText({
    heads: [...nameHeads(query), ...csvHeads],
    rows: groups.map(({ common, tally, medianWithHit, medianWithoutHit }) => {
      const saved = savedMoney(tally)
      const told = (nanos: bigint): string => (saved === undefined ? "unknown" : usdText(nanos))
      return [
        ...nameCells(query, common),
        String(tally.requests),
        String(tally.hits),
        String(tally.input_tokens),
        String(tally.cached_tokens),
        String(tally.written_tokens),
        told(tally.reading_saved - tally.writing_added),
        told(tally.reading_saved),
        told(tally.writing_added),
        String(tally.unpriced),
        String(medianWithHit ?? ""),
        String(medianWithoutHit ?? "")
      ]
    })
  })

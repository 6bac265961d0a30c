import { usdText } from "../../domain/usage/Money.ts"
import type { Account, Statement, StatementLine } from "../../ledger/reports/Statement.ts"
import type { UsageTally } from "../../ledger/reports/reading/Measures.ts"
import { nameCells, nameHeads, timeText, titles } from "./Names.ts"
import { csvText, tableText } from "./Sheet.ts"
import { costText, unknownText } from "./UsageText.ts"

const heads = ["", "provider", "model", "item", "unit", "quantity", "cost"]

const lineCells = ({ provider, model, item, unit, quantity, cost }: StatementLine): ReadonlyArray<string> => [
  "",
  provider,
  model,
  item,
  unit,
  String(quantity),
  cost === undefined ? "?" : `$${usdText(cost)}`
]

const requestsText = ({ requests }: UsageTally): string => `${requests} request${requests === 1n ? "" : "s"}`

/**
 * A statement for a terminal: an account after the other, all in one table so that their columns are below each other.
 */
export const statementTable = ({ query, accounts, totals, truncated }: Statement): string => {
  const rows = accounts.flatMap(({ common, tally, lines }: Account) => [
    [titles(query, common).join(" / "), "", "", "", requestsText(tally), "", costText(tally)],
    ...lines.map(lineCells)
  ])
  const last = ["total", "", "", "", requestsText(totals), "", costText(totals)]
  return [
    `Statement from ${timeText(query)}`,
    "The sum of what the providers take for each attempt, in US dollars. The gateway adds nothing: its markup is $0.",
    "",
    tableText({ heads: [query.by.join(" / "), ...heads.slice(1)], rows: [...rows, last] }, { words: 5 }),
    ...(truncated ? ["", "There are more accounts; the total has them."] : []),
    ...(totals.unknown === 0n ? [] : ["", ...unknownText(totals)])
  ].join("\n")
}

/** A statement for a spreadsheet: a row a line. */
export const statementCsv = ({ query, accounts }: Statement): string =>
  csvText({
    heads: [...nameHeads(query), "provider", "model", "item", "unit", "quantity", "cost_usd"],
    rows: accounts.flatMap(({ common, lines }) =>
      lines.map(({ provider, model, item, unit, quantity, cost }) => [
        ...nameCells(query, common),
        provider,
        model,
        item,
        unit,
        String(quantity),
        cost === undefined ? "unknown" : usdText(cost)
      ])
    )
  })

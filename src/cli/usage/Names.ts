import type { Common } from "../../ledger/reports/reading/Groups.ts"
import type { UsageQuery } from "../../ledger/reports/UsageQuery.ts"

/** The columns of what a report is split by, for a program: a key has its id and its name. */
export const nameHeads = ({ by }: UsageQuery): ReadonlyArray<string> =>
  by.flatMap((dimension) => (dimension === "key" ? ["key", "key_name"] : [dimension]))

/** The cells under them. */
export const nameCells = ({ by }: UsageQuery, common: Common): ReadonlyArray<string> =>
  by.flatMap((dimension) => {
    const name = common[dimension] ?? ""
    return dimension === "key" ? [name, common.keyName ?? ""] : [name]
  })

/** The cells of what a group is, for people: a key by its name. */
export const titles = ({ by }: UsageQuery, common: Common): ReadonlyArray<string> =>
  by.map((dimension) => (dimension === "key" ? common.keyName : common[dimension]) ?? "-")

/** The time of a report, for people. */
export const timeText = ({ from, to, zone }: UsageQuery): string => {
  const moment = new Intl.DateTimeFormat("sv-SE", { timeZone: zone, dateStyle: "short", timeStyle: "short" })
  return `${moment.format(from)} to ${moment.format(to)} (${zone})`
}

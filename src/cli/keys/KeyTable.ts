import type { ListedKey } from "../../access/keys/KeyTerms.ts"
import { stateOf } from "../../access/keys/KeyView.ts"
import { usdText } from "../../domain/usage/Money.ts"
import { tableText } from "../usage/Sheet.ts"

/** A time for a person, to the minute. */
export const timeText = (at: number): string => `${new Date(at).toISOString().slice(0, 16).replace("T", " ")} UTC`

const heads = ["name", "id", "state", "team", "secret", "expires", "allowed", "limits"]

const limitsText = ({ key: { allowance } }: ListedKey): string => {
  if (allowance === undefined) return "-"
  const { requestsPerMinute, tokensPerMinute, requestsAtOnce, perDay, perMonth, inTotal } = allowance
  const counts = [
    [requestsPerMinute, "requests/min"],
    [tokensPerMinute, "tokens/min"],
    [requestsAtOnce, "at once"]
  ] as const
  const money = [
    [perDay, "day"],
    [perMonth, "month"],
    [inTotal, "in all"]
  ] as const
  return [
    ...counts.flatMap(([count, unit]) => (count === undefined ? [] : [`${count} ${unit}`])),
    ...money.flatMap(([nanos, span]) => (nanos === undefined ? [] : [`$${usdText(nanos)}/${span}`]))
  ].join(", ")
}

const row = (listed: ListedKey, now: number): ReadonlyArray<string> => {
  const { key, secrets } = listed
  const [newest] = secrets
  return [
    key.name,
    key.id,
    stateOf(key, now),
    key.team ?? "-",
    newest === undefined ? "-" : `${newest.start}…`,
    key.expiresAt === undefined ? "-" : timeText(key.expiresAt),
    key.models?.join(" ") ?? "all",
    limitsText(listed)
  ]
}

/** The keys as a table for a terminal. `now`: milliseconds since 1970. */
export const keyTable = (keys: ReadonlyArray<ListedKey>, now: number): string =>
  tableText({ heads, rows: keys.map((listed) => row(listed, now)) }, { words: heads.length })

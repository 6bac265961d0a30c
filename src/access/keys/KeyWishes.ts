import { Result } from "effect"
import type { Allowance } from "../../domain/keys/Caller.ts"
import {
  allowanceOf,
  isTimeZone,
  mostAllowed,
  mostListed,
  nanosOfUsd,
  patternProblem,
  tagProblem,
  timeMessage,
  timeOf,
  usdMessage,
  wordProblem,
  zoneMessage
} from "../../domain/keys/KeyRules.ts"
import { KeyMistake } from "./KeyFailures.ts"
import type { KeyTerms } from "./KeyTerms.ts"

/** A key as somebody wishes it, not looked at yet. Amounts are US dollars in decimals. */
export interface KeyWishes {
  readonly name: string
  readonly team?: string
  readonly tags?: ReadonlyArray<string>
  readonly models?: ReadonlyArray<string>
  readonly tools?: ReadonlyArray<string>
  /** A day, a time, or a duration from now. */
  readonly expires?: string
  readonly requestsPerMinute?: number
  readonly tokensPerMinute?: number
  readonly requestsAtOnce?: number
  readonly day?: string
  readonly month?: string
  readonly total?: string
  readonly zone?: string
  readonly unknownPrices?: Allowance["unknownPrices"]
}

type Field = keyof KeyWishes

const unitMs = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 }

/** Ten years: who wants longer wants for ever. */
const longestMs = 3660 * unitMs.d

const durationPattern = /^(\d{1,6}) ?(s|m|h|d|w|second|minute|hour|day|week)s?$/

/** Milliseconds of a duration such as `90d`, `12 hours` or `0s`, of ten years at most. */
export const spanOf = (written: string): number | undefined => {
  const [, amount, unit = ""] = durationPattern.exec(written) ?? []
  const [letter] = unit
  if (letter !== "s" && letter !== "m" && letter !== "h" && letter !== "d" && letter !== "w") return undefined
  const milliseconds = Number(amount) * unitMs[letter]
  return milliseconds <= longestMs ? milliseconds : undefined
}

/** How long a secret that was replaced is still taken, where nothing is said. */
export const usualOverlap = "24h"

/** What is said of a duration that cannot be read. */
export const spanMessage = "must be a duration such as 90d, 12h, 30m or 0s, of ten years at most"

const nameProblem = (written: string): string | undefined =>
  // An id as a name would make it unclear which key is meant; a key as a name would be in every list.
  wordProblem(written) ?? (/^(?:key_|lgw_)/.test(written) ? "must not begin with key_ or lgw_" : undefined)

/** The problem of the first of a list that has one. */
const listProblem = (
  list: ReadonlyArray<string> | undefined,
  of: (item: string) => string | undefined,
  mayBeEmpty: boolean
): string | undefined => {
  if (list === undefined) return undefined
  // Without tools a key is of use, without models of none.
  if (list.length === 0 && !mayBeEmpty) return "must name something; leave it out to allow all"
  if (list.length > mostListed) return `must name ${mostListed} at most`
  return list.map(of).find((problem) => problem !== undefined)
}

const countProblem = (count: number | undefined, most: number): string | undefined =>
  count === undefined || (Number.isInteger(count) && count >= 1 && count <= most)
    ? undefined
    : `must be a whole number from 1 to ${most}`

const usdProblem = (amount: string | undefined): string | undefined =>
  amount === undefined || nanosOfUsd(amount) !== undefined ? undefined : usdMessage

const budgets = ["day", "month", "total"] as const

const beside = (wishes: KeyWishes, written: unknown): string | undefined =>
  written === undefined || budgets.some((budget) => wishes[budget] !== undefined)
    ? undefined
    : "is of no use without a budget"

const expiryOf = (written: string, now: number): number | undefined => {
  const span = spanOf(written)
  return span === undefined ? timeOf(written) : now + span
}

const expiryProblem = (written: string | undefined, now: number): string | undefined => {
  if (written === undefined) return undefined
  const at = expiryOf(written, now)
  if (at === undefined) return `${timeMessage}, or a duration such as 90d`
  return at <= now ? "must lie in the future" : undefined
}

/** What is wrong with each field, in the order in which it is told. */
const problemsOf = (wishes: KeyWishes, now: number): ReadonlyArray<readonly [Field, string | undefined]> => [
  ["name", nameProblem(wishes.name)],
  ["team", wishes.team === undefined ? undefined : wordProblem(wishes.team)],
  ["tags", listProblem(wishes.tags, tagProblem, true)],
  ["models", listProblem(wishes.models, patternProblem, false)],
  ["tools", listProblem(wishes.tools, patternProblem, true)],
  ["expires", expiryProblem(wishes.expires, now)],
  ["requestsPerMinute", countProblem(wishes.requestsPerMinute, mostAllowed.requestsPerMinute)],
  ["tokensPerMinute", countProblem(wishes.tokensPerMinute, mostAllowed.tokensPerMinute)],
  ["requestsAtOnce", countProblem(wishes.requestsAtOnce, mostAllowed.requestsAtOnce)],
  ["day", usdProblem(wishes.day)],
  ["month", usdProblem(wishes.month)],
  ["total", usdProblem(wishes.total)],
  ["zone", wishes.zone === undefined || isTimeZone(wishes.zone) ? beside(wishes, wishes.zone) : zoneMessage],
  ["unknownPrices", beside(wishes, wishes.unknownPrices)]
]

const allowanceIn = (wishes: KeyWishes): Allowance | undefined => {
  const { requestsPerMinute, tokensPerMinute, requestsAtOnce, day, month, total } = wishes
  const [perDay, perMonth, inTotal] = [day, month, total].map((usd) => (usd === undefined ? usd : nanosOfUsd(usd)))
  const { zone = "UTC", unknownPrices = "refuse" } = wishes
  const limits = { requestsPerMinute, tokensPerMinute, requestsAtOnce, perDay, perMonth, inTotal }
  return allowanceOf(limits, { zone, unknownPrices })
}

/**
 * The terms of a key that somebody wishes, or what is wrong with the wish; `fieldNames` are the fields' names where
 * they were written.
 */
export const termsOf = (
  wishes: KeyWishes,
  now: number,
  fieldNames: Readonly<Record<Field, string>>
): Result.Result<KeyTerms, KeyMistake> => {
  for (const [field, problem] of problemsOf(wishes, now)) {
    if (problem !== undefined) return Result.fail(new KeyMistake({ field: fieldNames[field], problem }))
  }
  const { team, tags = [], models, tools, expires } = wishes
  const expiresAt = expires === undefined ? undefined : expiryOf(expires, now)
  const allowance = allowanceIn(wishes)
  return Result.succeed({
    name: wishes.name,
    ...(team === undefined ? {} : { team }),
    tags: [...new Set(tags)],
    ...(models === undefined ? {} : { models }),
    ...(tools === undefined ? {} : { tools }),
    ...(expiresAt === undefined ? {} : { expiresAt }),
    ...(allowance === undefined ? {} : { allowance })
  })
}

import type { Writable } from "../Writable.ts"
import type { Allowance } from "./Caller.ts"

/** Most of each that a key or a team may be allowed: enough for anybody, and small enough to be counted exactly. */
export const mostAllowed = {
  requestsPerMinute: 1_000_000,
  tokensPerMinute: 1_000_000_000,
  requestsAtOnce: 100_000,
  /** US dollars; the nano-dollars of nine times as much are still whole numbers. */
  budget: 1_000_000
} as const

const limitNames = ["requestsPerMinute", "tokensPerMinute", "requestsAtOnce", "perDay", "perMonth", "inTotal"] as const

type Limits = Pick<Allowance, (typeof limitNames)[number]>

/** The allowance of limits some of which are not set (`undefined` or `null`); nothing where none is. */
export const allowanceOf = (
  limits: { readonly [Name in keyof Limits]-?: number | null | undefined },
  { zone, unknownPrices }: Pick<Allowance, "zone" | "unknownPrices">
): Allowance | undefined => {
  const set: Writable<Limits> = {}
  for (const name of limitNames) {
    const limit = limits[name]
    if (limit !== undefined && limit !== null) set[name] = limit
  }
  return Object.keys(set).length === 0 ? undefined : { ...set, zone, unknownPrices }
}

/** Most tags, models or tools of one key: they are looked through on each of its requests. */
export const mostListed = 64

/**
 * Nano-dollars in nine decimals of a dollar, read digit by digit: a binary fraction would lose some. Nothing for what
 * is no amount that is taken.
 */
export const nanosOfUsd = (written: string): number | undefined => {
  const [, whole = "", decimals = ""] = /^(\d{1,7})(?:\.(\d{1,9}))?$/.exec(written) ?? []
  if (whole === "") return undefined
  const nanos = Number(`${whole}${decimals.padEnd(9, "0")}`)
  return nanos <= mostAllowed.budget * 1e9 ? nanos : undefined
}

/** What is said of an amount that is not taken. */
export const usdMessage = `must be an amount in US dollars up to ${mostAllowed.budget}, with nine decimals at most, such as 25 or 0.5`

const time = /^(\d{4}-\d{2}-\d{2})(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?(?:Z|[+-]\d{2}:\d{2}))?$/

/** Milliseconds since 1970 of a day, at its beginning in UTC, or of a time with its distance from UTC. */
export const timeOf = (written: string): number | undefined => {
  const [, day] = time.exec(written) ?? []
  if (day === undefined) return undefined
  const atMidnight = Date.parse(day)
  // A day that no month has would be read as one of the next month.
  if (Number.isNaN(atMidnight) || new Date(atMidnight).toISOString().slice(0, 10) !== day) return undefined
  const at = Date.parse(written)
  return Number.isNaN(at) ? undefined : at
}

/** What is said of a time that cannot be read. */
export const timeMessage =
  'must be a day such as "2027-01-31" (its beginning, UTC) or a time such as "2027-01-31T18:00:00Z"'

/** Whether the machine knows the time zone. */
export const isTimeZone = (name: string): boolean => {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone !== ""
  } catch {
    return false
  }
}

/** What is said of a zone that nobody knows. */
export const zoneMessage = 'must be the name of a time zone, such as "Europe/Berlin"'

/** The form of a name that goes into logs and targets. */
export const wordPattern = /^[\w.-]{1,64}$/u

/** What is said of a name that has another form. */
export const wordMessage = "must be letters, digits, dots and dashes, 64 at most"

/** What keeps a text from being such a name, if anything. */
export const wordProblem = (written: string): string | undefined =>
  wordPattern.test(written) ? undefined : wordMessage

const longestTag = 128

/** What keeps a text from being a tag, if anything: callers and reports put commas between tags. */
export const tagProblem = (tag: string): string | undefined =>
  // oxlint-disable-next-line no-control-regex
  tag !== "" && tag.length <= longestTag && tag.trim() === tag && !/[,\u0000-\u001f\u007f]/.test(tag)
    ? undefined
    : `must be a text of at most ${longestTag} characters without commas`

/** What keeps a text from being a pattern of names, if anything. */
export const patternProblem = (pattern: string): string | undefined =>
  /^[\x21-\x7e]{1,256}$/.test(pattern) ? undefined : 'must be a name, with * for any part, such as "openai/*"'

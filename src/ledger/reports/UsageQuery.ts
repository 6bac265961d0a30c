import { Result } from "effect"
import { InvalidRequest } from "../../domain/Failure.ts"
import { isTimeZone } from "../../domain/keys/KeyRules.ts"
import { dayNamed, daysBefore, instantOf, monthNamed, type Span } from "./Days.ts"

/** What usage can be split by. An attempt with several tags is in the group of each. */
export const dimensions = ["key", "team", "tag", "model", "provider", "day"] as const

export type Dimension = (typeof dimensions)[number]

/** Which attempts are reported, and what they are split by. It is the time when the request came that counts. */
export interface UsageQuery extends Span {
  readonly by: ReadonlyArray<Dimension>
  /** Time zone in which days begin. */
  readonly zone: string
  /** Only this key, by its id: what a caller may see. */
  readonly keyId?: string
  /** Only this key, by its id or its name. */
  readonly key?: string
  readonly team?: string
  readonly tag?: string
  /** The catalog's id. */
  readonly model?: string
  readonly provider?: string
  /** Most groups told. */
  readonly limit?: number
}

/**
 * Parameters as they are written: `from`, `to` (a day, counted in, or a moment), `month`, `zone`, `by`, and what is to
 * be left.
 */
export type UsageParameters = Readonly<Record<string, string | ReadonlyArray<string> | undefined>>

/** What whoever asks may name. */
export interface UsageBounds {
  /** What it may be split by. */
  readonly by: ReadonlyArray<Dimension>
  /** What the rest may be left out by. */
  readonly only: ReadonlyArray<(typeof filters)[number]>
  /** Milliseconds since 1970: what `from` and `to` are counted from when absent. */
  readonly now: number
}

const filters = ["key", "team", "tag", "model", "provider"] as const

/** What whoever steers the gateway may name. */
export const adminBounds = { by: dimensions, only: filters } as const

/** What a caller may name, who sees only what its own key used. */
export const ownBounds = { by: ["model", "provider", "day", "tag"], only: ["tag", "model", "provider"] } as const

/** Most groups that a report tells when the query does not say. */
export const mostTold = 1000

/** Longest span: what is read for one report is bounded. */
const mostDays = 366
const usualDays = 30
const dayMs = 86_400_000
/** Longer than any tag or name that is kept. */
const longestName = 1024

const invalid = (param: string, message: string) => new InvalidRequest({ param, message })

/** Reads the parameters of a report; the failure names the first that is wrong. */
export const usageQueryOf = (
  parameters: UsageParameters,
  { by: mayBy, only, now }: UsageBounds
): Result.Result<UsageQuery, InvalidRequest> => {
  const known: ReadonlyArray<string> = ["from", "to", "month", "zone", "by", ...only]
  const unknown = Object.keys(parameters).find((name) => parameters[name] !== undefined && !known.includes(name))
  if (unknown !== undefined) {
    return Result.fail(
      invalid(unknown, `There is no parameter ${quoted(unknown)} here. There are: ${known.join(", ")}.`)
    )
  }
  const twice = known.find((name) => name !== "by" && listed(parameters[name]).length > 1)
  if (twice !== undefined) return Result.fail(invalid(twice, `${twice} is there more than once.`))

  const read = (name: string) => listed(parameters[name])[0]
  const zone = read("zone") ?? "UTC"
  if (!isTimeZone(zone)) {
    return Result.fail(invalid("zone", `${quoted(zone)} is no time zone. Name one as Europe/Berlin.`))
  }
  const by = [...new Set(listed(parameters["by"]).flatMap((text) => text.split(",").map((name) => name.trim())))]
  const wrong = by.find((name) => !mayBy.some((dimension) => dimension === name))
  if (wrong !== undefined) {
    return Result.fail(invalid("by", `Usage cannot be split by ${quoted(wrong)} here. It can by ${mayBy.join(", ")}.`))
  }
  const empty = only.find((name) => read(name) === "" || (read(name)?.length ?? 0) > longestName)
  if (empty !== undefined) {
    return Result.fail(invalid(empty, `${empty} has to name something, in ${longestName} characters at most.`))
  }
  return Result.map(spanOf({ from: read("from"), to: read("to"), month: read("month") }, zone, now), (span) => ({
    ...span,
    zone,
    by: mayBy.filter((dimension) => by.includes(dimension)),
    ...Object.fromEntries(only.flatMap((name) => (read(name) === undefined ? [] : [[name, read(name)]])))
  }))
}

const listed = (value: string | ReadonlyArray<string> | undefined): ReadonlyArray<string> => {
  if (value === undefined) return []
  return typeof value === "string" ? [value] : value
}

/** Callers' text inside our own sentence, not longer than that bears. */
const quoted = (text: string): string => JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text)

interface WrittenSpan {
  readonly from: string | undefined
  readonly to: string | undefined
  readonly month: string | undefined
}

const spanOf = ({ from, to, month }: WrittenSpan, zone: string, now: number): Result.Result<Span, InvalidRequest> => {
  if (month !== undefined) {
    const other = from === undefined ? "to" : "from"
    if (from !== undefined || to !== undefined) {
      return Result.fail(invalid(other, `There is ${other} beside month; a month has its own first and last day.`))
    }
    const span = monthNamed(month, zone)
    if (span === undefined) return Result.fail(invalid("month", `${quoted(month)} is no month. Write it as 2026-11.`))
    return Result.succeed(span)
  }
  const end = to === undefined ? daysBefore(now, -1, zone) : (dayNamed(to, zone)?.to ?? instantOf(to))
  if (end === undefined) return Result.fail(invalid("to", noDate(to)))
  const start =
    from === undefined
      ? daysBefore(Math.min(now, end), usualDays - 1, zone)
      : (dayNamed(from, zone)?.from ?? instantOf(from))
  if (start === undefined) return Result.fail(invalid("from", noDate(from)))
  if (start >= end) return Result.fail(invalid(from === undefined ? "to" : "from", "from has to be before to."))
  // A day more for the hour by which a year of a zone may be longer.
  if (end - start > (mostDays + 1) * dayMs) {
    return Result.fail(invalid("from", `From ${mostDays} days at most can be reported at once; ask for a part.`))
  }
  return Result.succeed({ from: start, to: end })
}

const noDate = (text: string | undefined): string =>
  `${quoted(text ?? "")} is no date. Write a day as 2026-11-30, or a moment as 2026-11-30T08:00:00Z.`

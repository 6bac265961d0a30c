import { DateTime } from "effect"

/** Spans of time for which there are limits. */
export type WindowKind = "minute" | "day" | "month" | "always"

/** One span of time: milliseconds since 1970, the end not included. */
export interface Window {
  /** Tells it from all others of its kind, in every process. */
  readonly period: string
  readonly startsAt: number
  readonly endsAt: number
}

const minuteMs = 60_000

const always: Window = { period: "always", startsAt: 0, endsAt: Number.MAX_SAFE_INTEGER }

/**
 * The clock minute, or the day or month of a time zone (an IANA name), in which a moment lies. A day of 23 or 25 hours
 * is one.
 */
export const windowOf = (kind: WindowKind, zone: string, at: number): Window => {
  if (kind === "always") return always
  if (kind === "minute") {
    const startsAt = Math.floor(at / minuteMs) * minuteMs
    return { period: new Date(startsAt).toISOString().slice(0, 16), startsAt, endsAt: startsAt + minuteMs }
  }
  const start = DateTime.startOf(DateTime.makeZonedUnsafe(at, { timeZone: zone }), kind)
  const end = DateTime.startOf(DateTime.add(start, kind === "day" ? { days: 1 } : { months: 1 }), kind)
  const date = DateTime.formatIsoDate(start)
  return {
    period: `${kind === "day" ? date : date.slice(0, 7)} ${zone}`,
    startsAt: start.epochMilliseconds,
    endsAt: end.epochMilliseconds
  }
}

/** A moment as people of a time zone write it, with its distance from UTC. */
export const timeIn = (zone: string, at: number): string =>
  DateTime.formatIsoOffset(DateTime.makeZonedUnsafe(at, { timeZone: zone })).replace(".000", "")

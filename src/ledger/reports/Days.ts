import { DateTime } from "effect"

/** A span of time in milliseconds since 1970; `to` is outside. */
export interface Span {
  readonly from: number
  readonly to: number
}

/** A day of a calendar, and when it is. */
export interface Day extends Span {
  /** `YYYY-MM-DD` */
  readonly name: string
}

interface CalendarDate {
  readonly year: number
  readonly month: number
  readonly day: number
}

const dayForm = /^(\d{4})-(\d{2})-(\d{2})$/
const monthForm = /^(\d{4})-(\d{2})$/
/** With an offset, for an hour without one is another hour elsewhere. */
const instantForm = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})$/

/** The first moment of a day there: not always midnight, where clocks are put forward then. */
const startOf = (date: CalendarDate, zone: string): number =>
  DateTime.toEpochMillis(DateTime.makeZonedUnsafe(date, { timeZone: zone, adjustForTimeZone: true }))

const nameOf = ({ year, month, day }: CalendarDate): string =>
  new Date(Date.UTC(year, month - 1, day)).toISOString().slice(0, 10)

const dateOf = (text: string): CalendarDate | undefined => {
  const [, year, month, day] = (dayForm.exec(text) ?? []).map(Number)
  if (year === undefined || month === undefined || day === undefined) return undefined
  const date = { year, month, day }
  // Where a month is too short, the name is that of another day.
  return year >= 1970 && nameOf(date) === text ? date : undefined
}

const dateAt = (at: number, zone: string): CalendarDate => {
  const { year, month, day } = DateTime.toParts(DateTime.makeZonedUnsafe(at, { timeZone: zone }))
  return { year, month, day }
}

/** The day of a date (`YYYY-MM-DD`) in a zone; nothing where there is no such date. */
export const dayNamed = (text: string, zone: string): Day | undefined => {
  const date = dateOf(text)
  if (date === undefined) return undefined
  return { name: text, from: startOf(date, zone), to: startOf({ ...date, day: date.day + 1 }, zone) }
}

/** The month of `YYYY-MM` in a zone; nothing where there is none. */
export const monthNamed = (text: string, zone: string): Span | undefined => {
  const [, year, month] = (monthForm.exec(text) ?? []).map(Number)
  if (year === undefined || month === undefined || year < 1970 || month < 1 || month > 12) return undefined
  return { from: startOf({ year, month, day: 1 }, zone), to: startOf({ year, month: month + 1, day: 1 }, zone) }
}

/** A moment written as ISO 8601 with its offset; nothing when it is not. */
export const instantOf = (text: string): number | undefined => {
  const at = instantForm.test(text) ? Date.parse(text) : Number.NaN
  return Number.isNaN(at) ? undefined : at
}

/** So many days before the day in which a moment is, its first moment. */
export const daysBefore = (at: number, days: number, zone: string): number => {
  const date = dateAt(at, zone)
  return startOf({ ...date, day: date.day - days }, zone)
}

/** The days of a zone that a span touches, the first and the last cut to it. */
export const daysOf = ({ from, to }: Span, zone: string): ReadonlyArray<Day> => {
  const days: Array<Day> = []
  const first = dateAt(from, zone)
  for (let ahead = 0, start = from; start < to; ahead++) {
    const date = { ...first, day: first.day + ahead }
    const end = Math.min(startOf({ ...date, day: date.day + 1 }, zone), to)
    // A day that a country left out has no length.
    if (end > start) days.push({ name: nameOf(date), from: start, to: end })
    start = Math.max(start, end)
  }
  return days
}

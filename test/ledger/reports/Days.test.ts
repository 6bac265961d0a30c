import { expect, test } from "bun:test"
import { dayNamed, daysBefore, daysOf, instantOf, monthNamed } from "../../../src/ledger/reports/Days.ts"

const iso = (at: number) => new Date(at).toISOString()

test.each([
  ["2026-11-22", "UTC", "2026-11-22T00:00:00.000Z", "2026-11-23T00:00:00.000Z"],
  ["2026-03-29", "Europe/Berlin", "2026-03-28T23:00:00.000Z", "2026-03-29T22:00:00.000Z"],
  ["2026-10-25", "Europe/Berlin", "2026-10-24T22:00:00.000Z", "2026-10-25T23:00:00.000Z"],
  // Clocks went from midnight to one.
  ["2018-11-04", "America/Sao_Paulo", "2018-11-04T03:00:00.000Z", "2018-11-05T02:00:00.000Z"],
  ["2024-02-29", "Asia/Kolkata", "2024-02-28T18:30:00.000Z", "2024-02-29T18:30:00.000Z"],
  ["2026-12-31", "UTC", "2026-12-31T00:00:00.000Z", "2027-01-01T00:00:00.000Z"]
])("%s in %s lasts from %s to %s", (name, zone, from, to) => {
  const day = dayNamed(name, zone)
  expect(day && [iso(day.from), iso(day.to)]).toEqual([from, to])
})

test.each(["2026-02-30", "2026-13-01", "2026-00-10", "26-01-01", "2026-1-1", "0999-01-01", "2026-11-22 ", "", "today"])(
  "%j is no day",
  (text) => expect(dayNamed(text, "UTC")).toBeUndefined()
)

test("a month has its own length, in its zone", () => {
  expect(monthNamed("2026-02", "UTC")).toEqual({ from: Date.parse("2026-02-01"), to: Date.parse("2026-03-01") })
  expect(monthNamed("2026-12", "Asia/Tokyo")).toEqual({
    from: Date.parse("2026-11-30T15:00:00Z"),
    to: Date.parse("2026-12-31T15:00:00Z")
  })
  for (const wrong of ["2026-13", "2026-00", "2026", "2026-1", "2026-01-01"])
    expect(monthNamed(wrong, "UTC")).toBeUndefined()
})

test("a moment needs its offset", () => {
  expect(instantOf("2026-11-22T10:00:00Z")).toBe(Date.UTC(2026, 10, 22, 10))
  expect(instantOf("2026-11-22T10:00+02:00")).toBe(Date.UTC(2026, 10, 22, 8))
  for (const wrong of ["2026-11-22T10:00:00", "2026-11-22", "2026-11-22T25:00:00Z", "1732000000"]) {
    expect(instantOf(wrong)).toBeUndefined()
  }
})

test("the days of a span are without gap, whatever the clocks do, and cut to it", () => {
  const span = { from: Date.parse("2026-10-23T22:30:00Z"), to: Date.parse("2026-10-26T10:00:00Z") }
  expect(daysOf(span, "Europe/Berlin").map(({ name, from, to }) => [name, (to - from) / 3_600_000])).toEqual([
    ["2026-10-24", 23.5],
    ["2026-10-25", 25],
    ["2026-10-26", 11]
  ])
  const year = { from: Date.parse("2026-01-01"), to: Date.parse("2027-01-01") }
  for (const zone of ["UTC", "America/New_York", "Pacific/Apia", "America/Havana"]) {
    const days = daysOf(year, zone)
    expect(days[0]?.from).toBe(year.from)
    expect(days.at(-1)?.to).toBe(year.to)
    for (const [at, day] of days.entries()) expect(day.from).toBe(days[at - 1]?.to ?? year.from)
  }
})

test("a day that a country left out is not there", () => {
  const span = { from: Date.parse("2011-12-29T12:00:00Z"), to: Date.parse("2011-12-31T12:00:00Z") }
  expect(daysOf(span, "Pacific/Apia").map(({ name }) => name)).toEqual(["2011-12-29", "2011-12-31", "2012-01-01"])
})

test("days are counted back from the day of the zone", () => {
  expect(iso(daysBefore(Date.parse("2026-11-22T23:30:00Z"), 0, "Europe/Berlin"))).toBe("2026-11-22T23:00:00.000Z")
  expect(iso(daysBefore(Date.parse("2026-03-01T12:00:00Z"), 1, "UTC"))).toBe("2026-02-28T00:00:00.000Z")
})

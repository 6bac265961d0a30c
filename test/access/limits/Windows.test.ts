import { expect, test } from "bun:test"
import { timeIn, type WindowKind, windowOf } from "../../../src/access/limits/Windows.ts"

const hours = (from: number, to: number) => (to - from) / 3_600_000
const iso = (at: number) => new Date(at).toISOString().replace(":00.000Z", "Z")

const cases: ReadonlyArray<readonly [WindowKind, string, string, string, string, string, number]> = [
  ["minute", "UTC", "2026-11-22T10:15:59.999Z", "2026-11-22T10:15", "2026-11-22T10:15Z", "2026-11-22T10:16Z", 1 / 60],
  [
    "minute",
    "Asia/Kathmandu",
    "2026-11-22T10:16:00Z",
    "2026-11-22T10:16",
    "2026-11-22T10:16Z",
    "2026-11-22T10:17Z",
    1 / 60
  ],
  ["day", "UTC", "2026-12-31T23:59:59.999Z", "2026-12-31 UTC", "2026-12-31T00:00Z", "2027-01-01T00:00Z", 24],
  [
    "day",
    "Europe/Berlin",
    "2026-07-01T22:00:00Z",
    "2026-07-02 Europe/Berlin",
    "2026-07-01T22:00Z",
    "2026-07-02T22:00Z",
    24
  ],
  // Clocks go forward and back at night.
  [
    "day",
    "Europe/Berlin",
    "2026-03-29T01:00:00Z",
    "2026-03-29 Europe/Berlin",
    "2026-03-28T23:00Z",
    "2026-03-29T22:00Z",
    23
  ],
  [
    "day",
    "Europe/Berlin",
    "2026-10-25T00:30:00Z",
    "2026-10-25 Europe/Berlin",
    "2026-10-24T22:00Z",
    "2026-10-25T23:00Z",
    25
  ],
  [
    "day",
    "Europe/Berlin",
    "2026-10-25T01:30:00Z",
    "2026-10-25 Europe/Berlin",
    "2026-10-24T22:00Z",
    "2026-10-25T23:00Z",
    25
  ],
  // And at midnight, so that a day begins at one o'clock, or its first hour comes twice.
  [
    "day",
    "Africa/Cairo",
    "2026-04-24T10:00:00Z",
    "2026-04-24 Africa/Cairo",
    "2026-04-23T22:00Z",
    "2026-04-24T21:00Z",
    23
  ],
  [
    "day",
    "America/Havana",
    "2026-11-01T04:30:00Z",
    "2026-11-01 America/Havana",
    "2026-11-01T04:00Z",
    "2026-11-02T05:00Z",
    25
  ],
  [
    "day",
    "America/Havana",
    "2026-11-01T05:30:00Z",
    "2026-11-01 America/Havana",
    "2026-11-01T04:00Z",
    "2026-11-02T05:00Z",
    25
  ],
  [
    "day",
    "Asia/Kathmandu",
    "2026-04-24T20:00:00Z",
    "2026-04-25 Asia/Kathmandu",
    "2026-04-24T18:15Z",
    "2026-04-25T18:15Z",
    24
  ],
  ["month", "UTC", "2028-02-29T12:00:00Z", "2028-02 UTC", "2028-02-01T00:00Z", "2028-03-01T00:00Z", 29 * 24],
  [
    "month",
    "Europe/Berlin",
    "2026-03-31T21:59:59Z",
    "2026-03 Europe/Berlin",
    "2026-02-28T23:00Z",
    "2026-03-31T22:00Z",
    743
  ],
  [
    "month",
    "America/New_York",
    "2027-01-01T04:59:59Z",
    "2026-12 America/New_York",
    "2026-12-01T05:00Z",
    "2027-01-01T05:00Z",
    744
  ]
]

for (const [kind, zone, at, period, start, end, length] of cases) {
  test(`the ${kind} of ${at} in ${zone} is ${period}`, () => {
    const window = windowOf(kind, zone, Date.parse(at))
    expect([window.period, iso(window.startsAt), iso(window.endsAt)]).toEqual([period, start, end])
    expect(hours(window.startsAt, window.endsAt)).toBeCloseTo(length, 6)
  })
}

test("days and months follow each other without a gap through a whole year", () => {
  for (const zone of ["America/Havana", "Africa/Cairo", "Australia/Lord_Howe"]) {
    for (const kind of ["day", "month"] as const) {
      let at = Date.parse("2026-01-01T12:00:00Z")
      const end = Date.parse("2027-01-10T00:00:00Z")
      while (at < end) {
        const window = windowOf(kind, zone, at)
        expect(windowOf(kind, zone, window.startsAt)).toEqual(window)
        expect(windowOf(kind, zone, window.endsAt - 1)).toEqual(window)
        expect(windowOf(kind, zone, window.endsAt).startsAt).toBe(window.endsAt)
        at = window.endsAt
      }
    }
  }
})

test("what is limited in all has one window that does not end", () => {
  expect(windowOf("always", "UTC", 0)).toEqual(windowOf("always", "Europe/Berlin", Date.now()))
})

test("a moment is told in the time of its zone", () => {
  expect(timeIn("Europe/Berlin", Date.parse("2026-07-01T22:00:00Z"))).toBe("2026-07-02T00:00:00+02:00")
})

import { describe, expect, test } from "bun:test"
import { isTimeZone, nanosOfUsd, patternProblem, tagProblem, timeOf } from "../../../src/domain/keys/KeyRules.ts"

describe("an amount in dollars", () => {
  for (const [text, nanos] of [
    ["0", 0],
    ["5", 5_000_000_000],
    ["0.1", 100_000_000],
    ["0.000000001", 1],
    ["4.35", 4_350_000_000],
    ["123456.789012345", 123_456_789_012_345],
    ["999999.999999999", 999_999_999_999_999],
    ["1000000", 1e15],
    ["1000000.000000001", undefined],
    ["0.0000000001", undefined],
    ["", undefined],
    [".5", undefined],
    ["5.", undefined],
    ["-1", undefined],
    ["1e3", undefined],
    ["$5", undefined],
    ["٥", undefined]
  ] as const) {
    test(`${JSON.stringify(text)}: ${nanos ?? "none"}`, () => expect(nanosOfUsd(text)).toBe(nanos))
  }
})

describe("a time", () => {
  for (const [text, iso] of [
    ["2027-01-31", "2027-01-31T00:00:00.000Z"],
    ["2028-02-29", "2028-02-29T00:00:00.000Z"],
    ["2027-01-31T18:00Z", "2027-01-31T18:00:00.000Z"],
    ["2027-01-31T18:00:05.5+02:00", "2027-01-31T16:00:05.500Z"],
    ["2027-02-29", undefined],
    ["2027-02-31T10:00Z", undefined],
    ["2027-13-01", undefined],
    ["2027-01-31T25:00Z", undefined],
    ["2027-01-31T18:00", undefined],
    ["31.01.2027", undefined],
    ["tomorrow", undefined]
  ] as const) {
    test(`${text}: ${iso ?? "none"}`, () => {
      const at = timeOf(text)
      expect(at === undefined ? at : new Date(at).toISOString()).toBe(iso)
    })
  }
})

test("time zones are those that the machine knows", () => {
  for (const zone of ["UTC", "Europe/Berlin", "America/New_York"]) expect(isTimeZone(zone)).toBe(true)
  for (const zone of ["", "Berlin", "Europe/Nowhere", "UTC; DROP"]) expect(isTimeZone(zone)).toBe(false)
})

test("tags have no commas, no line breaks and no spaces at their ends", () => {
  for (const tag of ["a", "cost-center=12", "two words", "ü", "x".repeat(128)]) expect(tagProblem(tag)).toBeUndefined()
  for (const tag of ["", " a", "a ", "a,b", "a\nb", "x".repeat(129)]) expect(tagProblem(tag)).toBeDefined()
})

test("patterns are names without spaces", () => {
  for (const pattern of ["*", "openai/*", "gpt-5", "a*b*c"]) expect(patternProblem(pattern)).toBeUndefined()
  for (const pattern of ["", "a b", "ü", "x".repeat(257)]) expect(patternProblem(pattern)).toBeDefined()
})

import { expect, test } from "bun:test"
import { Result } from "effect"
import { adminBounds, ownBounds, type UsageParameters, usageQueryOf } from "../../../src/ledger/reports/UsageQuery.ts"

const now = Date.parse("2026-11-22T10:00:00Z")

const read = (parameters: UsageParameters) => usageQueryOf(parameters, { ...adminBounds, now })

test("without a word it is the last thirty days, to the end of this one", () => {
  expect(Result.getOrThrow(read({}))).toEqual({
    by: [],
    zone: "UTC",
    from: Date.parse("2026-10-24"),
    to: Date.parse("2026-11-23")
  })
})

test("both days are counted in, in their zone", () => {
  expect(Result.getOrThrow(read({ from: "2026-11-01", to: "2026-11-01", zone: "Europe/Berlin" }))).toMatchObject({
    from: Date.parse("2026-10-31T23:00:00Z"),
    to: Date.parse("2026-11-01T23:00:00Z")
  })
})

test("moments are taken as they are, and an absent beginning is counted from the end", () => {
  expect(Result.getOrThrow(read({ from: "2026-11-01T07:00:00Z", to: "2026-11-01T09:00:00+01:00" }))).toMatchObject({
    from: Date.parse("2026-11-01T07:00:00Z"),
    to: Date.parse("2026-11-01T08:00:00Z")
  })
  expect(Result.getOrThrow(read({ to: "2026-06-30" })).from).toBe(Date.parse("2026-06-02"))
})

test("a month is a month, a leap year is not too long", () => {
  expect(Result.getOrThrow(read({ month: "2026-11" }))).toMatchObject({
    from: Date.parse("2026-11-01"),
    to: Date.parse("2026-12-01")
  })
  expect(Result.isSuccess(read({ from: "2024-01-01", to: "2024-12-31", zone: "Europe/Berlin" }))).toBe(true)
})

test("dimensions come with commas or several times, each once, and filters as they are written", () => {
  expect(
    Result.getOrThrow(read({ by: ["day, model", "key", "model"], team: "red", tag: "a=b", key: "k" }))
  ).toMatchObject({
    by: ["key", "model", "day"],
    team: "red",
    tag: "a=b",
    key: "k"
  })
})

const wrong: ReadonlyArray<readonly [string, UsageParameters, string]> = [
  ["a date that is none", { from: "2026-02-30" }, "from"],
  ["a last day that is none", { to: "tomorrow" }, "to"],
  ["an empty date", { from: "" }, "from"],
  ["an end before the beginning", { from: "2026-11-02", to: "2026-11-01" }, "from"],
  ["a beginning in the future", { from: "2027-01-01" }, "from"],
  ["more than a year", { from: "2024-01-01", to: "2026-01-01" }, "from"],
  ["a month that is none", { month: "2026-13" }, "month"],
  ["a month and a day", { month: "2026-11", to: "2026-11-02" }, "to"],
  ["a zone that is none", { zone: "Mars/Olympus" }, "zone"],
  ["a dimension that is none", { by: "model,colour" }, "by"],
  ["an empty dimension", { by: "" }, "by"],
  ["an empty filter", { team: "" }, "team"],
  ["a filter longer than any name", { tag: "x".repeat(2000) }, "tag"],
  ["a parameter twice", { model: ["a", "b"] }, "model"],
  ["a parameter that nothing reads", { form: "2026-11-01" }, "form"]
]
test.each(wrong)("%s is refused by its name", (_, parameters, param) => {
  expect(Result.getOrThrow(Result.flip(read(parameters)))).toMatchObject({ _tag: "InvalidRequest", param })
})

test("a caller names neither keys nor teams", () => {
  const own = (parameters: UsageParameters) => usageQueryOf(parameters, { ...ownBounds, now })
  expect(Result.getOrThrow(own({ by: "tag,day" })).by).toEqual(["day", "tag"])
  for (const [param, parameters] of [
    ["by", { by: "key" }],
    ["by", { by: "team" }],
    ["key", { key: "key-2" }],
    ["keyId", { keyId: "key-2" }],
    ["team", { team: "red" }]
  ] as const) {
    expect(Result.getOrThrow(Result.flip(own(parameters)))).toMatchObject({ param })
  }
})

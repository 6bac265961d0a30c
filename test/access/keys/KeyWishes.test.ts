import { describe, expect, test } from "bun:test"
import { Result } from "effect"
import { type KeyWishes, spanOf, termsOf } from "../../../src/access/keys/KeyWishes.ts"

const now = Date.parse("2026-11-22T12:00:00Z")

const fields: Readonly<Record<keyof KeyWishes, string>> = {
  name: "name",
  team: "team",
  tags: "tags",
  models: "models",
  tools: "tools",
  expires: "expires",
  requestsPerMinute: "rpm",
  tokensPerMinute: "tpm",
  requestsAtOnce: "atOnce",
  day: "day",
  month: "month",
  total: "total",
  zone: "zone",
  unknownPrices: "unknown"
}

const read = (wishes: Partial<KeyWishes>) => termsOf({ name: "a", ...wishes }, now, fields)

describe("a wish that can be fulfilled:", () => {
  const limits = { zone: "UTC", unknownPrices: "refuse" } as const
  const cases: ReadonlyArray<readonly [string, Partial<KeyWishes>, object]> = [
    ["a name alone", {}, { name: "a", tags: [] }],
    ["tags, each once", { tags: ["x", "y=1", "x"] }, { name: "a", tags: ["x", "y=1"] }],
    ["a day", { expires: "2027-01-31" }, { name: "a", tags: [], expiresAt: Date.parse("2027-01-31T00:00:00Z") }],
    ["a time", { expires: "2027-01-31T18:00+01:00" }, { name: "a", tags: [], expiresAt: Date.UTC(2027, 0, 31, 17) }],
    ["a duration", { expires: "90d" }, { name: "a", tags: [], expiresAt: now + 90 * 86_400_000 }],
    ["no tools", { tools: [] }, { name: "a", tags: [], tools: [] }],
    ["patterns", { models: ["openai/*", "*"] }, { name: "a", tags: [], models: ["openai/*", "*"] }],
    ["a rate", { requestsPerMinute: 5 }, { name: "a", tags: [], allowance: { ...limits, requestsPerMinute: 5 } }],
    [
      "money, to the nano-dollar",
      { day: "0.1", month: "123456.789012345", total: "1000000", zone: "Europe/Berlin", unknownPrices: "allow" },
      {
        name: "a",
        tags: [],
        allowance: {
          perDay: 100_000_000,
          perMonth: 123_456_789_012_345,
          inTotal: 1e15,
          zone: "Europe/Berlin",
          unknownPrices: "allow"
        }
      }
    ]
  ]
  for (const [what, wishes, terms] of cases) {
    test(what, () => expect(Result.getOrThrow(read(wishes))).toEqual(Object.assign({ name: "a", tags: [] }, terms)))
  }
})

describe("a wish that cannot be fulfilled names its field:", () => {
  const cases: ReadonlyArray<readonly [string, Partial<KeyWishes>]> = [
    ["name", { name: "" }],
    ["name", { name: "a b" }],
    ["name", { name: "lgw_secret" }],
    ["name", { name: "key_0123" }],
    ["name", { name: "x".repeat(65) }],
    ["team", { team: "a/b" }],
    ["tags", { tags: ["a,b"] }],
    ["tags", { tags: ["fine", " x"] }],
    ["tags", { tags: ["a\nb"] }],
    ["tags", { tags: Array.from({ length: 65 }, (_, at) => `t${at}`) }],
    ["models", { models: [] }],
    ["models", { models: ["a b"] }],
    ["tools", { tools: [""] }],
    ["expires", { expires: "soon" }],
    ["expires", { expires: "2027-02-30" }],
    ["expires", { expires: "2027-01-31T18:00" }],
    ["expires", { expires: "2026-11-22T12:00:00Z" }],
    ["expires", { expires: "0s" }],
    ["rpm", { requestsPerMinute: 0 }],
    ["rpm", { requestsPerMinute: 1.5 }],
    ["tpm", { tokensPerMinute: 1e10 }],
    ["atOnce", { requestsAtOnce: -1 }],
    ["day", { day: "-1" }],
    ["day", { day: "1e3" }],
    ["month", { month: "0.0000000001" }],
    ["total", { total: "1000000.000000001" }],
    ["zone", { day: "1", zone: "Berlin" }],
    ["zone", { zone: "UTC" }],
    ["unknown", { requestsPerMinute: 1, unknownPrices: "allow" }]
  ]
  for (const [field, wishes] of cases) {
    test(`${field} ${JSON.stringify(wishes).slice(0, 60)}`, () => {
      const result = read(wishes)
      expect(Result.isFailure(result) && result.failure.message).toStartWith(`${field} `)
    })
  }
})

describe("a duration", () => {
  for (const [text, milliseconds] of [
    ["0s", 0],
    ["30s", 30_000],
    ["5m", 300_000],
    ["1h", 3_600_000],
    ["24 hours", 86_400_000],
    ["90d", 7_776_000_000],
    ["2 weeks", 1_209_600_000],
    ["1 month", undefined],
    ["1", undefined],
    ["-1s", undefined],
    ["4000d", undefined],
    ["", undefined]
  ] as const) {
    test(`${JSON.stringify(text)} is ${milliseconds ?? "none"}`, () => expect(spanOf(text)).toBe(milliseconds))
  }
})

import { describe, expect, test } from "bun:test"
import type { Spending } from "../../src/domain/usage/Cost.ts"
import { noUsage } from "../../src/domain/usage/Usage.ts"
import {
  bookingIn,
  bookingOf,
  classCostOf,
  costOf,
  type Entry,
  entriesOf,
  lineOf,
  startedAt,
  tokensOf
} from "../../src/ledger/Entry.ts"
import { attempt, record, spending } from "./Records.ts"

const only = (entries: ReadonlyArray<Entry>): Entry => {
  const [entry] = entries
  if (entry === undefined || entries.length > 1) throw new Error(`${entries.length} entries`)
  return entry
}

const entryWith = (spending?: Spending): Entry =>
  only(entriesOf(bookingOf(record("r", { attempts: [attempt("r/1", spending === undefined ? {} : { spending })] }))))

const { cost: _, ...unpriced } = spending

describe("what is kept", () => {
  test("tokens are in disjoint classes, times in whole microseconds", () => {
    const entry = entryWith(spending)
    expect(tokensOf(entry)).toEqual({
      input: 300,
      cachedInput: 600,
      cacheWrite5m: 60,
      cacheWrite1h: 40,
      audioInput: 0,
      imageInput: 0,
      output: 30,
      reasoning: 20,
      audioOutput: 0
    })
    expect(entry.attempt).toMatchObject({ queuedUs: 250, sentUs: 1500, endedUs: 40_000, serviceTier: "flex" })
    expect(startedAt(entry)).toBe(1_764_000_000_002)
  })

  test.each([
    ["a known price", spending, 1_000_550, 600_000, 0],
    ["an unknown price, which is not nothing", unpriced, undefined, undefined, undefined],
    ["nothing that a provider bills", undefined, 0, 0, 0],
    ["a model that is free", { ...unpriced, cost: { total: 0, byClass: {}, priceVersion: "v" } }, 0, 0, 0]
  ])("what it cost: %s", (_, spending, total, cached, audio) => {
    const entry = entryWith(spending)
    expect(costOf(entry)).toBe(total)
    expect(classCostOf(entry, "cachedInput")).toBe(cached)
    expect(classCostOf(entry, "audioOutput")).toBe(audio)
  })

  test("a time that is no number does not hold up the rows behind it", () => {
    const entry = only(entriesOf(bookingOf(record("r", { attempts: [attempt("r/1", { endedMs: Number.NaN })] }))))
    expect(entry.attempt.endedUs).toBe(0)
  })
})

describe("a line of the journal", () => {
  const full = record("r", {
    stream: true,
    labels: { endUser: "user\n7", sessionId: "s", tags: ["a", "plan=gold"] },
    idempotencyKey: "k",
    outcome: "failed",
    failure: "Overloaded",
    attempts: [
      attempt("r/1", {
        kind: "hedge",
        outcome: "failed",
        region: "eu",
        headersMs: 3,
        firstContentMs: 4,
        firstTextMs: 5,
        failure: { class: "Overloaded", message: "busy, said your prompt", status: 529 }
      }),
      attempt("r/2", { spending: { ...unpriced, source: "estimate", usage: noUsage } })
    ]
  })

  test("brings back all that was kept", () => {
    const booking = bookingOf(full)
    const line = lineOf(booking)
    expect(line.indexOf("\n")).toBe(line.length - 1)
    expect(bookingIn(line)).toEqual(booking)
    expect(bookingIn(lineOf(bookingOf(record("r"))))).toEqual(bookingOf(record("r")))
  })

  test("holds nothing that was said", () => {
    expect(lineOf(bookingOf(full))).not.toContain("prompt")
  })

  test("of a later version is read: what is not known is passed over", () => {
    const booking = bookingOf(full)
    const later = {
      ...booking,
      version: 7,
      request: { ...booking.request, planet: "earth" },
      attempts: booking.attempts.map((attempt) => ({ ...attempt, kind: "rehearsal", seconds: 3 }))
    }
    expect(bookingIn(JSON.stringify(later))).toEqual({
      ...booking,
      attempts: booking.attempts.map((attempt) => ({ ...attempt, kind: "rehearsal" }))
    })
  })

  test("of an earlier version is read: what is missing has its default", () => {
    const line = JSON.stringify({
      request: { id: "r", receivedAt: 5 },
      attempts: [{ id: "r/1", usageSource: "provider", tokens: {} }]
    })
    const booking = bookingIn(line)
    if (booking === undefined) throw new Error("not read")
    const entry = only(entriesOf(booking))
    expect(entry.request).toMatchObject({ keyId: "", tags: [], stream: false, outcome: "" })
    expect(entry.attempt).toMatchObject({ kind: "", target: "", sentUs: 0 })
    expect(tokensOf(entry)).toMatchObject({ input: 0, output: 0 })
    expect(costOf(entry)).toBeUndefined()
  })

  test.each([
    ["is torn", lineOf(bookingOf(full)).slice(0, 200)],
    ["is empty", ""],
    ["is no object", "[]"],
    ["does not say whose it is", `{"request":{"receivedAt":1},"attempts":[]}`],
    ["has an attempt without id", `{"request":{"id":"r","receivedAt":1},"attempts":[{}]}`]
  ])("that %s cannot be read", (_, line) => {
    expect(bookingIn(line)).toBeUndefined()
  })
})

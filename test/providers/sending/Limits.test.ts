import { describe, expect, test } from "bun:test"
import {
  beginning,
  firstLook,
  nextDue,
  type Progress,
  type SendLimits,
  tooLate
} from "../../../src/providers/sending/Limits.ts"

const limits: SendLimits = {
  connectMs: 3_000,
  headersMs: 30_000,
  silenceMs: 20_000,
  idleMs: 10_000,
  contentMs: undefined,
  totalMs: undefined,
  untilGateMs: 600_000
}

const startedAt = 1_000
const connected: Partial<Progress> = { connectedAt: 1_100 }
const answered: Partial<Progress> = { connectedAt: 1_100, headersAt: 2_000 }
const speaking: Partial<Progress> = { ...answered, hasContent: true }
const open: Partial<Progress> = { ...speaking, isOpen: true }

describe("the limit that is passed first", () => {
  for (const [name, more, progress, lifeAt, expected] of [
    ["connecting", {}, {}, startedAt, ["connect", 4_000]],
    ["connected", {}, connected, startedAt, ["headers", 31_000]],
    ["headers that must come before the connection may stand", { headersMs: 2_000 }, {}, startedAt, ["headers", 3_000]],
    ["answered, without content", {}, answered, 2_000, ["idle", 22_000]],
    ["content has come", {}, speaking, 5_000, ["idle", 15_000]],
    ["a threshold for content", { contentMs: 2_000 }, {}, startedAt, ["first_content", 3_000]],
    ["a threshold that was met", { contentMs: 2_000 }, speaking, 2_500, ["idle", 12_500]],
    ["a threshold that is later than the silence", { contentMs: 50_000 }, answered, 2_000, ["idle", 22_000]],
    ["a limit for all of it", { totalMs: 8_000 }, speaking, 8_500, ["total", 9_000]],
    ["a deadline", { untilGateMs: 1_500 }, connected, startedAt, ["deadline", 2_500]],
    ["a deadline as long as another limit", { untilGateMs: 3_000 }, {}, startedAt, ["deadline", 4_000]],
    [
      "a deadline that content does not meet while the gate is shut",
      { untilGateMs: 1_500 },
      speaking,
      startedAt,
      ["deadline", 2_500]
    ],
    ["a deadline that was met", { untilGateMs: 1_500 }, open, 2_000, ["idle", 12_000]]
  ] as const) {
    test(`${name}: ${expected[0]}`, () => {
      const { stage, at } = nextDue({ ...limits, ...more }, { ...beginning(), ...progress }, startedAt, lifeAt)
      expect([stage, at]).toEqual([...expected])
    })
  }
})

test("the first look is not later than any limit lasts", () => {
  expect(firstLook(limits)).toBe(3_000)
  expect(firstLook({ ...limits, connectMs: 20_000 })).toBe(10_000)
  expect(firstLook({ ...limits, contentMs: 900, totalMs: 1_000, untilGateMs: 800 })).toBe(800)
})

describe("a limit that was passed is told with its stage and length", () => {
  const all = { ...limits, contentMs: 1_234.4, totalMs: 50_000 }
  for (const [stage, hasContent, said] of [
    ["connect", false, "3000 ms"],
    ["headers", false, "30000 ms"],
    ["first_content", false, "1234 ms"],
    ["idle", false, "20000 ms"],
    ["idle", true, "10000 ms"],
    ["total", true, "50000 ms"],
    ["deadline", false, "600000 ms"]
  ] as const) {
    test(`${stage}, ${hasContent ? "with" : "without"} content`, () => {
      const late = tooLate("acme", stage, all, hasContent)
      expect([late._tag, late.stage]).toEqual(["TimedOut", stage])
      expect(late.message).toContain("acme")
      expect(late.message).toContain(said)
    })
  }
})

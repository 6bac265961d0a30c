import { describe, expect, test } from "bun:test"
import { type Failure, failureKinds, type FailureTag, OverBudget, RateLimited } from "../../../src/domain/Failure.ts"
import type { Steering } from "../../../src/domain/routing/Steering.ts"
import { defaultOn, limitsOf, type Policy, policyOf, shouldRetry } from "../../../src/routing/planning/Policy.ts"
import { statusOf } from "../../../src/server/Reply.ts"

import { everyFailure, failures } from "../EveryFailure.ts"

const alone = policyOf([], true)
const amongOthers = policyOf([], false)
const longest = 2 ** 31 - 1

describe("what nobody said", () => {
  test("is two minutes, one more try where there is no other target, no hedge, no race, and no trail", () => {
    expect(alone).toEqual({
      timeouts: {},
      deadlineMs: 120_000,
      on: defaultOn,
      retries: 1,
      backoffMs: 500,
      hedge: undefined,
      race: false,
      midStream: "error",
      trail: false
    })
    expect(amongOthers).toEqual({ ...alone, retries: 0 })
  })

  test("costs no new policy", () => {
    expect(policyOf([{}, {}, {}], true)).toBe(alone)
    expect(policyOf([{}], false)).toBe(amongOthers)
  })

  test("goes on to the next target after all but what is wrong with the request itself, or a refused content", () => {
    expect([...defaultOn].sort()).toEqual([
      "ContextTooLong",
      "Cut",
      "Garbled",
      "NoSuchModel",
      "Overloaded",
      "QuotaExhausted",
      "RateLimited",
      "SchemaInvalid",
      "ServerFault",
      "TimedOut",
      "Unable",
      "Unauthorized",
      "Unreachable"
    ])
  })
})

describe("what was said", () => {
  const laid: ReadonlyArray<readonly [string, ReadonlyArray<Steering>, Partial<Policy>]> = [
    ["counts", [{ deadlineMs: 5, midStream: "hold", trail: true }], { deadlineMs: 5, midStream: "hold", trail: true }],
    [
      "counts from the nearest place",
      [{ deadlineMs: 5 }, { deadlineMs: 9, trail: true }],
      { deadlineMs: 5, trail: true }
    ],
    ["counts from far away when nearer places are silent", [{}, {}, { deadlineMs: 9 }], { deadlineMs: 9 }],
    ["can take back what was said farther away", [{ trail: false }, { trail: true }], { trail: false }],
    [
      "is put together part by part for timeouts",
      [
        { timeouts: { headersMs: 1, firstContentMs: 2 } },
        { timeouts: { headersMs: 9, idleMs: 3, totalMs: 4, connectMs: 5 } }
      ],
      { timeouts: { headersMs: 1, firstContentMs: 2, idleMs: 3, totalMs: 4, connectMs: 5 } }
    ],
    [
      "is put together part by part for retries",
      [{ retries: { attempts: 3 } }, { retries: { attempts: 9, backoffMs: 20 } }],
      { retries: 3, backoffMs: 20 }
    ],
    ["counts for retries even when it is none", [{ retries: { attempts: 0 } }], { retries: 0 }],
    [
      "replaces the classes that lead on",
      [{ on: ["ContentRefused"] }],
      { on: new Set<FailureTag>(["ContentRefused"]) }
    ],
    ["hedges", [{ hedge: { after: 200 } }], { hedge: { after: 200 }, race: false }],
    ["races", [{ race: true }], { hedge: undefined, race: true }],
    [
      "hedges instead of a race said farther away",
      [{ hedge: { after: 1 } }, { race: true }],
      { hedge: { after: 1 }, race: false }
    ],
    [
      "races instead of a hedge said farther away",
      [{ race: true }, { hedge: { after: 1 } }],
      { hedge: undefined, race: true }
    ],
    ["takes back a race", [{ race: false }, { race: true }], { hedge: undefined, race: false }],
    [
      "takes back a race, not a hedge",
      [{ race: false }, { hedge: { after: "p95" } }],
      { hedge: { after: "p95" }, race: false }
    ],
    [
      "replaces a hedge whole",
      [{ hedge: { after: 1 } }, { hedge: { after: 2, maxExtraCost: 3 } }],
      { hedge: { after: 1 }, race: false }
    ],
    [
      "means the cheaper when it means both",
      [{ hedge: { after: 1 }, race: true }],
      { hedge: { after: 1 }, race: false }
    ]
  ]
  for (const [what, said, expected] of laid) {
    test(what, () => {
      expect(policyOf(said, true)).toEqual({ ...alone, ...expected })
      expect(policyOf(said, false)).toEqual({ ...amongOthers, ...expected })
    })
  }
})

describe("the limits of an attempt", () => {
  const streamed = { policy: alone, streams: true, mayThink: false, leftMs: 120_000, targetsLeft: 1 }
  const usual = {
    connectMs: 3_000,
    headersMs: 30_000,
    silenceMs: 30_000,
    idleMs: 30_000,
    contentMs: undefined,
    totalMs: undefined,
    untilGateMs: 120_000
  }
  const saying = (timeouts: Steering["timeouts"] & {}): Policy => policyOf([{ timeouts }], true)
  const table: ReadonlyArray<readonly [string, Partial<Parameters<typeof limitsOf>[0]>, Partial<typeof usual>]> = [
    ["are the usual ones for a stream", {}, {}],
    ["let a whole answer be made before its headers", { streams: false }, { headersMs: 120_000, silenceMs: 120_000 }],
    ["let a model think in silence", { mayThink: true }, { silenceMs: 120_000 }],
    [
      "leave the other targets their share",
      { streams: false, targetsLeft: 3 },
      { headersMs: 40_000, silenceMs: 40_000 }
    ],
    [
      "leave at least half a minute, whatever the share",
      { streams: false, targetsLeft: 12 },
      { headersMs: 30_000, silenceMs: 30_000 }
    ],
    [
      "end with the deadline, but for an answer that has begun",
      { leftMs: 1_000 },
      { connectMs: 1_000, headersMs: 1_000, silenceMs: 1_000, untilGateMs: 1_000 }
    ],
    [
      "are nothing once the deadline is past",
      { leftMs: -5 },
      { connectMs: 0, headersMs: 0, silenceMs: 0, untilGateMs: 0 }
    ],
    [
      "fit a timer",
      { leftMs: Infinity, streams: false },
      { headersMs: longest, silenceMs: longest, untilGateMs: longest }
    ]
  ]
  for (const [what, circumstances, expected] of table) {
    test(what, () => expect<unknown>(limitsOf({ ...streamed, ...circumstances })).toEqual({ ...usual, ...expected }))
  }

  test("are what was said, whether the model thinks, the answer is whole, or others wait", () => {
    const policy = saying({ connectMs: 1, headersMs: 2, firstContentMs: 3, idleMs: 4, totalMs: 5 })
    for (const streams of [true, false]) {
      for (const mayThink of [true, false]) {
        expect(limitsOf({ policy, streams, mayThink, leftMs: 120_000, targetsLeft: 2 })).toEqual({
          connectMs: 1,
          headersMs: 2,
          silenceMs: 4,
          idleMs: 4,
          contentMs: 3,
          totalMs: 5,
          untilGateMs: 120_000
        })
      }
    }
  })

  test("never pass the deadline before the gate, nor what a timer takes after it", () => {
    const policy = saying({ connectMs: 1e12, headersMs: 1e12, firstContentMs: 1e12, idleMs: 1e12, totalMs: 1e12 })
    expect(limitsOf({ ...streamed, policy, leftMs: 700 })).toEqual({
      connectMs: 700,
      headersMs: 700,
      silenceMs: 700,
      idleMs: longest,
      contentMs: 700,
      totalMs: longest,
      untilGateMs: 700
    })
  })
})

const limited = (retryAfterMs: number): Failure => new RateLimited({ message: "", retryAfterMs })

describe("an SDK's own retries", () => {
  const once = { attempts: 1, budgetSpent: false }

  test("are left alone after one attempt that might do better", () => {
    expect(shouldRetry(everyFailure.ServerFault, once)).toBeUndefined()
    expect(shouldRetry(everyFailure.RateLimited, once)).toBeUndefined()
    expect(shouldRetry(everyFailure.Unavailable, { attempts: 0, budgetSpent: false })).toBeUndefined()
  })

  test("are told off when the gateway has tried more than once already", () => {
    expect(shouldRetry(everyFailure.ServerFault, { ...once, attempts: 2 })).toBe(false)
    expect(shouldRetry(everyFailure.RateLimited, { ...once, attempts: 5 })).toBe(false)
  })

  test("are welcome after the time that the provider named", () => {
    expect(shouldRetry(limited(2_000), { ...once, attempts: 5 })).toBeUndefined()
  })

  test("are told off when the retry budget is spent, whatever the provider named", () => {
    expect(shouldRetry(everyFailure.ServerFault, { ...once, budgetSpent: true })).toBe(false)
    expect(shouldRetry(limited(2_000), { ...once, budgetSpent: true })).toBe(false)
  })

  test("are let be where a budget is only put aside for the moment", () => {
    const aside = new OverBudget({ message: "", code: "budget_put_aside", retryAfterMs: 1_000 })
    expect(shouldRetry(aside, { attempts: 3, budgetSpent: true })).toBeUndefined()
  })

  test("are told off for exactly those classes that the SDKs try again and that end the same way", () => {
    // What asks to come back says when itself: a gateway key's limit, a gateway that stops, a request that still runs.
    // A body that was late may be in time next time.
    const comesBack: ReadonlyArray<FailureTag> = ["OverLimit", "Unavailable", "Conflict", "TooSlow"]
    for (const failure of failures) {
      const status = statusOf(failure)
      const isTriedAgain = status === 408 || status === 409 || status === 429 || status >= 500
      const helps = failureKinds[failure._tag].retry === "same" || comesBack.includes(failure._tag)
      const expected = isTriedAgain && !helps ? false : undefined
      expect([failure._tag, shouldRetry(failure, once)]).toEqual([failure._tag, expected])
    }
  })
})

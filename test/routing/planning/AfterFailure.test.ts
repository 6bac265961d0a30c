import { describe, expect, test } from "bun:test"
import { type Failure, failureKinds, Overloaded, RateLimited } from "../../../src/domain/Failure.ts"

import { longestRetryAfterMs, next, policyOf, type Situation } from "../../../src/routing/planning/Policy.ts"

import { randomFrom } from "../Seeded.ts"
import { everyFailure, failures } from "../EveryFailure.ts"

const alone = policyOf([], true)
const amongOthers = policyOf([], false)

const retrying = policyOf([{ retries: { attempts: 2, backoffMs: 100 } }], false)
const situation: Situation = {
  failure: everyFailure.ServerFault,
  policy: retrying,
  attempts: 1,
  hasNext: true,
  leftMs: 60_000,
  mayRetry: true,
  random: 1
}
const limited = (retryAfterMs: number): Failure => new RateLimited({ message: "", retryAfterMs })

describe("after a failure", () => {
  const table: ReadonlyArray<readonly [string, Partial<Situation>, ReturnType<typeof next>]> = [
    ["the same target is tried again after the back-off", {}, { _tag: "Retry", waitMs: 100 }],
    ["the back-off doubles", { attempts: 2 }, { _tag: "Retry", waitMs: 200 }],
    ["the back-off is at least half of it", { random: 0 }, { _tag: "Retry", waitMs: 50 }],
    ["the next target follows once the tries are used up", { attempts: 3 }, { _tag: "Follow" }],
    ["nothing follows where there is nobody", { attempts: 3, hasNext: false }, { _tag: "Stop" }],
    [
      "nothing follows a class that leads nowhere",
      { attempts: 3, policy: { ...retrying, on: new Set() } },
      { _tag: "Stop" }
    ],
    [
      "the same target may help though the class leads nowhere",
      { policy: { ...retrying, on: new Set() } },
      { _tag: "Retry", waitMs: 100 }
    ],
    ["the next target follows at once when nobody spoke of retries", { policy: amongOthers }, { _tag: "Follow" }],
    ["and waits for no provider's word then", { policy: amongOthers, failure: limited(10) }, { _tag: "Follow" }],
    ["a lone target gets one more try", { policy: alone, hasNext: false }, { _tag: "Retry", waitMs: 500 }],
    ["and only one", { policy: alone, hasNext: false, attempts: 2 }, { _tag: "Stop" }],
    ["a spent retry budget leads on", { mayRetry: false }, { _tag: "Follow" }],
    ["a spent retry budget ends a lone target", { mayRetry: false, hasNext: false }, { _tag: "Stop" }],
    ["a provider's time is kept to", { failure: limited(2_000) }, { _tag: "Retry", waitMs: 2_000 }],
    [
      "an overloaded provider's too",
      { failure: new Overloaded({ message: "", retryAfterMs: 7 }) },
      { _tag: "Retry", waitMs: 7 }
    ],
    ["a time of 0 tells nobody when", { failure: limited(0) }, { _tag: "Retry", waitMs: 100 }],
    ["a minute is waited for", { failure: limited(60_000), leftMs: 90_000 }, { _tag: "Retry", waitMs: 60_000 }],
    ["more than a minute is not", { failure: limited(60_001), leftMs: 90_000 }, { _tag: "Follow" }],
    ["an absurd time is not, even when there is time", { failure: limited(1e12), leftMs: 1e15 }, { _tag: "Follow" }],
    ["a time past the deadline is not", { failure: limited(5_000), leftMs: 5_000 }, { _tag: "Follow" }],
    ["a back-off past the deadline is not", { leftMs: 100 }, { _tag: "Follow" }],
    ["a deadline that is past leaves no try", { leftMs: 0, hasNext: false }, { _tag: "Stop" }],
    [
      "back-off grows to a minute",
      { policy: { ...retrying, retries: 20 }, attempts: 15, leftMs: 90_000 },
      { _tag: "Retry", waitMs: 60_000 }
    ],
    ["a silent target is not asked again", { failure: everyFailure.TimedOut }, { _tag: "Follow" }],
    ["not even when it is the only one", { failure: everyFailure.TimedOut, hasNext: false }, { _tag: "Stop" }],
    [
      "a prompt that is too long goes where there is room",
      { failure: everyFailure.ContextTooLong },
      { _tag: "Follow" }
    ],
    ["and nowhere else", { failure: everyFailure.ContextTooLong, hasNext: false }, { _tag: "Stop" }],
    ["a refused content stops", { failure: everyFailure.ContentRefused }, { _tag: "Stop" }],
    [
      "a refused content leads on when that is said",
      { failure: everyFailure.ContentRefused, policy: policyOf([{ on: ["ContentRefused"] }], false) },
      { _tag: "Follow" }
    ],
    ["a wrong request stops", { failure: everyFailure.InvalidRequest }, { _tag: "Stop" }],
    ["a refused key is not shown again", { failure: everyFailure.Unauthorized }, { _tag: "Follow" }]
  ]
  for (const [what, circumstances, expected] of table) {
    test(what, () => expect(next({ ...situation, ...circumstances })).toEqual(expected))
  }

  test("in whatever situation, no promise is broken", () => {
    const random = randomFrom(3)
    for (let run = 0; run < 20_000; run++) {
      const failure = failures[Math.floor(random() * failures.length)] ?? everyFailure.Cut
      const policy = policyOf(
        [random() < 0.5 ? { retries: { attempts: Math.floor(random() * 4), backoffMs: random() * 1e5 } } : {}],
        random() < 0.5
      )
      const drawn: Situation = {
        failure: random() < 0.5 ? failure : limited(random() * 2e5),
        policy,
        attempts: 1 + Math.floor(random() * 5),
        hasNext: random() < 0.5,
        leftMs: random() * 2e5 - 1e4,
        mayRetry: random() < 0.7,
        random: random()
      }
      const decided = next(drawn)
      if (decided._tag === "Follow") {
        expect(drawn.hasNext && policy.on.has(drawn.failure._tag)).toBe(true)
        continue
      }
      if (decided._tag === "Stop") continue
      expect(failureKinds[drawn.failure._tag].retry).toBe("same")
      expect(drawn.mayRetry).toBe(true)
      expect(drawn.attempts).toBeLessThanOrEqual(policy.retries)
      expect(decided.waitMs).toBeGreaterThan(0)
      expect(decided.waitMs).toBeLessThan(drawn.leftMs)
      expect(decided.waitMs).toBeGreaterThanOrEqual(drawn.failure.retryAfterMs ?? 0)
      expect(decided.waitMs).toBeLessThanOrEqual(Math.max(longestRetryAfterMs, policy.backoffMs))
    }
  })
})

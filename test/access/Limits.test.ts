import { expect } from "bun:test"
import { Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { Limits, type Permit } from "../../src/access/Limits.ts"
import type { Caller } from "../../src/domain/keys/Caller.ts"
import { OverLimit } from "../../src/domain/Failure.ts"
import { it } from "../effect.ts"
import { callerWith, inMemory, onSomeDay } from "./limits/Callers.ts"

const within = <A, E>(body: Effect.Effect<A, E, Limits>) => Effect.andThen(onSomeDay, Effect.provide(body, inMemory()))

const enter = Effect.fnUntraced(function* (caller: Caller) {
  const limits = yield* Limits
  return yield* limits.enter(caller)
})

/** How many of so many requests are let in, and why the first of the others is not. */
const enterAll = Effect.fnUntraced(function* (caller: Caller, count: number) {
  const permits: Array<Permit> = []
  const refusals: Array<unknown> = []
  for (let done = 0; done < count; done++) {
    const entered = yield* Effect.result(enter(caller))
    if (entered._tag === "Success") permits.push(entered.success)
    else refusals.push(entered.failure)
  }
  const [refusal] = refusals
  return { permits, refusal: refusal instanceof OverLimit ? refusal : undefined, refused: refusals.length }
})

it.effect("a caller without quotas is let in without more ado and has no purse", () =>
  within(
    Effect.gen(function* () {
      const limits = yield* Limits
      const caller = callerWith({})
      const permit = limits.tryEnter(caller)
      expect(permit).toBe(limits.tryEnter(callerWith({}, undefined, "k2")))
      expect(permit instanceof OverLimit ? undefined : permit?.headers()).toEqual({})
      expect([limits.purseOf(caller), limits.headersOf(caller)]).toEqual([undefined, {}])
    })
  )
)

it.effect("so many requests a minute are let in, at once after the first, and again in the next minute", () =>
  within(
    Effect.gen(function* () {
      const limits = yield* Limits
      const caller = callerWith({ requestsPerMinute: 60 })
      expect(limits.tryEnter(caller)).toBeUndefined()
      yield* enter(caller)
      expect(limits.tryEnter(caller)).toHaveProperty("leave")
      const { permits, refusal, refused } = yield* enterAll(caller, 100)
      expect([permits.length, refused]).toEqual([58, 42])
      expect(refusal?.message).toBe('Rate limit reached for key "name of k1": 60 requests a minute. Try again in 55s.')
      expect(refusal?.retryAfterMs).toBe(55_000)
      expect(limits.tryEnter(caller)).toBeInstanceOf(OverLimit)
      yield* TestClock.adjust("55 seconds")
      expect((yield* enterAll(caller, 100)).permits.length).toBe(60)
    })
  )
)

it.effect("so many requests at once are let in, and one more for each that leaves, however often it says so", () =>
  within(
    Effect.gen(function* () {
      const caller = callerWith({ requestsAtOnce: 5 })
      const { permits, refusal, refused } = yield* enterAll(caller, 8)
      expect([permits.length, refused]).toEqual([5, 3])
      expect([refusal?.message, refusal?.retryAfterMs]).toEqual([
        'Rate limit reached for key "name of k1": 5 requests at once. Try again when one of them has ended.',
        1000
      ])
      permits[0]?.leave()
      permits[0]?.leave()
      expect((yield* enterAll(caller, 3)).permits.length).toBe(1)
    })
  )
)

it.effect("a request that one quota refuses takes nothing of another", () =>
  within(
    Effect.gen(function* () {
      const first = callerWith({ requestsPerMinute: 3 }, { requestsAtOnce: 1, requestsPerMinute: 50 })
      const second = callerWith({}, { requestsAtOnce: 1, requestsPerMinute: 50 }, "k2")
      const permit = yield* enter(first)
      expect((yield* enterAll(first, 10)).permits.length).toBe(0)
      const { refusal } = yield* enterAll(second, 1)
      expect(refusal?.message).toContain('team "search"')
      expect(refusal?.message).not.toContain("k1")
      permit.leave()
      for (const _ of [1, 2]) (yield* enter(first)).leave()
      const late = yield* enterAll(first, 1)
      expect(late.refusal?.message).toContain("3 requests a minute")
      const limits = yield* Limits
      expect(limits.headersOf(second)["x-ratelimit-remaining-requests"]).toBe("47")
    })
  )
)

it.effect("many that come at once before the store was asked are let in up to the limit", () =>
  within(
    Effect.gen(function* () {
      const caller = callerWith({ requestsPerMinute: 30, requestsAtOnce: 20 })
      const fibers = yield* Effect.forEach(Array.from({ length: 100 }), () =>
        Effect.forkChild(Effect.result(enter(caller)), { startImmediately: true })
      )
      const results = yield* Effect.forEach(fibers, Fiber.join)
      expect(results.filter(({ _tag }) => _tag === "Success").length).toBe(20)
    })
  )
)

it.effect("headers tell the tightest quota in OpenAI's words, on refusals too", () =>
  within(
    Effect.gen(function* () {
      const limits = yield* Limits
      const caller = callerWith(
        { requestsPerMinute: 2, tokensPerMinute: 9000 },
        { requestsPerMinute: 100, tokensPerMinute: 1000 }
      )
      expect(limits.headersOf(caller)).toEqual({
        "x-ratelimit-limit-requests": "2",
        "x-ratelimit-remaining-requests": "2",
        "x-ratelimit-reset-requests": "55s",
        "x-ratelimit-limit-tokens": "1000",
        "x-ratelimit-remaining-tokens": "1000",
        "x-ratelimit-reset-tokens": "55s"
      })
      const permit = yield* enter(caller)
      const hold = yield* limits.purseOf(caller)?.wait({ tokens: 300 }) ?? Effect.die("no purse")
      expect(permit.headers()).toMatchObject({
        "x-ratelimit-remaining-requests": "1",
        "x-ratelimit-remaining-tokens": "700"
      })
      hold.settle({ tokens: 100 })
      yield* enterAll(caller, 2)
      yield* TestClock.setTime(Date.parse("2026-11-22T10:15:59.100Z"))
      expect(limits.headersOf(caller)).toMatchObject({
        "x-ratelimit-remaining-requests": "0",
        "x-ratelimit-reset-requests": "1s",
        "x-ratelimit-remaining-tokens": "900"
      })
      yield* TestClock.setTime(Date.parse("2026-11-22T10:16:00Z"))
      expect(limits.headersOf(caller)["x-ratelimit-reset-requests"]).toBe("1m0s")
    })
  )
)

it.effect("an allowance that is changed holds for what is under way too", () =>
  within(
    Effect.gen(function* () {
      const { permits } = yield* enterAll(callerWith({ requestsAtOnce: 4 }), 4)
      const fewer = callerWith({ requestsAtOnce: 2 })
      expect((yield* enterAll(fewer, 1)).permits.length).toBe(0)
      for (const permit of permits.slice(0, 2)) permit.leave()
      expect((yield* enterAll(fewer, 1)).permits.length).toBe(0)
      // Later as well, when the store might have something: it would not help.
      yield* TestClock.adjust("2 seconds")
      expect((yield* enterAll(fewer, 1)).permits.length).toBe(0)
      permits[2]?.leave()
      expect((yield* enterAll(fewer, 2)).permits.length).toBe(1)
      expect((yield* enterAll(callerWith({ requestsAtOnce: 6 }), 9)).permits.length).toBe(4)
    })
  )
)

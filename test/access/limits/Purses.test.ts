import { expect } from "bun:test"
import { Effect, Exit, Fiber } from "effect"
import { SqlClient } from "effect/sql"
import { TestClock } from "effect/testing"
import { Limits } from "../../../src/access/Limits.ts"
import type { Caller } from "../../../src/domain/keys/Caller.ts"
import type { Hold, Purse } from "../../../src/domain/keys/Purse.ts"
import type { PastSpending, Spell } from "../../../src/ledger/PastSpending.ts"
import { it } from "../../effect.ts"
import { callerWith, entry, inMemory, need, onSomeDay, settleDown, someDay, start, stored } from "./Callers.ts"

const within = <A, E>(body: Effect.Effect<A, E, Limits | SqlClient.SqlClient>, budgetWaitMs = 5000) =>
  Effect.andThen(onSomeDay, Effect.provide(body, inMemory({ budgetWaitMs })))

const purse = Effect.fnUntraced(function* (caller: Caller) {
  const limits = yield* Limits
  const found = limits.purseOf(caller)
  if (found === undefined) throw new Error("no purse")
  return found
})

const isHold = (taken: object): taken is Hold => "settle" in taken

it.effect(
  "of 200 requests at once against a budget for 50, exactly 50 are made, and no more is ever spent and put aside",
  () =>
    within(
      Effect.gen(function* () {
        const limits = yield* Limits
        const sql = yield* SqlClient.SqlClient
        const limit = 50_000
        const means = yield* purse(callerWith({ perDay: limit }))
        let spent = 0
        let held = 0
        let most = 0
        const use = (hold: Hold) =>
          Effect.gen(function* () {
            held += 1000
            most = Math.max(most, spent + held)
            yield* Effect.sleep("1 second")
            held -= 1000
            spent += 1000
            hold.settle(need(1000))
            hold.settle(need(1000))
            most = Math.max(most, spent + held)
            yield* limits.onSaved([entry("k1", 1000)])
          })
        const one = Effect.gen(function* () {
          const hold = yield* means.wait(need(1000))
          const hedge = means.take(need(1000))
          if (isHold(hedge)) yield* use(hedge)
          yield* use(hold)
        })
        const fibers = yield* Effect.forEach(Array.from({ length: 200 }), () => start(one))
        for (let round = 0; round < 20; round++) {
          yield* settleDown
          yield* TestClock.adjust("1 second")
        }
        yield* Effect.forEach(fibers, Fiber.await)
        expect(spent).toBe(limit)
        expect(most).toBeLessThanOrEqual(limit)
        expect((yield* stored(sql, "key:k1", "day")).spent).toEqual([limit])
        const refused = yield* Effect.flip(means.wait(need(1)))
        expect([refused._tag, refused.message]).toEqual([
          "OverBudget",
          'The budget of key "name of k1" is $0.00005 a day; $0 of it is left, and this request may cost $0.000000001. Send a shorter prompt or a smaller max_tokens, or wait until it begins anew at 2026-11-23T00:00:00+00:00.'
        ])
      })
    )
)

it.effect("200 requests whose hold is larger than their use still spend the whole budget and not more", () =>
  within(
    Effect.gen(function* () {
      const limit = 50_000
      const means = yield* purse(callerWith({ perDay: limit }, { inTotal: limit * 10 }))
      let spent = 0
      const one = Effect.gen(function* () {
        const hold = yield* means.wait(need(7000))
        yield* Effect.sleep("100 millis")
        spent += 1000
        hold.settle(need(1000))
      })
      const fibers = yield* Effect.forEach(Array.from({ length: 200 }), () => start(one))
      for (let round = 0; round < 100; round++) {
        yield* settleDown
        yield* TestClock.adjust("100 millis")
      }
      const exits = yield* Effect.forEach(fibers, Fiber.await)
      expect(exits.filter(Exit.isSuccess).length).toBe(44)
      expect(spent).toBe(44_000)
      expect(isHold(means.take(need(6001)))).toBe(false)
      expect(isHold(means.take(need(6000)))).toBe(true)
    })
  )
)

it.effect("those who wait are served in the order of their coming, and a hedge does not overtake them", () =>
  within(
    Effect.gen(function* () {
      const means = yield* purse(callerWith({ perMonth: 100 }))
      const first = yield* means.wait(need(80))
      const order: Array<string> = []
      const waiting = (name: string, nanos: number) =>
        start(Effect.map(means.wait(need(nanos)), (hold) => (order.push(name), hold)))
      yield* waiting("large", 60)
      yield* waiting("small", 10)
      yield* settleDown
      expect(order).toEqual([])
      const hedge = means.take(need(10))
      expect(isHold(hedge)).toBe(false)
      expect(isHold(hedge) ? "" : hedge.message).toContain("is not spent or put aside for requests under way")
      first.settle(need(30))
      expect(order).toEqual(["large", "small"])
      expect(means.left()).toEqual({ tokens: Infinity, nanos: 0 })
    })
  )
)

it.effect("what cannot be there any more is refused at once, also while it waits", () =>
  within(
    Effect.gen(function* () {
      const means = yield* purse(callerWith({ inTotal: 100 }))
      const tooMuch = yield* Effect.flip(means.wait(need(101)))
      expect(tooMuch.message).toBe(
        'The budget of key "name of k1" is $0.0000001 in all, and this request may cost $0.000000101. Send a shorter prompt or a smaller max_tokens.'
      )
      const first = yield* means.wait(need(60))
      const second = yield* start(means.wait(need(50)))
      yield* settleDown
      expect(second.pollUnsafe()).toBeUndefined()
      first.settle(need(60))
      const refused = yield* Effect.flip(Fiber.join(second))
      expect([refused._tag, refused.retryAfterMs]).toEqual(["OverBudget", undefined])
      expect(isHold(means.take(need(40)))).toBe(true)
    })
  )
)

it.effect("whoever is interrupted leaves the queue, and whoever waits too long is told to try again", () =>
  within(
    Effect.gen(function* () {
      const means = yield* purse(callerWith({ perDay: 100 }))
      const first = yield* means.wait(need(90))
      const leaves = yield* start(means.wait(need(100)))
      const served = yield* start(means.wait(need(10)))
      const late = yield* start(means.wait(need(20)))
      yield* settleDown
      expect(served.pollUnsafe()).toBeUndefined()
      yield* Fiber.interrupt(leaves)
      const small = yield* Fiber.join(served)
      yield* TestClock.adjust("5 seconds")
      const refused = yield* Effect.flip(Fiber.join(late))
      expect([refused._tag, refused.code, refused.retryAfterMs]).toEqual(["OverBudget", "budget_put_aside", 1000])
      first.settle(need(0))
      small.settle(need(0))
      expect(isHold(means.take(need(100)))).toBe(true)
    })
  )
)

it.effect("the store's first word is waited for where nobody may wait for others", () =>
  within(
    Effect.gen(function* () {
      const means = yield* purse(callerWith({ perDay: 100 }))
      expect(isHold(yield* means.wait(need(60)))).toBe(true)
      const refused = yield* Effect.flip(means.wait(need(60)))
      expect([refused._tag, refused.code]).toEqual(["OverBudget", "budget_put_aside"])
    }),
    0
  )
)

it.effect("what a provider used beyond what was put aside counts, and the next is refused", () =>
  within(
    Effect.gen(function* () {
      const limits = yield* Limits
      const sql = yield* SqlClient.SqlClient
      const means = yield* purse(callerWith({ perDay: 100 }))
      const hold = yield* means.wait(need(50))
      hold.settle(need(130))
      expect(means.left().nanos).toBe(0)
      expect(isHold(means.take(need(1)))).toBe(false)
      yield* settleDown
      yield* limits.onSaved([entry("k1", 130)])
      expect((yield* stored(sql, "key:k1", "day")).spent).toEqual([130])
      expect((yield* Effect.flip(means.wait(need(1))))._tag).toBe("OverBudget")
    })
  )
)

it.effect("a price that is not known is refused where money is limited, unless it is allowed", () =>
  within(
    Effect.gen(function* () {
      const strict = yield* purse(callerWith({ perDay: 100 }))
      const refused = yield* Effect.flip(strict.wait({ tokens: 5 }))
      expect([refused._tag, refused.code]).toEqual(["OverBudget", "unknown_price"])
      expect(refused.message).toContain("`models: {…: {prices: …}}` in gateway.yaml")
      expect(isHold(strict.take({ tokens: 5 }))).toBe(false)
      const lenient = yield* purse(callerWith({ perDay: 100, unknownPrices: "allow" }, undefined, "k2"))
      const hold = yield* lenient.wait({ tokens: 5 })
      hold.settle({ tokens: 5 })
      expect(lenient.left().nanos).toBe(100)
      const half = yield* purse(callerWith({ perDay: 9, unknownPrices: "allow" }, { perDay: 9 }, "k3"))
      expect((yield* Effect.flip(half.wait({ tokens: 5 }))).message).toContain('team "search"')
    })
  )
)

it.effect("what was put aside counts as spent when what was used has no known price", () =>
  within(
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const means = yield* purse(callerWith({ perDay: 100 }))
      const hold = yield* means.wait(need(70))
      hold.settle({ tokens: 5 })
      yield* settleDown
      expect(means.left().nanos).toBe(30)
      expect((yield* stored(sql, "key:k1", "day")).spent).toEqual([70])
    })
  )
)

it.effect("tokens a minute come back with the next minute, those that were not used before", () =>
  within(
    Effect.gen(function* () {
      const means = yield* purse(callerWith({ tokensPerMinute: 1000 }, { tokensPerMinute: 5000 }))
      expect(means.countsMoney).toBe(false)
      const first = yield* means.wait({ tokens: 900 })
      first.settle({ tokens: 400, nanos: 7 })
      const second = yield* means.wait({ tokens: 600 })
      const refused = means.take({ tokens: 100 })
      expect(isHold(refused) ? undefined : refused.message).toBe(
        'Rate limit reached for key "name of k1": 1000 tokens a minute, of which 0 are left; this request may use 100. Try again in 55s.'
      )
      expect(isHold(refused) ? undefined : refused.retryAfterMs).toBe(55_000)
      const never = yield* Effect.flip(means.wait({ tokens: 1001 }))
      expect([never._tag, never.retryAfterMs]).toEqual(["OverLimit", undefined])
      yield* TestClock.adjust("55 seconds")
      second.settle({ tokens: 600 })
      const third = yield* means.wait({ tokens: 1000 })
      expect(means.left()).toEqual({ tokens: 0, nanos: Infinity })
      third.settle({ tokens: 0 })
      expect(means.left().tokens).toBe(1000)
    })
  )
)

it.effect(
  "a day's budget begins anew at midnight in its zone, and a row counts for the day in which its attempt was sent",
  () =>
    within(
      Effect.gen(function* () {
        const limits = yield* Limits
        const sql = yield* SqlClient.SqlClient
        yield* TestClock.setTime(Date.parse("2026-03-29T21:59:59Z"))
        const means = yield* purse(callerWith({ perDay: 100, zone: "Europe/Berlin" }))
        const hold = yield* means.wait(need(100))
        const sentAt = Date.parse("2026-03-29T21:59:59.500Z")
        yield* TestClock.adjust("2 seconds")
        hold.settle(need(60))
        const next = yield* means.wait(need(100))
        yield* limits.onSaved([entry("k1", 60, sentAt)])
        expect((yield* stored(sql, "key:k1", "day")).spent).toEqual([60, 0])
        next.settle(need(100))
        yield* limits.onSaved([entry("k1", 100, sentAt + 5000)])
        expect(yield* stored(sql, "key:k1", "day")).toEqual({ spent: [60, 100], leased: 0 })
      })
    )
)

it.effect("a budget that is new begins with what the ledger knows", () =>
  Effect.gen(function* () {
    yield* onSomeDay
    const asked: Array<string> = []
    const told = ({ scope, from, to }: Spell) => `${scope} ${new Date(from).toISOString()} ${to - from}`
    const past: PastSpending = {
      earlier: (spell, until) => {
        asked.push(`${told(spell)} until ${someDay - until} ms ago`)
        return Effect.succeed({ until, attempts: 3, nanos: 60 })
      },
      total: (spell, earlier) => {
        asked.push(`${told(spell)} with ${earlier?.attempts} attempts`)
        return Effect.succeed(70)
      }
    }
    const taken = yield* Effect.gen(function* () {
      const means: Purse = yield* purse(callerWith({ perDay: 100 }))
      return [yield* Effect.flip(means.wait(need(31))), yield* means.wait(need(30))] as const
    }).pipe(Effect.provide(inMemory({ past })))
    expect(taken[0].message).toContain("$0.00000003 of it is left")
    expect(asked).toEqual([
      "key:k1 2026-11-22T00:00:00.000Z 86400000 until 60000 ms ago",
      "key:k1 2026-11-22T00:00:00.000Z 86400000 with 3 attempts"
    ])
  })
)

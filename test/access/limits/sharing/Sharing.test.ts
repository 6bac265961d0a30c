import { expect } from "bun:test"
import { Effect, Exit, Fiber } from "effect"
import { it } from "../../../effect.ts"
import { callerWith, entry, need, pass, settleDown, someDay, start, stored } from "../Callers.ts"
import { during, purseOf, twoProcesses } from "./Processes.ts"

it.effect("two processes share a budget: 200 requests on both together make exactly 50 of 50", () =>
  Effect.gen(function* () {
    const { one, two } = yield* twoProcesses
    const caller = callerWith({ perDay: 50_000 })
    let spent = 0
    let held = 0
    let most = 0
    const request = ({ limits }: typeof one) =>
      Effect.gen(function* () {
        const hold = yield* purseOf(limits, caller).wait(need(1000))
        held += 1000
        most = Math.max(most, spent + held)
        yield* Effect.sleep("1 second")
        held -= 1000
        spent += 1000
        hold.settle(need(1000))
        yield* limits.onSaved([entry("k1", 1000)])
      })
    const fibers = yield* Effect.forEach(Array.from({ length: 200 }), (_, at) =>
      start(request(at % 2 === 0 ? one : two))
    )
    yield* pass(12_000)
    yield* Effect.forEach(fibers, Fiber.await)
    expect([spent, most]).toEqual([50_000, 50_000])
    expect(yield* stored(one.sql, "key:k1", "day")).toEqual({ spent: [50_000], leased: 0 })
  })
)

it.effect("a hedge gets what nobody has, though this process gave it back, and not what others have", () =>
  Effect.gen(function* () {
    const { one, two } = yield* twoProcesses
    const caller = callerWith({ perDay: 100, tokensPerMinute: 100_000 })
    const [here, there] = [purseOf(one.limits, caller), purseOf(two.limits, caller)]
    yield* during(1000, here.wait(need(10)))
    yield* during(4000, there.wait(need(5)))
    yield* pass(4000)
    expect("settle" in here.take(need(30))).toBe(false)
    yield* during(1000, here.ask(need(30)))
    const others = yield* during(4000, there.wait(need(50)))
    expect((yield* during(1000, Effect.flip(here.ask(need(10))))).code).toBe("budget_put_aside")
    // Whoever waits was there before.
    const before = yield* start(here.wait(need(20)))
    yield* settleDown
    expect((yield* Effect.flip(here.ask(need(1)))).code).toBe("budget_put_aside")
    others.settle(need(0))
    yield* pass(4000)
    yield* Fiber.join(before)
    yield* during(1000, here.ask(need(1)))
  })
)

it.effect("what one process has and does not use comes to the other, money, requests and places", () =>
  Effect.gen(function* () {
    const { one, two } = yield* twoProcesses
    const caller = callerWith({ perDay: 100, requestsPerMinute: 40, requestsAtOnce: 8, tokensPerMinute: 1000 })
    const first = yield* purseOf(one.limits, caller).wait({ tokens: 500, nanos: 10 })
    for (let done = 0; done < 8; done++) (yield* one.limits.enter(caller)).leave()
    first.settle({ tokens: 100, nanos: 10 })
    const second = yield* start(purseOf(two.limits, caller).wait({ tokens: 900, nanos: 90 }))
    yield* pass(4000)
    const hold = yield* Fiber.join(second)
    for (let done = 0; done < 8; done++) yield* two.limits.enter(caller)
    expect((yield* Effect.flip(two.limits.enter(caller))).message).toContain("8 requests at once")
    expect(purseOf(two.limits, caller).left()).toEqual({ tokens: 0, nanos: 0 })
    // What the one used and the ledger does not know yet stays with it.
    expect((yield* stored(one.sql, "key:k1", "day")).leased).toBe(100)
    hold.settle({ tokens: 900, nanos: 90 })
    yield* pass(2000)
    expect((yield* Effect.flip(one.limits.enter(caller))).message).toContain("8 requests at once")
  })
)

it.effect("what a process has just given back it may have again, although the store had nothing a moment before", () =>
  Effect.gen(function* () {
    const { one, two } = yield* twoProcesses
    yield* two.limits.enter(callerWith({ requestsAtOnce: 1 }, undefined, "k2"))
    const caller = callerWith({ requestsAtOnce: 1 })
    const permit = yield* one.limits.enter(caller)
    expect((yield* Effect.flip(one.limits.enter(caller)))._tag).toBe("OverLimit")
    permit.leave()
    // On its way back, and there.
    ;(yield* one.limits.enter(caller)).leave()
    yield* settleDown
    yield* one.limits.enter(caller)
  })
)

it.effect("two that each need what the other has a part of do not block each other", () =>
  Effect.gen(function* () {
    const { one, two } = yield* twoProcesses
    const caller = callerWith({ perDay: 100 })
    const small = yield* purseOf(one.limits, caller).wait(need(10))
    yield* settleDown
    const other = yield* start(purseOf(two.limits, caller).wait(need(10)))
    yield* pass(3000)
    ;(yield* Fiber.join(other)).settle(need(0))
    small.settle(need(0))
    const both = yield* Effect.forEach([one, two], ({ limits }) =>
      start(Effect.map(purseOf(limits, caller).wait(need(80)), (hold) => hold.settle(need(0))))
    )
    yield* pass(3000, 50)
    expect((yield* Effect.forEach(both, Fiber.await)).map(Exit.isSuccess)).toEqual([true, true])
  })
)

it.effect("windows that are over for long are forgotten, and what was leased of them", () =>
  Effect.gen(function* () {
    const { one } = yield* twoProcesses
    const { sql } = one
    const days = (count: number) => someDay - count * 86_400_000
    for (const [resource, period, endsAt] of [
      ["day", "old", days(2.1)],
      ["day", "young", days(1.9)],
      ["tokens", "old", days(0.01)],
      ["tokens", "young", someDay],
      ["month", "old", days(3)],
      ["total", "always", Number.MAX_SAFE_INTEGER]
    ] as const) {
      yield* sql`INSERT INTO budget_windows VALUES ('key:k2', ${resource}, ${period}, 0, ${endsAt}, 1)`
      yield* sql`INSERT INTO leases VALUES ('key:k2', ${resource}, ${period}, 'other', 1)`
    }
    // Who is never without something to do cleans up as well.
    const caller = callerWith({ requestsPerMinute: 1_000_000 })
    const busy = Effect.forever(Effect.andThen(Effect.ignore(one.limits.enter(caller)), Effect.sleep(50)))
    yield* start(busy)
    yield* pass(600_000, 60_000)
    const left = (table: string) =>
      Effect.map(
        sql<{ name: string }>`
          SELECT resource || ' ' || period AS name FROM ${sql(table)} WHERE scope = 'key:k2' ORDER BY name`,
        (rows) => rows.map(({ name }) => name)
      )
    const kept = ["day young", "tokens young", "total always"]
    expect([yield* left("budget_windows"), yield* left("leases")]).toEqual([kept, kept])
  })
)

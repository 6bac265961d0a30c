import { expect } from "bun:test"
import { join } from "node:path"
import { Deferred, Effect, Exit, Fiber, Schedule, Scope } from "effect"
import type { Limits } from "../../../../src/access/Limits.ts"
import type { Caller } from "../../../../src/domain/keys/Caller.ts"
import type { Purse } from "../../../../src/domain/keys/Purse.ts"
import { it } from "../../../effect.ts"
import { newFolder } from "../../../store/Folder.ts"
import { callerWith, entry, onSomeDay, pass, processOn, settleDown, someDay, stored } from "../Callers.ts"

const need = (nanos: number) => ({ tokens: 0, nanos })

const purseOf = (limits: Limits["Service"], caller: Caller): Purse => {
  const purse = limits.purseOf(caller)
  if (purse === undefined) throw new Error("no purse")
  return purse
}

const twoProcesses = Effect.gen(function* () {
  yield* onSomeDay
  const filename = join(yield* newFolder, "gateway.sqlite")
  return { filename, one: yield* processOn(filename), two: yield* processOn(filename) }
})

const start = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.forkChild(effect, { startImmediately: true })

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

it.effect("a process that stops gives all back at once, but for what the ledger has not got yet", () =>
  Effect.gen(function* () {
    const { filename, one } = yield* twoProcesses
    const caller = callerWith({ inTotal: 100, requestsAtOnce: 3 })
    const scope = yield* Scope.make()
    const stopping = yield* Scope.provide(processOn(filename), scope)
    const purse = purseOf(stopping.limits, caller)
    ;(yield* purse.wait(need(30))).settle(need(20))
    ;(yield* purse.wait(need(30))).settle(need(15))
    yield* stopping.limits.enter(caller)
    yield* stopping.limits.onSaved([entry("k1", 15)])
    yield* Scope.close(scope, Exit.void)
    expect(yield* stored(one.sql, "key:k1", "total")).toEqual({ spent: [15], leased: 20 })
    expect((yield* stored(one.sql, "key:k1", "at-once")).leased).toBe(0)
    ;(yield* purseOf(one.limits, caller).wait(need(65))).settle(need(0))
    expect((yield* Effect.flip(purseOf(one.limits, caller).wait(need(86))))._tag).toBe("OverBudget")
  })
)

it.effect("the slices of a process that died come back, once its journal is in the ledger", () =>
  Effect.gen(function* () {
    yield* onSomeDay
    const filename = join(yield* newFolder, "gateway.sqlite")
    let imports = 0
    const saved: Array<Effect.Effect<void, unknown>> = []
    const adopt = (process: string) =>
      Effect.suspend((): Effect.Effect<void, unknown> => {
        expect(process).toBe("dead")
        imports += 1
        return imports < 3 ? Effect.fail("the journal cannot be read") : (saved[0] ?? Effect.void)
      })
    const living = yield* processOn(filename, {}, {}, adopt)
    saved.push(living.limits.onSaved([entry("k1", 25)]))
    const caller = callerWith({ perDay: 100, requestsAtOnce: 2 })
    yield* living.limits.enter(caller)
    const { sql } = living
    const start = someDay - (someDay % 86_400_000)
    // One that held all that was left when it was killed: it had used 25, of which only its journal tells.
    yield* sql`INSERT INTO processes (id, heartbeat_at) VALUES ('dead', ${someDay})`
    yield* sql`INSERT INTO budget_windows VALUES ('key:k1', 'day', '2026-11-22 UTC', ${start}, ${start + 86_400_000}, 40)`
    yield* sql`INSERT INTO leases VALUES ('key:k1', 'day', '2026-11-22 UTC', 'dead', 60)`
    yield* sql`INSERT INTO leases VALUES ('key:k1', 'at-once', 'always', 'dead', 1)`
    expect((yield* Effect.flip(living.limits.enter(caller)))._tag).toBe("OverLimit")
    yield* pass(9000)
    expect((yield* stored(sql, "key:k1", "day")).leased).toBe(60)
    yield* pass(6000)
    expect(imports).toBe(3)
    expect(yield* stored(sql, "key:k1", "day")).toEqual({ spent: [65], leased: 0 })
    yield* living.limits.enter(caller)
    expect((yield* Effect.flip(purseOf(living.limits, caller).wait(need(36))))._tag).toBe("OverBudget")
    yield* purseOf(living.limits, caller).wait(need(35))
  })
)

it.effect("a process that stood still so long that others took its slices spends nothing of them any more", () =>
  Effect.gen(function* () {
    const { one, two } = yield* twoProcesses
    const caller = callerWith({ perDay: 100, requestsAtOnce: 4 })
    const held = yield* purseOf(one.limits, caller).wait(need(30))
    expect("settle" in purseOf(one.limits, caller).take(need(70))).toBe(true)
    // What others do to one that gives no sign of life.
    yield* two.sql`DELETE FROM leases`
    yield* two.sql`DELETE FROM processes WHERE id = ${one.presence.id}`
    const other = yield* purseOf(two.limits, caller).wait(need(60))
    yield* pass(2000)
    expect("settle" in purseOf(one.limits, caller).take(need(1))).toBe(false)
    const late = yield* start(purseOf(one.limits, caller).wait(need(30)))
    yield* pass(1000)
    expect(late.pollUnsafe()).toBeUndefined()
    expect((yield* stored(two.sql, "key:k1", "day")).leased).toBeLessThanOrEqual(100)
    held.settle(need(0))
    other.settle(need(0))
    yield* pass(3000)
    yield* Fiber.join(late)
    expect((yield* stored(two.sql, "key:k1", "day")).leased).toBe(100)
  })
)

it.effect("while the store fails, what is leased is still used, others are told, and it is tried again", () =>
  Effect.gen(function* () {
    const { one } = yield* twoProcesses
    const caller = callerWith({ perDay: 100 })
    ;(yield* purseOf(one.limits, caller).wait(need(10))).settle(need(10))
    yield* one.sql`ALTER TABLE budget_windows RENAME TO hidden`
    const hold = yield* purseOf(one.limits, caller).wait(need(80))
    const other = callerWith({ perDay: 100 }, undefined, "k2")
    const refused = yield* Effect.flip(purseOf(one.limits, other).wait(need(10)))
    expect([refused._tag, refused.message]).toEqual([
      "Unavailable",
      "The gateway cannot use its database now, so that it does not know what is left of the limits of this key. Try again."
    ])
    expect((yield* Effect.flip(purseOf(one.limits, other).wait(need(10)))).retryAfterMs).toBe(100)
    hold.settle(need(0))
    yield* one.sql`ALTER TABLE hidden RENAME TO budget_windows`
    yield* pass(300, 100)
    ;(yield* purseOf(one.limits, other).wait(need(10))).settle(need(0))
  })
)

it.effect("while another keeps the database locked, what is leased is still used for as long as that takes", () =>
  Effect.gen(function* () {
    const { one, two } = yield* twoProcesses
    const caller = callerWith({ perDay: 100 })
    ;(yield* purseOf(one.limits, caller).wait(need(10))).settle(need(10))
    const mayEnd = yield* Deferred.make<void>()
    const begun = yield* Deferred.make<void>()
    const locking = Effect.andThen(Deferred.succeed(begun, undefined), Deferred.await(mayEnd))
    const lock = yield* start(two.sql.withTransaction(locking))
    yield* Deferred.await(begun)
    const other = callerWith({ perDay: 100 }, undefined, "k2")
    const refused = yield* start(Effect.flip(purseOf(one.limits, other).wait(need(10))))
    yield* pass(30_000)
    expect((yield* Fiber.join(refused))._tag).toBe("Unavailable")
    const hold = yield* purseOf(one.limits, caller).wait(need(90))
    hold.settle(need(0))
    yield* Deferred.succeed(mayEnd, undefined)
    yield* Fiber.join(lock)
    yield* pass(2000)
    expect("settle" in purseOf(one.limits, caller).take(need(90))).toBe(true)
  })
)

it.live(
  "what a process had leased is there again soon after it was killed",
  () =>
    Effect.gen(function* () {
      const filename = join(yield* newFolder, "gateway.sqlite")
      const here = yield* processOn(filename, {}, { beatMs: 30, deadAfterMs: 240 })
      const caller = callerWith({ inTotal: 100, requestsAtOnce: 1 })
      const there = yield* Effect.acquireRelease(
        Effect.sync(() => Bun.spawn(["bun", join(import.meta.dir, "Holder.ts"), filename], { stdout: "pipe" })),
        (child) => Effect.sync(() => child.kill("SIGKILL"))
      )
      const reader = there.stdout.getReader()
      yield* Effect.promise(() => reader.read())
      expect((yield* stored(here.sql, "key:k1", "total")).leased).toBe(100)
      expect((yield* Effect.flip(here.limits.enter(caller)))._tag).toBe("OverLimit")
      there.kill("SIGKILL")
      const enter = Effect.retry(here.limits.enter(caller), Schedule.spaced("30 millis"))
      yield* Effect.timeout(enter, "4 seconds")
      ;(yield* purseOf(here.limits, caller).wait(need(100))).settle(need(0))
    }),
  "10 seconds"
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

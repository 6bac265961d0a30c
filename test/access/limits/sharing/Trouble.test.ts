import { expect } from "bun:test"
import { join } from "node:path"
import { Deferred, Effect, Exit, Fiber, Schedule, Scope } from "effect"
import { it } from "../../../effect.ts"
import { newFolder } from "../../../store/Folder.ts"
import { callerWith, entry, need, onSomeDay, pass, processOn, someDay, start, stored } from "../Callers.ts"
import { purseOf, twoProcesses } from "./Processes.ts"

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

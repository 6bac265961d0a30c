import { expect } from "bun:test"
import { Context, Effect, Exit, Fiber, Layer, Scope } from "effect"
import { SqlClient } from "effect/sql"
import { TestClock } from "effect/testing"
import { bodyHashOf, Idempotency, type IdempotencyOptions } from "../../src/access/Idempotency.ts"
import { Presence, type PresenceOptions } from "../../src/access/Presence.ts"
import * as Store from "../../src/store/Store.ts"
import { it } from "../effect.ts"
import { callerWith, onSomeDay, pass } from "./limits/Callers.ts"

const caller = callerWith({})
const hash = bodyHashOf("{}")

/** As another process on the same store would have it. */
const process = (options: IdempotencyOptions = {}, presence: PresenceOptions = {}) => {
  const layer = Idempotency.layer(options).pipe(Layer.provideMerge(Presence.layer(presence)))
  return Effect.gen(function* () {
    const context = yield* Layer.build(Layer.fresh(layer))
    yield* Context.get(context, Presence).releaseAfter(() => Effect.void)
    return Context.get(context, Idempotency)
  })
}

const within = <A, E>(body: Effect.Effect<A, E, SqlClient.SqlClient | Scope.Scope>) =>
  Effect.andThen(onSomeDay, Effect.provide(body, Store.layerMemory))

it.effect("a key is taken by one request at a time, and free for the same body when that has ended", () =>
  within(
    Effect.gen(function* () {
      const { begin } = yield* process()
      const first = yield* begin(caller, "a", hash)
      const busy = yield* Effect.flip(begin(caller, "a", hash))
      expect([busy._tag, busy.code, busy.retryAfterMs]).toEqual(["Conflict", "in_progress", 1000])
      yield* begin(caller, "b", hash)
      yield* begin(callerWith({}, undefined, "k2"), "a", bodyHashOf("other"))
      yield* first.end
      yield* first.end
      const second = yield* begin(caller, "a", hash)
      yield* first.end
      expect((yield* Effect.flip(begin(caller, "a", hash))).code).toBe("in_progress")
      yield* second.end
    })
  )
)

it.effect("a key does not stand for two bodies, running or ended, until it is forgotten", () =>
  within(
    Effect.gen(function* () {
      const { begin } = yield* process({ keepMs: 60_000 })
      const running = yield* begin(caller, "a", hash)
      const other = bodyHashOf("{ }")
      expect((yield* Effect.flip(begin(caller, "a", other))).code).toBe("idempotency_key_reused")
      yield* running.end
      const reused = yield* Effect.flip(begin(caller, "a", other))
      expect([reused._tag, reused.code]).toEqual(["Conflict", "idempotency_key_reused"])
      yield* TestClock.adjust("61 seconds")
      yield* begin(caller, "a", other)
      yield* TestClock.adjust("20 minutes")
      expect((yield* Effect.flip(begin(caller, "a", other))).code).toBe("in_progress")
    })
  )
)

it.effect("keys that are over are forgotten in the store too", () =>
  within(
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const { begin } = yield* process({ keepMs: 60_000 }, { beatMs: 60_000 })
      yield* (yield* begin(caller, "ended", hash)).end
      yield* begin(caller, "running", hash)
      yield* TestClock.adjust("11 minutes")
      expect(yield* sql`SELECT idempotency_key FROM idempotency_keys`).toEqual([{ idempotency_key: "running" }])
    })
  )
)

it.effect("where no more are kept than so many of a caller, its oldest are forgotten, but none that runs", () =>
  within(
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const { begin } = yield* process({ mostKept: 10 })
      const keysOf = (keyId: string) =>
        Effect.map(
          sql<{ key: string }>`SELECT idempotency_key AS key FROM idempotency_keys WHERE key_id = ${keyId}`,
          (rows) => rows.map(({ key }) => key).sort()
        )
      const other = callerWith({}, undefined, "k2")
      yield* (yield* begin(other, "of another", hash)).end
      yield* begin(caller, "running", hash)
      const names = Array.from({ length: 200 }, (_, at) => `ended-${100 + at}`)
      for (const name of names) {
        yield* (yield* begin(caller, name, hash)).end
        yield* TestClock.adjust(1)
        expect((yield* keysOf(caller.keyId)).length).toBeLessThanOrEqual(22)
      }
      const kept = yield* keysOf(caller.keyId)
      expect(kept).toContain("running")
      const ended = kept.filter((key) => key !== "running")
      expect(ended.length).toBeGreaterThanOrEqual(10)
      expect(ended).toEqual(names.slice(-ended.length))
      expect(yield* keysOf("k2")).toEqual(["of another"])
      expect((yield* Effect.flip(begin(caller, "ended-299", bodyHashOf("other")))).code).toBe("idempotency_key_reused")
    })
  )
)

it.effect("keys that are kept for minutes leave the store after as many", () =>
  within(
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const { begin } = yield* process({ keepMs: 60_000 })
      yield* (yield* begin(caller, "ended", hash)).end
      yield* TestClock.adjust("121 seconds")
      expect(yield* sql`SELECT idempotency_key FROM idempotency_keys`).toEqual([])
    })
  )
)

for (const [name, key] of [
  ["empty", ""],
  ["longer than 255 characters", "x".repeat(256)],
  ["not ASCII", "schlüssel"],
  ["a line", "a\nb"]
] as const) {
  it.effect(`a key that is ${name} is refused, and the header named`, () =>
    within(
      Effect.gen(function* () {
        const { begin } = yield* process()
        const refused = yield* Effect.flip(begin(caller, key, hash))
        expect([refused._tag, refused.message]).toEqual([
          "InvalidRequest",
          "The header Idempotency-Key must have 1 to 255 characters, all of them printable ASCII."
        ])
      })
    )
  )
}

it.effect("a key of 255 characters is taken", () =>
  within(
    Effect.gen(function* () {
      const { begin } = yield* process()
      yield* begin(caller, "~".repeat(255), hash)
    })
  )
)

it.effect("processes share keys, and those of a process that died are free once it is taken for dead", () =>
  within(
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const one = yield* process()
      const two = yield* process()
      const first = yield* one.begin(caller, "a", hash)
      expect((yield* Effect.flip(two.begin(caller, "a", hash))).code).toBe("in_progress")
      yield* first.end
      yield* two.begin(caller, "a", hash)
      yield* sql`INSERT INTO processes (id, heartbeat_at) VALUES ('dead', 0)`
      yield* sql`INSERT INTO idempotency_keys VALUES (${caller.keyId}, 'left', ${hash}, 'dead', 'r', 0)`
      yield* pass(5000)
      expect((yield* Effect.flip(two.begin(caller, "left", hash))).code).toBe("in_progress")
      yield* pass(8000)
      yield* two.begin(caller, "left", hash)
    })
  )
)

it.effect("of many that come at once with one key, one runs", () =>
  within(
    Effect.gen(function* () {
      const both = [yield* process(), yield* process()] as const
      const fibers = yield* Effect.forEach(Array.from({ length: 40 }), (_, at) =>
        Effect.forkChild(Effect.result((at % 2 === 0 ? both[0] : both[1]).begin(caller, "a", hash)), {
          startImmediately: true
        })
      )
      const results = yield* Effect.forEach(fibers, Fiber.join)
      expect(results.filter(({ _tag }) => _tag === "Success").length).toBe(1)
    })
  )
)

it.effect(
  "while the store fails a request with a key is told so, and an end that it did not hear of is told later",
  () =>
    within(
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        const one = yield* process()
        const two = yield* process()
        const first = yield* one.begin(caller, "a", hash)
        yield* sql`ALTER TABLE idempotency_keys RENAME TO hidden`
        yield* first.end
        const refused = yield* Effect.exit(one.begin(caller, "b", hash))
        expect(Exit.isFailure(refused) && String(refused.cause)).toContain("cannot use its database")
        yield* sql`ALTER TABLE hidden RENAME TO idempotency_keys`
        expect((yield* Effect.flip(two.begin(caller, "a", hash))).code).toBe("in_progress")
        yield* (yield* one.begin(caller, "a", hash)).end
        yield* pass(2000)
        yield* two.begin(caller, "a", hash)
        yield* two.begin(caller, "b", hash)
      })
    )
)

import { expect } from "bun:test"
import { Context, Effect, Exit, Fiber, Layer } from "effect"
import { SqlClient } from "effect/sql"
import { TestClock } from "effect/testing"
import { Limits } from "../../../src/access/Limits.ts"
import { Presence } from "../../../src/access/Presence.ts"
import type { Hold, Purse } from "../../../src/domain/keys/Purse.ts"
import * as Store from "../../../src/store/Store.ts"
import { it } from "../../effect.ts"
import { callerWith, entry, onSomeDay, pass, settleDown, someDay, stored } from "./Callers.ts"

/** Numbers that are the same for a seed: mulberry32. */
const randomFrom = (seed: number) => () => {
  seed = (seed + 0x6d2b79f5) | 0
  let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed)
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
}

const limit = 1000

/** Two processes on one store; the team's budget is shared by two keys. */
const processes = Effect.gen(function* () {
  const one = Context.get(yield* Layer.build(Layer.fresh(Limits.layer().pipe(Layer.provide(Presence.layer())))), Limits)
  const two = Context.get(yield* Layer.build(Layer.fresh(Limits.layer().pipe(Layer.provide(Presence.layer())))), Limits)
  return [one, two] as const
})

interface Held {
  readonly hold: Hold
  readonly amount: number
  readonly process: Limits["Service"]
  readonly keyId: string
}

const play = Effect.fnUntraced(function* (seed: number) {
  const random = randomFrom(seed)
  const below = (count: number) => Math.floor(random() * count)
  const sql = yield* SqlClient.SqlClient
  const both = yield* processes
  const callers = ["k1", "k2"].map((keyId) => callerWith({ perMonth: 700 }, { perDay: limit }, keyId))
  const holds: Array<Held> = []
  const unsaved: Array<{ readonly process: Limits["Service"]; readonly keyId: string; readonly nanos: number }> = []
  const waiting: Array<Fiber.Fiber<unknown, unknown>> = []
  const used = { all: 0, k1: 0, k2: 0 }
  const mostSeen = { all: 0, leased: 0 }

  const check = Effect.gen(function* () {
    const put = holds.reduce((sum, { amount }) => sum + amount, 0)
    mostSeen.all = Math.max(mostSeen.all, used.all + put)
    const { spent, leased } = yield* stored(sql, "team:search", "day")
    mostSeen.leased = Math.max(mostSeen.leased, leased + spent.reduce((sum, one) => sum + one, 0))
  })

  const act = Effect.gen(function* () {
    const process = both[below(2)] ?? both[0]
    const caller = callers[below(2)] ?? callers[0]
    const purse: Purse | undefined = caller === undefined ? undefined : process.purseOf(caller)
    if (caller === undefined || purse === undefined) return
    const { keyId } = caller
    const amount = 1 + below(random() < 0.1 ? 600 : 60)
    const keep = (hold: Hold) => holds.push({ hold, amount, process, keyId })
    const kind = below(10)
    if (kind < 3) {
      const wait = Effect.tap(purse.wait({ tokens: 1, nanos: amount }), (hold) => Effect.sync(() => keep(hold)))
      waiting.push(yield* Effect.forkChild(wait, { startImmediately: true }))
    } else if (kind < 5) {
      const taken = purse.take({ tokens: 1, nanos: amount })
      if ("settle" in taken) keep(taken)
      else {
        const asked = Effect.tap(purse.ask({ tokens: 1, nanos: amount }), (hold) => Effect.sync(() => keep(hold)))
        waiting.push(yield* Effect.forkChild(asked, { startImmediately: true }))
      }
    } else if (kind < 8) {
      const [held] = holds.splice(below(holds.length), 1)
      if (held === undefined) return
      const nanos = random() < 0.4 ? 0 : below(held.amount + 1)
      held.hold.settle({ tokens: 1, nanos })
      used.all += nanos
      used[held.keyId === "k1" ? "k1" : "k2"] += nanos
      if (nanos > 0) unsaved.push({ process: held.process, keyId: held.keyId, nanos })
    } else if (kind < 9) {
      yield* save(below(4))
    } else {
      const [fiber] = waiting.splice(below(waiting.length), 1)
      if (fiber !== undefined) yield* Fiber.interrupt(fiber)
    }
    if (random() < 0.3) yield* settleDown
    if (random() < 0.2) yield* TestClock.adjust(below(700))
  })

  /** Some rows reach the ledger. */
  const save = Effect.fnUntraced(function* (count: number) {
    const rows = unsaved.splice(0, count)
    for (const process of both) {
      const own = rows.filter((row) => row.process === process)
      if (own.length === 0) continue
      const entries = own.map(({ keyId, nanos }) => entry(keyId, nanos, someDay + 1, "search"))
      yield* sql.withTransaction(process.onSaved(entries))
    }
  })

  for (let step = 0; step < 250; step++) {
    yield* act
    yield* check
  }
  for (const { hold } of holds.splice(0)) hold.settle({ tokens: 0, nanos: 0 })
  for (const fiber of waiting) yield* Fiber.interrupt(fiber)
  yield* save(unsaved.length)
  yield* pass(3000)
  const spent = yield* stored(sql, "team:search", "day")
  const ofKeys = [yield* stored(sql, "key:k1", "month"), yield* stored(sql, "key:k2", "month")]
  return { used, mostSeen, spent: spent.spent, ofKeys: ofKeys.map((one) => one.spent[0] ?? 0) }
})

it.effect(
  "whatever requests do in two processes, never more is spent and put aside than the limit, and every nano-dollar is booked",
  () =>
    Effect.gen(function* () {
      yield* onSomeDay
      let fullest = 0
      for (let seed = 1; seed <= 12; seed++) {
        const exit = yield* Effect.exit(Effect.provide(Effect.scoped(play(seed)), Layer.fresh(Store.layerMemory)))
        if (!Exit.isSuccess(exit)) throw new Error(`seed ${seed}: ${String(exit.cause)}`)
        const { used, mostSeen, spent, ofKeys } = exit.value
        fullest = Math.max(fullest, mostSeen.all)
        const isOver = mostSeen.all > limit || mostSeen.leased > limit || used.k1 > 700 || used.k2 > 700
        expect({ seed, isOver, mostSeen, used }).toEqual({ seed, isOver: false, mostSeen, used })
        expect({ seed, spent, ofKeys }).toEqual({ seed, spent: [used.all], ofKeys: [used.k1, used.k2] })
      }
      // Else the limit was never in the way.
      expect(fullest).toBeGreaterThan(limit * 0.95)
    })
)

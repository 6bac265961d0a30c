import { expect } from "bun:test"
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { Effect, Exit, Scope } from "effect"
import type { SqlClient } from "effect/sql"
import { bookingOf, lineOf } from "../../src/ledger/Entry.ts"
import { takeLock } from "../../src/store/ProcessLock.ts"
import { ProcessLocks } from "../../src/store/ProcessLocks.ts"
import { it } from "../effect.ts"
import { ids, ledgerIn } from "../ledger/Keeping.ts"
import { record } from "../ledger/Records.ts"
import { newFolder } from "../store/Folder.ts"
import { callerWith, onSomeDay, pass, processOn, settleDown, someDay, stored } from "./limits/Callers.ts"

const caller = callerWith({ inTotal: 100 }, undefined, "key-1")

const processesIn = (sql: SqlClient.SqlClient) =>
  Effect.map(sql<{ id: string }>`SELECT id FROM processes ORDER BY id`, (rows) => rows.map(({ id }) => id))

/** A process called `dead` has leased all of a budget and left a line in its journal, of one that cost 1,000,550. */
const leftBehind = Effect.fnUntraced(function* (sql: SqlClient.SqlClient, folder: string) {
  yield* sql`INSERT INTO processes (id, heartbeat_at) VALUES ('dead', ${someDay})`
  yield* sql`INSERT INTO leases VALUES ('key:key-1', 'total', 'always', 'dead', 100)`
  mkdirSync(join(folder, "journal"), { recursive: true })
  const line = lineOf(bookingOf(record("r")))
  writeFileSync(join(folder, "journal", "dead.1.jsonl"), line)
})

const place = Effect.gen(function* () {
  yield* onSomeDay
  const folder = yield* newFolder
  return { folder, filename: join(folder, "gateway.sqlite"), locks: join(folder, "processes") }
})

it.effect("whoever starts gives back at once what a process had whose lock is free", () =>
  Effect.gen(function* () {
    const { folder, filename, locks } = yield* place
    const before = yield* processOn(filename)
    yield* leftBehind(before.sql, folder)
    mkdirSync(locks)
    writeFileSync(join(locks, "dead.lock"), "")
    const asked: Array<string> = []
    const adopt = (process: string) => Effect.sync(() => asked.push(process))
    const { presence, sql } = yield* processOn(filename, {}, { folder: locks }, adopt)
    expect(asked).toEqual(["dead"])
    expect(yield* processesIn(sql)).toEqual([presence.id])
    expect((yield* stored(sql, "key:key-1", "total")).leased).toBe(0)
    expect(presence.others()).toBe(0)
    expect(readdirSync(locks)).toEqual([`${presence.id}.lock`])
  })
)

it.effect("one whose journal cannot be stored keeps neither the next one from starting nor others from theirs", () =>
  Effect.gen(function* () {
    const { filename, locks } = yield* place
    const { sql: shared } = yield* processOn(filename)
    mkdirSync(locks)
    for (const name of ["a-dead", "b-dead"]) {
      yield* shared`INSERT INTO processes (id, heartbeat_at) VALUES (${name}, ${someDay})`
      writeFileSync(join(locks, `${name}.lock`), "")
    }
    const asked: Array<string> = []
    const adopt = (process: string) => {
      asked.push(process)
      return process === "a-dead" ? Effect.andThen(Effect.sleep(3500), Effect.fail("slow and in vain")) : Effect.void
    }
    const starting = yield* Effect.forkScoped(processOn(filename, {}, { folder: locks }, adopt))
    yield* pass(4000, 1000)
    expect(starting.pollUnsafe()?._tag).toBe("Success")
    expect(asked.slice(0, 2)).toEqual(["a-dead", "b-dead"])
    const left = yield* processesIn(shared)
    expect([left.includes("a-dead"), left.includes("b-dead")]).toEqual([true, false])
  })
)

it.effect("one that has ended stays so, though another one who looks holds its lock for a moment", () =>
  Effect.gen(function* () {
    const { filename, locks, folder } = yield* place
    const before = yield* processOn(filename)
    yield* leftBehind(before.sql, folder)
    ProcessLocks.begin(locks, "dead").close(false)
    const { sql } = yield* processOn(filename, {}, { folder: locks }, () => Effect.fail("it cannot be stored"))
    const other = takeLock(join(locks, "dead.lock"))
    yield* pass(90_000, 1000)
    expect((yield* stored(sql, "key:key-1", "total")).leased).toBe(100)
    other?.release()
  })
)

it.effect("one without a lock that stands still for long has nothing any more, though its journal is its own", () =>
  Effect.gen(function* () {
    const { filename, locks, folder } = yield* place
    const before = yield* processOn(filename)
    yield* leftBehind(before.sql, folder)
    const { sql } = yield* processOn(filename, {}, { folder: locks }, () => Effect.fail("it is in use"))
    yield* pass(55_000, 1000)
    expect((yield* stored(sql, "key:key-1", "total")).leased).toBe(100)
    yield* pass(10_000, 1000)
    expect((yield* stored(sql, "key:key-1", "total")).leased).toBe(0)
  })
)

it.effect("one that has its lock is not taken for dead while it is silent, unless that does not end", () =>
  Effect.gen(function* () {
    const { folder, filename, locks } = yield* place
    const before = yield* processOn(filename)
    yield* leftBehind(before.sql, folder)
    const silent = ProcessLocks.begin(locks, "dead")
    const { presence, sql } = yield* processOn(filename, {}, { folder: locks }, () => Effect.fail("it is in use"))
    yield* pass(55_000, 1000)
    expect((yield* stored(sql, "key:key-1", "total")).leased).toBe(100)
    expect(presence.others()).toBe(1)
    yield* pass(10_000, 1000)
    expect((yield* stored(sql, "key:key-1", "total")).leased).toBe(0)
    // It may go on some day, and is known by its lock then.
    expect(presence.others()).toBe(0)
    expect(existsSync(join(locks, "dead.lock"))).toBe(true)
    silent.close(true)
  })
)

it.effect("one that is silent and shows itself again before its journal could be stored keeps what it has", () =>
  Effect.gen(function* () {
    const { folder, filename } = yield* place
    const living = yield* processOn(filename, {}, {}, () => Effect.fail("the journal cannot be read"))
    yield* living.presence.confirm
    yield* leftBehind(living.sql, folder)
    yield* pass(14_000, 1000)
    yield* living.sql`UPDATE processes SET heartbeat_at = ${someDay + 14_000} WHERE id = 'dead'`
    yield* pass(3000, 1000)
    expect(yield* processesIn(living.sql)).toContain("dead")
    expect((yield* stored(living.sql, "key:key-1", "total")).leased).toBe(100)
  })
)

/** The lock of a journal, when nobody stores what is in it just now. */
const lockOf = Effect.fnUntraced(function* (path: string) {
  while (true) {
    const lock = takeLock(path)
    if (lock !== undefined) return lock
    yield* settleDown
  }
})

it.effect("what a dead process had is given back only when the ledger has stored its journal", () =>
  Effect.gen(function* () {
    const { folder, filename, locks } = yield* place
    const before = yield* processOn(filename)
    const ledger = yield* ledgerIn(before.sql, { folder, onSaved: before.limits.onSaved })
    yield* leftBehind(before.sql, folder)
    mkdirSync(locks)
    writeFileSync(join(locks, "dead.lock"), "")
    yield* before.sql`ALTER TABLE attempts RENAME TO away`
    const { sql } = yield* processOn(filename, {}, { folder: locks }, ledger.adopt)
    yield* pass(3000, 1000)
    expect((yield* stored(sql, "key:key-1", "total")).leased).toBe(100)
    expect(yield* processesIn(sql)).toContain("dead")
    // Somebody else is at it: nothing is stored here, so that nothing may be given back.
    const other = yield* lockOf(join(folder, "journal", "dead.lock"))
    yield* sql`ALTER TABLE away RENAME TO attempts`
    yield* pass(3000, 1000)
    expect((yield* stored(sql, "key:key-1", "total")).leased).toBe(100)
    other.release()
    // The journal is read from the disk, which no clock of a test knows of.
    for (let turn = 0; turn < 100 && (yield* processesIn(sql)).includes("dead"); turn++) {
      yield* pass(1000, 1000)
      yield* settleDown
    }
    expect(yield* ids(sql)).toEqual(["r/1"])
    expect((yield* stored(sql, "key:key-1", "total")).leased).toBe(0)
    expect(yield* processesIn(sql)).not.toContain("dead")
  })
)

it.effect("a process that stops leaves neither a row nor a lock, unless money of it is not in the ledger yet", () =>
  Effect.gen(function* () {
    const { filename, locks } = yield* place
    const { sql } = yield* processOn(filename)
    const stopping = Effect.fnUntraced(function* (used: number) {
      const scope = yield* Scope.make()
      const { limits, presence } = yield* Scope.provide(processOn(filename, {}, { folder: locks }), scope)
      const purse = limits.purseOf(caller)
      const hold = yield* purse?.wait({ tokens: 0, nanos: 10 }) ?? Effect.die("no purse")
      hold.settle({ tokens: 0, nanos: used })
      yield* Scope.close(scope, Exit.void)
      return presence.id
    })
    yield* stopping(0)
    expect([yield* processesIn(sql), readdirSync(locks)]).toEqual([[], []])
    expect(yield* sql`SELECT * FROM leases`).toEqual([])
    const left = yield* stopping(4)
    expect([yield* processesIn(sql), readdirSync(locks)]).toEqual([[left], [`${left}.lock`]])
    expect((yield* stored(sql, "key:key-1", "total")).leased).toBe(4)
    // Whose end is known, as its lock is free.
    yield* processOn(filename, {}, { folder: locks })
    expect((yield* stored(sql, "key:key-1", "total")).leased).toBe(0)
  })
)

it.effect("a process that can have no lock tells so, and goes by signs of life", () =>
  Effect.gen(function* () {
    const { folder, filename } = yield* place
    writeFileSync(join(folder, "taken"), "")
    const { presence, limits } = yield* processOn(filename, {}, { folder: join(folder, "taken", "inside") })
    ;(yield* limits.purseOf(caller)?.wait({ tokens: 0, nanos: 10 }) ?? Effect.die("no purse")).settle({
      tokens: 0,
      nanos: 0
    })
    expect(presence.others()).toBe(0)
  })
)

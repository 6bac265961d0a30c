import { expect } from "bun:test"
import { readdirSync, renameSync, statSync } from "node:fs"
import { join } from "node:path"
import { Effect } from "effect"
import { SqlClient, SqlError } from "effect/sql"
import { TestClock } from "effect/testing"
import { Ledger } from "../../src/ledger/Ledger.ts"
import * as Store from "../../src/store/Store.ts"
import { it } from "../effect.ts"
import { newFolder } from "../store/Folder.ts"
import { ids, ledgerIn, logInto, segmentsIn, stored, storeIn } from "./Keeping.ts"
import { record } from "./Records.ts"

const test = it.layer(Store.layerMemory)

test.effect("what is booked is in the journal at once, for its owner alone, and gone from it once it is stored", () =>
  Effect.gen(function* () {
    const folder = yield* newFolder
    const ledger = yield* ledgerIn(yield* SqlClient.SqlClient, { folder })
    const [segment = ""] = segmentsIn(folder)
    const path = join(folder, "journal", segment)
    ledger.book(record("r"))
    expect((yield* Effect.promise(() => Bun.file(path).text())).trim().split("\n")).toHaveLength(1)
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(statSync(join(folder, "journal")).mode & 0o777).toBe(0o700)
    yield* stored(ledger)
    expect(segmentsIn(folder)).not.toContain(segment)
    expect(statSync(join(folder, "journal", segmentsIn(folder)[0] ?? "")).size).toBe(0)
  })
)

test.effect("a request that made no attempt has no row", () =>
  Effect.gen(function* () {
    const ledger = yield* ledgerIn(yield* SqlClient.SqlClient, { folder: yield* newFolder })
    ledger.book(record("r", { attempts: [] }))
    expect(ledger.depth()).toBe(0)
  })
)

test.effect("the same booked twice is one row, and is heard of once", () =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const heard: Array<string> = []
    const ledger = yield* ledgerIn(sql, {
      folder: yield* newFolder,
      onSaved: (rows) => Effect.sync(() => heard.push(...rows.map(({ attempt }) => attempt.id)))
    })
    ledger.book(record("r"))
    ledger.book(record("r"))
    yield* stored(ledger)
    ledger.book(record("r"))
    ledger.book(record("s"))
    yield* stored(ledger)
    expect(heard).toEqual(["r/1", "s/1"])
    expect(yield* ids(sql)).toEqual(["r/1", "s/1"])
  })
)

test.effect("hundreds of rows are all stored, each once", () =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const ledger = yield* ledgerIn(sql, { folder: yield* newFolder })
    const numbers = Array.from({ length: 333 }, (_, number) => String(number).padStart(3, "0"))
    for (const number of numbers) ledger.book(record(number, { labels: { tags: ["x", number] } }))
    yield* stored(ledger)
    expect(yield* ids(sql)).toEqual(numbers.map((number) => `${number}/1`))
    expect(yield* sql`SELECT count(*) AS n FROM attempt_tags`).toEqual([{ n: 666 }])
  })
)

test.effect("what is done with new rows is done with them or not at all, and tried again", () =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    yield* sql`CREATE TABLE spent (id TEXT PRIMARY KEY)`
    const failures: Array<Effect.Effect<void, SqlError.SqlError>> = [
      Effect.fail(new SqlError.SqlError({ reason: new SqlError.UnknownError({ cause: "full", message: "full" }) })),
      Effect.die(new Error("a mistake"))
    ]
    const ledger = yield* ledgerIn(sql, {
      folder: yield* newFolder,
      onSaved: (rows) =>
        Effect.gen(function* () {
          for (const { attempt } of rows) yield* sql`INSERT INTO spent (id) VALUES (${attempt.id})`
          yield* failures.shift() ?? Effect.void
        })
    })
    ledger.book(record("r"))
    yield* TestClock.adjust("100 millis")
    expect(yield* ids(sql)).toEqual([])
    yield* TestClock.adjust("10 seconds")
    yield* stored(ledger)
    expect(failures).toEqual([])
    expect(yield* ids(sql)).toEqual(["r/1"])
    expect(yield* sql`SELECT id FROM spent`).toEqual([{ id: "r/1" }])
  })
)

test.effect("a full ledger takes what is booked all the same, and has room again when it is stored", () =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const ledger = yield* ledgerIn(sql, { folder: yield* newFolder, room: 2 })
    expect(ledger.hasRoom()).toBe(true)
    ledger.book(record("a"))
    expect(ledger.hasRoom()).toBe(true)
    ledger.book(record("b"))
    expect(ledger.hasRoom()).toBe(false)
    ledger.book(record("c"))
    expect(ledger.depth()).toBe(3)
    yield* stored(ledger)
    expect(ledger.hasRoom()).toBe(true)
    expect(yield* ids(sql)).toEqual(["a/1", "b/1", "c/1"])
  })
)

test.effect("a store that fails is told once and tried again; nothing is lost meanwhile", () => {
  const lines: Array<string> = []
  return Effect.gen(function* () {
    const folder = yield* newFolder
    const sql = yield* SqlClient.SqlClient
    const ledger = yield* ledgerIn(sql, { folder, room: 2 })
    yield* sql`ALTER TABLE attempts RENAME TO away`
    ledger.book(record("a"))
    yield* TestClock.adjust("30 seconds")
    ledger.book(record("b"))
    yield* TestClock.adjust("30 seconds")
    expect(ledger.depth()).toBe(2)
    expect(ledger.hasRoom()).toBe(false)
    expect(lines).toHaveLength(1)
    expect(lines[0]).toContain("no such table")
    yield* sql`ALTER TABLE away RENAME TO attempts`
    yield* TestClock.adjust("5 seconds")
    yield* stored(ledger)
    expect(yield* ids(sql)).toEqual(["a/1", "b/1"])
    expect(lines.slice(1)).toEqual(["The ledger's store can be written again"])
    expect(segmentsIn(folder)).toHaveLength(1)
  }).pipe(Effect.provide(logInto(lines)))
})

test.effect("a journal that cannot be written stops no request: the row goes to the store, and it is told once", () => {
  const lines: Array<string> = []
  return Effect.gen(function* () {
    const folder = yield* newFolder
    const sql = yield* SqlClient.SqlClient
    const ledger = yield* ledgerIn(sql, { folder })
    ledger.book(record("a"))
    renameSync(join(folder, "journal"), join(folder, "away"))
    for (const id of ["b", "c", "d"]) {
      yield* stored(ledger)
      ledger.book(record(id))
    }
    renameSync(join(folder, "away"), join(folder, "journal"))
    yield* stored(ledger)
    ledger.book(record("e"))
    yield* stored(ledger)
    expect(yield* ids(sql)).toEqual(["a/1", "b/1", "c/1", "d/1", "e/1"])
    expect(lines.map((line) => line.includes("(ENOENT)"))).toEqual([true, false])
    expect(lines[1]).toContain("journal can be written again")
  }).pipe(Effect.provide(logInto(lines)))
})

test.effect("what is booked when the end comes is stored, and the journal leaves nothing behind", () =>
  Effect.gen(function* () {
    const folder = yield* newFolder
    const sql = yield* SqlClient.SqlClient
    yield* Effect.scoped(
      Effect.gen(function* () {
        const ledger = yield* ledgerIn(sql, { folder })
        ledger.book(record("a"))
        yield* stored(ledger)
        for (const id of ["b", "c"]) ledger.book(record(id))
      })
    )
    expect(yield* ids(sql)).toEqual(["a/1", "b/1", "c/1"])
    expect(readdirSync(join(folder, "journal"))).toEqual([])
  })
)

it.effect("two ledgers in one folder keep out of each other's way", () =>
  Effect.gen(function* () {
    const folder = yield* newFolder
    const sql = yield* storeIn(folder)
    const first = yield* ledgerIn(sql, { folder })
    first.book(record("a"))
    const second = yield* ledgerIn(yield* storeIn(folder), { folder })
    second.book(record("b"))
    expect(yield* ids(sql)).toEqual([])
    expect(first.depth() + second.depth()).toBe(2)
    yield* TestClock.adjust("1 minute")
    yield* stored(first)
    yield* stored(second)
    first.book(record("c"))
    second.book(record("d"))
    yield* stored(first)
    yield* stored(second)
    expect(yield* ids(sql)).toEqual(["a/1", "b/1", "c/1", "d/1"])
    expect(segmentsIn(folder)).toHaveLength(2)
  })
)

it.effect("a ledger that is off books nothing and has room", () =>
  Effect.gen(function* () {
    const ledger = yield* Ledger
    ledger.book(record("a"))
    expect([ledger.depth(), ledger.hasRoom()]).toEqual([0, true])
  }).pipe(Effect.provide(Ledger.layerOff))
)

import { expect } from "bun:test"
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { Effect } from "effect"
import { SqlClient, SqlError } from "effect/sql"
import { TestClock } from "effect/testing"
import { bookingIn, bookingOf, lineOf } from "../../src/ledger/Entry.ts"
import * as Store from "../../src/store/Store.ts"
import { it } from "../effect.ts"
import { newFolder } from "../store/Folder.ts"
import { ids, ledgerIn, logInto, stored } from "./Keeping.ts"
import { attempt, record } from "./Records.ts"

const test = it.layer(Store.layerMemory)

/** The database takes no row whose id has this in it. */
const refuseBad = (sql: SqlClient.SqlClient) =>
  sql`CREATE TRIGGER refusing BEFORE INSERT ON attempts WHEN NEW.id LIKE '%bad%'
    BEGIN SELECT RAISE(ABORT, 'no such rows'); END`

const asideIn = (folder: string): ReadonlyArray<string> =>
  readdirSync(join(folder, "journal")).filter((name) => name.endsWith(".refused"))

const idsAside = (folder: string): ReadonlyArray<string> =>
  asideIn(folder).flatMap((name) =>
    readFileSync(join(folder, "journal", name), "utf8")
      .trim()
      .split("\n")
      .flatMap((line) => bookingIn(line)?.attempts.map(({ id }) => id) ?? [])
  )

test.effect("rows that the database never takes are set aside and told by their ids, and all others are stored", () => {
  const told: Array<string> = []
  return Effect.gen(function* () {
    const folder = yield* newFolder
    const sql = yield* SqlClient.SqlClient
    const heard: Array<string> = []
    const ledger = yield* ledgerIn(sql, {
      folder,
      onSaved: (rows) => Effect.sync(() => heard.push(...rows.map(({ attempt: { id } }) => id)))
    })
    yield* refuseBad(sql)
    for (let number = 100; number < 150; number++) ledger.book(record(number === 117 ? "bad" : String(number)))
    ledger.book(record("half", { attempts: [attempt("half/1"), attempt("half/bad"), attempt("half/3")] }))
    expect(ledger.depth()).toBe(53)
    yield* stored(ledger)
    const expected = Array.from({ length: 50 }, (_, at) => `${at + 100}/1`).filter((id) => id !== "117/1")
    expect(yield* ids(sql)).toEqual([...expected, "half/1", "half/3"])
    // What they cost is spent all the same.
    expect([...heard].sort()).toEqual([...expected, "bad/1", "half/1", "half/3", "half/bad"])
    expect(ledger.hasRoom()).toBe(true)
    expect(idsAside(folder)).toEqual(["bad/1", "half/bad"])
    const [name = ""] = asideIn(folder)
    expect(statSync(join(folder, "journal", name)).mode & 0o777).toBe(0o600)
    expect(told).toHaveLength(2)
    expect(told[0]).toContain("the row bad/1 (no such rows)")
    expect(told[1]).toContain("the row half/bad ")
    // They are not tried again, and what comes after them is stored at once.
    ledger.book(record("after"))
    yield* stored(ledger)
    yield* TestClock.adjust("2 minutes")
    expect(yield* ids(sql)).toContain("after/1")
    expect(told).toHaveLength(2)
  }).pipe(Effect.provide(logInto(told)))
})

test.effect("a row of which a value is no number at all is set aside", () =>
  Effect.gen(function* () {
    const folder = yield* newFolder
    const sql = yield* SqlClient.SqlClient
    const ledger = yield* ledgerIn(sql, { folder })
    ledger.book(record("none", { receivedAt: Number.NaN }))
    ledger.book(record("a"))
    yield* stored(ledger)
    expect(yield* ids(sql)).toEqual(["a/1"])
    expect(asideIn(folder)).toHaveLength(1)
  })
)

for (const [name, cause, isForGood] of [
  ["a value out of range", { code: "22003" }, true],
  ["a character that is not allowed", { code: "22021" }, true],
  ["a disk that is full", { code: "53100" }, false],
  ["a server that goes", { code: "57P01" }, false],
  ["a cause without a code", "gone", false]
] as const) {
  test.effect(`${name} is ${isForGood ? "the row's fault, for good" : "the store's, and tried again"}`, () =>
    Effect.gen(function* () {
      const folder = yield* newFolder
      const sql = yield* SqlClient.SqlClient
      let fails = true
      const failure = new SqlError.SqlError({ reason: new SqlError.UnknownError({ cause, message: "refused" }) })
      const ledger = yield* ledgerIn(sql, {
        folder,
        onSaved: (rows) =>
          Effect.suspend(() =>
            fails && rows.some(({ request }) => request.id === "bad") ? Effect.fail(failure) : Effect.void
          )
      })
      ledger.book(record("a"))
      ledger.book(record("bad"))
      yield* TestClock.adjust("30 seconds")
      expect([yield* ids(sql), ledger.depth()]).toEqual(isForGood ? [["a/1"], 0] : [[], 2])
      expect(asideIn(folder)).toHaveLength(isForGood ? 1 : 0)
      fails = false
      yield* TestClock.adjust("10 seconds")
      yield* stored(ledger)
      expect(yield* ids(sql)).toEqual(isForGood ? ["a/1"] : ["a/1", "bad/1"])
    })
  )
}

test.effect("what a process that is gone left behind is stored but for such rows, and gone then", () => {
  const told: Array<string> = []
  return Effect.gen(function* () {
    const folder = yield* newFolder
    const sql = yield* SqlClient.SqlClient
    yield* refuseBad(sql)
    mkdirSync(join(folder, "journal"))
    const names = Array.from({ length: 600 }, (_, at) => (at === 300 ? "bad" : String(at + 1000)))
    writeFileSync(join(folder, "journal", "gone.1.jsonl"), names.map((id) => lineOf(bookingOf(record(id)))).join(""))
    yield* ledgerIn(sql, { folder })
    expect(yield* ids(sql)).toHaveLength(599)
    expect(readdirSync(join(folder, "journal")).filter((name) => name.startsWith("gone"))).toEqual([])
    expect(idsAside(folder)).toEqual(["bad/1"])
    expect(told).toHaveLength(1)
  }).pipe(Effect.provide(logInto(told)))
})

import { expect } from "bun:test"
import { existsSync, mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { bookingOf, lineOf } from "../../src/ledger/Entry.ts"
import { takeLock } from "../../src/store/ProcessLock.ts"
import { it } from "../effect.ts"
import { newFolder } from "../store/Folder.ts"
import { ids, ledgerIn, logInto, segmentsIn, stored, storeIn } from "./Keeping.ts"
import { record } from "./Records.ts"

const lines = (...ids: ReadonlyArray<string>): string => ids.map((id) => lineOf(bookingOf(record(id)))).join("")

/** A folder in which a process that is gone has left these segments. */
const leftBehind = Effect.fnUntraced(function* (segments: ReadonlyArray<string>) {
  const folder = yield* newFolder
  mkdirSync(join(folder, "journal"))
  writeFileSync(join(folder, "journal", "host-7-1-gone.lock"), "")
  for (const [at, text] of segments.entries()) {
    writeFileSync(join(folder, "journal", `host-7-1-gone.${at + 1}.jsonl`), text)
  }
  return folder
})

const leftIn = (folder: string): ReadonlyArray<string> =>
  readdirSync(join(folder, "journal")).filter((name) => name.includes("gone"))

it.effect("what a process left behind is stored once, whatever of it was stored before, and deleted", () =>
  Effect.gen(function* () {
    const torn = lines("d").slice(0, 100)
    const folder = yield* leftBehind([lines("a", "b"), lines("b", "c") + torn])
    const sql = yield* storeIn(folder)
    const heard: Array<string> = []
    const options = {
      folder,
      onSaved: (rows: ReadonlyArray<{ readonly attempt: { readonly id: string } }>) =>
        Effect.sync(() => heard.push(...rows.map(({ attempt }) => attempt.id)))
    }
    const before = yield* ledgerIn(sql, { folder: yield* newFolder })
    before.book(record("a"))
    yield* stored(before)
    yield* ledgerIn(sql, options)
    expect(yield* ids(sql)).toEqual(["a/1", "b/1", "c/1"])
    expect(heard).toEqual(["b/1", "c/1"])
    expect(leftIn(folder)).toEqual([])
    yield* ledgerIn(sql, options)
    expect(heard).toEqual(["b/1", "c/1"])
  })
)

it.effect("a line that cannot be read is kept aside and told, and the others are stored", () => {
  const told: Array<string> = []
  return Effect.gen(function* () {
    const folder = yield* leftBehind([`${lines("a")}{"secret":"words"}\n\n${lines("b")}`, lines("c")])
    const sql = yield* storeIn(folder)
    yield* ledgerIn(sql, { folder })
    expect(yield* ids(sql)).toEqual(["a/1", "b/1", "c/1"])
    expect(leftIn(folder)).toEqual(["host-7-1-gone.1.jsonl.unreadable"])
    expect(readFileSync(join(folder, "journal", leftIn(folder)[0] ?? ""), "utf8")).toContain("words")
    expect(told).toHaveLength(1)
    expect(told[0]).toContain("host-7-1-gone.1.jsonl.unreadable")
    expect(told[0]).not.toContain("words")
  }).pipe(Effect.provide(logInto(told)))
})

it.effect("a running ledger takes over from a process that dies later, not before", () =>
  Effect.gen(function* () {
    const folder = yield* leftBehind([lines("a")])
    const lock = takeLock(join(folder, "journal", "host-7-1-gone.lock"))
    const sql = yield* storeIn(folder)
    const ledger = yield* ledgerIn(sql, { folder })
    yield* TestClock.adjust("5 minutes")
    yield* stored(ledger)
    expect(yield* ids(sql)).toEqual([])
    expect(leftIn(folder)).toHaveLength(2)
    lock?.release()
    yield* TestClock.adjust("1 minute")
    while (existsSync(join(folder, "journal", "host-7-1-gone.lock"))) yield* Effect.sleep(0)
    expect(yield* ids(sql)).toEqual(["a/1"])
  })
)

it.effect("a segment that cannot be stored now is told and left for the next time", () => {
  const told: Array<string> = []
  return Effect.gen(function* () {
    const folder = yield* leftBehind([lines("a")])
    const sql = yield* storeIn(folder)
    yield* sql`ALTER TABLE attempts RENAME TO away`
    yield* ledgerIn(sql, { folder })
    expect(leftIn(folder)).toHaveLength(2)
    expect(told).toHaveLength(1)
    yield* sql`ALTER TABLE away RENAME TO attempts`
    yield* ledgerIn(sql, { folder })
    expect(yield* ids(sql)).toEqual(["a/1"])
    expect(leftIn(folder)).toEqual([])
  }).pipe(Effect.provide(logInto(told)))
})

it.effect("a lock without segments is somebody's who is starting, unless it is old", () =>
  Effect.gen(function* () {
    const folder = yield* leftBehind([])
    const lock = join(folder, "journal", "host-7-1-gone.lock")
    const sql = yield* storeIn(folder)
    yield* ledgerIn(sql, { folder })
    expect(leftIn(folder)).toHaveLength(1)
    const twoHoursAgo = Date.now() / 1000 - 7200
    utimesSync(lock, twoHoursAgo, twoHoursAgo)
    yield* ledgerIn(sql, { folder })
    expect(leftIn(folder)).toEqual([])
  })
)

it.live("a process that is killed loses nothing that it had booked, and is left alone while it lives", () =>
  Effect.gen(function* () {
    const folder = yield* newFolder
    const program = join(import.meta.dir, "Booking.ts")
    const process = Bun.spawn(["bun", program, folder, "50"], { stdout: "pipe", stderr: "inherit" })
    yield* Effect.addFinalizer(() => Effect.sync(() => process.kill("SIGKILL")))
    const first = yield* Effect.promise(() => process.stdout.getReader().read())
    expect(Buffer.from(first.value ?? []).toString()).toBe("booked\n")
    const sql = yield* storeIn(folder)
    yield* Effect.scoped(ledgerIn(sql, { folder }))
    expect(yield* ids(sql)).toEqual([])
    expect(segmentsIn(folder)).toHaveLength(1)
    yield* Effect.promise(() => {
      process.kill("SIGKILL")
      return process.exited
    })
    yield* Effect.scoped(ledgerIn(sql, { folder }))
    expect(yield* ids(sql)).toHaveLength(50)
    expect(readdirSync(join(folder, "journal"))).toEqual([])
  })
)

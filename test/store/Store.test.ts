import { expect } from "bun:test"
import { statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { Context, Deferred, Effect, Fiber, Layer } from "effect"
import { SqlClient } from "effect/sql"
import * as Store from "../../src/store/Store.ts"
import { it } from "../effect.ts"
import { newFolder } from "./Folder.ts"

const tables = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const rows = yield* sql<{ name: string }>`SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name`
  return rows.map(({ name }) => name)
})

const opened = (folder: string) =>
  Effect.map(Layer.build(Layer.fresh(Store.layer({ folder }))), (context) => Context.get(context, SqlClient.SqlClient))

it.live("a store in memory has the tables, and nothing of another one", () =>
  Effect.gen(function* () {
    expect(yield* Effect.provide(tables, Store.layerMemory)).toContain("attempts")
    const tag = Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      yield* sql`CREATE TABLE mine (n INTEGER)`
    })
    yield* Effect.provide(tag, Store.layerMemory)
    expect(yield* Effect.provide(tables, Store.layerMemory)).not.toContain("mine")
  })
)

it.live("a folder that is not there is made for its owner alone, and so is the database", () =>
  Effect.gen(function* () {
    const folder = join(yield* newFolder, "a", "b")
    yield* Effect.scoped(
      Effect.gen(function* () {
        const sql = yield* opened(folder)
        yield* sql`CREATE TABLE kept (n INTEGER)`
        expect(statSync(folder).mode & 0o777).toBe(0o700)
        for (const name of ["gateway.sqlite", "gateway.sqlite-wal", "gateway.sqlite-shm"]) {
          expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600)
        }
      })
    )
    const again = yield* opened(folder)
    expect(yield* again`SELECT count(*) AS n FROM kept`).toEqual([{ n: 0 }])
  })
)

it.live("processes that start at once on a new folder all come up, and each migration has run once", () =>
  Effect.gen(function* () {
    const folder = join(yield* newFolder, "data")
    const program = join(import.meta.dir, "StartStore.ts")
    const outputs = yield* Effect.promise(() =>
      Promise.all(
        [1, 2, 3].map(async () => {
          const process = Bun.spawn(["bun", program, folder], { stdout: "pipe", stderr: "pipe" })
          const [told, failed] = await Promise.all([process.stdout.text(), process.stderr.text()])
          return { told, failed }
        })
      )
    )
    const sql = yield* opened(folder)
    const [count] = yield* sql<{ n: number }>`SELECT count(*) AS n FROM effect_sql_migrations`
    expect(outputs).toEqual(outputs.map(() => ({ told: String(count?.n), failed: "" })))
    expect(count?.n).toBeGreaterThan(0)
  })
)

it.live("one that writes while another has a transaction open waits for it without stopping anything", () =>
  Effect.gen(function* () {
    const folder = yield* newFolder
    const first = yield* opened(folder)
    const second = yield* opened(folder)
    yield* first`CREATE TABLE counted (n INTEGER)`
    const begun = yield* Deferred.make<void>()
    const mayEnd = yield* Deferred.make<void>()
    const held = yield* first
      .withTransaction(
        Effect.gen(function* () {
          yield* first`INSERT INTO counted VALUES (1)`
          yield* Deferred.succeed(begun, undefined)
          yield* Deferred.await(mayEnd)
        })
      )
      .pipe(Effect.forkChild)
    yield* Deferred.await(begun)
    const counting = second.withTransaction(
      Effect.gen(function* () {
        const [row] = yield* second<{ n: number }>`SELECT count(*) AS n FROM counted`
        yield* second`INSERT INTO counted VALUES (2)`
        return row?.n
      })
    )
    const waiting = yield* Effect.forkChild(counting, { startImmediately: true })
    yield* Effect.sleep("10 millis")
    expect(waiting.pollUnsafe()).toBeUndefined()
    yield* Deferred.succeed(mayEnd, undefined)
    yield* Fiber.join(held)
    expect(yield* Fiber.join(waiting)).toBe(1)
    expect(yield* first`SELECT n FROM counted ORDER BY n`).toEqual([{ n: 1 }, { n: 2 }])
  })
)

it.live("a database that cannot be used is told with its name", () =>
  Effect.gen(function* () {
    const folder = yield* newFolder
    writeFileSync(join(folder, "gateway.sqlite"), "this is a text and not a database, however long it may be")
    const failure = yield* Effect.flip(opened(folder))
    expect(failure._tag).toBe("StoreUnavailable")
    expect(failure.message).toContain(join(folder, "gateway.sqlite"))
    expect(failure.message).toContain("not a database")
    const taken = join(folder, "taken")
    writeFileSync(taken, "")
    expect((yield* Effect.flip(opened(join(taken, "inside")))).message).toContain("taken")
  })
)

it.live("more different statements than are kept all answer", () =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    for (let round = 0; round < 2; round++) {
      for (let number = 0; number < 150; number++) {
        expect(yield* sql.unsafe(`SELECT ${number} AS n`)).toEqual([{ n: number }])
      }
    }
    expect((yield* Effect.flip(sql`SELECT ${new Date(0)} AS n`)).reason.message).toContain("no parameter")
  }).pipe(Effect.provide(Store.layerMemory))
)

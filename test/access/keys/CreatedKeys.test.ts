import { expect } from "bun:test"
import { Effect, Logger, Redacted, Result } from "effect"
import { TestClock } from "effect/testing"
import type { KeySecret, MadeKey } from "../../../src/access/keys/KeyTerms.ts"
import type { Keys } from "../../../src/access/Keys.ts"
import type { Allowance } from "../../../src/domain/keys/Caller.ts"
import { NamePatterns } from "../../../src/domain/keys/NamePatterns.ts"
import { it } from "../../effect.ts"
import { newFolder } from "../../store/Folder.ts"
import { openKeys } from "./Opening.ts"

const nameOf = (keys: Keys["Service"], authorization: string): string | undefined => {
  const found = keys.find(authorization)
  return Result.isSuccess(found) ? found.success.name : undefined
}

const bearer = ({ secret }: MadeKey): string => `Bearer ${Redacted.value(secret)}`

const isKnown = (keys: Keys["Service"], made: MadeKey): boolean => nameOf(keys, bearer(made)) === made.key.name

it.effect("what one process changes, another knows within a second", () =>
  Effect.gen(function* () {
    const folder = yield* newFolder
    const here = yield* openKeys(folder)
    const there = yield* openKeys(folder)
    expect([here.keys.required, there.keys.required]).toEqual([false, false])
    expect(nameOf(there.keys, "Bearer anything")).toBe("local")

    const made = yield* here.store.create({ name: "a", tags: [] })
    yield* TestClock.adjust("1 second")
    expect([here, there].map(({ keys }) => isKnown(keys, made))).toEqual([true, true])
    expect(there.keys.required).toBe(true)
    expect(nameOf(there.keys, "Bearer anything")).toBeUndefined()

    const next = yield* there.store.rotate("a", 0)
    yield* TestClock.adjust("1 second")
    expect([made, next].map((key) => isKnown(here.keys, key))).toEqual([false, true])

    yield* here.store.disable("a")
    expect(isKnown(there.keys, next)).toBe(true)
    yield* TestClock.adjust("1 second")
    expect([here, there].map(({ keys }) => isKnown(keys, next))).toEqual([false, false])
  })
)

it.effect("the process that changes a key knows it at once when it is told to look", () =>
  Effect.gen(function* () {
    const { keys, store, created } = yield* openKeys(yield* newFolder)
    const made = yield* store.create({ name: "a", tags: [] })
    expect(isKnown(keys, made)).toBe(false)
    yield* created.refresh
    expect(isKnown(keys, made)).toBe(true)
  })
)

it.effect("a gateway that once had keys never answers everybody again", () =>
  Effect.gen(function* () {
    const folder = yield* newFolder
    const first = yield* openKeys(folder)
    yield* first.store.create({ name: "last", tags: [] })
    yield* first.store.disable("last")
    yield* TestClock.adjust("1 second")
    const second = yield* openKeys(folder)
    for (const { keys } of [first, second]) {
      expect(keys.required).toBe(true)
      expect(nameOf(keys, "")).toBeUndefined()
    }
  })
)

it.effect("a secret that was replaced is taken until its overlap is over", () =>
  Effect.gen(function* () {
    const { keys, store, created } = yield* openKeys(yield* newFolder)
    const before = yield* store.create({ name: "a", tags: [] })
    const after = yield* store.rotate("a", 10_000)
    yield* created.refresh
    const ids = [before, after].map((made) => Result.getOrThrow(keys.find(bearer(made))).keyId)
    expect(ids).toEqual([before.key.id, before.key.id])
    yield* TestClock.adjust(10_000 - 1)
    expect([before, after].map((made) => isKnown(keys, made))).toEqual([true, true])
    yield* TestClock.adjust(1)
    expect([before, after].map((made) => isKnown(keys, made))).toEqual([false, true])
    const [newest, oldest]: ReadonlyArray<KeySecret> = after.secrets
    expect([newest?.expiresAt, oldest?.expiresAt]).toEqual([undefined, 10_000])
  })
)

it.effect("a key is taken until it expires, without anything being read", () =>
  Effect.gen(function* () {
    const { keys, store, created, sql } = yield* openKeys(yield* newFolder)
    const made = yield* store.create({ name: "a", tags: [], expiresAt: 300 })
    yield* created.refresh
    yield* sql`DELETE FROM key_secrets`
    yield* TestClock.setTime(299)
    expect(isKnown(keys, made)).toBe(true)
    yield* TestClock.setTime(300)
    expect(isKnown(keys, made)).toBe(false)
  })
)

it.effect("while the database fails the known keys stay, which is logged once, and so is its end", () =>
  Effect.gen(function* () {
    const lines: Array<string> = []
    const logger = Logger.make(({ message }) => void lines.push(String(message)))
    yield* Effect.gen(function* () {
      const { keys, store, created, sql } = yield* openKeys(yield* newFolder)
      const made = yield* store.create({ name: "a", tags: [] })
      yield* created.refresh
      yield* sql`ALTER TABLE key_changes RENAME TO elsewhere`
      yield* TestClock.adjust("5 seconds")
      expect(isKnown(keys, made)).toBe(true)
      expect(nameOf(keys, "Bearer wrong")).toBeUndefined()
      expect(lines).toHaveLength(1)
      yield* sql`ALTER TABLE elsewhere RENAME TO key_changes`
      yield* store.disable("a")
      yield* TestClock.adjust("5 seconds")
      expect(isKnown(keys, made)).toBe(false)
      expect(lines).toEqual([expect.stringContaining("cannot be read"), expect.stringContaining("can be read again")])
    }).pipe(Effect.provide(Logger.layer([logger])))
  })
)

it.effect("a caller has the facts of its key, and the limits of the key and of its team", () =>
  Effect.gen(function* () {
    const folder = yield* newFolder
    const own: Allowance = { requestsAtOnce: 2, zone: "UTC", unknownPrices: "refuse" }
    const shared: Allowance = { perDay: 5, zone: "Europe/Berlin", unknownPrices: "allow" }
    const teams = new Map([["research", shared]])
    const writtenKey = { name: "file-key", key: Redacted.make("written-in-the-file"), team: "research", tags: ["t"] }
    const { keys, store, created } = yield* openKeys(folder, [writtenKey], teams)
    const terms = { name: "a", tags: ["x"], models: ["openai/*"], tools: ["search"], allowance: own }
    const inTeam = yield* store.create({ ...terms, team: "research" })
    const inOther = yield* store.create({ ...terms, name: "b", team: "other" })
    yield* created.refresh
    const { id } = inTeam.key
    expect(Result.getOrThrow(keys.find(bearer(inTeam)))).toEqual({
      keyId: id,
      name: "a",
      team: "research",
      tags: ["x"],
      models: new NamePatterns(["openai/*"]),
      tools: new NamePatterns(["search"]),
      quotas: [
        { scope: `key:${id}`, allowance: own },
        { scope: "team:research", allowance: shared }
      ]
    })
    expect(Result.getOrThrow(keys.find(bearer(inOther))).quotas).toEqual([
      { scope: `key:${inOther.key.id}`, allowance: own }
    ])
    expect(Result.getOrThrow(keys.find("written-in-the-file"))).toEqual({
      keyId: "file-key",
      name: "file-key",
      team: "research",
      tags: ["t"],
      quotas: [{ scope: "team:research", allowance: shared }]
    })
    // The same key under another version of the configuration.
    const reloaded = yield* openKeys(folder, [], new Map())
    expect(Result.getOrThrow(reloaded.keys.find(bearer(inTeam))).quotas).toHaveLength(1)
  })
)

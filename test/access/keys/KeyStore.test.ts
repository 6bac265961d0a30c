import { expect } from "bun:test"
import { Effect, Layer, Redacted } from "effect"
import { SqlClient } from "effect/sql"
import { TestClock } from "effect/testing"
import { KeyStore } from "../../../src/access/keys/KeyStore.ts"
import { hashOf, secretPrefix } from "../../../src/access/keys/Secrets.ts"
import * as Store from "../../../src/store/Store.ts"
import { it } from "../../effect.ts"

const { effect } = it.layer(KeyStore.layer.pipe(Layer.provideMerge(Store.layerMemory)))

const terms = { name: "a", tags: [] }

effect("a key is kept with all that it was made with, and its secret as a hash alone", () =>
  Effect.gen(function* () {
    const store = yield* KeyStore
    const sql = yield* SqlClient.SqlClient
    yield* TestClock.setTime(1_000)
    const wished = {
      name: "research-1",
      team: "research",
      tags: ["x", "y=1"],
      models: ["openai/*"],
      tools: [],
      expiresAt: 5_000,
      allowance: {
        requestsPerMinute: 1,
        tokensPerMinute: 2,
        requestsAtOnce: 3,
        perDay: 4,
        perMonth: 5,
        inTotal: 1e15,
        zone: "Europe/Berlin",
        unknownPrices: "allow"
      }
    } as const
    const { key, secret, secrets } = yield* store.create(wished)
    expect(key).toEqual({ ...wished, id: key.id, createdAt: 1_000 })
    expect(key.id).toMatch(/^key_[0-9a-f]{20}$/)
    const text = Redacted.value(secret)
    expect(text).toMatch(/^lgw_[\w-]{49}$/)
    expect(secrets).toEqual([{ start: text.slice(0, 8), createdAt: 1_000 }])
    expect(yield* store.list).toEqual([{ key, secrets }])

    const kept = [...(yield* sql`SELECT * FROM keys`), ...(yield* sql`SELECT * FROM key_secrets`)]
    expect(JSON.stringify(kept)).toContain(hashOf(text))
    expect(JSON.stringify(kept)).not.toContain(text.slice(0, 9))
    expect(String(secret)).not.toContain(text)
  })
)

effect("a key without limits has none, and is all there is to read", () =>
  Effect.gen(function* () {
    const store = yield* KeyStore
    expect(yield* store.kept).toEqual({ version: 0, everHad: false, secrets: [] })
    const { key, secret } = yield* store.create(terms)
    expect(key).toEqual({ ...terms, id: key.id, createdAt: 0 })
    expect(yield* store.kept).toEqual({
      version: 1,
      everHad: true,
      secrets: [{ hash: hashOf(Redacted.value(secret)), key }]
    })
  })
)

effect("a name is one living key's, in the database or in the file", () =>
  Effect.gen(function* () {
    const store = yield* KeyStore
    const first = yield* store.create(terms)
    const before = yield* store.version
    for (const attempt of [store.create(terms), store.create({ ...terms, name: "b" }, ["b"])]) {
      expect((yield* Effect.flip(attempt))._tag).toBe("NameTaken")
    }
    expect(yield* store.version).toBe(before)
    yield* store.disable("a")
    const second = yield* store.create(terms)
    expect(second.key.id).not.toBe(first.key.id)
    // A name means the living one, an id the one that has it.
    expect((yield* store.rotate("a", 0)).key.id).toBe(second.key.id)
    expect((yield* store.disable(first.key.id)).key.id).toBe(first.key.id)
  })
)

effect("two that are made at once under one name are one", () =>
  Effect.gen(function* () {
    const store = yield* KeyStore
    const all = yield* Effect.all(
      Array.from({ length: 8 }, () => Effect.result(store.create(terms))),
      { concurrency: "unbounded" }
    )
    expect(all.filter(({ _tag }) => _tag === "Success")).toHaveLength(1)
    expect(yield* store.list).toHaveLength(1)
  })
)

effect("rotation keeps the id, ends the secrets before after the overlap, and never prolongs one", () =>
  Effect.gen(function* () {
    const store = yield* KeyStore
    const made = yield* store.create(terms)
    yield* TestClock.adjust("1 second")
    const second = yield* store.rotate("a", 10_000)
    expect(second.key).toEqual(made.key)
    expect(Redacted.value(second.secret)).not.toBe(Redacted.value(made.secret))
    expect(second.secrets.map(({ expiresAt }) => expiresAt)).toEqual([undefined, 11_000])
    yield* TestClock.adjust("1 second")
    const third = yield* store.rotate(made.key.id, 3_600_000)
    expect(third.secrets.map(({ expiresAt }) => expiresAt)).toEqual([undefined, 3_602_000, 11_000])
    yield* TestClock.adjust("10 seconds")
    const fourth = yield* store.rotate("a", 0)
    expect(fourth.secrets.map(({ expiresAt }) => expiresAt)).toEqual([undefined, 12_000, 12_000])
  })
)

effect("what has ended is not rotated, and disabling it again changes nothing", () =>
  Effect.gen(function* () {
    const store = yield* KeyStore
    yield* store.create(terms)
    yield* store.create({ name: "brief", tags: [], expiresAt: 1_000 })
    yield* TestClock.setTime(2_000)
    const { key } = yield* store.disable("a")
    expect(key.disabledAt).toBe(2_000)
    yield* TestClock.setTime(3_000)
    expect((yield* store.disable("a")).key.disabledAt).toBe(2_000)
    expect(yield* Effect.flip(store.rotate("a", 0))).toMatchObject({ _tag: "KeyEnded", why: "disabled" })
    expect(yield* Effect.flip(store.rotate("brief", 0))).toMatchObject({ _tag: "KeyEnded", why: "expired" })
    expect((yield* Effect.flip(store.disable("nobody")))._tag).toBe("NoSuchKey")
    const bySecret = yield* Effect.flip(store.disable(`${secretPrefix}0123456789`))
    expect(bySecret.message).toBe("A key is named by its id or its name, not by its secret.")
    expect((yield* store.kept).secrets.map(({ key }) => key.name)).toEqual(["brief"])
  })
)

effect("every change raises the version, and a failed one does not", () =>
  Effect.gen(function* () {
    const store = yield* KeyStore
    const seen = [yield* store.version]
    for (const change of [store.create(terms), store.rotate("a", 0), Effect.flip(store.rotate("b", 0))]) {
      yield* change
      seen.push(yield* store.version)
    }
    yield* store.disable("a")
    expect([...seen, yield* store.version]).toEqual([0, 1, 2, 2, 3])
  })
)

effect("a database that fails is told, not thrown", () =>
  Effect.gen(function* () {
    const store = yield* KeyStore
    const sql = yield* SqlClient.SqlClient
    yield* store.create(terms)
    yield* sql`UPDATE keys SET tags = 'no list'`
    expect((yield* Effect.flip(store.list))._tag).toBe("KeysUnavailable")
    expect((yield* Effect.flip(store.kept))._tag).toBe("KeysUnavailable")
    yield* sql`DROP TABLE key_secrets`
    expect((yield* Effect.flip(store.create({ name: "b", tags: [] })))._tag).toBe("KeysUnavailable")
  })
)

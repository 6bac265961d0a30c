import { randomBytes } from "node:crypto"
import { Clock, Context, Effect, Layer, Redacted, Schema } from "effect"
import { SqlClient, type SqlError, type Statement } from "effect/sql"
import { KeyEnded, KeysUnavailable, NameTaken, NoSuchKey } from "./KeyFailures.ts"
import { WholeNumber } from "../../store/WholeNumber.ts"
import { columnsOf, keyOf, KeyRow, SecretRow, secretOfRow } from "./KeyRows.ts"
import type { CreatedKey, KeyTerms, ListedKey, MadeKey } from "./KeyTerms.ts"
import { hashOf, secretBytes, secretOf, startOf } from "./Secrets.ts"

/** A secret that may be taken, by its hash: the key it is of, and its own end. */
export interface KeptSecret {
  readonly hash: string
  readonly key: CreatedKey
  readonly expiresAt?: number
}

/** All that is needed to know callers by. */
export interface KeptKeys {
  /** Raised by every change; what is kept is at least as new. */
  readonly version: number
  /** Whether a key was ever created, whatever became of it. */
  readonly everHad: boolean
  /** Of the keys that are not disabled. */
  readonly secrets: ReadonlyArray<KeptSecret>
}

/**
 * The keys that were created, in the database. Several processes may change them at once. A key is named by its id, or
 * else by its name.
 */
export class KeyStore extends Context.Service<
  KeyStore,
  {
    /** Makes a key; its secret is kept nowhere but in the answer. `taken`: names of keys that are elsewhere. */
    readonly create: (
      terms: KeyTerms,
      taken?: ReadonlyArray<string>
    ) => Effect.Effect<MadeKey, NameTaken | KeysUnavailable>
    /** Makes another secret for a key. Those that it has are taken for so many milliseconds more. */
    readonly rotate: (
      reference: string,
      overlapMs: number
    ) => Effect.Effect<MadeKey, NoSuchKey | KeyEnded | KeysUnavailable>
    /** Ends a key for good; one that has ended stays as it was. */
    readonly disable: (reference: string) => Effect.Effect<ListedKey, NoSuchKey | KeysUnavailable>
    /** All keys, the newest first, the disabled included. */
    readonly list: Effect.Effect<ReadonlyArray<ListedKey>, KeysUnavailable>
    /** A number that every change raises. */
    readonly version: Effect.Effect<number, KeysUnavailable>
    readonly kept: Effect.Effect<KeptKeys, KeysUnavailable>
  }
>()("gateway/access/keys/KeyStore") {
  static readonly layer = Layer.effect(
    KeyStore,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient

      const keysWhere = Effect.fnUntraced(function* (rest: Statement.Fragment) {
        const rows = yield* decodeKeys(yield* sql`SELECT * FROM keys ${rest}`)
        return rows.map(keyOf)
      })

      // The present secret is the only one without an end; two may be of the same millisecond.
      const newestFirst = sql`ORDER BY CASE WHEN expires_at IS NULL THEN 0 ELSE 1 END, created_at DESC, hash`

      const secretsOf = Effect.fnUntraced(function* (keyId: string) {
        const rows = yield* sql`SELECT * FROM key_secrets WHERE key_id = ${keyId} ${newestFirst}`
        return (yield* decodeSecrets(rows)).map(secretOfRow)
      })

      /** Raises the number first, which keeps others from changing anything until the transaction ends. */
      const change = <A, E, R>(work: Effect.Effect<A, E, R>) =>
        sql.withTransaction(Effect.andThen(sql`UPDATE key_changes SET version = version + 1 WHERE id = 1`, work))

      const find = Effect.fnUntraced(function* (reference: string) {
        const byId = yield* keysWhere(sql`WHERE id = ${reference}`)
        const livingFirst = sql`CASE WHEN disabled_at IS NULL THEN 0 ELSE 1 END, created_at DESC`
        const all =
          byId.length > 0 ? byId : yield* keysWhere(sql`WHERE name = ${reference} ORDER BY ${livingFirst} LIMIT 1`)
        return all[0] ?? (yield* new NoSuchKey({ reference }))
      })

      const addSecret = Effect.fnUntraced(function* (key: CreatedKey, now: number) {
        const secret = secretOf(randomBytes(secretBytes))
        const row = { hash: hashOf(secret), key_id: key.id, start: startOf(secret), created_at: now, expires_at: null }
        yield* sql`INSERT INTO key_secrets ${sql.insert(row)}`
        const made: MadeKey = { key, secrets: yield* secretsOf(key.id), secret: Redacted.make(secret) }
        return made
      })

      const create = Effect.fn("KeyStore.create")(
        function* (terms: KeyTerms, taken: ReadonlyArray<string> = []) {
          const now = yield* Clock.currentTimeMillis
          const id = `key_${randomBytes(10).toString("hex")}`
          const living = yield* sql`SELECT id FROM keys WHERE name = ${terms.name} AND disabled_at IS NULL`
          if (living.length > 0 || taken.includes(terms.name)) return yield* new NameTaken({ name: terms.name })
          yield* sql`INSERT INTO keys ${sql.insert(columnsOf(terms, id, now))}`
          return yield* addSecret({ ...terms, id, createdAt: now }, now)
        },
        change,
        Effect.catchTags(unavailable)
      )

      const rotate = Effect.fn("KeyStore.rotate")(
        function* (reference: string, overlapMs: number) {
          const now = yield* Clock.currentTimeMillis
          const key = yield* find(reference)
          if (key.disabledAt !== undefined) return yield* new KeyEnded({ name: key.name, why: "disabled" })
          if (key.expiresAt !== undefined && key.expiresAt <= now) {
            return yield* new KeyEnded({ name: key.name, why: "expired" })
          }
          const until = now + overlapMs
          yield* sql`DELETE FROM key_secrets WHERE key_id = ${key.id} AND expires_at <= ${now}`
          yield* sql`
            UPDATE key_secrets SET expires_at = ${until}
            WHERE key_id = ${key.id} AND (expires_at IS NULL OR expires_at > ${until})`
          return yield* addSecret(key, now)
        },
        change,
        Effect.catchTags(unavailable)
      )

      const disable = Effect.fn("KeyStore.disable")(
        function* (reference: string) {
          const now = yield* Clock.currentTimeMillis
          const { id } = yield* find(reference)
          yield* sql`UPDATE keys SET disabled_at = ${now} WHERE id = ${id} AND disabled_at IS NULL`
          const listed: ListedKey = { key: yield* find(id), secrets: yield* secretsOf(id) }
          return listed
        },
        change,
        Effect.catchTags(unavailable)
      )

      const list = Effect.gen(function* () {
        const secrets = yield* decodeSecrets(yield* sql`SELECT * FROM key_secrets ${newestFirst}`)
        const byKey = Map.groupBy(secrets, ({ key_id }) => key_id)
        const keys = yield* keysWhere(sql`ORDER BY created_at DESC, id`)
        return keys.map((key): ListedKey => ({ key, secrets: (byKey.get(key.id) ?? []).map(secretOfRow) }))
      }).pipe(Effect.catchTags(unavailable), Effect.withSpan("KeyStore.list"))

      const version = Effect.gen(function* () {
        const [row] = yield* decodeVersions(yield* sql`SELECT version FROM key_changes WHERE id = 1`)
        return row?.version ?? 0
      }).pipe(Effect.catchTags(unavailable))

      const kept = Effect.gen(function* () {
        // Read first: a change that comes between then shows as a newer version, and all is read again.
        const at = yield* version
        const keys = yield* keysWhere(sql`WHERE disabled_at IS NULL`)
        const byId = new Map(keys.map((key) => [key.id, key]))
        const secrets = yield* decodeSecrets(yield* sql`SELECT * FROM key_secrets`)
        const any = keys.length > 0 ? keys : yield* sql`SELECT id FROM keys LIMIT 1`
        const all: KeptKeys = {
          version: at,
          everHad: any.length > 0,
          secrets: secrets.flatMap(({ hash, key_id, expires_at }): ReadonlyArray<KeptSecret> => {
            const key = byId.get(key_id)
            if (key === undefined) return []
            return [{ hash, key, ...(expires_at === null ? {} : { expiresAt: expires_at }) }]
          })
        }
        return all
      }).pipe(Effect.catchTags(unavailable), Effect.withSpan("KeyStore.kept"))

      return KeyStore.of({ create, rotate, disable, list, version, kept })
    })
  )
}

const decodeKeys = Schema.decodeUnknownEffect(Schema.Array(KeyRow))
const decodeSecrets = Schema.decodeUnknownEffect(Schema.Array(SecretRow))
const decodeVersions = Schema.decodeUnknownEffect(Schema.Array(Schema.Struct({ version: WholeNumber })))

const unavailable = {
  SqlError: (cause: SqlError.SqlError) => new KeysUnavailable({ cause }),
  SchemaError: (cause: Schema.SchemaError) => new KeysUnavailable({ cause })
}

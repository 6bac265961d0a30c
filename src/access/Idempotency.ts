import { Clock, Context, Effect, Layer } from "effect"
import { SqlClient, type SqlError } from "effect/sql"
import type { Caller } from "../domain/keys/Caller.ts"
import { Conflict, InvalidRequest, Unavailable } from "../domain/Failure.ts"
import { type Whole, wholeNumber } from "../store/WholeNumber.ts"
import { type Lost, Presence } from "./Presence.ts"

/** How long keys are kept. */
export interface IdempotencyOptions {
  /** Milliseconds after the last request with a key, after which it may come with another body. */
  readonly keepMs?: number
  /** Most keys of one caller that are kept after their requests, give or take as many again; absent: all. */
  readonly mostKept?: number
}

/** A request that has its key for itself. */
export interface Running {
  /** The request has ended, however: the key may be used again, with the same body. */
  readonly end: Effect.Effect<void>
}

type Refusal = Conflict | InvalidRequest | Unavailable

const dayMs = 86_400_000
/**
 * Milliseconds between two clean-ups, where keys are kept as long, and between two tries to tell the store of an end.
 */
const cleanMs = 600_000
const retryMs = 1000
/** How soon to ask again for a key whose request still runs, in milliseconds. */
const soonMs = 1000

/** `Idempotency-Key`s: two requests with one key never run at the same time, and never mean different things. */
export class Idempotency extends Context.Service<
  Idempotency,
  {
    /** Takes a caller's key for one request, in all processes. `bodyHash`: `bodyHashOf` of the body's text. */
    readonly begin: (caller: Caller, key: string, bodyHash: string) => Effect.Effect<Running, Refusal>
  }
>()("gateway/access/Idempotency") {
  static readonly layer = ({ keepMs = dayMs, mostKept }: IdempotencyOptions = {}) =>
    Layer.effect(
      Idempotency,
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        const presence = yield* Presence
        const clock = yield* Clock.Clock
        const now = () => clock.currentTimeMillisUnsafe()
        /** Requests of this process that run, and those of which the store does not know yet that they have ended. */
        const running = new Set<string>()
        const ended = new Set<string>()
        /** Keys that each caller has begun since its oldest were forgotten. */
        const begun = new Map<string, number>()

        const free = (run: string) =>
          Effect.tap(
            sql`UPDATE idempotency_keys SET process = NULL, run = NULL, begun_at = ${now()} WHERE run = ${run}`,
            () => Effect.sync(() => ended.delete(run))
          )
        const end = (run: string) =>
          Effect.suspend(() => {
            if (!running.delete(run)) return Effect.void
            ended.add(run)
            return Effect.ignore(free(run))
          })
        const clean = Effect.suspend(
          () => sql`DELETE FROM idempotency_keys WHERE begun_at < ${now() - keepMs} AND process IS NULL`
        )
        /** Forgets the oldest of a caller who uses more than are kept. */
        const trim = (keyId: string) =>
          Effect.suspend(() => {
            if (mostKept === undefined) return Effect.void
            const count = (begun.get(keyId) ?? 0) + 1
            if (count <= mostKept) {
              begun.set(keyId, count)
              return Effect.void
            }
            begun.delete(keyId)
            const oldest = sql`
              SELECT idempotency_key FROM idempotency_keys WHERE key_id = ${keyId} AND process IS NULL
              ORDER BY begun_at DESC, idempotency_key LIMIT ${2 * mostKept} OFFSET ${mostKept}`
            const deleted = sql`DELETE FROM idempotency_keys WHERE key_id = ${keyId} AND idempotency_key IN (${oldest})`
            return Effect.ignore(deleted)
          })
        const freeAll = Effect.suspend(() => Effect.forEach(ended, free, { discard: true }))
        yield* Effect.forkScoped(Effect.forever(Effect.andThen(Effect.sleep(retryMs), Effect.ignore(freeAll))))
        yield* Effect.forkScoped(
          Effect.forever(
            Effect.andThen(Effect.sleep(Math.min(cleanMs, Math.max(retryMs, keepMs))), Effect.ignore(clean))
          )
        )

        /** Whether the request that has a key still runs. */
        const runs = Effect.fnUntraced(function* ({ process, run }: Row) {
          if (process === null || run === null) return false
          // What the store was not told yet does not matter here.
          if (process === presence.id) return running.has(run)
          const alive = yield* sql`SELECT id FROM processes WHERE id = ${process}`
          return alive.length > 0
        })
        const takeKey = Effect.fnUntraced(function* (keyId: string, key: string, bodyHash: string, run: string) {
          yield* presence.confirm
          const at = now()
          const row = sql.and([sql`key_id = ${keyId}`, sql`idempotency_key = ${key}`])
          const rows = yield* sql<Row>`
            INSERT INTO idempotency_keys (key_id, idempotency_key, body_hash, process, run, begun_at)
            VALUES (${keyId}, ${key}, ${bodyHash}, ${presence.id}, ${run}, ${at})
            ON CONFLICT (key_id, idempotency_key) DO UPDATE SET key_id = excluded.key_id
            RETURNING body_hash, process, run, begun_at`
          const [found] = rows
          if (found === undefined || found.run === run) return undefined
          const isRunning = yield* runs(found)
          const isKept = isRunning || wholeNumber(found.begun_at) >= at - keepMs
          if (isKept && found.body_hash !== bodyHash) return reused()
          if (isRunning) return inProgress()
          yield* sql`
            UPDATE idempotency_keys
            SET body_hash = ${bodyHash}, process = ${presence.id}, run = ${run}, begun_at = ${at} WHERE ${row}`
          return undefined
        })

        const begin = Effect.fn("Idempotency.begin")(function* (caller: Caller, key: string, bodyHash: string) {
          if (!isKey(key)) return yield* invalid()
          const run = crypto.randomUUID()
          const taking = sql.withTransaction(takeKey(caller.keyId, key, bodyHash, run))
          // Known as running before the store says so, or another request could take it for ended in between.
          running.add(run)
          const conflict = yield* taking.pipe(
            Effect.retry({ times: 1, while: ({ _tag }: Lost | SqlError.SqlError) => _tag === "Lost" }),
            Effect.mapError(unavailable),
            // A transaction that seems to have failed may have been made.
            Effect.tapError(() => Effect.sync(() => ended.add(run))),
            Effect.onExit((exit) =>
              Effect.sync(() => {
                if (exit._tag === "Failure" || exit.value !== undefined) running.delete(run)
              })
            )
          )
          if (conflict !== undefined) return yield* conflict
          yield* trim(caller.keyId)
          return { end: end(run) }
        }, Effect.uninterruptible)
        return Idempotency.of({ begin })
      })
    )
}

interface Row {
  readonly body_hash: string
  readonly process: string | null
  readonly run: string | null
  readonly begun_at: Whole
}

/** The SHA-256 of a body's text, in hexadecimal digits. */
export const bodyHashOf = (text: string): string => Bun.SHA256.hash(text, "hex")

const isKey = (key: string): boolean => /^[\x20-\x7e]{1,255}$/.test(key)

const invalid = () =>
  new InvalidRequest({
    message: "The header Idempotency-Key must have 1 to 255 characters, all of them printable ASCII.",
    param: "Idempotency-Key"
  })

const reused = () =>
  new Conflict({
    message: "This Idempotency-Key was used for a request with another body. Send a new key with a new request.",
    code: "idempotency_key_reused"
  })

const inProgress = () =>
  new Conflict({
    message: "A request with this Idempotency-Key is still running. Try again when it has ended.",
    code: "in_progress",
    retryAfterMs: soonMs
  })

const unavailable = () =>
  new Unavailable({
    message:
      "The gateway cannot use its database now, so that it does not know whether this Idempotency-Key is in use. Try again.",
    retryAfterMs: soonMs
  })

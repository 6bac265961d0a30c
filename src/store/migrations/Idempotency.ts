import { Effect } from "effect"
import { SqlClient } from "effect/sql"

/**
 * Which `Idempotency-Key`s were used, by whom and with what body (its SHA-256). `process` and `run` are NULL once the
 * request has ended.
 */
export const idempotency = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`
    CREATE TABLE idempotency_keys (
      key_id TEXT NOT NULL,
      idempotency_key TEXT NOT NULL,
      body_hash TEXT NOT NULL,
      process TEXT,
      run TEXT,
      begun_at BIGINT NOT NULL,
      PRIMARY KEY (key_id, idempotency_key)
    )`
  yield* sql`CREATE INDEX idempotency_keys_by_time ON idempotency_keys (begun_at)`
})

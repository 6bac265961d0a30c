import { Effect } from "effect"
import { SqlClient } from "effect/sql"

/**
 * The keys that were created. A key is never removed: that there were keys once keeps a gateway from answering
 * everybody.
 *
 * - Times are milliseconds since 1970, budgets nano-dollars, lists JSON; a list that is NULL allows all.
 * - `key_secrets`: `hash` is the SHA-256 of the whole key, `start` its first letters, to be recognised by.
 * - `key_changes`: one row, whose number every change raises, so that other processes see it.
 */
export const keys = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`
    CREATE TABLE keys (
      id TEXT PRIMARY KEY,
      name TEXT NOT NULL,
      team TEXT,
      tags TEXT NOT NULL,
      models TEXT,
      tools TEXT,
      requests_per_minute BIGINT,
      tokens_per_minute BIGINT,
      requests_at_once BIGINT,
      budget_day BIGINT,
      budget_month BIGINT,
      budget_total BIGINT,
      zone TEXT NOT NULL,
      unknown_prices TEXT NOT NULL,
      created_at BIGINT NOT NULL,
      expires_at BIGINT,
      disabled_at BIGINT
    )`
  yield* sql`CREATE UNIQUE INDEX keys_living_name ON keys (name) WHERE disabled_at IS NULL`
  yield* sql`
    CREATE TABLE key_secrets (
      hash TEXT PRIMARY KEY,
      key_id TEXT NOT NULL REFERENCES keys (id),
      start TEXT NOT NULL,
      created_at BIGINT NOT NULL,
      expires_at BIGINT
    )`
  yield* sql`CREATE INDEX key_secrets_by_key ON key_secrets (key_id)`
  yield* sql`CREATE TABLE key_changes (id INTEGER PRIMARY KEY, version BIGINT NOT NULL)`
  yield* sql`INSERT INTO key_changes (id, version) VALUES (1, 0)`
})

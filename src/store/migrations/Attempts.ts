import { Effect } from "effect"
import { SqlClient } from "effect/sql"

/**
 * What was used and what it cost: a row for each attempt, and its tags. Nothing is ever changed in it.
 *
 * - `started_at`: when it was sent, `received_at`: when its request came, in milliseconds since 1970; `…_us`:
 *   microseconds since its request came. Whole numbers, for they are shorter than fractions of milliseconds and the
 *   same in every database.
 * - `usage_source`: NULL when nothing was used that a provider bills; tokens and costs are 0 then.
 * - `cost_total`: NULL when something was used whose price is not known, and so are the costs by class and
 *   `price_version` then.
 */
export const attempts = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`
    CREATE TABLE attempts (
      id TEXT PRIMARY KEY,
      request_id TEXT NOT NULL,
      attempt INTEGER NOT NULL,
      parent TEXT,
      kind TEXT NOT NULL,
      outcome TEXT NOT NULL,
      failure TEXT,
      status INTEGER,
      key_id TEXT NOT NULL,
      key_name TEXT NOT NULL,
      team TEXT,
      end_user TEXT,
      session_id TEXT,
      model_asked TEXT NOT NULL,
      target TEXT NOT NULL,
      provider TEXT NOT NULL,
      model TEXT NOT NULL,
      region TEXT,
      stream INTEGER NOT NULL,
      received_at BIGINT NOT NULL,
      started_at BIGINT NOT NULL,
      queued_us BIGINT NOT NULL,
      sent_us BIGINT NOT NULL,
      headers_us BIGINT,
      first_content_us BIGINT,
      first_text_us BIGINT,
      ended_us BIGINT NOT NULL,
      usage_source TEXT,
      service_tier TEXT,
      input BIGINT NOT NULL,
      cached_input BIGINT NOT NULL,
      cache_write_5m BIGINT NOT NULL,
      cache_write_1h BIGINT NOT NULL,
      audio_input BIGINT NOT NULL,
      image_input BIGINT NOT NULL,
      output BIGINT NOT NULL,
      reasoning BIGINT NOT NULL,
      audio_output BIGINT NOT NULL,
      cost_total BIGINT,
      cost_input BIGINT,
      cost_cached_input BIGINT,
      cost_cache_write_5m BIGINT,
      cost_cache_write_1h BIGINT,
      cost_audio_input BIGINT,
      cost_image_input BIGINT,
      cost_output BIGINT,
      cost_reasoning BIGINT,
      cost_audio_output BIGINT,
      price_version TEXT,
      configuration TEXT NOT NULL,
      idempotency_key TEXT,
      request_outcome TEXT NOT NULL,
      request_failure TEXT
    )`
  yield* sql`CREATE INDEX attempts_by_time ON attempts (received_at)`
  yield* sql`CREATE INDEX attempts_by_key ON attempts (key_id, received_at)`
  yield* sql`CREATE INDEX attempts_by_team ON attempts (team, received_at) WHERE team IS NOT NULL`
  yield* sql`
    CREATE TABLE attempt_tags (
      attempt_id TEXT NOT NULL REFERENCES attempts (id) ON DELETE CASCADE,
      tag TEXT NOT NULL,
      PRIMARY KEY (attempt_id, tag)
    )`
  yield* sql`CREATE INDEX attempt_tags_by_tag ON attempt_tags (tag)`
})

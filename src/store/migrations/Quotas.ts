import { Effect } from "effect"
import { SqlClient } from "effect/sql"

/**
 * What limits are shared by processes: who is there, what is spent in each window, and who has how much of the rest for
 * itself.
 *
 * - `processes`: one that is there writes `heartbeat_at` again and again; one that stopped loses its leases.
 * - `budget_windows`: an amount of one resource in one span of time; `period` names the span. `spent` counts what is
 *   used, and of requests and tokens a minute all that a process took, used or not.
 * - `leases`: what a process may use besides. `spent` and all leases of a window together are never more than its
 *   limit, unless a provider used more than was asked for, or what a process that died has used is counted and its
 *   lease is not back yet.
 */
export const quotas = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`CREATE TABLE processes (id TEXT PRIMARY KEY, heartbeat_at BIGINT NOT NULL)`
  yield* sql`
    CREATE TABLE budget_windows (
      scope TEXT NOT NULL,
      resource TEXT NOT NULL,
      period TEXT NOT NULL,
      starts_at BIGINT NOT NULL,
      ends_at BIGINT NOT NULL,
      spent BIGINT NOT NULL,
      PRIMARY KEY (scope, resource, period)
    )`
  yield* sql`CREATE INDEX budget_windows_by_end ON budget_windows (ends_at)`
  yield* sql`
    CREATE TABLE leases (
      scope TEXT NOT NULL,
      resource TEXT NOT NULL,
      period TEXT NOT NULL,
      process TEXT NOT NULL,
      amount BIGINT NOT NULL,
      PRIMARY KEY (scope, resource, period, process)
    )`
  yield* sql`CREATE INDEX leases_by_process ON leases (process)`
})

import { Layer } from "effect"
import { Migrator } from "effect/sql"
import { attempts } from "./migrations/Attempts.ts"
import { idempotency } from "./migrations/Idempotency.ts"
import { keys } from "./migrations/Keys.ts"
import { quotas } from "./migrations/Quotas.ts"

/**
 * What brings a database to this version's form, in order. One that has been published is never changed: another one
 * follows it.
 */
const migrations = {
  "0001_attempts": attempts,
  "0002_keys": keys,
  "0003_quotas": quotas,
  "0004_idempotency": idempotency
}

/**
 * Runs the migrations that the database has not seen, all or none; processes that start at once do so one after
 * another.
 */
export const layer = Layer.effectDiscard(Migrator.make({})({ loader: Migrator.fromRecord(migrations) }))

import { appendFileSync } from "node:fs"
import { join } from "node:path"
import { Effect } from "effect"
import type { SqlError } from "effect/sql"
import type { Save } from "./Entries.ts"
import { type Entry, lineOf } from "./Entry.ts"
import { type JournalUnreadable, system } from "./JournalFile.ts"

/** A row that the database does not take, and what it says against it. */
export interface Refused {
  readonly entry: Entry
  readonly why: string
}

/**
 * Stores rows; those that the database will never take come back, and keep none of the others out. Fails when it takes
 * nothing now: what is stored already then does no harm the next time.
 */
export const saveTakable = (
  save: Save,
  entries: ReadonlyArray<Entry>
): Effect.Effect<ReadonlyArray<Refused>, SqlError.SqlError> =>
  Effect.catchIf(Effect.as(save(entries), []), isForGood, (error) => {
    const [entry, ...more] = entries
    if (entry === undefined) return Effect.succeed([])
    if (more.length === 0) return Effect.succeed([{ entry, why: error.message }])
    const middle = entries.length >> 1
    return Effect.zipWith(
      saveTakable(save, entries.slice(0, middle)),
      saveTakable(save, entries.slice(middle)),
      (one, other) => [...one, ...other]
    )
  })

/** Whether what was to be stored is at fault, not the state of the store. */
const isForGood = ({ reason }: SqlError.SqlError): boolean =>
  reason._tag === "ConstraintError" || reason._tag === "UniqueViolation" || isBadData(reason.cause)

/**
 * A value that no column takes: class 22 of SQLSTATE (out of range, a character that is not allowed), and SQLite's
 * words for it.
 */
const isBadData = (cause: unknown): boolean => {
  if (typeof cause !== "object" || cause === null || !("code" in cause)) return false
  const { code } = cause
  return (
    typeof code === "string" && (/^22[0-9A-Z]{3}$/.test(code) || ["SQLITE_MISMATCH", "SQLITE_TOOBIG"].includes(code))
  )
}

/**
 * Writes rows that the database does not take into a file beside the journals, for a person to look at, and tells their
 * ids.
 */
export const setAside = Effect.fnUntraced(function* (
  folder: string,
  owner: string,
  refused: ReadonlyArray<Refused>
): Effect.fn.Return<void, JournalUnreadable> {
  if (refused.length === 0) return
  const file = join(folder, `${owner}.refused`)
  const lines = refused.map(({ entry: { request, attempt } }) => lineOf({ request, attempts: [attempt] })).join("")
  yield* system(() => appendFileSync(file, lines, { mode: 0o600 }))
  for (const { entry, why } of refused) {
    yield* Effect.logError(`The database never takes the row ${entry.attempt.id} (${why}); it is in ${file} instead`)
  }
})

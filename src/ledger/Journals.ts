import { readdirSync, renameSync, rmSync, statSync } from "node:fs"
import { join } from "node:path"
import { Cause, Data, Effect } from "effect"
import type { SqlError } from "effect/sql"
import { takeLock } from "../store/ProcessLock.ts"
import { type Booking, bookingIn } from "./Entry.ts"
import { lockOf } from "./JournalFile.ts"

/** A journal that a process left behind cannot be read or deleted. */
class JournalUnreadable extends Data.TaggedError("JournalUnreadable")<{ readonly cause: unknown }> {
  override get message(): string {
    return this.cause instanceof Error ? this.cause.message : String(this.cause)
  }
}

/** Stores what a segment holds; what is in the store already is passed over. */
export type Store = (bookings: ReadonlyArray<Booking>) => Effect.Effect<void, SqlError.SqlError>

const segmentName = /^(.+)\.(\d+)\.jsonl$/
const lockName = /^(.+)\.lock$/

/** Milliseconds for which a lock without segments may belong to a process that is just starting. */
const startingMs = 3_600_000

/**
 * Stores the segments of processes that are gone and deletes them. Those of a process that lives are left alone: it holds its lock.
 * What fails is logged and left for the next time.
 */
export const adopt = Effect.fn("Journals.adopt")(function* (folder: string, own: string, store: Store) {
  const owners = yield* logged(system(() => ownersIn(folder).filter((owner) => owner !== own)))
  for (const owner of owners ?? []) {
    const adopting = Effect.acquireUseRelease(
      system(() => takeLock(lockOf(folder, owner))),
      (lock) => (lock === undefined ? Effect.void : adoptFrom(folder, owner, store)),
      (lock) => Effect.sync(() => lock?.release())
    )
    yield* logged(adopting)
  }
})

const logged = <A>(effect: Effect.Effect<A, JournalUnreadable | SqlError.SqlError>) =>
  Effect.catchCause(effect, (cause) =>
    Effect.as(Effect.logError(`The ledger cannot store what another process left behind (${whyOf(cause)})`), undefined)
  )

/** A database's words or the system's: they name tables and files, never what is in them. */
export const whyOf = (cause: Cause.Cause<unknown>): string => {
  const error = Cause.squash(cause)
  return error instanceof Error ? error.message : "unknown"
}

const ownersIn = (folder: string): ReadonlyArray<string> => {
  const names = readdirSync(folder)
  const owners = new Set(names.flatMap((name) => segmentName.exec(name)?.[1] ?? []))
  for (const name of names) {
    const owner = lockName.exec(name)?.[1]
    if (owner !== undefined && !owners.has(owner) && isOld(join(folder, name))) owners.add(owner)
  }
  return [...owners]
}

const isOld = (path: string): boolean => {
  const found = statSync(path, { throwIfNoEntry: false })
  return found !== undefined && found.mtimeMs < Date.now() - startingMs
}

const adoptFrom = Effect.fnUntraced(function* (folder: string, owner: string, store: Store) {
  // Listed again under the lock: another process may have been here since.
  const names = yield* system(() => readdirSync(folder))
  for (const name of names) {
    if (segmentName.exec(name)?.[1] === owner) yield* adoptSegment(join(folder, name), store)
  }
  yield* system(() => rmSync(lockOf(folder, owner), { force: true }))
})

const adoptSegment = Effect.fnUntraced(function* (path: string, store: Store) {
  const text = yield* Effect.tryPromise({
    try: () => Bun.file(path).text(),
    catch: (cause) => new JournalUnreadable({ cause })
  })
  const { bookings, unreadable } = contentOf(text)
  yield* store(bookings)
  if (unreadable === 0) return yield* system(() => rmSync(path, { force: true }))
  const aside = `${path}.unreadable`
  yield* system(() => renameSync(path, aside))
  yield* Effect.logError(`The ledger cannot read ${unreadable} of the lines in ${aside}; they are not in the database`)
})

/** What a segment holds. Behind the last line's end there is only what its process did not finish writing. */
const contentOf = (text: string): { readonly bookings: ReadonlyArray<Booking>; readonly unreadable: number } => {
  const lines = text.slice(0, text.lastIndexOf("\n") + 1).split("\n")
  const filled = lines.filter((line) => line !== "")
  const bookings = filled.flatMap((line) => bookingIn(line) ?? [])
  return { bookings, unreadable: filled.length - bookings.length }
}

const system = <A>(call: () => A): Effect.Effect<A, JournalUnreadable> =>
  Effect.try({ try: call, catch: (cause) => new JournalUnreadable({ cause }) })

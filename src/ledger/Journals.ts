import { readdirSync, renameSync, rmSync, statSync } from "node:fs"
import { join } from "node:path"
import { Cause, Data, Effect } from "effect"
import type { SqlError } from "effect/sql"
import { takeLock } from "../store/ProcessLock.ts"
import { type Booking, bookingIn } from "./Entry.ts"
import { JournalUnreadable, lockOf, system } from "./JournalFile.ts"

/** A journal is its owner's, who lives, or another one is just storing it. */
class JournalBusy extends Data.TaggedError("JournalBusy")<{ readonly owner: string }> {
  override get message(): string {
    return `The journal of ${this.owner} is in use`
  }
}

/** Why what a process left behind is not in the store. */
export type NotAdopted = JournalBusy | JournalUnreadable | SqlError.SqlError

/** Stores what a segment holds; what is in the store already is passed over. */
export type Store = (bookings: ReadonlyArray<Booking>) => Effect.Effect<void, JournalUnreadable | SqlError.SqlError>

const segmentName = /^(.+)\.(\d+)\.jsonl$/
const lockName = /^(.+)\.lock$/

/** Lines that are read in one go, some two milliseconds; then others have their turn. */
const linesAtOnce = 256

/** Milliseconds for which a lock without segments may belong to a process that is just starting. */
const startingMs = 3_600_000

/**
 * Stores the segments of processes that are gone and deletes them. Those of a process that lives are left alone: it
 * holds its lock. What fails is logged and left for the next time.
 */
export const adoptAll = Effect.fn("Journals.adoptAll")(function* (folder: string, own: string, store: Store) {
  const owners = yield* logged(system(() => ownersIn(folder).filter((owner) => owner !== own)))
  for (const owner of owners ?? []) {
    yield* logged(Effect.catchTag(taking(folder, owner, store), "JournalBusy", () => Effect.void))
  }
})

/** Stores the segments of one process and deletes them; succeeds when there are none any more. */
export const adopt = Effect.fn("Journals.adopt")(function* (
  folder: string,
  owner: string,
  store: Store
): Effect.fn.Return<void, NotAdopted> {
  const names = yield* system(() => readdirSync(folder))
  const isThere = names.some((name) => (segmentName.exec(name) ?? lockName.exec(name))?.[1] === owner)
  if (isThere) yield* taking(folder, owner, store)
})

const taking = (folder: string, owner: string, store: Store): Effect.Effect<void, NotAdopted> =>
  Effect.acquireUseRelease(
    system(() => takeLock(lockOf(folder, owner))),
    (lock): Effect.Effect<void, NotAdopted> =>
      lock === undefined ? Effect.fail(new JournalBusy({ owner })) : adoptFrom(folder, owner, store),
    (lock) => Effect.sync(() => lock?.release())
  )

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
  const { bookings, unreadable } = yield* contentOf(text)
  yield* store(bookings)
  if (unreadable === 0) return yield* system(() => rmSync(path, { force: true }))
  const aside = `${path}.unreadable`
  yield* system(() => renameSync(path, aside))
  yield* Effect.logError(`The ledger cannot read ${unreadable} of the lines in ${aside}; they are not in the database`)
})

/** What a segment holds. Behind the last line's end there is only what its process did not finish writing. */
const contentOf = Effect.fnUntraced(function* (text: string) {
  const lines = text.slice(0, text.lastIndexOf("\n") + 1).split("\n")
  const filled = lines.filter((line) => line !== "")
  const bookings: Array<Booking> = []
  for (let at = 0; at < filled.length; at += linesAtOnce) {
    bookings.push(...filled.slice(at, at + linesAtOnce).flatMap((line) => bookingIn(line) ?? []))
    yield* Effect.yieldNow
  }
  return { bookings, unreadable: filled.length - bookings.length }
})

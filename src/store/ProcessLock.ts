import { Database, SQLiteError } from "bun:sqlite"
import { chmodSync } from "node:fs"

/** A lock that lives as long as the process that holds it, however that ends. */
export interface ProcessLock {
  readonly release: () => void
}

/**
 * Takes the lock of a file, which is made if it is not there, or says at once that it is taken. SQLite's locks are the
 * system's: they go with their process, and hold among processes that do not see each other (containers that share a
 * folder). Nobody else may open the file, not even to read it: a process that closes a file loses the locks that it
 * holds on it.
 */
export const takeLock = (file: string): ProcessLock | undefined => {
  const database = new Database(file, { create: true, readwrite: true })
  try {
    chmodSync(file, 0o600)
    // Otherwise SQLite puts a file for undoing beside it, although nothing is ever written.
    database.run("PRAGMA journal_mode = MEMORY")
    database.run("BEGIN EXCLUSIVE")
    return { release: () => database.close() }
  } catch (error) {
    database.close()
    if (error instanceof SQLiteError && error.code === "SQLITE_BUSY") return undefined
    throw error
  }
}

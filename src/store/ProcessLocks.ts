import { existsSync, mkdirSync, readdirSync, rmSync, statSync } from "node:fs"
import { hostname } from "node:os"
import { join } from "node:path"
import { type ProcessLock, takeLock } from "./ProcessLock.ts"

/** A name that no other process has had: for people by host, process and time, for machines by chance. */
export const newProcessName = (): string => {
  const host = hostname().replace(/[^A-Za-z0-9_-]/g, "_")
  const chance = crypto.randomUUID().slice(0, 8)
  return `${host}-${process.pid}-${Date.now()}-${chance}`
}

const lockName = /^([\w-]+)\.lock$/

/** Milliseconds for which a lock whose process nobody knows may be of one that is just starting. */
const startingMs = 3_600_000

/**
 * Locks in a folder, one for each process that shares it: by them a process knows at once which of the others are gone.
 */
export class ProcessLocks {
  readonly #folder: string
  readonly #own: string
  readonly #lock: ProcessLock

  private constructor(folder: string, own: string, lock: ProcessLock) {
    this.#folder = folder
    this.#own = own
    this.#lock = lock
  }

  /**
   * Takes the lock of this process, in a folder that is made for its owner alone if it is not there. Throws what the
   * system says against it.
   */
  static begin(folder: string, own: string): ProcessLocks {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    const lock = takeLock(join(folder, `${own}.lock`))
    if (lock === undefined) throw new Error(`${own}.lock cannot be locked`)
    return new ProcessLocks(folder, own, lock)
  }

  /**
   * Whether a process has ended, however; nothing where its lock does not tell, as that of a process on a machine with
   * another folder.
   */
  isGone(name: string): boolean | undefined {
    if (name === this.#own) return false
    try {
      const file = this.#file(name)
      if (file === undefined || !existsSync(file)) return undefined
      const lock = takeLock(file)
      lock?.release()
      return lock !== undefined
    } catch {
      return undefined
    }
  }

  /** Deletes the lock of a process that is gone; that of one that is there stays. */
  forget(name: string): void {
    if (name === this.#own) return
    try {
      const file = this.#file(name)
      const lock = file === undefined || !existsSync(file) ? undefined : takeLock(file)
      if (file === undefined || lock === undefined) return
      rmSync(file, { force: true })
      lock.release()
    } catch {
      // It says nothing of any process, and whoever starts next tries again.
    }
  }

  /** Deletes what processes left that ended before anybody heard of them. */
  forgetStrangers(known: ReadonlySet<string>): void {
    try {
      for (const entry of readdirSync(this.#folder)) {
        const name = lockName.exec(entry)?.[1]
        if (name === undefined || known.has(name)) continue
        const found = statSync(join(this.#folder, entry), { throwIfNoEntry: false })
        if (found !== undefined && found.mtimeMs < Date.now() - startingMs) this.forget(name)
      }
    } catch {
      // They do no harm where they are.
    }
  }

  /**
   * Gives the lock of this process back. `isOver`: nothing is left of it that others should know to be a dead
   * process's.
   */
  close(isOver: boolean): void {
    try {
      if (isOver) rmSync(join(this.#folder, `${this.#own}.lock`), { force: true })
    } catch {
      // Whoever starts next finds that it is free.
    } finally {
      this.#lock.release()
    }
  }

  #file(name: string): string | undefined {
    const file = `${name}.lock`
    return lockName.test(file) ? join(this.#folder, file) : undefined
  }
}

import { closeSync, mkdirSync, openSync, rmSync, writeSync } from "node:fs"
import { join } from "node:path"
import { Data, Effect } from "effect"
import { type ProcessLock, takeLock } from "../store/ProcessLock.ts"

/** A journal's file cannot be read, written or deleted. */
export class JournalUnreadable extends Data.TaggedError("JournalUnreadable")<{ readonly cause: unknown }> {
  override get message(): string {
    return this.cause instanceof Error ? this.cause.message : String(this.cause)
  }
}

/** Asks the system something of a journal's file. */
export const system = <A>(call: () => A): Effect.Effect<A, JournalUnreadable> =>
  Effect.try({ try: call, catch: (cause) => new JournalUnreadable({ cause }) })

/**
 * The lock that tells whether the owner of segments lives. It is there before its first segment and goes after its
 * last.
 */
export const lockOf = (folder: string, owner: string): string => join(folder, `${owner}.lock`)

/**
 * The journal of this process: lines in files called segments, which outlive it however it ends. A line is with the
 * system when `append` returns, so that only a failure of the machine can lose it. None of its methods throws.
 */
export class JournalFile {
  readonly owner: string
  readonly #folder: string
  readonly #lock: ProcessLock
  #number = 0
  #descriptor: number | undefined
  #isEmpty = true
  /** A line was written in part: the next one begins anew, and only the torn one is lost. */
  #isTorn = false
  #closed: Array<string> = []
  #failure: string | undefined

  private constructor(folder: string, owner: string, lock: ProcessLock) {
    this.#folder = folder
    this.owner = owner
    this.#lock = lock
    this.#open()
  }

  /**
   * Begins an owner's journal in a folder, which is made if it is not there, readable by nobody else. Throws what the
   * system says against it.
   */
  static begin(folder: string, owner: string): JournalFile {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    const lock = takeLock(lockOf(folder, owner))
    if (lock === undefined) throw new Error(`${lockOf(folder, owner)} cannot be locked`)
    return new JournalFile(folder, owner, lock)
  }

  /** Why the last line could not be written (`ENOSPC`); nothing while all is well. */
  get failure(): string | undefined {
    return this.#failure
  }

  /** Writes a line, which brings its own end. */
  append(line: string): void {
    if (this.#descriptor === undefined) return
    try {
      const text = this.#isTorn ? `\n${line}` : line
      const written = writeSync(this.#descriptor, text)
      this.#isEmpty = false
      this.#isTorn = written < Buffer.byteLength(text)
      this.#failure = this.#isTorn ? "ENOSPC" : undefined
    } catch (error) {
      this.#failure = codeOf(error)
    }
  }

  /** Closes the segment, if anything was written to it, and begins another. */
  rotate(): void {
    if (this.#descriptor !== undefined) {
      if (this.#isEmpty) return
      this.#end(this.#descriptor)
    }
    this.#open()
  }

  /** Deletes the closed segments: all that is in them is in the store. */
  discard(): void {
    // What cannot be deleted stays on the list; stored again after a crash, it changes nothing.
    this.#closed = this.#closed.filter((path) => !isDeleted(path))
  }

  /** Ends the journal. What was not discarded is left for another process to store. */
  close(): void {
    if (this.#descriptor !== undefined) this.#end(this.#descriptor)
    if (this.#isEmpty) isDeleted(this.#path)
    if (this.#isEmpty && this.#closed.length === 0) isDeleted(lockOf(this.#folder, this.owner))
    this.#lock.release()
  }

  get #path(): string {
    return join(this.#folder, `${this.owner}.${this.#number}.jsonl`)
  }

  #open(): void {
    try {
      this.#number++
      this.#descriptor = openSync(this.#path, "ax", 0o600)
      this.#isEmpty = true
      this.#isTorn = false
      this.#failure = undefined
    } catch (error) {
      this.#failure = codeOf(error)
    }
  }

  #end(descriptor: number): void {
    this.#descriptor = undefined
    if (!this.#isEmpty) this.#closed.push(this.#path)
    try {
      closeSync(descriptor)
    } catch (error) {
      this.#failure = codeOf(error)
    }
  }
}

const isDeleted = (path: string): boolean => {
  try {
    rmSync(path, { force: true })
    return true
  } catch {
    return false
  }
}

const codeOf = (error: unknown): string =>
  error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "unknown"

import { Clock, Context, Data, Effect, Exit, Layer, type Scope } from "effect"
import { SqlClient, type SqlError } from "effect/sql"
import { newProcessName, ProcessLocks } from "../store/ProcessLocks.ts"
import type { Whole } from "../store/WholeNumber.ts"

/** Others took this process for dead and have its leases; it is to begin anew. */
export class Lost extends Data.TaggedError("Lost") {}

/** How processes that share a store know of each other. */
export interface PresenceOptions {
  /** Milliseconds between two signs of life. */
  readonly beatMs?: number
  /** Milliseconds without one after which a process is taken for dead whose lock does not tell. */
  readonly deadAfterMs?: number
  /**
   * Where processes that share the store have their locks; absent: only signs of life tell who is there. With it, this
   * process shows itself at once, and not when it first wants something.
   */
  readonly folder?: string
}

/** What must be done before the leases of a process are given back, which is named by its `id`. */
export type BeforeRelease = (process: string) => Effect.Effect<unknown, unknown>

/** This process among those that share the store: its signs of life, and the end of others that give none. */
export class Presence extends Context.Service<
  Presence,
  {
    /** No other process has had it. */
    readonly id: string
    /**
     * Comes first in each transaction that changes what this process has for itself: makes sure that it still counts as
     * alive. Gives the number of other processes.
     */
    readonly confirm: Effect.Effect<number, SqlError.SqlError | Lost>
    /** How many other processes there were when last looked. */
    readonly others: () => number
    /**
     * Whether others cannot have taken this process for dead: false after it stood still for long, until it has made
     * sure.
     */
    readonly isCertain: (now: number) => boolean
    /**
     * Gives the leases of processes that died back, at once and from now on. `before` comes first; when it fails, that
     * is tried again later. The process's journal must be in the ledger, or what it spent would count for nothing until
     * it is.
     */
    readonly releaseAfter: (before: BeforeRelease) => Effect.Effect<void, never, Scope.Scope>
    /** Calls `listener` when what this process had was given to others. */
    readonly onLost: (listener: () => void) => void
  }
>()("gateway/access/Presence") {
  static readonly layer = ({ beatMs = 1000, deadAfterMs = 10_000, folder }: PresenceOptions = {}) =>
    Layer.effect(
      Presence,
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        const clock = yield* Clock.Clock
        const now = () => clock.currentTimeMillisUnsafe()
        const id = newProcessName()
        const listeners: Array<() => void> = []
        const certainMs = deadAfterMs / 2
        let isRegistered = false
        // Nothing is left of this process that others would have to give back.
        let isOver = true
        let others = 0
        let awakeAt = now()
        // Set when this process stood still, until the store has said that it still counts.
        let isDoubtful = false
        const locks =
          folder === undefined
            ? undefined
            : yield* Effect.acquireRelease(begin(folder, id), (locks) => Effect.sync(() => locks?.close(isOver)))
        const ends = new Ends(Math.ceil(deadAfterMs / beatMs), (process) => locks?.isGone(process))

        const sign = Effect.gen(function* () {
          const rows = yield* sql`UPDATE processes SET heartbeat_at = ${now()} WHERE id = ${id} RETURNING id`
          if (rows.length > 0) return
          if (isRegistered) {
            isRegistered = false
            for (const listener of listeners) listener()
            return yield* new Lost()
          }
          yield* sql`INSERT INTO processes (id, heartbeat_at) VALUES (${id}, ${now()})`
        })
        const look = sql<Sign>`SELECT id, heartbeat_at FROM processes WHERE id <> ${id}`
        const signed = sql.afterCommit(
          Effect.sync(() => {
            isRegistered = true
            isOver = false
            isDoubtful = false
            awakeAt = now()
          })
        )
        const confirm = Effect.gen(function* () {
          yield* sign
          const seen = yield* look
          others = seen.length
          yield* signed
          return others
        })

        const beat = Effect.gen(function* () {
          const seen = yield* sql.withTransaction(Effect.andThen(sign, Effect.andThen(signed, look)))
          others = seen.length
          ends.see(seen)
          return seen
        })
        const release = Effect.fnUntraced(function* (before: BeforeRelease) {
          const found = ends.found
          if (found.length === 0) return
          // Each once: while one takes its time, others are looked at again.
          for (const process of found) {
            const done = yield* Effect.exit(before(process))
            const end = ends.endOf(process)
            // It has shown itself meanwhile.
            if (end === undefined) continue
            // Of one that stands still the journal is its own, until it goes on or ends.
            if (Exit.isFailure(done) && end === "gone") continue
            yield* sql.withTransaction(
              Effect.gen(function* () {
                yield* sql`DELETE FROM leases WHERE process = ${process}`
                yield* sql`DELETE FROM processes WHERE id = ${process}`
              })
            )
            ends.forget(process)
            locks?.forget(process)
          }
          others = (yield* look).length
        })
        const notice = Effect.sync(() => {
          if (now() - awakeAt >= certainMs) isDoubtful = true
          awakeAt = now()
        })
        // A failure leaves what is leased as it is: it strikes all who share the store, so that nobody can release
        // anything.
        const beating = Effect.suspend(() =>
          isRegistered || locks !== undefined ? Effect.ignoreCause(beat) : Effect.void
        )
        const every = (work: Effect.Effect<void>) =>
          Effect.forkScoped(Effect.forever(Effect.andThen(Effect.sleep(beatMs), work)))
        // Whoever was there alone gives back what it does not use, before anything is wanted here.
        if (locks !== undefined) {
          const first = Effect.map(beat, (seen) => locks.forgetStrangers(new Set(seen.map(({ id }) => id))))
          yield* Effect.ignoreCause(first)
        }
        // Each by itself: a store that is locked, or a long journal, must not keep a process from showing that it
        // lives.
        yield* every(notice)
        yield* every(beating)
        const releaseAfter = Effect.fnUntraced(function* (before: BeforeRelease) {
          const releasing = Effect.ignoreCause(release(before))
          yield* releasing
          yield* every(releasing)
        })

        const leave = sql.withTransaction(
          Effect.gen(function* () {
            yield* sql`DELETE FROM leases WHERE process = ${id} AND amount = 0`
            const left = yield* sql`
              DELETE FROM processes
              WHERE id = ${id} AND NOT EXISTS (SELECT 1 FROM leases WHERE process = ${id}) RETURNING id`
            yield* sql.afterCommit(Effect.sync(() => void (isOver = left.length > 0)))
          })
        )
        yield* Effect.addFinalizer(() => (isRegistered ? Effect.ignoreCause(leave) : Effect.void))

        return Presence.of({
          id,
          confirm,
          others: () => others,
          isCertain: (at) => isRegistered && !isDoubtful && at - awakeAt < certainMs,
          releaseAfter,
          onLost: (listener) => void listeners.push(listener)
        })
      })
    )
}

/** Without a lock of its own, a process goes by signs of life alone. */
const begin = (folder: string, id: string): Effect.Effect<ProcessLocks | undefined> =>
  Effect.catch(Effect.try({ try: () => ProcessLocks.begin(folder, id), catch: String }), (why) =>
    Effect.as(
      Effect.logWarning(`No lock can be had in ${folder} (${why}): the end of this process will be noticed late`),
      undefined
    )
  )

/** A sign of life. */
interface Sign {
  readonly id: string
  readonly heartbeat_at: Whole
}

/**
 * How often a process that is there may have been silent, in times of how often another may: its lock says that it
 * lives, and only that it holds what others need for good speaks against it.
 */
const patience = 6

/**
 * Why the leases of a process are to be given back: it has ended, or it is silent for so long that it may not keep
 * them.
 */
type End = "gone" | "stuck"

/**
 * Which processes have ended, or are silent for too long. Looks are counted, so that a time in which all stood still is
 * none.
 */
class Ends {
  readonly #most: number
  readonly #isGone: (process: string) => boolean | undefined
  readonly #seen = new Map<string, { readonly beat: Whole; readonly looks: number; readonly isGone: boolean }>()
  readonly #found = new Map<string, End>()

  /** `isGone`: whether a process has ended, where that is known for certain. */
  constructor(most: number, isGone: (process: string) => boolean | undefined) {
    this.#most = most
    this.#isGone = isGone
  }

  /** Those that are to be released, as of now. */
  get found(): ReadonlyArray<string> {
    return [...this.#found.keys()]
  }

  /** Why one is to be released; nothing where it is not. */
  endOf(process: string): End | undefined {
    return this.#found.get(process)
  }

  see(signs: ReadonlyArray<Sign>): void {
    const before = new Map(this.#seen)
    this.#seen.clear()
    this.#found.clear()
    for (const { id, heartbeat_at: beat } of signs) {
      const known = before.get(id)
      const looks = known?.beat === beat ? known.looks + 1 : 0
      // Who has just given a sign need not be asked for another one. Who is gone stays so, though others who look may
      // hold its lock.
      const isGone = known?.isGone === true || (known !== undefined && looks === 0 ? false : this.#isGone(id))
      this.#seen.set(id, { beat, looks, isGone: isGone === true })
      const end = this.#endAfter(looks, isGone)
      if (end !== undefined) this.#found.set(id, end)
    }
  }

  forget(process: string): void {
    this.#found.delete(process)
  }

  /** By how many looks without a sign, and by what is known of its lock. */
  #endAfter(looks: number, isGone: boolean | undefined): End | undefined {
    if (isGone === true) return "gone"
    if (looks >= this.#most * patience) return "stuck"
    return isGone === undefined && looks >= this.#most ? "gone" : undefined
  }
}

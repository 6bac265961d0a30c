import { Clock, Context, Data, Effect, Layer } from "effect"
import { SqlClient, type SqlError } from "effect/sql"

/** Others took this process for dead and have its leases; it is to begin anew. */
export class Lost extends Data.TaggedError("Lost") {}

/** How processes that share a store know of each other. */
export interface PresenceOptions {
  /** Milliseconds between two signs of life. */
  readonly beatMs?: number
  /** Milliseconds without one after which a process is taken for dead. */
  readonly deadAfterMs?: number
  /** Shows itself at once, and not when it first wants something: for stores that others share. */
  readonly announces?: boolean
}

/** This process among those that share the store: its signs of life, and the end of others that give none. */
export class Presence extends Context.Service<
  Presence,
  {
    readonly id: string
    /**
     * Comes first in each transaction that changes what this process has for itself: makes sure that it still counts as alive.
     * Gives the number of other processes.
     */
    readonly confirm: Effect.Effect<number, SqlError.SqlError | Lost>
    /** How many other processes there were when last looked. */
    readonly others: () => number
    /** Whether others cannot have taken this process for dead: false after it stood still for long, until it has made sure. */
    readonly isCertain: (now: number) => boolean
    /**
     * What must be done before the leases of a process that died are given back; when it fails, that is tried again later. Its
     * journal must be in the ledger, or what it spent would count for nothing until it is.
     */
    readonly beforeRelease: (work: Effect.Effect<unknown, unknown>) => void
    /** Calls `listener` when what this process had was given to others. */
    readonly onLost: (listener: () => void) => void
  }
>()("gateway/access/Presence") {
  static readonly layer = ({ beatMs = 1000, deadAfterMs = 10_000, announces = false }: PresenceOptions = {}) =>
    Layer.effect(
      Presence,
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        const clock = yield* Clock.Clock
        const now = () => clock.currentTimeMillisUnsafe()
        const id = crypto.randomUUID()
        const listeners: Array<() => void> = []
        const certainMs = deadAfterMs / 2
        const works: Array<Effect.Effect<unknown, unknown>> = []
        const silent = new Silences()
        const dead = new Set<string>()
        let isRegistered = false
        let others = 0
        let awakeAt = now()
        // Set when this process stood still, until the store has said that it still counts.
        let isDoubtful = false

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
        const look = sql<{ id: string; heartbeat_at: number }>`
          SELECT id, heartbeat_at FROM processes WHERE id <> ${id}`
        const signed = sql.afterCommit(
          Effect.sync(() => {
            isRegistered = true
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
          for (const id of silent.after(seen, Math.ceil(deadAfterMs / beatMs))) dead.add(id)
        })
        const release = Effect.gen(function* () {
          if (dead.size === 0) return
          yield* Effect.all(works, { discard: true })
          for (const id of dead) {
            yield* sql.withTransaction(
              Effect.gen(function* () {
                yield* sql`DELETE FROM leases WHERE process = ${id}`
                yield* sql`DELETE FROM processes WHERE id = ${id}`
              })
            )
            dead.delete(id)
          }
        })
        const notice = Effect.sync(() => {
          if (now() - awakeAt >= certainMs) isDoubtful = true
          awakeAt = now()
        })
        // A failure leaves what is leased as it is: it strikes all who share the store, so that nobody can release anything.
        const beating = Effect.suspend(() => (isRegistered ? Effect.ignore(beat) : Effect.void))
        const every = (work: Effect.Effect<void>) =>
          Effect.forkScoped(Effect.forever(Effect.andThen(Effect.sleep(beatMs), work)))
        // Whoever was there alone gives back what it does not use, before anything is wanted here.
        if (announces) yield* Effect.ignore(beat)
        // Each by itself: a store that is locked, or a long journal, must not keep a process from showing that it lives.
        yield* every(notice)
        yield* every(beating)
        yield* every(Effect.ignore(release))

        const leave = sql`
          DELETE FROM processes WHERE id = ${id} AND NOT EXISTS (SELECT 1 FROM leases WHERE process = ${id})`
        yield* Effect.addFinalizer(() => (isRegistered ? Effect.ignore(leave) : Effect.void))

        return Presence.of({
          id,
          confirm,
          others: () => others,
          isCertain: (at) => isRegistered && !isDoubtful && at - awakeAt < certainMs,
          beforeRelease: (work) => void works.push(work),
          onLost: (listener) => void listeners.push(listener)
        })
      })
    )
}

/** How often in a row each process was seen with the same sign of life. Counted in own looks, so that a time in which all stood still is none. */
class Silences {
  readonly #seen = new Map<string, { readonly beat: number; readonly looks: number }>()

  /** The processes that were silent for so many looks. */
  after(
    rows: ReadonlyArray<{ readonly id: string; readonly heartbeat_at: number }>,
    looks: number
  ): ReadonlyArray<string> {
    const before = new Map(this.#seen)
    this.#seen.clear()
    const dead: Array<string> = []
    for (const { id, heartbeat_at: beat } of rows) {
      const known = before.get(id)
      const silent = known?.beat === beat ? known.looks + 1 : 0
      this.#seen.set(id, { beat, looks: silent })
      if (silent >= looks) dead.push(id)
    }
    return dead
  }
}

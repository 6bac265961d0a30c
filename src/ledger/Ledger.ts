import { join } from "node:path"
import { Context, Data, Effect, Layer, Schedule } from "effect"
import { SqlClient } from "effect/sql"
import type { RequestRecord } from "../domain/usage/RequestRecord.ts"
import { newProcessName } from "../store/ProcessLocks.ts"
import { type OnSaved, saving } from "./Entries.ts"
import { type Booking, bookingOf, entriesOf, lineOf } from "./Entry.ts"
import { JournalFile } from "./JournalFile.ts"
import { adopt, adoptAll, type NotAdopted, whyOf } from "./Journals.ts"
import { Mailbox } from "./Mailbox.ts"
import { saveTakable, setAside } from "./Refused.ts"

/** How a ledger is kept. */
export interface LedgerOptions {
  /** The journal is in `journal` inside it. */
  readonly folder: string
  /** What this process is called among those that share the folder: its journal can be adopted under this name. */
  readonly owner?: string
  /** Done with rows that are new, in the transaction that stores them; also with those that a process left behind. */
  readonly onSaved?: OnSaved
  /** Requests that may wait to be stored before no more are taken on. */
  readonly room?: number
}

/** The journal cannot be begun. */
export class LedgerUnavailable extends Data.TaggedError("LedgerUnavailable")<{
  readonly folder: string
  readonly cause: unknown
}> {
  override get message(): string {
    const why = this.cause instanceof Error ? this.cause.message : String(this.cause)
    return `The journal in ${this.folder} cannot be written: ${why}`
  }
}

/** The store took rows no longer; they are still in the journal and in memory. */
class StoreFailing extends Data.TaggedError("StoreFailing")<{ readonly message: string }> {}

/** More than a second of the most that one process answers, and some 20 MB. */
const usualRoom = 20_000

/** How long rows are gathered: long enough that a transaction has many, short enough that a bill is of now. */
const gathering = "100 millis"

/**
 * Most requests that are stored in one transaction. Each page of the database, its indices' too, is written once a
 * transaction: with 32 requests the rows cost three times as much as with 512. Between its statements other things of
 * the process have their turn.
 */
const mostAtOnce = 512

/** How often the journals of processes that are gone are looked for. */
const adoptEvery = "1 minute"

const backOff = Schedule.min([Schedule.exponential("200 millis", 2), Schedule.spaced("5 seconds")])

/** How long the end of the process waits for a store that fails; the journal keeps what it did not take. */
const lastTry = backOff.pipe(Schedule.upTo({ duration: "3 seconds" }))

/** What was used and what it cost: every attempt of every request, once, whatever becomes of the process. */
export class Ledger extends Context.Service<
  Ledger,
  {
    /** Writes the request down before it returns; never refuses, waits or throws. */
    readonly book: (record: RequestRecord) => void
    /** Whether new requests may be taken on. */
    readonly hasRoom: () => boolean
    /** Rows that are booked and not stored yet. */
    readonly depth: () => number
    /** Stores what a process that is gone has left in its journal; succeeds when nothing of it is left there. */
    readonly adopt: (process: string) => Effect.Effect<void, NotAdopted>
  }
>()("gateway/ledger/Ledger") {
  static readonly layer = (options: LedgerOptions): Layer.Layer<Ledger, LedgerUnavailable, SqlClient.SqlClient> =>
    Layer.effect(Ledger, make(options))

  /** Books nothing. */
  static readonly layerOff: Layer.Layer<Ledger> = Layer.succeed(Ledger, {
    book: () => {},
    hasRoom: () => true,
    depth: () => 0,
    adopt: () => Effect.void
  })
}

const make = Effect.fnUntraced(function* ({
  folder,
  owner = newProcessName(),
  onSaved,
  room = usualRoom
}: LedgerOptions) {
  const sql = yield* SqlClient.SqlClient
  const journals = join(folder, "journal")
  const journal = yield* Effect.acquireRelease(
    Effect.try({
      try: () => JournalFile.begin(journals, owner),
      catch: (cause) => new LedgerUnavailable({ folder: journals, cause })
    }),
    (journal) => Effect.sync(() => journal.close())
  )
  const mailbox = new Mailbox()
  const save = saving(sql, onSaved)
  /**
   * What no try will store is kept elsewhere, before anything counts as stored, and what it cost is spent all the same.
   */
  const storeSome = Effect.fnUntraced(function* (bookings: ReadonlyArray<Booking>) {
    const refused = yield* saveTakable(save, bookings.flatMap(entriesOf))
    if (refused.length === 0) return
    yield* setAside(journals, owner, refused)
    if (onSaved === undefined) return
    const spend = sql.withTransaction(onSaved(refused.map(({ entry }) => entry)))
    yield* Effect.catchCause(spend, (cause) =>
      Effect.logError(`What the rows that were set aside cost is in no budget (${whyOf(cause)})`)
    )
  })

  const storeTaken = Effect.gen(function* () {
    while (mailbox.taken > 0) {
      const bookings = mailbox.next(mostAtOnce)
      yield* storeSome(bookings)
      mailbox.stored(bookings.length)
      if (mailbox.taken > 0) yield* Effect.yieldNow
    }
  }).pipe(
    // A defect of what else is done in the transaction is no reason to lose the row: it is tried again as well.
    Effect.catchCause((cause) => Effect.fail(new StoreFailing({ message: whyOf(cause) })))
  )

  const told = { store: false, journal: false }
  const tell = Effect.fnUntraced(function* (what: "store" | "journal", failure: string | undefined) {
    if (told[what] === (failure !== undefined)) return
    told[what] = failure !== undefined
    if (failure === undefined) return yield* Effect.logInfo(`The ledger's ${what} can be written again`)
    yield* Effect.logError(`The ledger's ${what} cannot be written (${failure}); it is tried again until it can`)
  })

  const store = Effect.fnUntraced(function* (retries: Schedule.Schedule<unknown>) {
    yield* tell("journal", journal.failure)
    journal.rotate()
    mailbox.take()
    yield* storeTaken.pipe(
      Effect.tapError(({ message }) => tell("store", message)),
      Effect.retry(retries)
    )
    yield* tell("store", undefined)
    journal.discard()
  })

  const storeInGoes = Effect.fnUntraced(function* (bookings: ReadonlyArray<Booking>) {
    for (let at = 0; at < bookings.length; at += mostAtOnce) {
      yield* storeSome(bookings.slice(at, at + mostAtOnce))
      yield* Effect.yieldNow
    }
  })
  const adopting = adoptAll(journals, owner, storeInGoes)

  yield* adopting
  yield* Effect.addFinalizer(() =>
    Effect.catch(store(lastTry), () =>
      Effect.logError(`The ledger leaves ${mailbox.depth} requests in its journal, for the next process to store`)
    )
  )
  const filled = Effect.callback<void>((resume) => Effect.sync(mailbox.whenFilled(() => resume(Effect.void))))
  const round = Effect.andThen(filled, Effect.andThen(Effect.sleep(gathering), store(backOff)))
  yield* Effect.forkScoped(Effect.forever(round))
  yield* Effect.forkScoped(Effect.forever(Effect.andThen(Effect.sleep(adoptEvery), adopting)))

  const book = (record: RequestRecord): void => {
    if (record.attempts.length === 0) return
    const booking = bookingOf(record)
    journal.append(lineOf(booking))
    mailbox.put(booking)
  }
  return Ledger.of({
    book,
    hasRoom: () => mailbox.depth < room,
    depth: () => mailbox.rows,
    adopt: (process) => adopt(journals, process, storeInGoes)
  })
})

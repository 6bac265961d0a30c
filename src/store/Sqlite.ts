import { Database, type SQLQueryBindings, type Statement as PreparedStatement } from "bun:sqlite"
import { closeSync, mkdirSync, openSync } from "node:fs"
import { dirname } from "node:path"
import { Context, Effect, Layer, Semaphore, Stream } from "effect"
import { Reactivity } from "effect/reactivity"
import { SqlClient, type SqlConnection, SqlError, Statement } from "effect/sql"

/** Where a database is kept. */
export interface SqliteOptions {
  /** A path, or `:memory:` for a database that ends with its layer. */
  readonly filename: string
}

/** Statements kept compiled: the gateway has some fifty, and compiling the ledger's takes longer than running it. */
const keptStatements = 100

/**
 * Milliseconds until the first and the longest until the next try, and in all, while another process holds the lock.
 */
const lockWait = { first: 1, longest: 25, all: 5000 }

/**
 * `synchronous = NORMAL` loses the last transactions when the machine fails, not when the process does, and never the
 * database.
 */
const pragmas = [
  "journal_mode = WAL",
  "synchronous = NORMAL",
  "foreign_keys = ON",
  // Pages after which the log is moved into the database, and waited for: some 7 ms. With fewer, nearly every batch of
  // the ledger would be followed by 2.
  "wal_autocheckpoint = 1000"
]

/**
 * A `SqlClient` over `bun:sqlite`. Several processes, or several of these in one, may use the same file: a lock is
 * waited for without standing in the way of anything else, at most five seconds (then `LockTimeoutError`). Transactions
 * take the lock for writing at their beginning, because one that reads first and then writes fails when another has
 * written in between.
 */
export const layer = ({ filename }: SqliteOptions): Layer.Layer<SqlClient.SqlClient, SqlError.SqlError> =>
  Layer.effectContext(Effect.map(make(filename), (client) => Context.make(SqlClient.SqlClient, client))).pipe(
    Layer.provide(Reactivity.layer)
  )

const make = Effect.fnUntraced(function* (filename: string) {
  const database = yield* Effect.acquireRelease(
    attempt("open", () => open(filename)),
    (database) => Effect.sync(() => database.close())
  )
  // Changing to WAL needs the file alone, which two that start at once both want.
  for (const pragma of pragmas) {
    yield* attempt("open", () => database.run(`PRAGMA ${pragma}`))
  }
  const semaphore = yield* Semaphore.make(1)
  const acquirers = SqlClient.makeSqliteAcquirers({
    connection: Effect.succeed(connectionTo(database)),
    semaphore,
    isTransaction: () => database.inTransaction
  })
  return yield* SqlClient.make({
    ...acquirers,
    compiler: Statement.makeCompilerSqlite(),
    beginTransaction: "BEGIN IMMEDIATE",
    prepareTransactionControls: true,
    releaseSavepoint: (name) => `RELEASE SAVEPOINT ${name}`,
    driver: "bun-sqlite",
    spanAttributes: [["db.system.name", "sqlite"]]
  })
})

/** Only the gateway's own user may read what it keeps; the write-ahead log gets the mode of the database. */
const open = (filename: string): Database => {
  if (filename !== ":memory:") {
    mkdirSync(dirname(filename), { recursive: true, mode: 0o700 })
    closeSync(openSync(filename, "a", 0o600))
  }
  return new Database(filename, { create: true, readwrite: true })
}

const connectionTo = (database: Database): SqlConnection.Connection => {
  const statements = new Map<string, PreparedStatement<object, Array<SQLQueryBindings>>>()
  const prepared = (sql: string) => {
    const before = statements.get(sql)
    if (before !== undefined) {
      // Moved to the end: a Map keeps its order, and the first is the one that was not used for the longest time.
      statements.delete(sql)
      statements.set(sql, before)
      return before
    }
    const statement = database.prepare<object, Array<SQLQueryBindings>>(sql)
    statements.set(sql, statement)
    if (statements.size > keptStatements) {
      const [oldest] = statements
      if (oldest !== undefined) {
        statements.delete(oldest[0])
        oldest[1].finalize()
      }
    }
    return statement
  }
  const rows = (sql: string, params: ReadonlyArray<unknown>) =>
    attempt("execute", () => prepared(sql).all(...bindings(params)))
  const values = (sql: string, params: ReadonlyArray<unknown>) =>
    attempt("executeValues", () => prepared(sql).values(...bindings(params)))
  const execute: SqlConnection.Connection["execute"] = (sql, params, transform) =>
    transform === undefined ? rows(sql, params) : Effect.map(rows(sql, params), transform)
  return {
    execute,
    executeRaw: rows,
    executeUnprepared: execute,
    executeValues: values,
    executeValuesUnprepared: values,
    executeStream: (sql, params, transform) => Stream.fromIterableEffect(execute(sql, params, transform))
  }
}

const isBinding = (value: unknown): value is SQLQueryBindings =>
  value === null ||
  typeof value === "string" ||
  typeof value === "number" ||
  typeof value === "bigint" ||
  typeof value === "boolean" ||
  value instanceof Uint8Array

const areBindings = (params: ReadonlyArray<unknown>): params is ReadonlyArray<SQLQueryBindings> =>
  params.every(isBinding)

const bindings = (params: ReadonlyArray<unknown>): ReadonlyArray<SQLQueryBindings> => {
  if (areBindings(params)) return params
  throw new TypeError(`SQLite takes no parameter of type ${typeof params.find((param) => !isBinding(param))}`)
}

/** Runs a call of SQLite; while it finds the database locked, it is tried again later, as it has changed nothing. */
const attempt = <A>(operation: string, call: () => A): Effect.Effect<A, SqlError.SqlError> =>
  Effect.catchIf(once(operation, call), isLocked, () => afterLock(once(operation, call)))

const once = <A>(operation: string, call: () => A) =>
  Effect.try({
    try: call,
    catch: (cause) =>
      new SqlError.SqlError({ reason: SqlError.classifySqliteError(cause, { message: messageOf(cause), operation }) })
  })

const isLocked = (error: SqlError.SqlError): boolean => error.reason._tag === "LockTimeoutError"

const afterLock = <A>(call: Effect.Effect<A, SqlError.SqlError>): Effect.Effect<A, SqlError.SqlError> => {
  const giveUpAt = performance.now() + lockWait.all
  const again = (waitMs: number): Effect.Effect<A, SqlError.SqlError> =>
    Effect.andThen(
      pause(waitMs),
      Effect.catchIf(
        call,
        (error) => isLocked(error) && performance.now() < giveUpAt,
        () => again(Math.min(waitMs * 2, lockWait.longest))
      )
    )
  return again(lockWait.first)
}

const messageOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause))

/** A pause in real time, up to twice as long by chance: others do not stop for a clock that a test moves. */
const pause = (ms: number): Effect.Effect<void> =>
  Effect.callback((resume) => {
    const timer = setTimeout(() => resume(Effect.void), ms * (1 + Math.random()))
    return Effect.sync(() => clearTimeout(timer))
  })

import { Effect } from "effect"
import { SqlClient, type SqlError } from "effect/sql"
import { tokenClasses, tokenClassNames } from "../domain/usage/Cost.ts"
import { classCostOf, costOf, type Entry, startedAt, tokensOf } from "./Entry.ts"

type Value = string | number | null

const columns: ReadonlyArray<readonly [name: string, value: (entry: Entry) => Value | undefined]> = [
  ["id", ({ attempt }) => attempt.id],
  ["request_id", ({ request }) => request.id],
  ["attempt", ({ attempt }) => placeIn(attempt.id)],
  ["kind", ({ attempt }) => attempt.kind],
  ["outcome", ({ attempt }) => attempt.outcome],
  ["failure", ({ attempt }) => attempt.failure],
  ["status", ({ attempt }) => attempt.status],
  ["key_id", ({ request }) => request.keyId],
  ["key_name", ({ request }) => request.keyName],
  ["team", ({ request }) => request.team],
  ["end_user", ({ request }) => request.endUser],
  ["session_id", ({ request }) => request.sessionId],
  ["model_asked", ({ request }) => request.model],
  ["target", ({ attempt }) => attempt.target],
  ["provider", ({ attempt }) => attempt.provider],
  ["model", ({ attempt }) => attempt.model],
  ["region", ({ attempt }) => attempt.region],
  ["stream", ({ request }) => (request.stream ? 1 : 0)],
  ["received_at", ({ request }) => request.receivedAt],
  ["started_at", startedAt],
  ["queued_us", ({ attempt }) => attempt.queuedUs],
  ["sent_us", ({ attempt }) => attempt.sentUs],
  ["headers_us", ({ attempt }) => attempt.headersUs],
  ["first_content_us", ({ attempt }) => attempt.firstContentUs],
  ["first_text_us", ({ attempt }) => attempt.firstTextUs],
  ["ended_us", ({ attempt }) => attempt.endedUs],
  ["usage_source", ({ attempt }) => attempt.usageSource],
  ["service_tier", ({ attempt }) => attempt.serviceTier],
  ...tokenClasses.map((name) => [tokenClassNames[name], (entry: Entry) => tokensOf(entry)[name]] as const),
  ["cost_total", costOf],
  ...tokenClasses.map((name) => [`cost_${tokenClassNames[name]}`, (entry: Entry) => classCostOf(entry, name)] as const),
  ["price_version", ({ attempt }) => attempt.cost?.priceVersion],
  ["configuration", ({ request }) => request.configuration],
  ["idempotency_key", ({ request }) => request.idempotencyKey],
  ["request_outcome", ({ request }) => request.outcome],
  ["request_failure", ({ request }) => request.failure]
]

/** The place of an attempt among those of its request, or of its step: what its id ends with. */
const placeIn = (id: string): number => Number(id.slice(id.lastIndexOf("/") + 1)) || 0

/**
 * Rows in one statement. Compiling takes longer than running, so there are two texts only, for many and for one: with
 * 16 rows a statement the cost of each is small beside that of its rows, and few are left over.
 */
const rowsAtOnce = 16

interface Insert {
  readonly many: string
  readonly one: string
}

const insertInto = (sql: SqlClient.SqlClient, table: string, names: ReadonlyArray<string>, key: string): Insert => {
  // As each database counts its parameters, from 1.
  const placeholder = sql.onDialectOrElse({ pg: () => (nth: number) => `$${nth}`, orElse: () => () => "?" })
  const row = (nth: number) => `(${names.map((_, at) => placeholder(nth * names.length + at + 1)).join(", ")})`
  const of = (rows: number): string =>
    `INSERT INTO ${table} (${names.join(", ")}) VALUES ${Array.from({ length: rows }, (_, nth) => row(nth)).join(", ")} ` +
    `ON CONFLICT (${key}) DO NOTHING RETURNING ${key}`
  return { many: of(rowsAtOnce), one: of(1) }
}

/** Inserts rows that are not there, and returns the keys of those that were not. */
const insert = Effect.fnUntraced(function* <Row>(
  sql: SqlClient.SqlClient,
  { many, one }: Insert,
  rows: ReadonlyArray<Row>,
  append: (row: Row, values: Array<Value>) => void
) {
  const keys: Array<Readonly<Record<string, unknown>>> = []
  for (let at = 0; at < rows.length;) {
    const isMany = rows.length - at >= rowsAtOnce
    const end = at + (isMany ? rowsAtOnce : 1)
    const values: Array<Value> = []
    for (const row of rows.slice(at, end)) append(row, values)
    keys.push(...(yield* sql.unsafe<Readonly<Record<string, unknown>>>(isMany ? many : one, values)))
    at = end
    if (at < rows.length) yield* Effect.yieldNow
  }
  return keys
})

const appendEntry = (entry: Entry, values: Array<Value>): void => {
  for (const [, value] of columns) values.push(storable(value(entry) ?? null))
}

/** Postgres has no text with the character NUL, and would take none of the rows beside it either. */
const storable = <V extends Value>(value: V): V | string =>
  typeof value === "string" && value.includes("\0") ? value.replaceAll("\0", "") : value

/** What is done with rows that were new, in the transaction that stores them. */
export type OnSaved = (rows: ReadonlyArray<Entry>) => Effect.Effect<void, SqlError.SqlError>

/**
 * Stores rows in one transaction; those that are there already are left as they are, and `OnSaved` does not hear of
 * them.
 */
export type Save = (entries: ReadonlyArray<Entry>) => Effect.Effect<void, SqlError.SqlError>

/** How rows are stored in a database. */
export const saving = (sql: SqlClient.SqlClient, onSaved?: OnSaved): Save => {
  const names = columns.map(([name]) => name)
  const attempts = insertInto(sql, "attempts", names, "id")
  const tags = insertInto(sql, "attempt_tags", ["attempt_id", "tag"], "attempt_id, tag")
  return Effect.fnUntraced(function* (entries: ReadonlyArray<Entry>) {
    const storing = Effect.gen(function* () {
      const keys = yield* insert(sql, attempts, entries, appendEntry)
      const stored = new Set(keys.map(({ id }) => id))
      // An id that is twice among the rows is new once.
      const fresh = entries.filter(({ attempt }) => stored.delete(storable(attempt.id)))
      const tagged = fresh.flatMap(({ request, attempt }) => request.tags.map((tag) => ({ id: attempt.id, tag })))
      yield* insert(sql, tags, tagged, ({ id, tag }, values) => values.push(storable(id), storable(tag)))
      if (onSaved !== undefined && fresh.length > 0) yield* onSaved(fresh)
    })
    yield* sql.withTransaction(storing)
  }, Effect.withTracerEnabled(false))
}

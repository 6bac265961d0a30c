import { Effect, Option, Schema } from "effect"
import { tokenCountsOf } from "../catalog/Cost.ts"
import { type Cost, type TokenCounts, tokenClasses } from "../domain/usage/Cost.ts"
import type { RequestRecord } from "../domain/usage/RequestRecord.ts"
import type { AttemptRecord } from "../domain/routing/Trail.ts"

// What is written down is read by other versions too, after a crash between them: unknown fields are passed over, and
// all that a row can do without has a default. Words are not narrowed to those of this version.
const text = Schema.String.pipe(Schema.withDecodingDefaultKey(Effect.succeed("")))
const count = Schema.Finite.pipe(Schema.withDecodingDefaultKey(Effect.succeed(0)))
const maybeText = Schema.optional(Schema.String)
const maybeCount = Schema.optional(Schema.Finite)

const Tokens = Schema.Struct({
  input: count,
  cachedInput: count,
  cacheWrite5m: count,
  cacheWrite1h: count,
  audioInput: count,
  imageInput: count,
  output: count,
  reasoning: count,
  audioOutput: count
})

const BookedCost = Schema.Struct({
  total: Schema.Finite,
  byClass: Schema.Record(Schema.String, Schema.Finite).pipe(Schema.withDecodingDefaultKey(Effect.succeed({}))),
  priceVersion: text
})

const BookedAttempt = Schema.Struct({
  id: Schema.NonEmptyString,
  kind: text,
  outcome: text,
  failure: maybeText,
  /** The provider's HTTP status, where it refused. */
  status: maybeCount,
  target: text,
  provider: text,
  model: text,
  region: maybeText,
  /**
   * Microseconds since the request came: whole numbers are shorter than fractions of milliseconds and exact in every
   * database.
   */
  queuedUs: count,
  sentUs: count,
  headersUs: maybeCount,
  firstContentUs: maybeCount,
  firstTextUs: maybeCount,
  endedUs: count,
  /** Absent: nothing was used that a provider bills. */
  usageSource: maybeText,
  serviceTier: maybeText,
  tokens: Schema.optional(Tokens),
  /** Absent although something was used: the price is not known. */
  cost: Schema.optional(BookedCost)
})

const BookedRequest = Schema.Struct({
  id: Schema.NonEmptyString,
  /** Milliseconds since 1970. */
  receivedAt: Schema.Finite,
  keyId: text,
  keyName: text,
  team: maybeText,
  endUser: maybeText,
  sessionId: maybeText,
  tags: Schema.Array(Schema.String).pipe(Schema.withDecodingDefaultKey(Effect.succeed([]))),
  /** As the caller wrote it. */
  model: text,
  stream: Schema.Boolean.pipe(Schema.withDecodingDefaultKey(Effect.succeed(false))),
  idempotencyKey: maybeText,
  configuration: text,
  outcome: text,
  failure: maybeText
})

const Booking = Schema.Struct({ request: BookedRequest, attempts: Schema.Array(BookedAttempt) })

/** What the ledger keeps of a request, without what anyone said: a line of the journal. */
export type Booking = typeof Booking.Type

/** What the ledger keeps of an attempt and of its request: a row of the table. */
export interface Entry {
  readonly request: Booking["request"]
  readonly attempt: Booking["attempts"][number]
}

/** What is kept of a request. */
export const bookingOf = (record: RequestRecord): Booking => ({
  request: {
    id: record.id,
    receivedAt: Math.round(record.receivedAt),
    keyId: record.caller.keyId,
    keyName: record.caller.name,
    team: record.caller.team,
    endUser: record.labels.endUser,
    sessionId: record.labels.sessionId,
    tags: record.labels.tags,
    model: record.model,
    stream: record.stream,
    idempotencyKey: record.idempotencyKey,
    configuration: record.configuration,
    outcome: record.outcome,
    failure: record.failure
  },
  attempts: record.attempts.map(bookedAttempt)
})

const bookedAttempt = (attempt: AttemptRecord): Entry["attempt"] => ({
  id: attempt.id,
  kind: attempt.kind,
  outcome: attempt.outcome,
  failure: attempt.failure?.class,
  status: attempt.failure?.status,
  target: attempt.target,
  provider: attempt.provider,
  model: attempt.model,
  region: attempt.region,
  queuedUs: micros(attempt.queuedMs),
  sentUs: micros(attempt.sentMs),
  headersUs: attempt.headersMs === undefined ? undefined : micros(attempt.headersMs),
  firstContentUs: attempt.firstContentMs === undefined ? undefined : micros(attempt.firstContentMs),
  firstTextUs: attempt.firstTextMs === undefined ? undefined : micros(attempt.firstTextMs),
  endedUs: micros(attempt.endedMs),
  usageSource: attempt.spending?.source,
  serviceTier: attempt.spending?.usage.serviceTier,
  tokens: attempt.spending === undefined ? undefined : tokenCountsOf(attempt.spending.usage),
  cost: attempt.spending?.cost
})

// A row with a time that is no number could never be stored, and would hold up all that come after it.
const micros = (ms: number): number => (Number.isFinite(ms) ? Math.round(ms * 1000) : 0)

/** A line of the journal, with its end. */
export const lineOf = (booking: Booking): string => `${JSON.stringify(booking)}\n`

const decode = Schema.decodeUnknownOption(Schema.fromJsonString(Booking))

/** What a line of a journal holds, of whatever version wrote it; nothing when it cannot be read. */
export const bookingIn = (line: string): Booking | undefined => Option.getOrUndefined(decode(line))

/** The rows of a request. */
export const entriesOf = ({ request, attempts }: Booking): ReadonlyArray<Entry> =>
  attempts.map((attempt) => ({ request, attempt }))

/** When it was sent, in milliseconds since 1970. */
export const startedAt = ({ request, attempt }: Entry): number => request.receivedAt + Math.round(attempt.sentUs / 1000)

/** What it cost in nano-dollars; nothing when something was used whose price is not known. */
export const costOf = ({ attempt }: Entry): number | undefined =>
  attempt.usageSource === undefined ? 0 : attempt.cost?.total

/** Tokens by class; none when nothing was used. */
export const tokensOf = ({ attempt }: Entry): TokenCounts => attempt.tokens ?? noTokens

/** What one class of tokens cost in nano-dollars; nothing when the price is not known. */
export const classCostOf = ({ attempt }: Entry, tokenClass: (typeof tokenClasses)[number]): number | undefined => {
  if (attempt.usageSource === undefined) return 0
  const byClass: Cost["byClass"] | undefined = attempt.cost?.byClass
  return byClass === undefined ? undefined : (byClass[tokenClass] ?? 0)
}

const noTokens: TokenCounts = {
  input: 0,
  cachedInput: 0,
  cacheWrite5m: 0,
  cacheWrite1h: 0,
  audioInput: 0,
  imageInput: 0,
  output: 0,
  reasoning: 0,
  audioOutput: 0
}

import { Context, Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"
import { TestClock } from "effect/testing"
import { Limits, type LimitsOptions } from "../../../src/access/Limits.ts"
import { type BeforeRelease, Presence, type PresenceOptions } from "../../../src/access/Presence.ts"
import type { Allowance, Caller } from "../../../src/domain/keys/Caller.ts"
import type { Entry } from "../../../src/ledger/Entry.ts"
import * as Sqlite from "../../../src/store/Sqlite.ts"
import * as Migrations from "../../../src/store/Migrations.ts"
import * as Store from "../../../src/store/Store.ts"

/** A Sunday, five seconds into a minute. */
export const someDay = Date.parse("2026-11-22T10:15:05Z")

/** Moves the test's clock to that day. */
export const onSomeDay = TestClock.setTime(someDay)

export const allowing = (limits: Partial<Allowance>): Allowance => ({ zone: "UTC", unknownPrices: "refuse", ...limits })

/** A caller whose key has an allowance, and whose team has one. */
export const callerWith = (key: Partial<Allowance>, team?: Partial<Allowance>, keyId = "k1"): Caller => ({
  keyId,
  name: `name of ${keyId}`,
  tags: [],
  ...(team === undefined ? {} : { team: "search" }),
  quotas: [
    ...(Object.keys(key).length === 0 ? [] : [{ scope: `key:${keyId}`, allowance: allowing(key) }]),
    ...(team === undefined ? [] : [{ scope: "team:search", allowance: allowing(team) }])
  ]
})

/** So much money and no tokens. */
export const need = (nanos: number) => ({ tokens: 0, nanos })

/** Begins it at once. */
export const start = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.forkChild(effect, { startImmediately: true })

/** Limits in a store in memory, with the store. */
export const inMemory = (options: LimitsOptions = {}, presence: PresenceOptions = {}) =>
  Limits.layer(options).pipe(Layer.provideMerge(Presence.layer(presence)), Layer.provideMerge(Store.layerMemory))

/**
 * Limits as another process would have them, on a database file; they end with the scope. `before`: what comes before
 * the leases of the dead.
 */
export const processOn = Effect.fnUntraced(function* (
  filename: string,
  options: LimitsOptions = {},
  presence: PresenceOptions = {},
  before: BeforeRelease = () => Effect.void
) {
  const store = Migrations.layer.pipe(Layer.provideMerge(Sqlite.layer({ filename })))
  const layer = Limits.layer(options).pipe(Layer.provideMerge(Presence.layer(presence)), Layer.provideMerge(store))
  const context = yield* Layer.build(Layer.fresh(layer))
  yield* Context.get(context, Presence).releaseAfter(before)
  return {
    limits: Context.get(context, Limits),
    presence: Context.get(context, Presence),
    sql: Context.get(context, SqlClient.SqlClient)
  }
})

/** A row of the ledger with nothing in it but whose it is, when it was sent, and what it cost. */
export const entry = (keyId: string, nanos: number | undefined, sentAt = someDay, team?: string): Entry => ({
  request: {
    id: "r",
    receivedAt: sentAt - 1000,
    keyId,
    keyName: keyId,
    team,
    tags: [],
    model: "m",
    stream: false,
    configuration: "",
    outcome: "answered"
  },
  attempt: {
    id: "r/1",
    kind: "first",
    outcome: "answered",
    target: "",
    provider: "",
    model: "",
    queuedUs: 0,
    sentUs: 1_000_000,
    endedUs: 2_000_000,
    usageSource: "provider",
    ...(nanos === undefined ? {} : { cost: { total: nanos, byClass: {}, priceVersion: "1" } })
  }
})

/** What the store says of one limit. */
export const stored = Effect.fnUntraced(function* (sql: SqlClient.SqlClient, scope: string, resource: string) {
  const windows = yield* sql<{ spent: number }>`
    SELECT spent FROM budget_windows WHERE scope = ${scope} AND resource = ${resource} ORDER BY starts_at`
  const leases = yield* sql<{ total: number }>`
    SELECT COALESCE(SUM(amount), 0) AS total FROM leases WHERE scope = ${scope} AND resource = ${resource}`
  return { spent: windows.map(({ spent }) => spent), leased: leases[0]?.total ?? 0 }
})

/** Lets all fibers go on that can, those that ask a store included. */
export const settleDown: Effect.Effect<void> = Effect.promise(async () => {
  for (let turn = 0; turn < 8; turn++) await new Promise<void>((done) => setImmediate(done))
})

/** Moves the test's clock in small steps, so that whoever wakes may act before the next. */
export const pass = (ms: number, stepMs = 250): Effect.Effect<void> =>
  Effect.forEach(
    Array.from({ length: Math.ceil(ms / stepMs) }),
    () => Effect.andThen(TestClock.adjust(stepMs), settleDown),
    { discard: true }
  )

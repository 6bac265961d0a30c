import { Effect } from "effect"
import { SqlClient } from "effect/sql"
import type { Cost } from "../../../src/domain/usage/Cost.ts"
import type { RequestRecord } from "../../../src/domain/usage/RequestRecord.ts"
import type { AttemptRecord } from "../../../src/domain/routing/Trail.ts"
import { noUsage, type Usage } from "../../../src/domain/usage/Usage.ts"
import { bookingOf, entriesOf } from "../../../src/ledger/Entry.ts"
import { saving } from "../../../src/ledger/Entries.ts"

/** An attempt in short. */
export interface Tried extends Partial<Omit<AttemptRecord, "spending">> {
  readonly usage?: Partial<Usage>
  readonly source?: "provider" | "estimate"
  /** `null`: the price is not known. */
  readonly costs?: Cost["byClass"] | null
}

/** A request in short. */
export interface Asked {
  readonly id: string
  /** ISO 8601. */
  readonly at: string
  readonly key?: string
  readonly name?: string
  readonly team?: string
  readonly tags?: ReadonlyArray<string>
  readonly stream?: boolean
  readonly attempts: ReadonlyArray<Tried>
}

const attemptOf = (request: string, place: number, tried: Tried): AttemptRecord => {
  const { usage, source = "provider", costs, ...rest } = tried
  const cost = costs === undefined || costs === null ? {} : { cost: costOf(costs) }
  return {
    id: `${request}/${place}`,
    kind: place === 1 ? "first" : "fallback",
    target: `${rest.provider ?? "openai"}/${rest.model ?? "openai/mini"}`,
    provider: "openai",
    model: "openai/mini",
    queuedMs: 0,
    sentMs: 1,
    endedMs: 100,
    outcome: "answered",
    dropped: [],
    ...(usage === undefined ? {} : { spending: { usage: { ...noUsage, ...usage }, source, ...cost } }),
    ...rest
  }
}

const costOf = (byClass: Cost["byClass"]): Cost => ({
  total: Object.values(byClass).reduce((sum, nanos) => sum + nanos, 0),
  byClass,
  priceVersion: "2026-07-02"
})

const recordOf = ({
  id,
  at,
  key = "key-1",
  name = "first",
  team,
  tags = [],
  stream = true,
  attempts
}: Asked): RequestRecord => ({
  id,
  receivedAt: Date.parse(at),
  caller: { keyId: key, name, tags: [], quotas: [], ...(team === undefined ? {} : { team }) },
  model: "mini",
  stream,
  labels: { tags },
  configuration: "test",
  outcome: "answered",
  endedMs: 100,
  attempts: attempts.map((tried, at) => attemptOf(id, at + 1, tried))
})

/** Puts requests into the ledger's tables as the ledger does. */
export const book = Effect.fnUntraced(function* (requests: Iterable<Asked>) {
  const sql = yield* SqlClient.SqlClient
  yield* saving(sql)([...requests].flatMap((asked) => entriesOf(bookingOf(recordOf(asked)))))
})

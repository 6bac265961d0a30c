import { Schema } from "effect"
import type { Allowance } from "../../domain/keys/Caller.ts"
import { allowanceOf } from "../../domain/keys/KeyRules.ts"
import { WholeNumber } from "../../store/WholeNumber.ts"
import type { CreatedKey, KeySecret, KeyTerms } from "./KeyTerms.ts"

const List = Schema.fromJsonString(Schema.Array(Schema.String))
const Whole = Schema.NullOr(WholeNumber)
const Text = Schema.NullOr(Schema.String)

/** A row of `keys`. */
export const KeyRow = Schema.Struct({
  id: Schema.String,
  name: Schema.String,
  team: Text,
  tags: List,
  models: Schema.NullOr(List),
  tools: Schema.NullOr(List),
  requests_per_minute: Whole,
  tokens_per_minute: Whole,
  requests_at_once: Whole,
  budget_day: Whole,
  budget_month: Whole,
  budget_total: Whole,
  zone: Schema.String,
  unknown_prices: Schema.Literals(["refuse", "allow"]),
  created_at: WholeNumber,
  expires_at: Whole,
  disabled_at: Whole
})

/** A row of `key_secrets`. */
export const SecretRow = Schema.Struct({
  hash: Schema.String,
  key_id: Schema.String,
  start: Schema.String,
  created_at: WholeNumber,
  expires_at: Whole
})

type KeyRow = typeof KeyRow.Type
type SecretRow = typeof SecretRow.Type

const allowanceIn = (row: KeyRow): Allowance | undefined =>
  allowanceOf(
    {
      requestsPerMinute: row.requests_per_minute,
      tokensPerMinute: row.tokens_per_minute,
      requestsAtOnce: row.requests_at_once,
      perDay: row.budget_day,
      perMonth: row.budget_month,
      inTotal: row.budget_total
    },
    { zone: row.zone, unknownPrices: row.unknown_prices }
  )

/** A key as it was kept. */
export const keyOf = (row: KeyRow): CreatedKey => {
  const allowance = allowanceIn(row)
  return {
    id: row.id,
    name: row.name,
    ...(row.team === null ? {} : { team: row.team }),
    tags: row.tags,
    ...(row.models === null ? {} : { models: row.models }),
    ...(row.tools === null ? {} : { tools: row.tools }),
    ...(row.expires_at === null ? {} : { expiresAt: row.expires_at }),
    ...(allowance === undefined ? {} : { allowance }),
    createdAt: row.created_at,
    ...(row.disabled_at === null ? {} : { disabledAt: row.disabled_at })
  }
}

/** A secret as it was kept, without its hash. */
export const secretOfRow = ({ start, created_at, expires_at }: SecretRow): KeySecret => ({
  start,
  createdAt: created_at,
  ...(expires_at === null ? {} : { expiresAt: expires_at })
})

const jsonOf = (list: ReadonlyArray<string> | undefined): string | null =>
  list === undefined ? null : JSON.stringify(list)

/** The columns of a new key. */
export const columnsOf = (terms: KeyTerms, id: string, createdAt: number) => {
  const { allowance } = terms
  return {
    id,
    name: terms.name,
    team: terms.team ?? null,
    tags: JSON.stringify(terms.tags),
    models: jsonOf(terms.models),
    tools: jsonOf(terms.tools),
    requests_per_minute: allowance?.requestsPerMinute ?? null,
    tokens_per_minute: allowance?.tokensPerMinute ?? null,
    requests_at_once: allowance?.requestsAtOnce ?? null,
    budget_day: allowance?.perDay ?? null,
    budget_month: allowance?.perMonth ?? null,
    budget_total: allowance?.inTotal ?? null,
    zone: allowance?.zone ?? "UTC",
    unknown_prices: allowance?.unknownPrices ?? "refuse",
    created_at: createdAt,
    expires_at: terms.expiresAt ?? null,
    disabled_at: null
  }
}

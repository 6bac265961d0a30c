import type { SqlClient, Statement } from "effect/sql"
import type { Span } from "../Days.ts"
import type { Dimension, UsageQuery } from "../UsageQuery.ts"

/**
 * What rows are grouped by: all of what users may name but the day, which a slice of time has one of, and what reports
 * need besides.
 */
export type Column = Exclude<Dimension, "day"> | "price" | "hit"

/** What a group's columns are read from; the attempts are `a`, their tags `t`. */
const sources: Readonly<Record<Column, string>> = {
  key: "a.key_id",
  team: "a.team",
  tag: "t.tag",
  model: "a.model",
  provider: "a.provider",
  price: "CASE WHEN a.usage_source IS NOT NULL AND a.cost_total IS NULL THEN 'unknown' ELSE 'known' END",
  hit: "CASE WHEN a.cached_input > 0 THEN 'yes' ELSE 'no' END"
}

/** What a statement is put together from, in the order of its clauses. */
export interface Clauses {
  /** The columns of the groups, each under its name, with a comma after them. */
  readonly columns: Statement.Fragment
  /** The attempts, with their tags where these are grouped by. */
  readonly from: Statement.Fragment
  readonly where: Statement.Fragment
  /** Empty when there is one group. */
  readonly groupBy: Statement.Fragment
}

/** What an index leads to: the time alone, or a key's or a team's. */
export const scopeOf = (
  sql: SqlClient.SqlClient,
  { keyId, team }: UsageQuery,
  { from, to }: Span
): Statement.Fragment => {
  const conditions = [sql`a.received_at >= ${from}`, sql`a.received_at < ${to}`]
  if (keyId !== undefined) conditions.push(sql`a.key_id = ${keyId}`)
  else if (team !== undefined) conditions.push(sql`a.team = ${team}`)
  return sql.and(conditions)
}

/** The attempts of a slice of time that a query means, in groups. */
export const clausesOf = (
  sql: SqlClient.SqlClient,
  query: UsageQuery,
  columns: ReadonlyArray<Column>,
  slice: Span
): Clauses => {
  const { key, keyId, team, tag, model, provider } = query
  const conditions = [scopeOf(sql, query, slice)]
  if (key !== undefined) conditions.push(sql`(a.key_id = ${key} OR a.key_name = ${key})`)
  if (keyId !== undefined && team !== undefined) conditions.push(sql`a.team = ${team}`)
  if (model !== undefined) conditions.push(sql`a.model = ${model}`)
  if (provider !== undefined) conditions.push(sql`a.provider = ${provider}`)
  if (tag !== undefined) {
    conditions.push(sql`EXISTS (SELECT 1 FROM attempt_tags own WHERE own.attempt_id = a.id AND own.tag = ${tag})`)
  }
  const named = columns.map((column) => `${sources[column]} AS ${column}_of`)
  if (columns.includes("key")) named.push("MAX(a.key_name) AS key_name")
  const joined = columns.includes("tag") ? " LEFT JOIN attempt_tags t ON t.attempt_id = a.id" : ""
  const grouped = columns.map((column) => sources[column])
  return {
    columns: sql.literal(named.map((text) => `${text}, `).join("")),
    from: sql.literal(`attempts a${joined}`),
    where: sql.and(conditions),
    groupBy: sql.literal(grouped.length === 0 ? "" : `GROUP BY ${grouped.join(", ")}`)
  }
}

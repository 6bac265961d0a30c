import { Effect } from "effect"
import type { SqlClient, SqlError } from "effect/sql"

/**
 * What attempts of a key or a team (`key:ID`, `team:NAME`) cost that were sent between two moments (the end not included), in
 * nano-dollars: what a budget that is new begins with.
 */
export const pastSpending =
  (sql: SqlClient.SqlClient) =>
  (scope: string, from: number, to: number): Effect.Effect<number, SqlError.SqlError> => {
    const [kind, name] = [scope.slice(0, scope.indexOf(":")), scope.slice(scope.indexOf(":") + 1)]
    const whose = kind === "team" ? sql`team = ${name}` : sql`key_id = ${name}`
    const rows = sql<{ total: number }>`
      SELECT COALESCE(SUM(cost_total), 0) AS total FROM attempts
      WHERE ${whose} AND started_at >= ${from} AND started_at < ${to}`
    return Effect.map(rows, ([row]) => row?.total ?? 0)
  }

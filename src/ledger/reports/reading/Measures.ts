import { type TokenClass, tokenClasses, tokenClassNames } from "../../../domain/usage/Cost.ts"
import type { AttemptOutcome } from "../../../domain/routing/Trail.ts"

type ClassName = (typeof tokenClassNames)[TokenClass]

/** The names of the classes, in the order in which they are told. */
export const classes: ReadonlyArray<ClassName> = tokenClasses.map((name) => tokenClassNames[name])

/** How attempts end, in the order in which it is told. */
export const outcomes = [
  "answered",
  "broken",
  "failed",
  "lost",
  "cancelled"
] as const satisfies ReadonlyArray<AttemptOutcome>

/** What is summed up of attempts. Each is a whole number: a count, tokens or nano-dollars. */
export type UsageMeasure =
  | "requests"
  | "attempts"
  | "billed"
  | "unknown"
  | "estimated"
  | "cost"
  | "cost_estimated"
  | `attempts_${AttemptOutcome}`
  | `cost_${AttemptOutcome}`
  | `tokens_${ClassName}`
  | `cost_of_${ClassName}`

/** SQL of sums over attempts `a`, by the names under which they come back. */
export type Measures<M extends string> = ReadonlyArray<readonly [name: M, sql: string]>

const countIf = (condition: string): string => `SUM(CASE WHEN ${condition} THEN 1 ELSE 0 END)`

/** What a report of usage sums up. Sums leave out what is unknown, which is counted beside them. */
export const usageMeasures: Measures<UsageMeasure> = [
  ["requests", "COUNT(DISTINCT a.request_id)"],
  ["attempts", "COUNT(*)"],
  ["billed", countIf("a.usage_source IS NOT NULL")],
  ["unknown", countIf("a.usage_source IS NOT NULL AND a.cost_total IS NULL")],
  ["estimated", countIf("a.usage_source = 'estimate'")],
  ["cost", "SUM(a.cost_total)"],
  ["cost_estimated", "SUM(CASE WHEN a.usage_source = 'estimate' THEN a.cost_total END)"],
  ...outcomes.flatMap((outcome): Measures<UsageMeasure> => [
    [`attempts_${outcome}`, countIf(`a.outcome = '${outcome}'`)],
    [`cost_${outcome}`, `SUM(CASE WHEN a.outcome = '${outcome}' THEN a.cost_total END)`]
  ]),
  ...classes.flatMap((name): Measures<UsageMeasure> => [
    [`tokens_${name}`, `SUM(a.${name})`],
    [`cost_of_${name}`, `SUM(a.cost_${name})`]
  ])
]

/** What attempts come to. The sums are exact, whatever their size. */
export type Tally<M extends string> = Readonly<Record<M, bigint>>

/** What a report of usage says of a group. */
export type UsageTally = Tally<UsageMeasure>

/** A whole number as the database writes it; one that left its 64 bits comes as a fraction with an exponent. */
export const wholeOf = (text: unknown): bigint => {
  if (typeof text !== "string") return 0n
  if (/^-?\d+$/.test(text)) return BigInt(text)
  const value = Math.trunc(Number(text))
  return Number.isFinite(value) ? BigInt(value) : 0n
}

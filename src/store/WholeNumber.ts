import { Schema } from "effect"

/** A whole number of 64 bits or a sum as a database hands it out: SQLite as a number, Postgres as text. */
export type Whole = number | string

/** The number; beyond 53 bits the nearest that there is. */
export const wholeNumber = (value: Whole): number => Number(value)

/** The same as a part of a row's schema. */
export const WholeNumber = Schema.Union([Schema.Finite, Schema.FiniteFromString])

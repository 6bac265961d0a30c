import type { Refusal } from "../../domain/keys/Purse.ts"
import type { Pool } from "./Pool.ts"
import type { Slice } from "./Slice.ts"

/** So much of one pool. */
export interface Claim {
  readonly pool: Pool
  readonly amount: number
}

/** Claims that are met: of each, the slice that it was put aside in. */
export type Parts = ReadonlyArray<{ readonly slice: Slice; readonly amount: number }>

/** Someone who waits in the queue of every pool that it claims a part of. */
export interface Waiter {
  readonly claims: ReadonlyArray<Claim>
  /** Waits for what others have; else only for the store's answer. */
  readonly isPatient: boolean
  /** The store is being asked on its behalf. */
  isAsked: boolean
  /** Put aside for it, until it has gone on with it. */
  parts: Parts | undefined
  readonly resume: (outcome: Parts | Refusal) => void
}

/** What a waiter claims of a pool. */
export const amountOf = ({ claims }: Waiter, of: Pool): number => claims.find(({ pool }) => pool === of)?.amount ?? 0

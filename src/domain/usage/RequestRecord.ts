import type { Caller } from "../keys/Caller.ts"
import type { FailureTag } from "../Failure.ts"
import type { Trail } from "../routing/Trail.ts"

/** What callers say of a request, to find it again on the bill. */
export interface Labels {
  /** The caller's own customer: `safety_identifier`, or `user`. */
  readonly endUser?: string
  readonly sessionId?: string
  /** The key's tags, those of `x-gateway-tags`, and `name=value` of `metadata`. */
  readonly tags: ReadonlyArray<string>
}

/** Where a request comes from, besides what its body says. */
export interface Origin {
  readonly caller: Caller
  /** Of `x-gateway-tags`. */
  readonly tags: ReadonlyArray<string>
  readonly idempotencyKey?: string
}

/** What became of one request that reached the attempt engine: what the ledger books and what is measured. */
export interface RequestRecord {
  readonly id: string
  /** Milliseconds since 1970. */
  readonly receivedAt: number
  readonly caller: Caller
  /** As the caller wrote it. */
  readonly model: string
  readonly stream: boolean
  readonly labels: Labels
  readonly idempotencyKey?: string
  /** Fingerprint of the configuration. */
  readonly configuration: string
  /** `broken`: after its first content; `cancelled`: the caller left or the gateway stopped. */
  readonly outcome: "answered" | "broken" | "failed" | "cancelled"
  readonly failure?: FailureTag
  /** Milliseconds from its arrival to its end. */
  readonly endedMs: number
  /** Times are milliseconds since `receivedAt`. */
  readonly attempts: Trail
}

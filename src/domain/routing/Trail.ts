import type { Spending } from "../usage/Cost.ts"
import type { FailureTag } from "../Failure.ts"

/** Why an attempt was made. */
export type AttemptKind =
  | "first"
  /** The same target again. */
  | "retry"
  /** The same model with the provider's next key or address. */
  | "rotation"
  /** The next target. */
  | "fallback"
  /** A second target, started because the first was late. */
  | "hedge"
  /** One of several that were started at once. */
  | "race"

/** How an attempt ended. */
export type AttemptOutcome =
  /** Its answer is the caller's. */
  | "answered"
  /** Its answer had reached the caller and broke off. */
  | "broken"
  | "failed"
  /** Another one had content first. */
  | "lost"
  /** The caller left, the deadline passed or the gateway stopped. */
  | "cancelled"

/** One attempt at one target, whatever became of it. Times are milliseconds since the request came. */
export interface AttemptRecord {
  /** `request/2`: the request's id and the attempt's place in the order of starting. */
  readonly id: string
  readonly kind: AttemptKind
  /** `provider/model@region#key-alias`. */
  readonly target: string
  readonly provider: string
  /** The catalog's id. */
  readonly model: string
  readonly region?: string
  /** Since when it was due; what lies before `sentMs` is back-off or an open breaker. */
  readonly queuedMs: number
  readonly sentMs: number
  readonly headersMs?: number
  /** The first content that the caller may see: text, a tool call, a refusal, shown reasoning. */
  readonly firstContentMs?: number
  readonly firstTextMs?: number
  readonly endedMs: number
  readonly outcome: AttemptOutcome
  readonly failure?: AttemptFailure
  /** Absent: nothing that a provider bills (no connection, a refusal). */
  readonly spending?: Spending
  /** What this target could not carry. */
  readonly dropped: ReadonlyArray<string>
}

/** What a trail tells of a failure. */
export interface AttemptFailure {
  readonly class: FailureTag
  readonly message: string
  /** The provider's HTTP status. */
  readonly status?: number
}

/** All attempts of a request, in the order of starting. */
export type Trail = ReadonlyArray<AttemptRecord>

import type { Caller } from "../domain/keys/Caller.ts"
import type { FailureTag } from "../domain/Failure.ts"
import type { RequestRecord } from "../domain/usage/RequestRecord.ts"
import type { Trace } from "./Trace.ts"

/**
 * What the server knows at the end of one HTTP request, whatever became of it. It is kept until it is written or sent:
 * it must not hold the request itself.
 */
export interface RequestEnd {
  readonly trace: Trace
  /** The caller's own id of the request. */
  readonly clientRequestId?: string
  readonly method: string
  /**
   * One of the paths that the server serves (`/v1/chat/completions`, `/v1/models/*`), else `other`: never the caller's
   * own words.
   */
  readonly route: string
  /** The status that was sent; 499 where the caller left before there was one. */
  readonly status: number
  /** Milliseconds since 1970. */
  readonly receivedAt: number
  /** Milliseconds from its arrival to the answer's headers; absent where none were sent. */
  readonly headersMs?: number
  /** Milliseconds from its arrival to its end. */
  readonly endedMs: number
  /** Milliseconds that the gateway itself took, known when an answer came: what `x-gateway-overhead-ms` says. */
  readonly overheadMs?: number
  /** Why it was refused or failed. */
  readonly failure?: FailureTag
  readonly stream: boolean
  /**
   * Who asked, where the key was known but the request went no further; else the record says it. An empty name is
   * nobody's.
   */
  readonly caller?: Pick<Caller, "name" | "team">
  /** When it reached the attempt engine. */
  readonly record?: RequestRecord
}

import { Effect, Result } from "effect"
import type { Limits } from "../access/Limits.ts"
import type { Caller } from "../domain/keys/Caller.ts"
import { NotFound, OverLimit } from "../domain/Failure.ts"
import type { Reports } from "../ledger/reports/Reports.ts"
import { usageFields } from "../ledger/reports/UsageFields.ts"
import { ownBounds, type UsageParameters, usageQueryOf } from "../ledger/reports/UsageQuery.ts"
import { type Exchange, failureReply, jsonReply } from "./Exchange.ts"

/** What `GET /v1/usage` needs of the process. */
export interface UsageParts {
  /** Absent where the gateway keeps no ledger. */
  readonly reports: Pick<Reports["Service"], "usage"> | undefined
  readonly admission: Pick<Limits["Service"], "enter" | "headersOf">
}

/** Answers with a report; `now`: milliseconds since 1970. */
export type UsageReply = (exchange: Exchange, caller: Caller, now: number) => Effect.Effect<Response>

/**
 * `GET /v1/usage`: what the caller's own key used, whatever it asks for. A report is a request of its key as any other,
 * and a key has one at a time, so that nobody can keep others from theirs.
 */
export const usageReplies = ({ reports, admission }: UsageParts): UsageReply => {
  /** Keys whose report is being made. */
  const busy = new Set<string>()
  const oneAtATime = <A, E>(keyId: string, report: Effect.Effect<A, E>): Effect.Effect<A, E | OverLimit> =>
    Effect.suspend((): Effect.Effect<A, E | OverLimit> => {
      if (busy.has(keyId)) return Effect.fail(oneIsMade())
      busy.add(keyId)
      return Effect.ensuring(
        report,
        Effect.sync(() => busy.delete(keyId))
      )
    })
  return (exchange, caller, now) => {
    if (reports === undefined) return Effect.succeed(failureReply(exchange, notKept()))
    const query = usageQueryOf(parametersOf(exchange.http.url), { ...ownBounds, now })
    if (Result.isFailure(query)) return Effect.succeed(failureReply(exchange, query.failure))
    const { keyId, quotas } = caller
    if (quotas.length > 0) exchange.standing = { headers: () => admission.headersOf(caller) }
    const report = Effect.acquireUseRelease(
      admission.enter(caller),
      () => reports.usage({ ...query.success, keyId }),
      (permit) => Effect.sync(permit.leave)
    )
    return oneAtATime(keyId, report).pipe(
      Effect.map((made) => jsonReply(exchange, usageFields(made))),
      Effect.catch((failure) => Effect.succeed(failureReply(exchange, failure)))
    )
  }
}

/** How soon to ask again while another report is made, in milliseconds. */
const soonMs = 1000

const oneIsMade = () =>
  new OverLimit({
    message: "A report for this key is being made; ask again when it is done.",
    retryAfterMs: soonMs
  })

/** The parameters of an address, each with all its values. */
export const parametersOf = (url: string): UsageParameters => {
  const query = url.indexOf("?")
  const pairs = [...new URLSearchParams(query < 0 ? "" : url.slice(query))]
  return Object.fromEntries(
    Map.groupBy(pairs, ([name]) => name)
      .entries()
      .map(([name, found]) => [name, found.map(([, value]) => value)])
  )
}

/** What is said where there is no ledger. */
export const notKept = () =>
  new NotFound({ message: "This gateway keeps no ledger. `data: FOLDER` in gateway.yaml says where to keep one." })

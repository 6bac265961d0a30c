import { Effect, Result } from "effect"
import type { Caller } from "../domain/keys/Caller.ts"
import { NotFound } from "../domain/Failure.ts"
import type { Reports } from "../ledger/reports/Reports.ts"
import { usageFields } from "../ledger/reports/UsageFields.ts"
import { ownBounds, type UsageParameters, usageQueryOf } from "../ledger/reports/UsageQuery.ts"
import { type Exchange, failureReply, jsonReply } from "./Exchange.ts"

/**
 * `GET /v1/usage`: what the caller's own key used, whatever it asks for. `reports` is absent where the gateway keeps no ledger.
 * `now`: milliseconds since 1970.
 */
export const usageReply = (
  exchange: Exchange,
  { keyId }: Caller,
  reports: Reports["Service"] | undefined,
  now: number
): Effect.Effect<Response> => {
  if (reports === undefined) return Effect.succeed(failureReply(exchange, notKept()))
  const query = usageQueryOf(parametersOf(exchange.http.url), { ...ownBounds, now })
  if (Result.isFailure(query)) return Effect.succeed(failureReply(exchange, query.failure))
  return reports.usage({ ...query.success, keyId }).pipe(
    Effect.map((report) => jsonReply(exchange, usageFields(report))),
    Effect.catch((failure) => Effect.succeed(failureReply(exchange, failure)))
  )
}

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

import { Context, Effect, Layer, Semaphore } from "effect"
import { SqlClient, type SqlError } from "effect/sql"
import { Unavailable } from "../../domain/Failure.ts"
import { type CacheReport, cacheReport } from "./CacheReport.ts"
import { type Statement, statement } from "./Statement.ts"
import { type UsageReport, usageReport } from "./UsageReport.ts"
import type { UsageQuery } from "./UsageQuery.ts"

/** Reports that may be made or wait for it: more at once are somebody's mistake, and each has a request's memory. */
const mostAtOnce = 16

/**
 * What the ledger tells of what was used. Reports are made one at a time and in slices, so that a gateway goes on
 * serving meanwhile.
 */
export class Reports extends Context.Service<
  Reports,
  {
    readonly usage: (query: UsageQuery) => Effect.Effect<UsageReport, Unavailable>
    readonly statement: (query: UsageQuery) => Effect.Effect<Statement, Unavailable>
    readonly cache: (query: UsageQuery) => Effect.Effect<CacheReport, Unavailable>
  }
>()("gateway/ledger/Reports") {
  /** Reports of the ledger in the given database. */
  static readonly layer = Layer.effect(
    Reports,
    Effect.gen(function* () {
      const context = yield* Effect.context<SqlClient.SqlClient>()
      const semaphore = yield* Semaphore.make(1)
      let present = 0
      const inTurn = <A>(
        report: Effect.Effect<A, SqlError.SqlError, SqlClient.SqlClient>
      ): Effect.Effect<A, Unavailable> =>
        Effect.suspend(() => {
          if (present >= mostAtOnce) return Effect.fail(crowded())
          present++
          return semaphore
            .withPermits(1)(report)
            .pipe(
              Effect.ensuring(Effect.sync(() => present--)),
              Effect.provideContext(context),
              Effect.tapError((error) => Effect.logError("the ledger cannot be read", error)),
              Effect.mapError(unreadable)
            )
        })
      return Reports.of({
        usage: (query) => inTurn(usageReport(query)),
        statement: (query) => inTurn(statement(query)),
        cache: (query) => inTurn(cacheReport(query))
      })
    })
  )
}

const crowded = () =>
  new Unavailable({ message: "Too many reports are being made; try again in a moment.", retryAfterMs: 2000 })

const unreadable = () => new Unavailable({ message: "The ledger cannot be read now; the log has more." })

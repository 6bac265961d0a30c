import { Context, Effect, Exit, Layer, Metric, Redacted, Scope } from "effect"
import { Idempotency } from "../../../src/access/Idempotency.ts"
import { Limits } from "../../../src/access/Limits.ts"
import { Keys } from "../../../src/access/Keys.ts"
import { Catalog } from "../../../src/catalog/Catalog.ts"
import type { Reports } from "../../../src/ledger/reports/Reports.ts"
import { defaultLimits } from "../../../src/config/Settings.ts"
import { Gateway } from "../../../src/Gateway.ts"
import { Http } from "../../../src/net/Http.ts"
import { Timers, type TimersService } from "../../../src/net/Timers.ts"
import { keptOf } from "../../../src/Parts.ts"
import { anthropic, baseten, type Deployment, google, openAi } from "../../../src/providers/Deployments.ts"
import { Providers } from "../../../src/providers/Providers.ts"
import { health, Health } from "../../../src/routing/health/Health.ts"
import type { Serving } from "../../../src/server/Routes.ts"
import { serve } from "../../../src/server/Server.ts"
import { Telemetry } from "../../../src/telemetry/Telemetry.ts"

/** The manner in which a provider is asked. */
export type Manner = "openai" | "anthropic" | "google" | "baseten"

/** A provider, and where it is: the address without the path of its language. */
export interface ProviderAt {
  readonly name: string
  readonly manner: Manner
  readonly url: string
  readonly key: string
  /** The models that it lists; any, unless said. */
  readonly models?: ReadonlyArray<string>
}

/** What is alive in a gateway. */
export interface Counts {
  /** Fibers of every kind: those of requests and what these started. */
  readonly fibers: number
  readonly timers: number
  /** Requests that the gateway is answering. */
  readonly requests: number
  /** Connections to providers that are not idle. */
  readonly sockets: number
}

/** A gateway in the process of the test, so that what lives in it can be counted. */
export interface InProcess {
  readonly url: string
  readonly counts: () => Counts
  readonly stop: () => Promise<void>
}

/** How a stream is kept alive, in milliseconds. */
export type Patience = Omit<Serving["patience"], "bodyMs">

const languages = { openai: "openai", anthropic: "anthropic", google: "gemini", baseten: "compatible" } as const

const deploymentOf = ({ name, manner, url, key }: ProviderAt): Deployment => {
  const path = manner === "openai" || manner === "baseten" ? "/v1" : ""
  const access = { provider: name, baseUrls: [{ url: url + path }], keys: [{ key: Redacted.make(key) }] }
  return { openai: openAi, anthropic, google, baseten }[manner](access)
}

/** The process's timers, counted. */
const counted = (live: { timers: number }): TimersService => ({
  now: () => performance.now(),
  after: (ms, run) => {
    live.timers += 1
    let over = false
    const end = (): boolean => {
      if (over) return false
      over = true
      live.timers -= 1
      return true
    }
    const timer = setTimeout(() => {
      if (end()) run()
    }, ms)
    return () => {
      if (end()) clearTimeout(timer)
    }
  }
})

/** The gateway's layers as `main.ts` puts them together, with the requests that pass through counted. */
const parts = (
  providers: ReadonlyArray<ProviderAt>,
  http: Http["Service"],
  now: () => number,
  live: { requests: number }
) => {
  const catalog = Catalog.layer({
    providers: providers.map(({ name, manner, models }) => ({
      name,
      models: models ?? ("any" as const),
      language: languages[manner]
    })),
    unconfigured: [],
    aliases: [],
    overrides: new Map()
  })
  const counting = Layer.effect(
    Gateway,
    Effect.map(Gateway, (gateway) => ({
      ...gateway,
      answer: (ask, door, alone) =>
        Effect.acquireUseRelease(
          Effect.sync(() => void (live.requests += 1)),
          () => gateway.answer(ask, door, alone),
          () => Effect.sync(() => void (live.requests -= 1))
        )
    }))
  )
  return counting.pipe(
    Layer.provide(Gateway.layer({ defaults: {}, routes: new Map(), configuration: "", usualLength: () => 4_096 })),
    Layer.provideMerge(
      Layer.mergeAll(
        catalog,
        Providers.layer(providers.map(deploymentOf)).pipe(Layer.provide(Layer.succeed(Http, http))),
        Keys.layer([]),
        Layer.succeed(Health, health(now))
      )
    ),
    Layer.provideMerge(Layer.merge(keptOf({ limits: defaultLimits, idempotency: { keepMs: 1_000 } }), silent))
  )
}

/** Observes nothing, and so has no fibers and timers of its own. */
const silent = Layer.succeed(
  Telemetry,
  Telemetry.of({ began: () => {}, ended: () => {}, page: () => "", sampler: undefined })
)

/**
 * Starts a gateway in this process on a free port. `reports`: what it tells callers of what they used; it keeps no
 * ledger itself.
 */
export const startInProcess = async (
  providers: ReadonlyArray<ProviderAt>,
  patience: Patience = { headersAfterMs: 10_000, keepAliveMs: 5_000 },
  reports?: Reports["Service"]
): Promise<InProcess> => {
  const live = { fibers: 0, timers: 0, requests: 0 }
  let sockets = () => 0
  const timers = counted(live)
  const scope = Scope.makeUnsafe()
  const started = Effect.gen(function* () {
    const http = Context.get(yield* Layer.buildWithScope(Http.layer, scope), Http)
    sockets = () => http.counts().open - http.counts().idle
    const services = yield* Layer.buildWithScope(parts(providers, http, timers.now, live), scope)
    const listening = serve(
      {
        host: "127.0.0.1",
        port: 0,
        knowledge: {
          health: Context.get(services, Health),
          now: timers.now,
          wallNow: Date.now,
          since: Date.now(),
          configuration: () => ({
            object: "configuration",
            running: { fingerprint: "", file: null, loaded_at: "" },
            refused: null
          }),
          reports: undefined,
          keys: undefined
        },
        telemetry: Context.get(services, Telemetry),
        idempotency: Context.get(services, Idempotency),
        admission: Context.get(services, Limits),
        reports,
        configurationSchema: () => ({})
      },
      {
        gateway: Context.get(services, Gateway),
        keys: Context.get(services, Keys),
        catalog: Context.get(services, Catalog),
        compatibility: "openai",
        limits: { bodyBytes: 2 ** 25, depth: 64, messages: 10_000, tools: 1024, schemaBytes: 2 ** 18 },
        patience: { ...patience, bodyMs: 60_000 },
        stopTimes: { acceptAfterStopMs: 0, drainMs: 1000 }
      }
    )
    return yield* Scope.provide(listening, scope)
  }).pipe(
    Effect.provideService(Timers, timers),
    // Told by Effect's runtime of every fiber's start and end, children included.
    Effect.provideService(Metric.FiberRuntimeMetrics, {
      recordFiberStart: () => void (live.fibers += 1),
      recordFiberEnd: () => void (live.fibers -= 1)
    })
  )
  const { url } = await Effect.runPromise(started)
  return {
    url,
    counts: () => ({ ...live, sockets: sockets() }),
    stop: () => Effect.runPromise(Scope.close(scope, Exit.void))
  }
}

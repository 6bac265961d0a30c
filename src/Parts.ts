import { join } from "node:path"
import { Context, Effect, Layer, Redacted } from "effect"
import { Idempotency } from "./access/Idempotency.ts"
import { Keys } from "./access/Keys.ts"
import { CreatedKeys } from "./access/keys/CreatedKeys.ts"
import { KeyStore } from "./access/keys/KeyStore.ts"
import { Limits } from "./access/Limits.ts"
import { Presence } from "./access/Presence.ts"
import { Catalog } from "./catalog/Catalog.ts"
import { tokenCountsOf } from "./catalog/Cost.ts"
import { Tokens } from "./catalog/tokens/Tokens.ts"
import { catalogOf } from "./cli/ConfiguredCatalog.ts"
import { simulatorName } from "./config/Providers.ts"
import type { ProviderSettings, Settings } from "./config/Settings.ts"
import { Gateway } from "./Gateway.ts"
import { SqlClient } from "effect/sql"
import { Ledger } from "./ledger/Ledger.ts"
import { pastSpending } from "./ledger/PastSpending.ts"
import { Reports } from "./ledger/reports/Reports.ts"
import { Http } from "./net/Http.ts"
import { anthropic, baseten, compatible, type Deployment, google, openAi, simulated } from "./providers/Deployments.ts"
import { Memory } from "./providers/Memory.ts"
import { Providers } from "./providers/Providers.ts"
import { Health, type HealthService } from "./routing/health/Health.ts"
import type { Serving } from "./server/Routes.ts"
import * as Store from "./store/Store.ts"
import type { OtlpSettings } from "./telemetry/otlp/Settings.ts"
import { Telemetry } from "./telemetry/Telemetry.ts"

/** The program's own. */
export const version = "0.1.0"

const deploymentOf = (settings: ProviderSettings): Deployment => {
  const address = {
    provider: settings.name,
    baseUrls: settings.baseUrls,
    keys: settings.keys,
    headers: {
      ...settings.headers,
      ...(settings.organization === undefined ? {} : { "openai-organization": Redacted.make(settings.organization) }),
      ...(settings.project === undefined ? {} : { "openai-project": Redacted.make(settings.project) })
    }
  }
  if (settings.speaks === "anthropic") return anthropic(address, settings.version)
  if (settings.speaks === "gemini") return google(address)
  if (settings.kind === "openai") return openAi(address)
  return settings.kind === "baseten" ? baseten(address) : compatible(address)
}

/** What the versions of a configuration have in common: it outlives them. */
export interface Lasting {
  readonly health: HealthService
  readonly memory: Memory
  /** With its connections, which a new configuration goes on using. */
  readonly http: Http["Service"]
  /** The address of the simulator, where there is one. */
  readonly simulator: string | undefined
  /** What is kept in `data`, or for as long as the process lives. */
  readonly kept: Context.Context<Kept>
}

/** What is behind the database. */
export type Kept = CreatedKeys | Idempotency | KeyStore | Ledger | Limits | Reports | Tokens

const storeOf = ({ data }: Pick<Settings, "data">) =>
  data === undefined ? Store.layerMemory : Store.layer({ folder: data })

/** Who shares a folder knows by locks in it who is there. */
const presenceOf = ({ data }: Pick<Settings, "data">) =>
  Presence.layer(data === undefined ? {} : { folder: join(data, "processes") })

/** A budget that begins while a ledger is kept begins with what the ledger knows. */
const limitsOf = ({ data, limits: { budgetWaitMs } }: Pick<Settings, "data" | "limits">) =>
  data === undefined
    ? Limits.layer({ budgetWaitMs })
    : Layer.unwrap(Effect.map(SqlClient.SqlClient, (sql) => Limits.layer({ budgetWaitMs, past: pastSpending(sql) })))

const ledgerOf = ({ data }: Pick<Settings, "data">) =>
  data === undefined
    ? Ledger.layerOff
    : Layer.unwrap(
        Effect.gen(function* () {
          const { onSaved } = yield* Limits
          const { id } = yield* Presence
          return Ledger.layer({ folder: data, owner: id, onSaved })
        })
      )

/** What a process that died has spent must be in the ledger before what it had put aside is free again. */
const adopting = Layer.effectDiscard(
  Effect.gen(function* () {
    const { adopt } = yield* Ledger
    const { releaseAfter } = yield* Presence
    yield* releaseAfter(adopt)
  })
)

/** In memory the keys of one caller must not gather: nobody else sees how many they are. */
const keysInMemory = { keepMs: 300_000, mostKept: 5000 }

const idempotencyOf = ({ data, idempotency }: Pick<Settings, "data" | "idempotency">) =>
  Idempotency.layer(
    data === undefined ? { ...keysInMemory, keepMs: Math.min(idempotency.keepMs, keysInMemory.keepMs) } : idempotency
  )

/** The keys, the books and what callers may use. */
export const keptOf = (settings: Pick<Settings, "data" | "limits" | "idempotency">) =>
  Layer.mergeAll(adopting, idempotencyOf(settings), CreatedKeys.layer, Reports.layer).pipe(
    Layer.provideMerge(ledgerOf(settings)),
    Layer.provideMerge(limitsOf(settings)),
    Layer.provideMerge(Layer.mergeAll(presenceOf(settings), KeyStore.layer, Tokens.layer)),
    Layer.provideMerge(storeOf(settings))
  )

/** The books, for those who only read them. */
export const reportsOf = (settings: Pick<Settings, "data">) => Reports.layer.pipe(Layer.provide(storeOf(settings)))

/** Reasoning counts as output, and a model that reasons would often not come to its answer. */
const reasoningTimes = 4

/** The parts of a gateway that answers requests, before anything listens. */
export const servicesOf = (settings: Settings, { health, memory, http, simulator, kept }: Lasting) => {
  const deployments = settings.providers.map(deploymentOf)
  const address = { provider: simulatorName, baseUrls: [{ url: `${simulator}/v1` }], keys: [] }
  if (simulator !== undefined) deployments.push(simulated(address))
  const { defaults, routes, fingerprint, limits, keys, teams } = settings
  return Gateway.layer({
    defaults,
    routes,
    configuration: fingerprint,
    usualLength: ({ defaultOutputTokens, reasoning }) =>
      defaultOutputTokens ?? limits.outputTokens * (reasoning === true ? reasoningTimes : 1)
  }).pipe(
    Layer.provideMerge(
      Layer.mergeAll(
        catalogOf(settings),
        Providers.layer(deployments, memory).pipe(Layer.provide(Layer.succeed(Http, http))),
        Keys.layerWithCreated(keys, teams),
        Layer.succeed(Health, health)
      )
    ),
    Layer.provideMerge(Layer.succeedContext(kept))
  )
}

/**
 * What requests are answered with under these settings. Nothing of it needs to be closed: it goes when its last request
 * has ended.
 */
export const servingOf = Effect.fnUntraced(function* (settings: Settings, lasting: Lasting) {
  const { compatibility, cors, limits, timeouts, admin } = settings
  const services = yield* Layer.build(servicesOf(settings, lasting))
  const adminKeys = admin === undefined ? undefined : yield* Layer.build(Keys.layer(admin.keys))
  const serving: Serving = {
    gateway: Context.get(services, Gateway),
    keys: Context.get(services, Keys),
    catalog: Context.get(services, Catalog),
    compatibility,
    ...(cors === undefined ? {} : { origins: cors.origins }),
    limits,
    patience: {
      bodyMs: timeouts.bodyMs,
      headersAfterMs: timeouts.headersAfterMs,
      keepAliveMs: timeouts.keepAliveMs
    },
    stopTimes: { acceptAfterStopMs: timeouts.acceptAfterStopMs, drainMs: timeouts.drainMs },
    ...(adminKeys === undefined ? {} : { adminKeys: Context.get(adminKeys, Keys) })
  }
  return serving
}, Effect.scoped)

/** What telemetry looks at while the process runs. */
export interface Observed {
  readonly settings: Settings
  readonly lasting: Lasting
  readonly otlp: OtlpSettings | undefined
  /** The settings that new requests are answered with. */
  readonly running: () => Settings
  readonly serving: () => Serving | undefined
}

/** The addresses at which providers are asked now, by provider and region. */
export const addressesIn = (running: () => Pick<Settings, "providers">) => {
  const known = new WeakMap<object, ReadonlyMap<string, string>>()
  const nameOf = (provider: string, region = ""): string => `${provider}@${region}`
  return (provider: string, region: string | undefined): string | undefined => {
    const { providers } = running()
    let addresses = known.get(providers)
    if (addresses === undefined) {
      addresses = new Map(
        providers
          .map(deploymentOf)
          .flatMap((deployment) =>
            deployment.places.map((place) => [nameOf(deployment.provider, place.region), place.address])
          )
      )
      known.set(providers, addresses)
    }
    return addresses.get(nameOf(provider, region))
  }
}

/** Observes the requests of a gateway. */
export const telemetryOf = ({ settings, lasting, otlp, running, serving }: Observed) => {
  const known = new WeakMap<Serving, ReadonlySet<string>>()
  const isModel = (id: string): boolean => {
    const now = serving()
    if (now === undefined) return false
    const before = known.get(now)
    if (before !== undefined) return before.has(id)
    const ids = new Set(now.catalog.all.map((model) => model.id))
    known.set(now, ids)
    return ids.has(id)
  }
  return Telemetry.layer({
    version,
    log: settings.log,
    isModel,
    tokensOf: tokenCountsOf,
    configuration: () => running().fingerprint,
    breakers: () => lasting.health.breakers.snapshot(),
    connections: () => lasting.http.counts().open,
    ledgerDepth: Context.get(lasting.kept, Ledger).depth,
    addressOf: addressesIn(running),
    ...(otlp === undefined ? {} : { otlp })
  })
}

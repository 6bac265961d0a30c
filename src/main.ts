import * as NodeChildProcessSpawner from "@effect/platform-node-shared/NodeChildProcessSpawner"
import * as NodeFileSystem from "@effect/platform-node-shared/NodeFileSystem"
import * as NodePath from "@effect/platform-node-shared/NodePath"
import * as NodeRuntime from "@effect/platform-node-shared/NodeRuntime"
import * as NodeStdio from "@effect/platform-node-shared/NodeStdio"
import * as NodeTerminal from "@effect/platform-node-shared/NodeTerminal"
import { Cause, Console, Context, Effect, Exit, Layer, type Option, Redacted, Runtime } from "effect"
import { Command } from "effect/cli"
import { Keys } from "./access/Keys.ts"
import { Catalog } from "./catalog/Catalog.ts"
import { banner, simulatorBanner } from "./cli/Banner.ts"
import { commandLine, type ServeFlags } from "./cli/CommandLine.ts"
import { catalogOf } from "./cli/ConfiguredCatalog.ts"
import { type ExplainFlags, explainRequest } from "./cli/Explain.ts"
import { refusalToStart, sayUnread, servedSettings, settingsOf } from "./cli/Loading.ts"
import { modelTable } from "./cli/ModelTable.ts"
import { reloading } from "./cli/Reloading.ts"
import { listenToSignals } from "./cli/Signals.ts"
import { Versions } from "./cli/Versions.ts"
import { mistakeText } from "./config/ConfigurationInvalid.ts"
import { gatewayFileJsonSchema } from "./config/JsonSchema.ts"
import { simulatorName } from "./config/Providers.ts"
import type { ProviderSettings, Settings } from "./config/Settings.ts"
import { Gateway } from "./Gateway.ts"
import { Http } from "./net/Http.ts"
import { proxiesOf } from "./net/proxy/Proxies.ts"
import { Timers } from "./net/Timers.ts"
import { anthropic, baseten, compatible, type Deployment, google, openAi, simulated } from "./providers/Deployments.ts"
import { Memory } from "./providers/Memory.ts"
import { Providers } from "./providers/Providers.ts"
import { health, Health, type HealthService } from "./routing/health/Health.ts"
import { explainText } from "./server/chat/ExplainRoute.ts"
import { StopRequest } from "./server/listening/StopRequest.ts"
import { serve, type Serving } from "./server/Server.ts"
import { start } from "./simulator/Simulator.ts"
import { breakerLine } from "./telemetry/BreakerLine.ts"

const version = "0.1.0"

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

/** Says a mistake that the operator can mend, without a stack, and ends with status 1. */
const sayAndStop = (error: { readonly message: string }) =>
  Console.error(error.message).pipe(Effect.andThen(Effect.sync(() => process.exit(1))))

/** What the versions of a configuration have in common: it outlives them. */
interface Lasting {
  readonly health: HealthService
  readonly memory: Memory
  /** With its connections, which a new configuration goes on using. */
  readonly http: Http["Service"]
  /** The address of the simulator, where there is one. */
  readonly simulator: string | undefined
}

/** The parts of a gateway that answers requests, before anything listens. */
const servicesOf = (settings: Settings, { health, memory, http, simulator }: Lasting) => {
  const deployments = settings.providers.map(deploymentOf)
  const address = { provider: simulatorName, baseUrls: [{ url: `${simulator}/v1` }], keys: [] }
  if (simulator !== undefined) deployments.push(simulated(address))
  return Gateway.layer({ defaults: settings.defaults, routes: settings.routes }).pipe(
    Layer.provideMerge(
      Layer.mergeAll(
        catalogOf(settings),
        Providers.layer(deployments, memory).pipe(Layer.provide(Layer.succeed(Http, http))),
        Keys.layer(settings.keys),
        Layer.succeed(Health, health)
      )
    )
  )
}

/** What requests are answered with under these settings. Nothing of it needs to be closed: it goes when its last request has ended. */
const servingOf = Effect.fnUntraced(function* (settings: Settings, lasting: Lasting) {
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
    patience: { headersAfterMs: timeouts.headersAfterMs, keepAliveMs: timeouts.keepAliveMs },
    stopTimes: { acceptAfterStopMs: timeouts.acceptAfterStopMs, drainMs: timeouts.drainMs },
    ...(adminKeys === undefined ? {} : { adminKeys: Context.get(adminKeys, Keys) })
  }
  return serving
}, Effect.scoped)

const startSimulator = Effect.map(start({ port: 0, showsLog: false }), ({ url }) => url)

const runGateway = Effect.fn("serve")(
  function* (flags: ServeFlags) {
    const stop = new StopRequest()
    let reload = () => {}
    yield* listenToSignals({
      onTerminate: () => stop.ask(true),
      onInterrupt: () => stop.ask(false),
      onReload: () => reload()
    })
    yield* sayUnread(flags.config)
    const read = servedSettings(flags)
    const settings = yield* read
    const refusal = refusalToStart(settings)
    if (refusal !== undefined) return yield* sayAndStop({ message: refusal })
    for (const warning of settings.warnings) yield* Console.error(`warning: ${mistakeText(warning)}`)

    const { now } = yield* Timers
    const lasting: Lasting = {
      health: health(now, (change) => console.error(breakerLine(change, now()))),
      memory: new Memory(),
      http: Context.get(yield* Layer.build(Http.layerWith({ proxyFor: proxiesOf(process.env) })), Http),
      simulator: settings.simulator ? yield* startSimulator : undefined
    }
    const versions = new Versions(settings)
    const serving = yield* servingOf(settings, lasting)
    const { host, port, reusePort, admin } = settings
    const listening = yield* serve(
      {
        host,
        port,
        reusePort,
        ...(admin?.port === undefined ? {} : { adminListener: { host: admin.host ?? host, port: admin.port } }),
        knowledge: {
          health: lasting.health,
          now,
          wallNow: Date.now,
          since: Date.now(),
          configuration: () => versions.view
        },
        stop,
        configurationSchema: gatewayFileJsonSchema
      },
      serving
    )
    const take = (newer: Settings) => Effect.map(servingOf(newer, lasting), listening.use)
    reload = yield* reloading({ versions, read, take })
    yield* Console.log(banner(settings, listening, serving.catalog.all))
    return yield* Effect.never
  },
  Effect.scoped,
  Effect.catch(sayAndStop)
)

const check = Effect.fn("check")(
  function* (config: Option.Option<string>) {
    yield* sayUnread(config)
    const settings = yield* settingsOf(config)
    yield* Layer.build(catalogOf(settings))
    for (const warning of settings.warnings) yield* Console.log(`warning: ${mistakeText(warning)}`)
    const refusal = refusalToStart(settings)
    if (refusal !== undefined) return yield* sayAndStop({ message: refusal })
    yield* Console.log(`${settings.file ?? "The environment"} is in order.`)
  },
  Effect.scoped,
  Effect.catch(sayAndStop)
)

const listModels = Effect.fn("models")(function* (config: Option.Option<string>) {
  const settings = yield* settingsOf(config)
  const { all } = yield* Catalog.pipe(Effect.provide(catalogOf(settings)))
  yield* Console.log(modelTable(all, new Date().toISOString().slice(0, 10)))
}, Effect.catch(sayAndStop))

const explain = Effect.fn("explain")(
  function* (flags: ExplainFlags) {
    yield* sayUnread(flags.config)
    const settings = yield* settingsOf(flags.config)
    const refusal = refusalToStart(settings)
    if (refusal !== undefined) return yield* sayAndStop({ message: refusal })
    for (const warning of settings.warnings) yield* Console.error(`warning: ${mistakeText(warning)}`)
    const { now } = yield* Timers
    // The simulator of a gateway that runs has a port that is not known before.
    const simulator = settings.simulator ? "http://127.0.0.1:0" : undefined
    const http = Context.get(yield* Layer.build(Http.layer), Http)
    const lasting = { health: health(now), memory: new Memory(), http, simulator }
    const gateway = yield* Gateway.pipe(Effect.provide(servicesOf(settings, lasting)))
    const coming = { caller: "", compatibility: settings.compatibility }
    yield* explainRequest(flags, (text) => explainText(text, coming, { gateway, limits: settings.limits }))
  },
  Effect.scoped,
  Effect.catch(sayAndStop)
)

const simulate = Effect.fn("simulate")(
  function* (options: { readonly host: string; readonly port: number }) {
    const { url } = yield* start({ hostname: options.host, port: options.port })
    yield* Console.log(simulatorBanner(url))
    return yield* Effect.never
  },
  Effect.scoped,
  Effect.catch(sayAndStop)
)

/** What the commands need of the machine. */
const machine = Layer.mergeAll(
  NodeFileSystem.layer,
  NodePath.layer,
  NodeTerminal.layer,
  NodeStdio.layer,
  NodeChildProcessSpawner.layer.pipe(Layer.provide([NodeFileSystem.layer, NodePath.layer]))
)

const program = Command.run(commandLine({ serve: runGateway, check, models: listModels, explain, simulate }), {
  version
})

NodeRuntime.runMain(program.pipe(Effect.provide(machine)), {
  // To be asked to stop, and to have stopped in order, is no failure; the usual 130 would look like one to whoever watches the process.
  teardown: (exit, onExit) =>
    Exit.isFailure(exit) && Cause.hasInterruptsOnly(exit.cause) ? onExit(0) : Runtime.defaultTeardown(exit, onExit)
})

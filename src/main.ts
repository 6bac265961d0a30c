import * as NodeChildProcessSpawner from "@effect/platform-node-shared/NodeChildProcessSpawner"
import * as NodeFileSystem from "@effect/platform-node-shared/NodeFileSystem"
import * as NodePath from "@effect/platform-node-shared/NodePath"
import * as NodeRuntime from "@effect/platform-node-shared/NodeRuntime"
import * as NodeStdio from "@effect/platform-node-shared/NodeStdio"
import * as NodeTerminal from "@effect/platform-node-shared/NodeTerminal"
import { Cause, Console, Context, Effect, Exit, Layer, type Option, Runtime } from "effect"
import { Command } from "effect/cli"
import { Idempotency } from "./access/Idempotency.ts"
import { Limits } from "./access/Limits.ts"
import { localCaller } from "./access/Keys.ts"
import { CreatedKeys } from "./access/keys/CreatedKeys.ts"
import { KeyStore } from "./access/keys/KeyStore.ts"
import { Catalog } from "./catalog/Catalog.ts"
import { modelFactsJsonSchema } from "./catalog/ModelFacts.ts"
import { banner, simulatorBanner } from "./cli/Banner.ts"
import { commandLine, type ServeFlags } from "./cli/CommandLine.ts"
import { catalogOf } from "./cli/ConfiguredCatalog.ts"
import { doubts } from "./cli/Doubts.ts"
import { type ExplainFlags, explainRequest } from "./cli/Explain.ts"
import type { KeysCommand } from "./cli/keys/KeysFlags.ts"
import { runKeys } from "./cli/keys/RunKeys.ts"
import { refusalToStart, sayUnread, servedSettings, settingsOf } from "./cli/Loading.ts"
import { modelTable } from "./cli/ModelTable.ts"
import { reloading } from "./cli/reloading/Reloading.ts"
import { listenToSignals } from "./cli/Signals.ts"
import { printUsage, type UsageFlags } from "./cli/Usage.ts"
import { Versions } from "./cli/reloading/Versions.ts"
import { mistakeText } from "./config/ConfigurationInvalid.ts"
import { gatewayFileJsonSchema } from "./config/JsonSchema.ts"
import type { Settings } from "./config/Settings.ts"
import type { Fields } from "./domain/Fields.ts"
import { Gateway } from "./Gateway.ts"
import { Reports } from "./ledger/reports/Reports.ts"
import { Http } from "./net/Http.ts"
import { proxiesOf } from "./net/proxy/Proxies.ts"
import { Timers } from "./net/Timers.ts"
import { keptOf, type Lasting, reportsOf, servicesOf, servingOf, telemetryOf, version } from "./Parts.ts"
import { Memory } from "./providers/Memory.ts"
import { health } from "./routing/health/Health.ts"
import { explainText } from "./server/chat/ExplainRoute.ts"
import { StopRequest } from "./server/listening/StopRequest.ts"
import type { Serving } from "./server/Routes.ts"
import { serve } from "./server/Server.ts"
import { start } from "./simulator/Simulator.ts"
import { breakerLine } from "./telemetry/BreakerLine.ts"
import { otlpSettingsOf } from "./telemetry/otlp/Settings.ts"
import { Telemetry } from "./telemetry/Telemetry.ts"

/** Says a mistake that the operator can mend, without a stack, and ends with status 1. */
const sayAndStop = (error: { readonly message: string }) =>
  Console.error(error.message).pipe(Effect.andThen(Effect.sync(() => process.exit(1))))

const today = (): string => new Date().toISOString().slice(0, 10)

const tellDoubts = (settings: Settings, { catalog }: Pick<Serving, "catalog">) =>
  Effect.forEach(doubts(settings, catalog.all, today()), (doubt) => Console.error(`warning: ${mistakeText(doubt)}`), {
    discard: true
  })

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
    const kept = yield* Layer.build(keptOf(settings))
    const created = Context.get(kept, CreatedKeys)
    const refusal = refusalToStart(settings, created.everHad())
    if (refusal !== undefined) return yield* sayAndStop({ message: refusal })
    const otlp = otlpSettingsOf(process.env)
    for (const warning of settings.warnings) yield* Console.error(`warning: ${mistakeText(warning)}`)
    for (const warning of otlp.warnings) yield* Console.error(`warning: ${warning}`)

    const { now } = yield* Timers
    const lasting: Lasting = {
      health: health(now, (change) => console.error(breakerLine(change, now()))),
      memory: new Memory(),
      http: Context.get(yield* Layer.build(Http.layerWith({ proxyFor: proxiesOf(process.env) })), Http),
      simulator: settings.simulator ? yield* startSimulator : undefined,
      kept
    }
    const versions = new Versions(settings)
    let serving: Serving = yield* servingOf(settings, lasting)
    yield* tellDoubts(settings, serving)
    const telemetry = Context.get(
      yield* Layer.build(
        telemetryOf({
          settings,
          lasting,
          otlp: otlp.settings,
          running: () => versions.running,
          serving: () => serving
        })
      ),
      Telemetry
    )
    const { host, port, reusePort, admin, metrics, data } = settings
    const reports = data === undefined ? undefined : Context.get(kept, Reports)
    // Made for the first editor that asks: it takes 30 ms, which no start should wait for.
    let schema: Fields | undefined
    const namesInFile = () => versions.running.keys.map(({ name }) => name)
    const listening = yield* serve(
      {
        host,
        port,
        reusePort,
        ...(admin?.port === undefined ? {} : { adminListener: { host: admin.host ?? host, port: admin.port } }),
        ...(metrics === undefined ? {} : { metricsListener: { host: metrics.host ?? host, port: metrics.port } }),
        knowledge: {
          health: lasting.health,
          now,
          wallNow: Date.now,
          since: Date.now(),
          configuration: () => versions.view,
          reports,
          keys: data === undefined ? undefined : { store: Context.get(kept, KeyStore), created, namesInFile }
        },
        stop,
        telemetry,
        reports,
        idempotency: Context.get(kept, Idempotency),
        admission: Context.get(kept, Limits),
        configurationSchema: () => (schema ??= gatewayFileJsonSchema(modelFactsJsonSchema()))
      },
      serving
    )
    const take = Effect.fnUntraced(function* (newer: Settings) {
      const made = yield* servingOf(newer, lasting)
      serving = made
      listening.use(made)
      yield* tellDoubts(newer, made)
    })
    reload = yield* reloading({ versions, read, take, hasCreatedKeys: created.everHad })
    yield* Console.log(banner(settings, listening, serving))
    return yield* Effect.never
  },
  Effect.scoped,
  Effect.catch(sayAndStop)
)

const check = Effect.fn("check")(
  function* (config: Option.Option<string>) {
    yield* sayUnread(config)
    const settings = yield* settingsOf(config)
    const { all } = Context.get(yield* Layer.build(catalogOf(settings)), Catalog)
    for (const warning of [...settings.warnings, ...doubts(settings, all, today())]) {
      yield* Console.log(`warning: ${mistakeText(warning)}`)
    }
    // Whether there are keys in `data` is known where that is.
    const refusal = refusalToStart(settings, settings.data !== undefined)
    if (refusal !== undefined) return yield* sayAndStop({ message: refusal })
    yield* Console.log(`${settings.file ?? "The environment"} is in order.`)
  },
  Effect.scoped,
  Effect.catch(sayAndStop)
)

const listModels = Effect.fn("models")(function* (config: Option.Option<string>) {
  const settings = yield* settingsOf(config)
  const { all } = yield* Catalog.pipe(Effect.provide(catalogOf(settings)))
  yield* Console.log(modelTable(all, today()))
}, Effect.catch(sayAndStop))

const explain = Effect.fn("explain")(
  function* (flags: ExplainFlags) {
    yield* sayUnread(flags.config)
    const settings = yield* settingsOf(flags.config)
    const refusal = refusalToStart(settings, settings.data !== undefined)
    if (refusal !== undefined) return yield* sayAndStop({ message: refusal })
    for (const warning of settings.warnings) yield* Console.error(`warning: ${mistakeText(warning)}`)
    const { now } = yield* Timers
    // The simulator of a gateway that runs has a port that is not known before.
    const simulator = settings.simulator ? "http://127.0.0.1:0" : undefined
    const http = Context.get(yield* Layer.build(Http.layer), Http)
    const kept = yield* Layer.build(keptOf({ limits: settings.limits, idempotency: settings.idempotency }))
    const lasting = { health: health(now), memory: new Memory(), http, simulator, kept }
    const gateway = yield* Gateway.pipe(Effect.provide(servicesOf(settings, lasting)))
    const coming = { caller: localCaller, compatibility: settings.compatibility }
    yield* explainRequest(flags, (text) => explainText(text, coming, { gateway, limits: settings.limits }))
  },
  Effect.scoped,
  Effect.catch(sayAndStop)
)

const keys = Effect.fn("keys")(function* (command: KeysCommand, config: Option.Option<string>) {
  const settings = yield* settingsOf(config)
  yield* runKeys(command, settings, Catalog.pipe(Effect.provide(catalogOf(settings))))
}, Effect.catch(sayAndStop))

const usage = Effect.fn("usage")(function* (flags: UsageFlags, config: Option.Option<string>) {
  const settings = yield* settingsOf(config)
  if (settings.data === undefined) {
    const message =
      "No ledger is kept: set `data: FOLDER` in gateway.yaml and name the file with --config, or set DATA."
    return yield* sayAndStop({ message })
  }
  return yield* printUsage(flags).pipe(Effect.provide(reportsOf(settings)))
}, Effect.catch(sayAndStop))

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

const commands = { serve: runGateway, check, models: listModels, explain, keys, usage, simulate }
const program = Command.run(commandLine(commands), { version })

NodeRuntime.runMain(program.pipe(Effect.provide(machine)), {
  // To be asked to stop, and to have stopped in order, is no failure; the usual 130 would look like one to whoever
  // watches the process.
  teardown: (exit, onExit) =>
    Exit.isFailure(exit) && Cause.hasInterruptsOnly(exit.cause) ? onExit(0) : Runtime.defaultTeardown(exit, onExit)
})

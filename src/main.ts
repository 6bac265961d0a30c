import * as NodeChildProcessSpawner from "@effect/platform-node-shared/NodeChildProcessSpawner"
import * as NodeFileSystem from "@effect/platform-node-shared/NodeFileSystem"
import * as NodePath from "@effect/platform-node-shared/NodePath"
import * as NodeRuntime from "@effect/platform-node-shared/NodeRuntime"
import * as NodeStdio from "@effect/platform-node-shared/NodeStdio"
import * as NodeTerminal from "@effect/platform-node-shared/NodeTerminal"
import { Cause, Console, Effect, Exit, FileSystem, Layer, Option, Redacted, Result, Runtime } from "effect"
import { Command } from "effect/cli"
import { Keys } from "./access/Keys.ts"
import { Catalog } from "./catalog/Catalog.ts"
import { decodeOverrides, type Mistake } from "./catalog/ModelFacts.ts"
import type { CatalogProvider } from "./catalog/Models.ts"
import { banner, simulatorBanner } from "./cli/Banner.ts"
import { modelTable } from "./cli/ModelTable.ts"
import { commandLine, type ServeFlags } from "./cli/CommandLine.ts"
import { type ExplainFlags, explainRequest } from "./cli/Explain.ts"
import { restartWithMoreRequests } from "./cli/Restart.ts"
import { load } from "./config/Configuration.ts"
import { ConfigurationInvalid, mistakeText } from "./config/ConfigurationInvalid.ts"
import { gatewayFileJsonSchema } from "./config/JsonSchema.ts"
import { simulatorName } from "./config/Providers.ts"
import {
  mistakeAt,
  type ProviderSettings,
  refusalToCallItself,
  refusalToListen,
  refusalToServeNothing,
  type Settings
} from "./config/Settings.ts"
import { Gateway } from "./Gateway.ts"
import { Timers, type TimersService } from "./net/Timers.ts"
import { anthropic, baseten, compatible, type Deployment, google, openAi, simulated } from "./providers/Deployments.ts"
import { Providers } from "./providers/Providers.ts"
import { health, Health } from "./routing/health/Health.ts"
import { explainText } from "./server/chat/ExplainRoute.ts"
import { serve } from "./server/Server.ts"
import { start } from "./simulator/Simulator.ts"

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

const catalogProviderOf = ({ name, kind, speaks, models }: ProviderSettings): CatalogProvider => ({
  name,
  models,
  language: speaks === "openai" ? (kind === "openai" ? "openai" : "compatible") : speaks
})

/** The catalog with the operator's corrections; its mistakes are told with their place in the file. */
const catalogOf = (settings: Settings) => {
  const invalid = (mistakes: ReadonlyArray<Mistake>) =>
    new ConfigurationInvalid({ mistakes: mistakes.map(({ path, message }) => mistakeAt(settings, path, message)) })
  const overrides = decodeOverrides(settings.models)
  if (Result.isFailure(overrides)) return Layer.effect(Catalog, Effect.fail(invalid(overrides.failure)))
  const simulator: CatalogProvider = { name: simulatorName, language: "openai", models: "catalog" }
  const providers = settings.providers.map(catalogProviderOf)
  const catalog = Catalog.layer({
    providers: settings.simulator ? [...providers, simulator] : providers,
    unconfigured: settings.unconfigured,
    aliases: settings.aliases,
    overrides: overrides.success
  })
  return catalog.pipe(
    Layer.catchTag("CatalogInvalid", ({ mistakes }) => Layer.effect(Catalog, Effect.fail(invalid(mistakes))))
  )
}

const settingsOf = (config: Option.Option<string>) =>
  load({
    environment: process.env,
    ...Option.match(config, { onNone: () => ({}), onSome: (configFile) => ({ configFile }) })
  })

const refusalToStart = (settings: Settings): string | undefined =>
  refusalToListen(settings) ?? refusalToCallItself(settings) ?? refusalToServeNothing(settings)

/** Whoever writes a gateway.yaml means it to be read; without the flag it is not. */
const sayUnread = Effect.fnUntraced(function* (config: Option.Option<string>) {
  const files = yield* FileSystem.FileSystem
  if (Option.isSome(config) || !(yield* Effect.orElseSucceed(files.exists("gateway.yaml"), () => false))) return
  yield* Console.error("note: gateway.yaml in this folder is not read; --config gateway.yaml reads it.")
})

/** Says a mistake that the operator can mend, without a stack, and ends with status 1. */
const sayAndStop = (error: { readonly message: string }) =>
  Console.error(error.message).pipe(Effect.andThen(Effect.sync(() => process.exit(1))))

/** The parts of a gateway that answers requests, before anything listens. */
const servicesOf = (settings: Settings, deployments: ReadonlyArray<Deployment>, { now }: TimersService) =>
  Gateway.layer({ defaults: settings.defaults, routes: settings.routes }).pipe(
    Layer.provideMerge(
      Layer.mergeAll(
        catalogOf(settings),
        Providers.layer(deployments),
        Keys.layer(settings.keys),
        Layer.succeed(Health, health(now))
      )
    )
  )

const runGateway = Effect.fn("serve")(
  function* (flags: ServeFlags) {
    yield* Effect.sync(restartWithMoreRequests)
    yield* sayUnread(flags.config)
    const loaded = yield* settingsOf(flags.config)
    const settings = {
      ...loaded,
      host: Option.getOrElse(flags.host, () => loaded.host),
      port: Option.getOrElse(flags.port, () => loaded.port)
    }
    const refusal = refusalToStart(settings)
    if (refusal !== undefined) return yield* sayAndStop({ message: refusal })
    for (const warning of settings.warnings) yield* Console.error(`warning: ${mistakeText(warning)}`)

    const deployments = settings.providers.map(deploymentOf)
    if (settings.simulator) {
      const { url } = yield* start({ port: 0, showsLog: false })
      deployments.push(simulated({ provider: simulatorName, baseUrls: [{ url: `${url}/v1` }], keys: [] }))
    }
    const { timeouts, limits } = settings
    const services = servicesOf(settings, deployments, yield* Timers)
    return yield* Effect.gen(function* () {
      const { url } = yield* serve({
        host: settings.host,
        port: settings.port,
        compatibility: settings.compatibility,
        ...(settings.cors === undefined ? {} : { origins: settings.cors.origins }),
        limits,
        patience: { headersAfterMs: timeouts.headersAfterMs, keepAliveMs: timeouts.keepAliveMs },
        drainMs: timeouts.drainMs,
        configurationSchema: gatewayFileJsonSchema
      })
      const { all } = yield* Catalog
      yield* Console.log(banner(settings, url, all))
      return yield* Effect.never
    }).pipe(Effect.provide(services))
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

const explain = Effect.fn("explain")(function* (flags: ExplainFlags) {
  yield* sayUnread(flags.config)
  const settings = yield* settingsOf(flags.config)
  const refusal = refusalToStart(settings)
  if (refusal !== undefined) return yield* sayAndStop({ message: refusal })
  for (const warning of settings.warnings) yield* Console.error(`warning: ${mistakeText(warning)}`)
  const deployments = settings.providers.map(deploymentOf)
  // The simulator of a gateway that runs has a port that is not known before.
  const address = { provider: simulatorName, baseUrls: [{ url: "http://127.0.0.1:0/v1" }], keys: [] }
  if (settings.simulator) deployments.push(simulated(address))
  const gateway = yield* Gateway.pipe(Effect.provide(servicesOf(settings, deployments, yield* Timers)))
  const coming = { caller: "", compatibility: settings.compatibility }
  yield* explainRequest(flags, (text) => explainText(text, coming, { gateway, limits: settings.limits }))
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

const program = Command.run(commandLine({ serve: runGateway, check, models: listModels, explain, simulate }), {
  version
})

NodeRuntime.runMain(program.pipe(Effect.provide(machine)), {
  // To be asked to stop, and to have stopped in order, is no failure; the usual 130 would look like one to whoever watches the process.
  teardown: (exit, onExit) =>
    Exit.isFailure(exit) && Cause.hasInterruptsOnly(exit.cause) ? onExit(0) : Runtime.defaultTeardown(exit, onExit)
})

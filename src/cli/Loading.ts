import { Console, Effect, FileSystem, Option } from "effect"
import { load } from "../config/Configuration.ts"
import { refusalToCallItself, refusalToListen, refusalToServeNothing, type Settings } from "../config/Settings.ts"
import type { ServeFlags } from "./CommandLine.ts"

/** The settings from the file, if one is named, and the environment. */
export const settingsOf = (config: Option.Option<string>) =>
  load({
    environment: process.env,
    ...Option.match(config, { onNone: () => ({}), onSome: (configFile) => ({ configFile }) })
  })

/** The same, with what the command line says above all. */
export const servedSettings = ({ config, host, port }: ServeFlags) =>
  Effect.map(settingsOf(config), (loaded): Settings => ({
    ...loaded,
    host: Option.getOrElse(host, () => loaded.host),
    port: Option.getOrElse(port, () => loaded.port)
  }))

/** Why no gateway can be made of the settings. `hasCreatedKeys`: whether there are keys in `data`. */
export const refusalToStart = (settings: Settings, hasCreatedKeys = false): string | undefined =>
  refusalToListen(settings, hasCreatedKeys) ??
  refusalToCallItself(settings) ??
  refusalToServeNothing(settings) ??
  refusalToShare(settings)

/** Elsewhere the system gives all connections to the process that came last. */
const refusalToShare = ({ reusePort }: Settings): string | undefined =>
  reusePort && process.platform !== "linux"
    ? "Several gateways can share a port on Linux only (reusePort); let each have its own, behind a load balancer."
    : undefined

/** Whoever writes a gateway.yaml means it to be read; without the flag it is not. */
export const sayUnread = Effect.fnUntraced(function* (config: Option.Option<string>) {
  const files = yield* FileSystem.FileSystem
  if (Option.isSome(config) || !(yield* Effect.orElseSucceed(files.exists("gateway.yaml"), () => false))) return
  yield* Console.error("note: gateway.yaml in this folder is not read; --config gateway.yaml reads it.")
})

import { Redacted, Result } from "effect"
import { type Fields, objectOf } from "../domain/Fields.ts"
import { readHost } from "./Addresses.ts"
import type { Path, Problem, Report } from "./ConfigurationInvalid.ts"
import type { GatewayFile } from "./file/GatewayFile.ts"
import { suggestion } from "./file/NearMatch.ts"
import { durationMs, isTrue } from "./file/Values.ts"
import { type NamedKey, namedKeys } from "./NamedKeys.ts"
import type { Environment } from "./ProviderAccess.ts"
import { knownProviderNames, readProviders, simulatorName } from "./Providers.ts"
import { readRoutes } from "./Routes.ts"
import {
  type AdminSettings,
  asksForRoute,
  defaultHost,
  defaultLimits,
  defaultPort,
  defaultTimeouts,
  type GatewayKey,
  type Limits,
  type Settings,
  type Timeouts
} from "./Settings.ts"
import { readSteering } from "./Steerings.ts"

/** A value and what was found wrong on the way to it; the value is of use only when nothing was. */
interface Read<A> {
  readonly value: A
  readonly problems: ReadonlyArray<Problem>
}

const variable = (environment: Environment, name: string): string | undefined => {
  const text = environment[name]
  return text === "" ? undefined : text
}

const readHostOf = (file: GatewayFile, environment: Environment): Read<string> => {
  const problems: Array<Problem> = []
  const read = (text: string | undefined, at: Omit<Problem, "message">): string | undefined => {
    if (text === undefined) return undefined
    const host = readHost(text)
    if (Result.isSuccess(host)) return host.success
    problems.push({ ...at, message: host.failure })
    return undefined
  }
  const written = read(file.host, { path: ["host"] })
  const given = read(variable(environment, "HOST"), { path: ["HOST"], inEnvironment: true })
  return { value: given ?? written ?? defaultHost, problems }
}

const readPort = (file: GatewayFile, environment: Environment): Read<number> => {
  const given = variable(environment, "PORT")
  if (given === undefined) return { value: Number(file.port ?? defaultPort), problems: [] }
  if (/^\d{1,5}$/.test(given) && Number(given) <= 65_535) return { value: Number(given), problems: [] }
  const message = "must be a whole number from 0 to 65535"
  return { value: defaultPort, problems: [{ path: ["PORT"], inEnvironment: true, message }] }
}

const readReusePort = (file: GatewayFile, environment: Environment): Read<boolean> => {
  const given = variable(environment, "REUSE_PORT")
  if (given === undefined) return { value: file.reusePort !== undefined && isTrue(file.reusePort), problems: [] }
  if (given === "true" || given === "false") return { value: isTrue(given), problems: [] }
  return { value: false, problems: [{ path: ["REUSE_PORT"], inEnvironment: true, message: "must be true or false" }] }
}

const gatewayKeys = (keys: ReadonlyArray<NamedKey>): ReadonlyArray<GatewayKey> =>
  keys.map(({ name, text }) => ({ name, key: Redacted.make(text) }))

const readAdminKeys = (
  entries: NonNullable<GatewayFile["admin"]>["keys"],
  callers: ReadonlyArray<NamedKey>,
  report: Report
): ReadonlyArray<GatewayKey> => {
  const listPath = ["admin", "keys"]
  const keys = namedKeys(entries, listPath, report)
  if (keys.length === 0) report({ path: listPath, message: "is an empty list; name a key, or leave admin out" })
  for (const { text, path } of keys) {
    if (!callers.some((caller) => caller.text === text)) continue
    report({ path, message: "is a key of callers too, who could then steer the gateway; make another" })
  }
  return gatewayKeys(keys)
}

const readAdmin = (
  { admin }: GatewayFile,
  gateway: Pick<Settings, "host" | "port">,
  callers: ReadonlyArray<NamedKey>,
  report: Report
): AdminSettings | undefined => {
  if (admin === undefined) return undefined
  const keys = readAdminKeys(admin.keys, callers, report)
  const host = admin.host === undefined ? undefined : readHost(admin.host)
  if (host !== undefined && Result.isFailure(host)) report({ path: ["admin", "host"], message: host.failure })
  if (host !== undefined && admin.port === undefined) {
    report({ path: ["admin", "host"], message: "needs a port: without one the admin paths are on the gateway's own" })
  }
  const port = admin.port === undefined ? undefined : Number(admin.port)
  const ownHost = host === undefined ? gateway.host : Result.getOrElse(host, () => "")
  // Listeners that share a port would each get a part of the requests.
  if (port !== undefined && port !== 0 && port === gateway.port && ownHost === gateway.host) {
    report({ path: ["admin", "port"], message: "is the gateway's own port; leave it out, or choose another" })
  }
  return {
    keys,
    ...(host === undefined || Result.isFailure(host) ? {} : { host: host.success }),
    ...(port === undefined ? {} : { port })
  }
}

const readLimits = ({ limits = {} }: GatewayFile): Limits => ({
  bodyBytes: Number(limits.bodyBytes ?? defaultLimits.bodyBytes),
  depth: Number(limits.depth ?? defaultLimits.depth),
  messages: Number(limits.messages ?? defaultLimits.messages),
  tools: Number(limits.tools ?? defaultLimits.tools),
  schemaBytes: Number(limits.schemaBytes ?? defaultLimits.schemaBytes)
})

const readTimeouts = ({ timeouts = {} }: GatewayFile, report: Report): Timeouts => {
  const read = (text: string | undefined) => (text === undefined ? undefined : durationMs(text))
  const drainMs = read(timeouts.drain) ?? defaultTimeouts.drainMs
  const acceptAfterStopMs = read(timeouts.acceptAfterStop)
  if (acceptAfterStopMs !== undefined && acceptAfterStopMs >= drainMs) {
    const message = `must be shorter than drain (${drainMs / 1000} seconds), of which it is a part`
    report({ path: ["timeouts", "acceptAfterStop"], message })
  }
  return {
    headersAfterMs: read(timeouts.headersAfter) ?? defaultTimeouts.headersAfterMs,
    keepAliveMs: read(timeouts.keepAlive) ?? defaultTimeouts.keepAliveMs,
    acceptAfterStopMs: acceptAfterStopMs ?? Math.min(defaultTimeouts.acceptAfterStopMs, Math.ceil(drainMs / 2)),
    drainMs
  }
}

const aliasProblem = (
  name: string,
  providers: ReadonlyArray<string>,
  routes: ReadonlyArray<string>
): string | undefined => {
  if (!/^\S+$/.test(name)) return "an alias has no spaces in it"
  const [provider] = name.split("/")
  if (asksForRoute(name)) return "would hide a route; an alias cannot start with route/"
  // Both are found in either case, and whoever asks for one would not see that the other is there.
  const route = routes.find((other) => other.toLowerCase() === name.toLowerCase())
  if (route !== undefined) return `is the name of a route too (route/${route}); choose another`
  if (name === provider || provider === undefined || !providers.includes(provider)) return undefined
  return `would hide a model of ${provider}; an alias cannot start with a provider's name and a slash`
}

/** What an alias stands for in the end, or nothing when it leads back to itself. */
const aliasTarget = (aliases: ReadonlyMap<string, string>, name: string): string | undefined => {
  const seen = new Set<string>()
  let target: string | undefined = name
  while (target !== undefined && !seen.has(target)) {
    seen.add(target)
    const next = aliases.get(target)
    if (next === undefined) return target
    target = next
  }
  return undefined
}

const readAliases = (file: GatewayFile, providers: ReadonlyArray<string>): Read<ReadonlyMap<string, string>> => {
  const problems: Array<Problem> = []
  const written = new Map(Object.entries(file.aliases ?? {}))
  const aliases = new Map<string, string>()
  for (const [name, model] of written) {
    const path = ["aliases", name]
    const message = aliasProblem(name, providers, Object.keys(file.routes ?? {}))
    if (message !== undefined) problems.push({ path, message, atName: true })
    const target = aliasTarget(written, name)
    if (!/^\S+$/.test(model)) problems.push({ path, message: "must be the name of a model" })
    else if (asksForRoute(model)) problems.push({ path, message: "is a route, which has no other names" })
    else if (target === undefined) problems.push({ path, message: "leads back to itself" })
    else aliases.set(name, target)
  }
  return { value: aliases, problems }
}

const readModelFacts = (file: GatewayFile, providers: ReadonlyArray<string>): Read<ReadonlyMap<string, Fields>> => {
  const models = new Map<string, Fields>(Object.entries(file.models ?? {}))
  const problems = [...models.keys()].flatMap((id): ReadonlyArray<Problem> => {
    const path: Path = ["models", id]
    const slash = id.indexOf("/")
    if (slash < 1 || slash === id.length - 1 || /\s/.test(id)) {
      return [{ path, message: "must be the id of a model: provider/name", atName: true }]
    }
    const provider = id.slice(0, slash)
    if (providers.includes(provider)) return []
    return [{ path, message: `no provider is named "${provider}"${suggestion(provider, providers)}`, atName: true }]
  })
  return { value: models, problems }
}

/** What the file and the environment say together; of use only when there are no problems. */
export interface Converted {
  readonly settings: Omit<Settings, "fingerprint" | "warnings" | "file" | "placeOf">
  readonly problems: ReadonlyArray<Problem>
  readonly warnings: ReadonlyArray<Problem>
}

/**
 * From the file as written to the settings as loaded. `HOST`, `PORT`, `REUSE_PORT` and the providers' variables win over the file.
 * `written` are the file's providers as they stand, those included that could not be read.
 */
export const convert = (
  file: GatewayFile,
  environment: Environment,
  written: Fields = objectOf(file.providers)
): Converted => {
  const problems: Array<Problem> = []
  const warnings: Array<Problem> = []
  const report: Report = (problem) => void problems.push(problem)
  const warn: Report = (problem) => void warnings.push(problem)
  const names = [...knownProviderNames, ...Object.keys(written), simulatorName]
  const host = readHostOf(file, environment)
  const port = readPort(file, environment)
  const reusePort = readReusePort(file, environment)
  const aliases = readAliases(file, names)
  const models = readModelFacts(file, names)
  for (const read of [host, port, reusePort, aliases, models]) problems.push(...read.problems)
  const callers = namedKeys(file.keys ?? [], ["keys"], report)
  const admin = readAdmin(file, { host: host.value, port: port.value }, callers, report)
  const read = readProviders(file, environment, written)
  return {
    settings: {
      host: host.value,
      port: port.value,
      reusePort: reusePort.value,
      keys: gatewayKeys(callers),
      ...(admin === undefined ? {} : { admin }),
      compatibility: file.compatibility ?? "openai",
      ...(file.cors === undefined ? {} : { cors: file.cors }),
      limits: readLimits(file),
      timeouts: readTimeouts(file, report),
      providers: read.providers,
      unconfigured: read.unconfigured,
      simulator: file.simulator === undefined ? read.providers.length === 0 : isTrue(file.simulator),
      aliases: aliases.value,
      models: models.value,
      defaults: readSteering(file.defaults ?? {}, ["defaults"], report),
      routes: readRoutes(file, report, warn),
      watch: file.watch !== undefined && isTrue(file.watch)
    },
    problems: [...problems, ...read.problems],
    warnings: [...read.warnings, ...warnings]
  }
}

import { Result } from "effect"
import { type Fields, objectOf } from "../domain/Fields.ts"
import { readCallers, readTeams } from "./access/Callers.ts"
import { readAdmin, readMetrics } from "./access/Listeners.ts"
import { readHost } from "./Addresses.ts"
import type { Path, Problem, Report } from "./ConfigurationInvalid.ts"
import type { GatewayFile } from "./file/GatewayFile.ts"
import { suggestion } from "../domain/written/NearMatch.ts"
import { durationMs, isTrue } from "./file/Values.ts"
import type { Environment } from "./ProviderAccess.ts"
import { knownProviderNames, readProviders, simulatorName } from "./Providers.ts"
import { readRoutes } from "./Routes.ts"
import {
  asksForRoute,
  defaultHost,
  defaultIdempotency,
  defaultLimits,
  defaultPort,
  defaultTimeouts,
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

/** The folder of `data` as it is written; the environment wins. */
const dataOf = (file: GatewayFile, environment: Environment): string | undefined =>
  variable(environment, "DATA") ?? file.data

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

const readLimits = ({ limits = {} }: GatewayFile): Limits => ({
  bodyBytes: Number(limits.bodyBytes ?? defaultLimits.bodyBytes),
  depth: Number(limits.depth ?? defaultLimits.depth),
  messages: Number(limits.messages ?? defaultLimits.messages),
  tools: Number(limits.tools ?? defaultLimits.tools),
  schemaBytes: Number(limits.schemaBytes ?? defaultLimits.schemaBytes),
  outputTokens: Number(limits.outputTokens ?? defaultLimits.outputTokens),
  budgetWaitMs:
    (limits.budgetWait === undefined ? undefined : durationMs(limits.budgetWait)) ?? defaultLimits.budgetWaitMs
})

const readIdempotency = ({ idempotency = {} }: GatewayFile): Settings["idempotency"] => ({
  keepMs: (idempotency.keep === undefined ? undefined : durationMs(idempotency.keep)) ?? defaultIdempotency.keepMs
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
    bodyMs: read(timeouts.body) ?? defaultTimeouts.bodyMs,
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
 * From the file as written to the settings as loaded. `HOST`, `PORT`, `REUSE_PORT`, `DATA` and the providers' variables
 * win over the file. `written` is the file as it stands, with its references, and with what could not be read.
 */
export const convert = (file: GatewayFile, environment: Environment, written: Fields = file): Converted => {
  const problems: Array<Problem> = []
  const warnings: Array<Problem> = []
  const report: Report = (problem) => void problems.push(problem)
  const warn: Report = (problem) => void warnings.push(problem)
  const providers = objectOf(written["providers"])
  const names = [...knownProviderNames, ...Object.keys(providers), simulatorName]
  const host = readHostOf(file, environment)
  const port = readPort(file, environment)
  const reusePort = readReusePort(file, environment)
  const aliases = readAliases(file, names)
  const models = readModelFacts(file, names)
  for (const read of [host, port, reusePort, aliases, models]) problems.push(...read.problems)
  const data = dataOf(file, environment)
  const hasData = data !== undefined
  const callers = readCallers(file, written["keys"], hasData, report)
  const own = { host: host.value, port: port.value }
  const admin = readAdmin(file, own, callers.named, report)
  const metrics = readMetrics(file, own, admin, report)
  const read = readProviders(file, environment, providers)
  return {
    settings: {
      host: host.value,
      port: port.value,
      reusePort: reusePort.value,
      ...(data === undefined ? {} : { data }),
      keys: callers.keys,
      teams: readTeams(file, hasData, report, warn),
      ...(admin === undefined ? {} : { admin }),
      ...(metrics === undefined ? {} : { metrics }),
      log: file.log ?? "requests",
      idempotency: readIdempotency(file),
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

import { Redacted, Result } from "effect"
import type { Fields } from "../domain/Fields.ts"
import { readHost } from "./Addresses.ts"
import type { Path, Problem } from "./ConfigurationInvalid.ts"
import { durationMs, type GatewayFile } from "./file/GatewayFile.ts"
import { suggestion } from "./file/NearMatch.ts"
import { type Environment, knownProviderNames, readProviders, simulatorName } from "./Providers.ts"
import {
  defaultHost,
  defaultLimits,
  defaultPort,
  defaultTimeouts,
  type GatewayKey,
  type Limits,
  type Settings,
  type Timeouts
} from "./Settings.ts"

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

const readKeys = (file: GatewayFile): Read<ReadonlyArray<GatewayKey>> => {
  const problems: Array<Problem> = []
  const named = (file.keys ?? []).map((entry, index) => {
    if (typeof entry !== "string") return { ...entry, path: ["keys", index, "key"], namePath: ["keys", index, "name"] }
    return { name: `key-${index + 1}`, key: entry, path: ["keys", index], namePath: ["keys", index] }
  })
  for (const [index, { name, key, path, namePath }] of named.entries()) {
    const before = named.slice(0, index)
    const twin = before.find((other) => other.key === key)
    if (twin !== undefined) problems.push({ path, message: `is the same key as that of ${twin.name}` })
    if (before.some((other) => other.name === name)) {
      problems.push({ path: namePath, message: `another key is named ${name}` })
    }
  }
  return { value: named.map(({ name, key }) => ({ name, key: Redacted.make(key) })), problems }
}

const readLimits = ({ limits = {} }: GatewayFile): Limits => ({
  bodyBytes: Number(limits.bodyBytes ?? defaultLimits.bodyBytes),
  depth: Number(limits.depth ?? defaultLimits.depth),
  messages: Number(limits.messages ?? defaultLimits.messages),
  tools: Number(limits.tools ?? defaultLimits.tools),
  schemaBytes: Number(limits.schemaBytes ?? defaultLimits.schemaBytes)
})

const readTimeouts = ({ timeouts = {} }: GatewayFile): Timeouts => {
  const read = (text: string | undefined) => (text === undefined ? undefined : durationMs(text))
  return {
    headersMs: read(timeouts.headers) ?? defaultTimeouts.headersMs,
    idleMs: read(timeouts.idle) ?? defaultTimeouts.idleMs,
    headersAfterMs: read(timeouts.headersAfter) ?? defaultTimeouts.headersAfterMs,
    keepAliveMs: read(timeouts.keepAlive) ?? defaultTimeouts.keepAliveMs,
    drainMs: read(timeouts.drain) ?? defaultTimeouts.drainMs
  }
}

const aliasProblem = (name: string, providers: ReadonlyArray<string>): string | undefined => {
  if (!/^\S+$/.test(name)) return "an alias has no spaces in it"
  const [provider] = name.split("/")
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
    const message = aliasProblem(name, providers)
    if (message !== undefined) problems.push({ path, message, atName: true })
    const target = aliasTarget(written, name)
    if (!/^\S+$/.test(model)) problems.push({ path, message: "must be the name of a model" })
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
  readonly settings: Omit<Settings, "warnings" | "file" | "placeOf">
  readonly problems: ReadonlyArray<Problem>
  readonly warnings: ReadonlyArray<Problem>
}

/**
 * From the file as written to the settings as loaded. `HOST` and `PORT` and the providers' variables win over the file.
 * `providerNames` are those of the file, the ones that could not be read included.
 */
export const convert = (
  file: GatewayFile,
  environment: Environment,
  providerNames: ReadonlyArray<string> = Object.keys(file.providers ?? {})
): Converted => {
  const names = [...knownProviderNames, ...providerNames, simulatorName]
  const host = readHostOf(file, environment)
  const port = readPort(file, environment)
  const keys = readKeys(file)
  const aliases = readAliases(file, names)
  const models = readModelFacts(file, names)
  const { providers, unconfigured, problems, warnings } = readProviders(file, environment)
  return {
    settings: {
      host: host.value,
      port: port.value,
      keys: keys.value,
      compatibility: file.compatibility ?? "openai",
      ...(file.cors === undefined ? {} : { cors: file.cors }),
      limits: readLimits(file),
      timeouts: readTimeouts(file),
      providers,
      unconfigured,
      simulator: file.simulator === undefined ? providers.length === 0 : String(file.simulator) === "true",
      aliases: aliases.value,
      models: models.value
    },
    problems: [host, port, keys, aliases, models].flatMap((read) => read.problems).concat(problems),
    warnings
  }
}

import { Redacted } from "effect"
import { type Fields, objectOf } from "../domain/Fields.ts"
import { type Ending, isLoopback } from "./Addresses.ts"
import type { Path, Problem, Report } from "./ConfigurationInvalid.ts"
import type { GatewayFile } from "./file/GatewayFile.ts"
import { suggestion } from "../domain/written/NearMatch.ts"
import { compatibleFields, type ProviderEntry, providerFields } from "./file/ProviderEntry.ts"
import {
  checkBaseUrl,
  checkText,
  type Environment,
  inEnvironment,
  readAccess,
  type WrittenAddress,
  type WrittenKey
} from "./ProviderAccess.ts"
import { headerProblem } from "./Secrets.ts"
import {
  type Language,
  type ProviderAddress,
  type ProviderKey,
  type ProviderSettings,
  routeName,
  type UnconfiguredProvider
} from "./Settings.ts"

interface KnownProvider {
  readonly name: string
  readonly kind: "openai" | "anthropic" | "google" | "baseten"
  readonly speaks: Language
  readonly baseUrl: string
  readonly ending: Ending
  readonly keyVariable: string
  readonly baseUrlVariable: string
  /** A variable that the provider's own SDK reads too and the gateway does not. */
  readonly otherKeyVariable?: string
}

const knownProviders: ReadonlyArray<KnownProvider> = [
  {
    name: "openai",
    kind: "openai",
    speaks: "openai",
    baseUrl: "https://api.openai.com/v1",
    ending: "/v1",
    keyVariable: "OPENAI_API_KEY",
    baseUrlVariable: "OPENAI_BASE_URL"
  },
  {
    name: "anthropic",
    kind: "anthropic",
    speaks: "anthropic",
    baseUrl: "https://api.anthropic.com",
    ending: "without /v1",
    keyVariable: "ANTHROPIC_API_KEY",
    baseUrlVariable: "ANTHROPIC_BASE_URL",
    otherKeyVariable: "ANTHROPIC_AUTH_TOKEN"
  },
  {
    name: "google",
    kind: "google",
    speaks: "gemini",
    baseUrl: "https://generativelanguage.googleapis.com",
    ending: "without /v1beta",
    keyVariable: "GEMINI_API_KEY",
    baseUrlVariable: "GEMINI_BASE_URL",
    otherKeyVariable: "GOOGLE_API_KEY"
  },
  {
    name: "baseten",
    kind: "baseten",
    speaks: "openai",
    baseUrl: "https://inference.baseten.co/v1",
    ending: "/v1",
    keyVariable: "BASETEN_API_KEY",
    baseUrlVariable: "BASETEN_BASE_URL"
  }
]

/** Names of the providers that need no address. */
export const knownProviderNames: ReadonlyArray<string> = knownProviders.map(({ name }) => name)

/** First part of the simulator's model ids. */
export const simulatorName = "sim"

/** How the address of a server of the operator's ends. */
const endings: Readonly<Record<Language, Ending>> = {
  openai: "any",
  anthropic: "without /v1",
  gemini: "without /v1beta"
}

/** What was read of the providers. */
export interface ReadProviders {
  readonly providers: ReadonlyArray<ProviderSettings>
  readonly unconfigured: ReadonlyArray<UnconfiguredProvider>
  readonly problems: ReadonlyArray<Problem>
  readonly warnings: ReadonlyArray<Problem>
}

const readHeaders = (entry: ProviderEntry, hasKey: boolean, path: Path, report: Report) => {
  const headers = new Map<string, Redacted.Redacted>()
  for (const [name, value] of Object.entries(entry.headers ?? {})) {
    const lower = name.toLowerCase()
    const message = headers.has(lower) ? "is there twice" : headerProblem(name, value, hasKey)
    if (message !== undefined) report({ path: [...path, "headers", name], message })
    headers.set(lower, Redacted.make(value))
  }
  return Object.fromEntries(headers)
}

/** What every kind of provider has of the file's entry. */
const common = (entry: ProviderEntry, keys: ReadonlyArray<WrittenKey>, path: Path, report: Report) => {
  // Both are sent as headers.
  for (const name of ["organization", "project"] as const) {
    const text = entry[name]
    if (text !== undefined) checkText({ text, at: { path: [...path, name] } }, report)
  }
  return {
    headers: readHeaders(entry, keys.length > 0, path, report),
    keys: keys.map(({ alias, text }): ProviderKey => ({
      key: Redacted.make(text),
      ...(alias === undefined ? {} : { alias })
    })),
    ...(entry.organization === undefined ? {} : { organization: entry.organization }),
    ...(entry.project === undefined ? {} : { project: entry.project }),
    ...(entry.version === undefined ? {} : { version: entry.version })
  }
}

const addressesOf = (written: ReadonlyArray<WrittenAddress>): ReadonlyArray<ProviderAddress> =>
  written.map(({ url, region }) => ({ url, ...(region === undefined ? {} : { region }) }))

const reportForeignFields = (name: string, entry: ProviderEntry, path: Path, report: Report): void => {
  const own = providerFields[name] ?? compatibleFields
  for (const field of Object.keys(entry)) {
    if (own.some((known) => known === field)) continue
    const owners = knownProviderNames.filter((known) => providerFields[known]?.some((has) => has === field))
    const where = owners.length > 0 ? `only ${owners.join(" and ")} has it` : "it is for servers of your own"
    report({ path: [...path, field], message: `is not a setting of ${name}; ${where}`, atName: true })
  }
}

/** A server without a key is usual on this machine and inside a private network, where `http:` is. */
const needsNoKey = (baseUrl: string): boolean =>
  baseUrl.startsWith("http:") || isLoopback(URL.parse(baseUrl)?.hostname ?? "")

const hintFor = (known: KnownProvider, environment: Environment): string => {
  const other = known.otherKeyVariable
  const isOtherSet = other !== undefined && inEnvironment(environment, other) !== undefined
  const set = `set ${known.keyVariable}, or providers.${known.name}.key in gateway.yaml`
  return isOtherSet ? `${set} (${other} is set, but not read)` : set
}

const readKnown = (
  known: KnownProvider,
  entry: ProviderEntry,
  written: Fields,
  environment: Environment,
  report: Report,
  warn: Report
): ProviderSettings | UnconfiguredProvider => {
  const { name } = known
  const path = ["providers", name]
  reportForeignFields(name, entry, path, report)
  const file = readAccess(entry, written, known.ending, path, report)
  const variables = {
    key: inEnvironment(environment, known.keyVariable),
    url: inEnvironment(environment, known.baseUrlVariable)
  }
  checkText(variables.key, report)
  const variableUrl = checkBaseUrl(variables.url, known.ending, report)

  // The environment wins, but never over a list: the one address that SDKs in the same shell need must not replace
  // several.
  const usesFileAddresses = file.listsAddresses || (file.hasAddress && variables.url === undefined)
  if (
    file.listsAddresses &&
    variables.url !== undefined &&
    variableUrl !== undefined &&
    !file.addresses.some(({ url }) => url === variableUrl)
  ) {
    warn({ ...variables.url.at, message: `is not used: the file lists the addresses of ${name}` })
  }
  const variableUrls = variableUrl === undefined ? [] : [{ url: variableUrl }]
  const ownUrls = usesFileAddresses ? addressesOf(file.addresses) : variableUrls

  // Nor must a key from a shell travel to the address that the file gives along with a key of its own.
  const hasFileKeys = file.isKeyless || file.keys.length > 0
  const usesFileKeys = hasFileKeys && (file.listsKeys || usesFileAddresses || variables.key === undefined)
  if (usesFileKeys && variables.key !== undefined && !file.keys.some(({ text }) => text === variables.key?.text)) {
    const reason = file.listsKeys ? `lists the keys of ${name}` : `gives ${name} a key together with an address`
    warn({ ...variables.key.at, message: `is not used: the file ${reason}` })
  }
  if (usesFileKeys && file.isKeyless && !file.hasAddress && variables.url === undefined) {
    report({ path: [...path, "key"], message: `cannot be none: ${known.baseUrl} does not answer without a key` })
  }
  const variableKeys = variables.key === undefined ? [] : [{ text: variables.key.text }]
  const settings = common(entry, usesFileKeys ? file.keys : variableKeys, path, report)
  const isReady =
    usesFileKeys || variables.key !== undefined || (ownUrls.length > 0 && ownUrls.every(({ url }) => needsNoKey(url)))
  if (!isReady) return { name, hint: hintFor(known, environment) }
  return {
    name,
    kind: known.kind,
    speaks: known.speaks,
    models: "catalog",
    baseUrls: ownUrls.length === 0 ? [{ url: known.baseUrl }] : ownUrls,
    ...settings
  }
}

/** A name is a part of ids (`name/model`), targets (`@`, `#`) and metrics. */
const providerName = /^[a-z0-9][a-z0-9._-]{0,62}$/

const nameProblem = (name: string): string | undefined => {
  if (name === simulatorName) return `"${simulatorName}" is the simulator's name; choose another`
  if (name === routeName) return `"${routeName}" is the first part of routes' names; choose another`
  if (providerName.test(name)) return undefined
  return "a provider's name is made of small letters, digits, dots and dashes"
}

const readModels = (entry: ProviderEntry, path: Path, report: Report): "any" | ReadonlyArray<string> => {
  const models = entry.models ?? "any"
  if (models === "any") return models
  if (models.length === 0)
    report({ path: [...path, "models"], message: "is an empty list; name a model, or write any" })
  for (const [index, model] of models.entries()) {
    if (!/^\S+$/.test(model)) report({ path: [...path, "models", index], message: "is not the name of a model" })
    if (models.indexOf(model) < index) report({ path: [...path, "models", index], message: "is there twice" })
  }
  return models
}

const readCompatible = (
  name: string,
  entry: ProviderEntry,
  written: Fields,
  report: Report,
  warn: Report
): ProviderSettings | undefined => {
  const path = ["providers", name]
  const message = nameProblem(name)
  if (message !== undefined) report({ path, message, atName: true })
  const speaks = entry.speaks ?? "openai"
  const { keys, addresses, hasAddress } = readAccess(entry, written, endings[speaks], path, report)
  if (!hasAddress) {
    const meant = suggestion(name, knownProviderNames)
    const message = `is missing; only ${knownProviderNames.join(", ")} have an address of their own${meant}`
    report({ path: [...path, "baseUrl"], message })
  }
  reportForeignFields(name, entry, path, report)
  const models = readModels(entry, path, report)
  const settings = common(entry, keys, path, report)
  for (const { url, path } of addresses) {
    if (speaks !== "openai" || URL.parse(url)?.pathname !== "/") continue
    warn({ path, message: `has no path; most servers want "${url}/v1"` })
  }
  if (addresses.length === 0) return undefined
  return { name, kind: "compatible", speaks, models, baseUrls: addressesOf(addresses), ...settings }
}

/**
 * The providers that the file and the environment configure: the known ones first, then the file's in its order.
 * `written` are the file's entries as they stand, parts that cannot be read included.
 */
export const readProviders = (file: GatewayFile, environment: Environment, written: Fields): ReadProviders => {
  const problems: Array<Problem> = []
  const warnings: Array<Problem> = []
  const report: Report = (problem) => void problems.push(problem)
  const warn: Report = (problem) => void warnings.push(problem)
  const entries = Object.entries(file.providers ?? {})
  const known = knownProviders.map((provider) => {
    const entry = entries.find(([name]) => name === provider.name)?.[1] ?? {}
    return readKnown(provider, entry, objectOf(written[provider.name]), environment, report, warn)
  })
  const others = entries
    .filter(([name]) => !knownProviderNames.includes(name))
    .map(([name, entry]) => readCompatible(name, entry, objectOf(written[name]), report, warn))
  return {
    providers: [
      ...known.filter((provider) => "baseUrls" in provider),
      ...others.filter((other) => other !== undefined)
    ],
    unconfigured: known.filter((provider) => "hint" in provider),
    problems,
    warnings
  }
}

import { Redacted, Result } from "effect"
import { type Ending, isLoopback, readBaseUrl } from "./Addresses.ts"
import type { Path, Problem } from "./ConfigurationInvalid.ts"
import { compatibleFields, type GatewayFile, type ProviderEntry, providerFields } from "./file/GatewayFile.ts"
import { suggestion } from "./file/NearMatch.ts"
import { headerProblem, secretProblem } from "./Secrets.ts"
import type { Language, ProviderSettings, UnconfiguredProvider } from "./Settings.ts"

/** The process's environment variables. */
export type Environment = Readonly<Record<string, string | undefined>>

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

type Report = (problem: Problem) => void

/** What was read of the providers. */
export interface ReadProviders {
  readonly providers: ReadonlyArray<ProviderSettings>
  readonly unconfigured: ReadonlyArray<UnconfiguredProvider>
  readonly problems: ReadonlyArray<Problem>
  readonly warnings: ReadonlyArray<Problem>
}

/** A value and where it is written. */
interface Given {
  readonly text: string
  readonly at: Omit<Problem, "message">
}

const inFile = (text: string | undefined, path: Path): Given | undefined =>
  text === undefined ? undefined : { text, at: { path } }

const inEnvironment = (environment: Environment, name: string): Given | undefined => {
  const text = environment[name]
  // A variable that is set to nothing is how many tools say "not set".
  return text === undefined || text === "" ? undefined : { text, at: { path: [name], inEnvironment: true } }
}

/** Reports what cannot be sent in a header as one word. */
const checkText = (given: Given | undefined, report: Report): void => {
  const message = given === undefined ? undefined : secretProblem(given.text)
  if (given !== undefined && message !== undefined) report({ ...given.at, message })
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
const common = (entry: ProviderEntry, key: string | undefined, path: Path, report: Report) => {
  // Both are sent as headers.
  checkText(inFile(entry.organization, [...path, "organization"]), report)
  checkText(inFile(entry.project, [...path, "project"]), report)
  return {
    headers: readHeaders(entry, key !== undefined, path, report),
    ...(key === undefined ? {} : { key: Redacted.make(key) }),
    ...(entry.organization === undefined ? {} : { organization: entry.organization }),
    ...(entry.project === undefined ? {} : { project: entry.project }),
    ...(entry.version === undefined ? {} : { version: entry.version })
  }
}

const reportForeignFields = (name: string, entry: ProviderEntry, path: Path, report: Report): void => {
  const own = providerFields[name] ?? compatibleFields
  for (const field of Object.keys(entry)) {
    if (own.some((known) => known === field)) continue
    const owners = knownProviderNames.filter((known) => providerFields[known]?.some((has) => has === field))
    const where = owners.length > 0 ? `only ${owners.join(" and ")} has it` : "it is for servers of your own"
    report({ path: [...path, field], message: `is not a setting of ${name}; ${where}`, atName: true })
  }
}

const checkBaseUrl = (given: Given | undefined, ending: Ending, report: Report): string | undefined => {
  if (given === undefined) return undefined
  const read = readBaseUrl(given.text, ending)
  if (Result.isSuccess(read)) return read.success
  report({ ...given.at, message: read.failure })
  return undefined
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
  environment: Environment,
  report: Report,
  warn: Report
): ProviderSettings | UnconfiguredProvider => {
  const path = ["providers", known.name]
  reportForeignFields(known.name, entry, path, report)
  const file = { key: inFile(entry.key, [...path, "key"]), url: inFile(entry.baseUrl, [...path, "baseUrl"]) }
  const variables = {
    key: inEnvironment(environment, known.keyVariable),
    url: inEnvironment(environment, known.baseUrlVariable)
  }
  checkText(file.key, report)
  checkText(variables.key, report)
  const fileUrl = checkBaseUrl(file.url, known.ending, report)
  const variableUrl = checkBaseUrl(variables.url, known.ending, report)

  // The environment wins, but a key from a shell must not travel to the address that the file gives along with a key of its own.
  const filesPair = file.url !== undefined && variables.url === undefined ? file.key : undefined
  const chosen = filesPair ?? variables.key ?? file.key
  if (filesPair !== undefined && variables.key !== undefined && variables.key.text !== filesPair.text) {
    const message = `is not used: the file gives ${known.name} a key together with an address`
    warn({ ...variables.key.at, message })
  }
  const ownUrl = variableUrl ?? fileUrl
  const isKeyless = chosen?.text === "none" && chosen === file.key
  if (isKeyless && file.url === undefined && variables.url === undefined) {
    report({ path: [...path, "key"], message: `cannot be none: ${known.baseUrl} does not answer without a key` })
  }
  const key = isKeyless ? undefined : chosen?.text
  const isReady = chosen !== undefined || (ownUrl !== undefined && needsNoKey(ownUrl))
  const settings = common(entry, key, path, report)
  if (!isReady) return { name: known.name, hint: hintFor(known, environment) }
  return {
    name: known.name,
    kind: known.kind,
    speaks: known.speaks,
    models: "catalog",
    baseUrl: ownUrl ?? known.baseUrl,
    ...settings
  }
}

/** A name is a part of ids (`name/model`), targets (`@`, `#`) and metrics. */
const providerName = /^[a-z0-9][a-z0-9._-]{0,62}$/

const nameProblem = (name: string): string | undefined => {
  if (name === simulatorName) return `"${simulatorName}" is the simulator's name; choose another`
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
  report: Report,
  warn: Report
): ProviderSettings | undefined => {
  const path = ["providers", name]
  const message = nameProblem(name)
  if (message !== undefined) report({ path, message, atName: true })
  if (entry.baseUrl === undefined) {
    const meant = suggestion(name, knownProviderNames)
    const message = `is missing; only ${knownProviderNames.join(", ")} have an address of their own${meant}`
    report({ path: [...path, "baseUrl"], message })
  }
  reportForeignFields(name, entry, path, report)
  const speaks = entry.speaks ?? "openai"
  const key = entry.key === "none" ? undefined : entry.key
  checkText(inFile(key, [...path, "key"]), report)
  const baseUrl = checkBaseUrl(inFile(entry.baseUrl, [...path, "baseUrl"]), endings[speaks], report)
  const models = readModels(entry, path, report)
  const settings = common(entry, key, path, report)
  if (baseUrl === undefined) return undefined
  if (speaks === "openai" && URL.parse(baseUrl)?.pathname === "/") {
    warn({ path: [...path, "baseUrl"], message: `has no path; most servers want "${baseUrl}/v1"` })
  }
  return { name, kind: "compatible", speaks, models, baseUrl, ...settings }
}

/** The providers that the file and the environment configure: the known ones first, then the file's in its order. */
export const readProviders = (file: GatewayFile, environment: Environment): ReadProviders => {
  const problems: Array<Problem> = []
  const warnings: Array<Problem> = []
  const report: Report = (problem) => void problems.push(problem)
  const warn: Report = (problem) => void warnings.push(problem)
  const entries = Object.entries(file.providers ?? {})
  const known = knownProviders.map((provider) => {
    const entry = entries.find(([name]) => name === provider.name)?.[1] ?? {}
    return readKnown(provider, entry, environment, report, warn)
  })
  const others = entries
    .filter(([name]) => !knownProviderNames.includes(name))
    .map(([name, entry]) => readCompatible(name, entry, report, warn))
  return {
    providers: [...known.filter((provider) => "baseUrl" in provider), ...others.filter((other) => other !== undefined)],
    unconfigured: known.filter((provider) => "hint" in provider),
    problems,
    warnings
  }
}

import type { Redacted } from "effect"
import type { Fields } from "../domain/Fields.ts"
import type { Route, Steering } from "../domain/routing/Steering.ts"
import type { Allowance } from "../domain/keys/Caller.ts"
import type { AdminSettings, GatewayKey, MetricsSettings } from "./access/AccessSettings.ts"
import { isLoopback } from "./Addresses.ts"
import { type Mistake, type Path, pathText, type Place } from "./ConfigurationInvalid.ts"

/** What a request may be at most; more is refused before it is worked on. */
export interface Limits {
  readonly bodyBytes: number
  /** Levels of objects and lists in the body. */
  readonly depth: number
  readonly messages: number
  readonly tools: number
  /** Of one JSON Schema: a tool's parameters or a response format. */
  readonly schemaBytes: number
  /** Tokens of an answer that are put aside, and sent along, for callers with limits whose request names no length. */
  readonly outputTokens: number
  /** Milliseconds for which a request may wait for what others have put aside. */
  readonly budgetWaitMs: number
}

/**
 * How long things of the gateway itself may take, in milliseconds; those of an attempt are in `defaults` and `routes`.
 */
export interface Timeouts {
  /** Per request: until its body is there as a whole. */
  readonly bodyMs: number
  /** Per stream: after so long without content the caller gets its headers and comments instead. */
  readonly headersAfterMs: number
  /** Per stream: between two comments while there is nothing to say. */
  readonly keepAliveMs: number
  /**
   * For the process: how long new requests are still taken once it is asked to stop and says so at `/readyz`; less than
   * `drainMs`.
   */
  readonly acceptAfterStopMs: number
  /**
   * For the process: how long open answers may still run, counted from when it is asked to stop; `acceptAfterStopMs` is
   * a part of it.
   */
  readonly drainMs: number
}

/** A key that a provider knows the gateway by. */
export interface ProviderKey {
  /**
   * What targets call it (`provider/model#alias`); absent where the provider has this one alone and the file gives it
   * no name.
   */
  readonly alias?: string
  readonly key: Redacted.Redacted
}

/** An address of a provider. */
export interface ProviderAddress {
  /** Without a trailing slash. OpenAI's language: the version is in it; Anthropic's and Gemini's: it is not. */
  readonly url: string
  /** What targets call it (`provider/model@region`), where the file says it. */
  readonly region?: string
}

/** The languages that a provider's server can speak. */
export type Language = "openai" | "anthropic" | "gemini"

/** A provider that is ready to be called. */
export interface ProviderSettings {
  /** First part of its models' ids. */
  readonly name: string
  readonly kind: "openai" | "anthropic" | "google" | "baseten" | "compatible"
  readonly speaks: Language
  /** In the order of the file; empty for a server that takes none. */
  readonly keys: ReadonlyArray<ProviderKey>
  /** At least one, in the order of the file. */
  readonly baseUrls: ReadonlyArray<ProviderAddress>
  /** `catalog`: those of the catalog and names newer than it; `any`: whatever the caller names; or these alone. */
  readonly models: "catalog" | "any" | ReadonlyArray<string>
  /** Sent with every request; names in lower case. */
  readonly headers: Readonly<Record<string, Redacted.Redacted>>
  /** OpenAI's `OpenAI-Organization`. */
  readonly organization?: string
  /** OpenAI's `OpenAI-Project`. */
  readonly project?: string
  /** Anthropic's `anthropic-version`. */
  readonly version?: string
}

/** A provider that the gateway knows and that has no key, with what to set. */
export interface UnconfiguredProvider {
  readonly name: string
  readonly hint: string
}

/**
 * The configuration as loaded: the defaults, the file and the environment made one. Nothing reads the environment after
 * this.
 */
export interface Settings {
  readonly host: string
  /** 0: any free port. */
  readonly port: number
  /** Other processes may listen there too; the kernel deals the connections out. */
  readonly reusePort: boolean
  /** Folder of the ledger and the created keys, absolute; absent: nothing is written to disk. */
  readonly data?: string
  readonly keys: ReadonlyArray<GatewayKey>
  /** What teams may use, by their names; others have no limits of their own. */
  readonly teams: ReadonlyMap<string, Allowance>
  /** A listener of its own for `/metrics`; absent: it is on the gateway's own. */
  readonly metrics?: MetricsSettings
  /** Whether each request is told in a line on standard output. */
  readonly log: "requests" | "off"
  /** How long an `Idempotency-Key` is remembered. */
  readonly idempotency: { readonly keepMs: number }
  readonly compatibility: "openai" | "assemblyai"
  /** Which pages of browsers may call; absent: none. */
  readonly cors?: { readonly origins: "*" | ReadonlyArray<string> }
  readonly limits: Limits
  readonly timeouts: Timeouts
  readonly providers: ReadonlyArray<ProviderSettings>
  readonly unconfigured: ReadonlyArray<UnconfiguredProvider>
  readonly simulator: boolean
  /**
   * Other names of models; a target is never an alias itself. A map, because a caller's `model` is looked up in it
   * (`constructor`).
   */
  readonly aliases: ReadonlyMap<string, string>
  /** Facts of models by id, as written: the catalog reads them and reports what is wrong with `mistakeAt`. */
  readonly models: ReadonlyMap<string, Fields>
  /**
   * How requests are served where nothing nearer says it: what the file says and no more; beyond that the router has
   * defaults of its own.
   */
  readonly defaults: Steering
  /** By name as written, without `route/`; no two names differ in case alone. A target is never a route. */
  readonly routes: ReadonlyMap<string, Route>
  /** Absent: `/admin` answers on a loopback address without gateway keys alone. */
  readonly admin?: AdminSettings
  /** Read the file again when it changes; never without a file. */
  readonly watch: boolean
  /**
   * Twelve hexadecimal digits that are the same wherever the same is configured, secrets included, however it is
   * written.
   */
  readonly fingerprint: string
  /** What works but is probably not meant. */
  readonly warnings: ReadonlyArray<Mistake>
  readonly file?: string
  /** Where a setting of the file, or the nearest one around it, is written; nothing without a file. */
  readonly placeOf: (path: Path) => Place | undefined
}

/** This machine only. */
export const defaultHost = "127.0.0.1"
export const defaultPort = 8787

export const defaultLimits: Limits = {
  // 32 MiB: Anthropic's own limit on a request; OpenAI's and Google's inline data fit into less.
  bodyBytes: 32 * 1024 * 1024,
  // A tool's schema is the deepest part of a request: OpenAI takes 10 levels of it, each two of JSON, below six of the
  // request.
  depth: 64,
  // A transcript of many hours has some thousands of turns.
  messages: 10_000,
  // OpenAI takes 128; servers that take more exist.
  tools: 1024,
  // OpenAI's names and values of a schema are limited to 120,000 characters, its structure comes on top.
  schemaBytes: 256 * 1024,
  outputTokens: 4096,
  // As long as a stream may be silent before it gets its headers.
  budgetWaitMs: 10_000
}

/** As long as the other gateways and payment services that know the header remember it. */
export const defaultIdempotency = { keepMs: 24 * 60 * 60 * 1000 }

export const defaultTimeouts: Timeouts = {
  // The largest body that is taken by default comes within it at 4.5 Mbit/s; what callers usually send comes with its
  // head.
  bodyMs: 60_000,
  // Proxies in front of the gateway cut a silent connection after 30 or 60 seconds.
  headersAfterMs: 10_000,
  // Below the shortest idle limit that is usual for proxies (10 s, Bun's own).
  keepAliveMs: 5_000,
  // Until a load balancer has asked /readyz again (every few seconds) or heard of a pod that stops, it goes on sending;
  // whom it sends is not to be refused.
  acceptAfterStopMs: 5_000,
  // Kubernetes kills 30 seconds after it asked.
  drainMs: 25_000
}

/** First part of the name by which a route is asked for. */
export const routeName = "route"

/** Whether a route is asked for; like those of models, such names are found in either case. */
export const asksForRoute = (model: string): boolean => model.toLowerCase().startsWith(`${routeName}/`)

/** Why a configuration is of no use: nothing could be asked. */
export const refusalToServeNothing = ({ providers, simulator }: Pick<Settings, "providers" | "simulator">) =>
  providers.length > 0 || simulator
    ? undefined
    : "There is nothing to serve: no provider is configured, and the simulator is switched off (simulator: false in gateway.yaml)."

/**
 * Why the gateway must not start: without keys of its own, whoever reaches its address spends the providers' credit.
 * Takes the address that is really listened on, which the command line may have changed. `hasCreatedKeys`: whether
 * there are keys in `data`.
 */
export const refusalToListen = (
  { host, keys, cors }: Pick<Settings, "host" | "keys" | "cors">,
  hasCreatedKeys = false
): string | undefined => {
  if (keys.length > 0 || hasCreatedKeys) return undefined
  if (cors?.origins === "*") {
    return 'The gateway does not answer web pages of every origin (cors.origins: "*") without keys of its own: any page that you open could use your providers\' keys. Name the origins, or list the keys that callers must send (keys: ["${GATEWAY_KEY}"]).'
  }
  if (isLoopback(host)) return undefined
  return [
    `The gateway does not listen on ${host} without keys of its own: whoever reaches that address could use your providers' keys.`,
    "Either listen on this machine only (HOST=127.0.0.1),",
    'or list the keys that callers must send in gateway.yaml (keys: ["${GATEWAY_KEY}"]) and start with --config gateway.yaml.'
  ].join(" ")
}

/**
 * Why the gateway must not start: a provider's address is its own, so that every request would come back to it. That
 * happens where the gateway starts from a shell whose `OPENAI_BASE_URL` sends SDKs to it.
 */
export const refusalToCallItself = ({ host, port, providers }: Pick<Settings, "host" | "port" | "providers">) => {
  const isOwn = (baseUrl: string): boolean => {
    const url = new URL(baseUrl)
    if (url.port !== String(port)) return false
    const name = url.hostname.replace(/^\[(.*)\]$/, "$1")
    return isLoopback(name) || name === host
  }
  const addresses = providers.flatMap(({ name, baseUrls }) => baseUrls.map(({ url }) => ({ name, url })))
  const own = addresses.find(({ url }) => isOwn(url))
  if (own === undefined) return undefined
  return `The address of ${own.name} (${own.url}) is the gateway's own, so every request would come back to it; give the provider's address or another port.`
}

/** A mistake that is found later, in a part of the file that others read (the facts of models), with its place. */
export const mistakeAt = (settings: Pick<Settings, "file" | "placeOf">, path: Path, message: string): Mistake => ({
  ...(settings.file === undefined ? {} : { file: settings.file }),
  ...settings.placeOf(path),
  path: pathText(path),
  message
})

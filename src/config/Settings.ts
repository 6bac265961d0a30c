import type { Redacted } from "effect"
import type { Fields } from "../domain/Fields.ts"
import type { Steering, Timeouts as AttemptTimeouts } from "../domain/Steering.ts"
import { isLoopback } from "./Addresses.ts"
import { type Mistake, type Path, pathText, type Place } from "./ConfigurationInvalid.ts"

/** A key that callers may use. */
export interface GatewayKey {
  readonly name: string
  readonly key: Redacted.Redacted
}

/** What a request may be at most; more is refused before it is worked on. */
export interface Limits {
  readonly bodyBytes: number
  /** Levels of objects and lists in the body. */
  readonly depth: number
  readonly messages: number
  readonly tools: number
  /** Of one JSON Schema: a tool's parameters or a response format. */
  readonly schemaBytes: number
}

/** How long things of the gateway itself may take, in milliseconds; those of an attempt are in `defaults` and `routes`. */
export interface Timeouts {
  /** Per stream: after so long without content the caller gets its headers and comments instead. */
  readonly headersAfterMs: number
  /** Per stream: between two comments while there is nothing to say. */
  readonly keepAliveMs: number
  /** For the process: how long new requests are still taken once it is asked to stop and says so at `/readyz`; less than `drainMs`. */
  readonly acceptAfterStopMs: number
  /** For the process: how long open answers may still run, counted from when it is asked to stop. */
  readonly drainMs: number
}

/** How a request is served where nothing nearer says it: what the file says, laid over the program's own. */
export interface DefaultSteering extends Steering {
  readonly timeouts: AttemptTimeouts & { readonly headersMs: number; readonly idleMs: number }
  readonly deadlineMs: number
}

/** One model of a route. */
export interface RouteTarget {
  /** As written: an id, a bare name or an alias; never a route. */
  readonly model: string
  /** Share of the requests that come to this target first. All targets of a route have one, or none has. */
  readonly weight?: number
  /** Fields of the request, by OpenAI's names, in place of the caller's. */
  readonly overrides?: Fields
  /** What is said for this target alone. */
  readonly steering: Steering
}

/** A list of models under one name, asked for as `route/name`. */
export interface RouteSettings {
  /** At least one; in the order in which they are tried unless they have weights. */
  readonly targets: ReadonlyArray<RouteTarget>
  readonly steering: Steering
}

/** A key that a provider knows the gateway by. */
export interface ProviderKey {
  /** What targets call it (`provider/model#alias`); absent where the provider has this one alone and the file gives it no name. */
  readonly alias?: string
  readonly key: Redacted.Redacted
}

/** Who may see and steer the gateway under `/admin`. */
export interface AdminSettings {
  readonly key: Redacted.Redacted
  /** Address of the listener that `port` opens; absent: the gateway's host. */
  readonly host?: string
  /** A listener for these paths alone, 0 for any port; absent: they are on the gateway's own. */
  readonly port?: number
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
  /** At least one, without a trailing slash. OpenAI's language: the version is in it; Anthropic's and Gemini's: it is not. */
  readonly baseUrls: ReadonlyArray<string>
  /** Regions by address, where the file says them; what targets call them (`provider/model@region`). */
  readonly regions: ReadonlyMap<string, string>
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

/** The configuration as loaded: the defaults, the file and the environment made one. Nothing reads the environment after this. */
export interface Settings {
  readonly host: string
  /** 0: any free port. */
  readonly port: number
  readonly keys: ReadonlyArray<GatewayKey>
  readonly compatibility: "openai" | "assemblyai"
  /** Which pages of browsers may call; absent: none. */
  readonly cors?: { readonly origins: "*" | ReadonlyArray<string> }
  readonly limits: Limits
  readonly timeouts: Timeouts
  readonly providers: ReadonlyArray<ProviderSettings>
  readonly unconfigured: ReadonlyArray<UnconfiguredProvider>
  readonly simulator: boolean
  /** Other names of models; a target is never an alias itself. A map, because a caller's `model` is looked up in it (`constructor`). */
  readonly aliases: ReadonlyMap<string, string>
  /** Facts of models by id, as written: the catalog reads them and reports what is wrong with `mistakeAt`. */
  readonly models: ReadonlyMap<string, Fields>
  readonly defaults: DefaultSteering
  /** By name, without `route/`. */
  readonly routes: ReadonlyMap<string, RouteSettings>
  /** Absent: `/admin` answers on a loopback address without gateway keys alone. */
  readonly admin?: AdminSettings
  /** Read the file again when it changes; never without a file. */
  readonly watch: boolean
  /** Twelve hexadecimal digits: another text of the file, another secret or variable that is read, and they differ. For operators. */
  readonly fingerprint: string
  /** What works but is probably not meant. */
  readonly warnings: ReadonlyArray<Mistake>
  readonly file?: string
  /** Where a setting of the file, or the nearest one around it, is written; nothing without a file. */
  readonly placeOf: (path: Path) => Place | undefined
}

export const defaultHost = "127.0.0.1"
export const defaultPort = 8787

export const defaultLimits: Limits = {
  // 32 MiB: Anthropic's own limit on a request; OpenAI's and Google's inline data fit into less.
  bodyBytes: 32 * 1024 * 1024,
  // A tool's schema is the deepest part of a request: OpenAI takes 10 levels of it, each two of JSON, below six of the request.
  depth: 64,
  // A transcript of many hours has some thousands of turns.
  messages: 10_000,
  // OpenAI takes 128; servers that take more exist.
  tools: 1024,
  // OpenAI's names and values of a schema are limited to 120,000 characters, its structure comes on top.
  schemaBytes: 256 * 1024
}

export const defaultTimeouts: Timeouts = {
  // Proxies in front of the gateway cut a silent connection after 30 or 60 seconds.
  headersAfterMs: 10_000,
  // Below the shortest idle limit that is usual for proxies (10 s, Bun's own).
  keepAliveMs: 5_000,
  // Balancers take a second or two to hear of a pod that stops, and go on sending until then.
  acceptAfterStopMs: 5_000,
  // Kubernetes kills 30 seconds after it asked.
  drainMs: 25_000
}

/** How a request is served where nobody says anything. */
export const defaultSteering: DefaultSteering = {
  timeouts: {
    // Providers queue a request before its headers when they are busy; more is a provider that hangs.
    headersMs: 30_000,
    // Anthropic and OpenAI send something at least every 15 seconds while a model thinks.
    idleMs: 30_000
  },
  // Room for the first target's whole wait and two more; callers' own limits are seldom longer.
  deadlineMs: 120_000
}

/** First part of the name by which a route is asked for. */
export const routeName = "route"

/** Whether a route is asked for; like those of models, such names are found in either case. */
export const asksForRoute = (model: string): boolean => model.toLowerCase().startsWith(`${routeName}/`)

/**
 * Why the gateway must not start: without keys of its own, whoever reaches its address spends the providers' credit.
 * Takes the address that is really listened on, which the command line may have changed.
 */
export const refusalToListen = ({ host, keys }: Pick<Settings, "host" | "keys">): string | undefined => {
  if (keys.length > 0 || isLoopback(host)) return undefined
  return [
    `The gateway does not listen on ${host} without keys of its own: whoever reaches that address could use your providers' keys.`,
    "Either listen on this machine only (HOST=127.0.0.1),",
    'or list the keys that callers must send in gateway.yaml (keys: ["${GATEWAY_KEY}"]) and start with --config gateway.yaml.'
  ].join(" ")
}

/**
 * Why the gateway must not start: a provider's address is its own, so that every request would come back to it. That happens where
 * the gateway starts from a shell whose `OPENAI_BASE_URL` sends SDKs to it.
 */
export const refusalToCallItself = ({ host, port, providers }: Pick<Settings, "host" | "port" | "providers">) => {
  const isOwn = (baseUrl: string): boolean => {
    const url = new URL(baseUrl)
    if (url.port !== String(port)) return false
    const name = url.hostname.replace(/^\[(.*)\]$/, "$1")
    return isLoopback(name) || name === host
  }
  const addresses = providers.flatMap(({ name, baseUrls }) => baseUrls.map((baseUrl) => ({ name, baseUrl })))
  const own = addresses.find(({ baseUrl }) => isOwn(baseUrl))
  if (own === undefined) return undefined
  return `The address of ${own.name} (${own.baseUrl}) is the gateway's own, so every request would come back to it; give the provider's address or another port.`
}

/** A mistake that is found later, in a part of the file that others read (the facts of models), with its place. */
export const mistakeAt = (settings: Pick<Settings, "file" | "placeOf">, path: Path, message: string): Mistake => ({
  ...(settings.file === undefined ? {} : { file: settings.file }),
  ...settings.placeOf(path),
  path: pathText(path),
  message
})

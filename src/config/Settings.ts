import type { Redacted } from "effect"
import type { Fields } from "../domain/Fields.ts"
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

/** How long things may take, in milliseconds. */
export interface Timeouts {
  /** Per attempt: until the provider's headers, the connection included. */
  readonly headersMs: number
  /** Per attempt: between two signs of life of a provider that answers. */
  readonly idleMs: number
  /** Per stream: after so long without content the caller gets its headers and comments instead. */
  readonly headersAfterMs: number
  /** Per stream: between two comments while there is nothing to say. */
  readonly keepAliveMs: number
  /** For the process: how long open answers may still run once it is asked to stop. */
  readonly drainMs: number
}

/** The languages that a provider's server can speak. */
export type Language = "openai" | "anthropic" | "gemini"

/** A provider that is ready to be called. */
export interface ProviderSettings {
  /** First part of its models' ids. */
  readonly name: string
  readonly kind: "openai" | "anthropic" | "google" | "baseten" | "compatible"
  readonly speaks: Language
  /** Absent for a server that takes none. */
  readonly key?: Redacted.Redacted
  /** Without a trailing slash. OpenAI's language: the version is in it; Anthropic's and Gemini's: it is not. */
  readonly baseUrl: string
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
  // Providers queue a request before its headers when they are busy; more is a provider that hangs.
  headersMs: 30_000,
  // Anthropic and OpenAI send something at least every 15 seconds while a model thinks.
  idleMs: 30_000,
  // Proxies in front of the gateway cut a silent connection after 30 or 60 seconds.
  headersAfterMs: 10_000,
  // Below the shortest idle limit that is usual for proxies (10 s, Bun's own).
  keepAliveMs: 5_000,
  // Kubernetes kills 30 seconds after it asked.
  drainMs: 25_000
}

/** Why a configuration is of no use: nothing could be asked. */
export const refusalToServeNothing = ({ providers, simulator }: Pick<Settings, "providers" | "simulator">) =>
  providers.length > 0 || simulator
    ? undefined
    : "There is nothing to serve: no provider is configured, and the simulator is switched off (simulator: false in gateway.yaml)."

/**
 * Why the gateway must not start: without keys of its own, whoever reaches its address spends the providers' credit.
 * Takes the address that is really listened on, which the command line may have changed.
 */
export const refusalToListen = ({ host, keys, cors }: Pick<Settings, "host" | "keys" | "cors">): string | undefined => {
  if (keys.length > 0) return undefined
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
 * Why the gateway must not start: a provider's address is its own, so that every request would come back to it. That happens where
 * the gateway starts from a shell whose `OPENAI_BASE_URL` sends SDKs to it.
 */
export const refusalToCallItself = ({ host, port, providers }: Pick<Settings, "host" | "port" | "providers">) => {
  const own = providers.find(({ baseUrl }) => {
    const url = new URL(baseUrl)
    if (url.port !== String(port)) return false
    const name = url.hostname.replace(/^\[(.*)\]$/, "$1")
    return isLoopback(name) || name === host
  })
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

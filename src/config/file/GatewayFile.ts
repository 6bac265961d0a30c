import { Schema } from "effect"
import { originProblem } from "../Addresses.ts"
import { gatewayKeyProblem } from "../Secrets.ts"
import { defaultLimits, defaultTimeouts, type Limits } from "../Settings.ts"

/** Values as the environment gives them are text, so a number may be written as one: `port: ${PORT}`. */
const whole = (minimum: number, maximum: number, description: string) => {
  const message = `must be a whole number from ${minimum} to ${maximum}`
  const number = Schema.Number.check(
    Schema.isInt({ message, toJsonSchema: () => ({ type: "integer" }) }),
    Schema.isBetween({ minimum, maximum }, { message })
  )
  const digits = Schema.String.check(
    Schema.isPattern(/^\d{1,15}$/u, { message }),
    Schema.makeFilter((text) => (Number(text) >= minimum && Number(text) <= maximum) || message)
  )
  return Schema.Union([number, digits]).annotate({ message, description })
}

/** Milliseconds of each unit that a duration may be written in. */
const units = { milli: 1, second: 1000, minute: 60_000, hour: 3_600_000 }

/** `setTimeout` counts milliseconds in 31 bits. */
const maxDurationMs = 2 ** 31 - 1

const durationPattern = /^(\d{1,9}(?:\.\d{1,3})?) (milli|second|minute|hour)s?$/u

/** The milliseconds of a duration in words (`30 seconds`), if it is one that a timer can take. */
export const durationMs = (text: string): number | undefined => {
  const [, amount, unit] = durationPattern.exec(text) ?? []
  if (unit !== "milli" && unit !== "second" && unit !== "minute" && unit !== "hour") return undefined
  const milliseconds = Math.round(Number(amount) * units[unit])
  return milliseconds >= 1 && milliseconds <= maxDurationMs ? milliseconds : undefined
}

const durationMessage = 'must be a duration in words from 1 milli to 24 days, such as "30 seconds" or "500 millis"'

const duration = (description: string, byDefault?: number) =>
  // Annotated before the checks, since an annotation after them belongs to the last check and says nothing about the type.
  Schema.String.annotate({
    message: durationMessage,
    description: byDefault === undefined ? `${description} Not limited by default.` : description,
    ...(byDefault === undefined ? {} : { default: `${byDefault / 1000} seconds` })
  }).check(
    Schema.isPattern(durationPattern, { message: durationMessage }),
    Schema.makeFilter((text) => durationMs(text) !== undefined || durationMessage)
  )

const words = <const Words extends ReadonlyArray<string>>(all: Words, description: string) =>
  Schema.Literals(all).annotate({ message: `must be ${all.join(" or ")}`, description })

const text = (description: string) => Schema.String.annotate({ description })

const limit = (name: keyof Limits, maximum: number, description: string) =>
  Schema.optionalKey(whole(1, maximum, description).annotate({ default: defaultLimits[name] }))

const LimitsEntry = Schema.Struct({
  // Bun holds a body in memory as a whole.
  bodyBytes: limit("bodyBytes", 2 ** 30, "Bytes of a request's body."),
  // Our own walks recurse; Bun's stack holds some thousands of levels.
  depth: limit("depth", 512, "Levels of objects and lists in a request."),
  messages: limit("messages", 1_000_000, "Messages in a request."),
  tools: limit("tools", 100_000, "Tools in a request."),
  schemaBytes: limit("schemaBytes", 2 ** 24, "Bytes of one JSON Schema in a request.")
}).annotate({ description: "What a request may be at most; more is refused." })

const TimeoutsEntry = Schema.Struct({
  headers: Schema.optionalKey(duration("Per attempt, until the provider's headers.", defaultTimeouts.headersMs)),
  idle: Schema.optionalKey(duration("Per attempt, between two signs of life.", defaultTimeouts.idleMs)),
  headersAfter: Schema.optionalKey(
    duration("A stream without content gets its headers and comments after this.", defaultTimeouts.headersAfterMs)
  ),
  keepAlive: Schema.optionalKey(duration("Between two comments of a silent stream.", defaultTimeouts.keepAliveMs)),
  drain: Schema.optionalKey(
    duration("For open answers to end, once the gateway is asked to stop.", defaultTimeouts.drainMs)
  )
}).annotate({ description: 'How long things may take, in words: "30 seconds", "500 millis".' })

const gatewayKey = text("A key, best as ${NAME} or ${file:PATH}.").check(
  Schema.makeFilter((key) => gatewayKeyProblem(key) ?? true)
)

const KeyEntry = Schema.Struct({
  name: text("What logs and the ledger call the key.").check(
    Schema.isPattern(/^[\w.-]{1,64}$/u, { message: "must be letters, digits, dots and dashes, 64 at most" })
  ),
  key: gatewayKey
})

/** Every setting that some provider has; which provider has which is `providerFields`. */
export const ProviderEntry = Schema.Struct({
  key: Schema.optionalKey(text('The provider\'s key, best as ${NAME} or ${file:PATH}; "none" for a server without.')),
  baseUrl: Schema.optionalKey(text("The provider's address; for OpenAI's language with its version (/v1).")),
  headers: Schema.optionalKey(
    Schema.Record(Schema.String, Schema.String).annotate({ description: "Additional headers of every request." })
  ),
  organization: Schema.optionalKey(text("Sent as OpenAI-Organization.")),
  project: Schema.optionalKey(text("Sent as OpenAI-Project.")),
  version: Schema.optionalKey(
    text("Sent as anthropic-version.").check(
      Schema.isPattern(/^\d{4}-\d{2}-\d{2}$/u, { message: 'must be a date such as "2023-06-01"' })
    )
  ),
  models: Schema.optionalKey(
    Schema.Union([Schema.Literal("any"), Schema.Array(Schema.String)]).annotate({
      message: "must be any, or a list of the server's names of its models",
      description: 'The models that the server has, by its own names, or "any" (the default).',
      default: "any"
    })
  ),
  speaks: Schema.optionalKey(
    words(["openai", "anthropic", "gemini"], "The language of the server.").annotate({ default: "openai" })
  )
})

/** A provider as written. */
export type ProviderEntry = typeof ProviderEntry.Type

const everywhere = ["key", "baseUrl", "headers"] as const

/** The settings that each known provider has; any other name is a server of the operator's. */
export const providerFields: Readonly<Record<string, ReadonlyArray<keyof ProviderEntry>>> = {
  openai: [...everywhere, "organization", "project"],
  anthropic: [...everywhere, "version"],
  google: everywhere,
  baseten: everywhere
}

/** The settings of a server of the operator's. */
export const compatibleFields: ReadonlyArray<keyof ProviderEntry> = [...everywhere, "models", "speaks"]

const origin = Schema.String.check(Schema.makeFilter((written) => originProblem(written) ?? true))

/** `gateway.yaml` as written, once its references are replaced. */
export const GatewayFile = Schema.Struct({
  version: Schema.Literal(1)
    .annotate({ message: "must be 1, the only version there is", description: "Version of this file's format." })
    .pipe(Schema.annotateKey({ messageMissingKey: 'is missing; write "version: 1" at the top of the file' })),
  host: Schema.optionalKey(
    text(
      "Address to listen on; HOST in the environment wins. Without keys only this machine's own addresses are taken."
    )
  ),
  port: Schema.optionalKey(whole(0, 65_535, "Port to listen on; 0 picks one. PORT in the environment wins.")),
  keys: Schema.optionalKey(
    Schema.Array(
      Schema.Union([gatewayKey, KeyEntry]).annotate({
        message: "must be a key (one of digits alone needs quotes), or a mapping of name and key"
      })
    ).annotate({ description: "The keys that callers may use." })
  ),
  compatibility: Schema.optionalKey(
    words(["openai", "assemblyai"], "Whose fields, defaults and errors answers have.").annotate({ default: "openai" })
  ),
  cors: Schema.optionalKey(
    Schema.Struct({
      origins: Schema.Union([Schema.Literal("*"), Schema.Array(origin)]).annotate({
        message: 'must be "*" or a list of origins',
        description: 'Origins of the pages that may call, or "*".'
      })
    }).annotate({ description: "Lets pages in browsers call; off by default." })
  ),
  limits: Schema.optionalKey(LimitsEntry),
  timeouts: Schema.optionalKey(TimeoutsEntry),
  providers: Schema.optionalKey(
    Schema.Record(Schema.String, ProviderEntry).annotate({
      description: "openai, anthropic, google, baseten, and under any other name a server of your own."
    })
  ),
  simulator: Schema.optionalKey(
    Schema.Union([Schema.Boolean, Schema.Literals(["true", "false"])]).annotate({
      message: "must be true or false",
      description: "Serves sim/… models. By default only while no provider is configured."
    })
  ),
  aliases: Schema.optionalKey(
    Schema.Record(Schema.String, Schema.String).annotate({
      description: "Other names of models: fast: openai/gpt-5-nano"
    })
  ),
  models: Schema.optionalKey(
    Schema.Record(Schema.String, Schema.Record(Schema.String, Schema.Unknown)).annotate({
      description: "Facts of models, by provider/name: new ones, or corrections of what the catalog says."
    })
  )
})

/** `gateway.yaml` as written, once its references are replaced. */
export type GatewayFile = typeof GatewayFile.Type

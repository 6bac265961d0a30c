import { Schema } from "effect"
import { originProblem } from "../Addresses.ts"
import { defaultIdempotency, defaultLimits, defaultTimeouts, type Limits } from "../Settings.ts"
import { AdminKeys, CallerKeys, TeamEntry } from "./KeyEntry.ts"
import { ProviderEntry } from "./ProviderEntry.ts"
import { RouteEntry } from "./RouteEntry.ts"
import { SteeringEntry, steeringFields } from "./SteeringEntry.ts"
import { duration, flag, text, whole, words } from "./Values.ts"

const limit = (name: Exclude<keyof Limits, "budgetWaitMs">, maximum: number, description: string) =>
  Schema.optionalKey(whole(1, maximum, description).annotate({ default: defaultLimits[name] }))

const LimitsEntry = Schema.Struct({
  // Bun holds a body in memory as a whole.
  bodyBytes: limit("bodyBytes", 2 ** 30, "Bytes of a request's body."),
  // Our own walks recurse; Bun's stack holds some thousands of levels.
  depth: limit("depth", 512, "Levels of objects and lists in a request."),
  messages: limit("messages", 1_000_000, "Messages in a request."),
  tools: limit("tools", 100_000, "Tools in a request."),
  schemaBytes: limit("schemaBytes", 2 ** 24, "Bytes of one JSON Schema in a request."),
  // No model answers with more.
  outputTokens: limit(
    "outputTokens",
    10_000_000,
    "For callers whose tokens or money are limited: the length of an answer that is put aside for a request that names none, and sent with it. A model's own defaultOutputTokens goes before."
  ),
  budgetWait: Schema.optionalKey(
    duration(
      "How long a request may wait for tokens or money that requests under way have put aside.",
      defaultLimits.budgetWaitMs
    )
  )
}).annotate({
  description: "What a request may be at most; more is refused.",
  elsewhere: Object.fromEntries(
    ["requestsPerMinute", "tokensPerMinute", "requestsAtOnce", "budget"].map((name) => [
      name,
      "a key of keys, or teams"
    ])
  )
})

const TimeoutsEntry = Schema.Struct({
  body: Schema.optionalKey(
    duration("For the body of a request to arrive as a whole, once its headers have.", defaultTimeouts.bodyMs)
  ),
  headersAfter: Schema.optionalKey(
    duration("A stream without content gets its headers and comments after this.", defaultTimeouts.headersAfterMs)
  ),
  keepAlive: Schema.optionalKey(duration("Between two comments of a silent stream.", defaultTimeouts.keepAliveMs)),
  acceptAfterStop: Schema.optionalKey(
    duration(
      "New requests are still taken for this long once the gateway is asked to stop and /readyz says so: load balancers go on sending until they have looked there. A part of drain, half of it at most by default.",
      defaultTimeouts.acceptAfterStopMs
    )
  ),
  drain: Schema.optionalKey(
    duration("For open answers to end, once the gateway is asked to stop.", defaultTimeouts.drainMs)
  )
}).annotate({
  description: 'How long things of the gateway itself may take, in words: "30 seconds", "500 millis".',
  elsewhere: Object.fromEntries(
    ["connect", "headers", "firstContent", "idle", "total"].map((name) => [name, "defaults.timeouts"])
  )
})

const AdminEntry = Schema.Struct({
  keys: AdminKeys,
  host: Schema.optionalKey(text("Address of the listener that port opens; by default the gateway's host.")),
  port: Schema.optionalKey(
    whole(0, 65_535, "A listener of its own for the admin paths, which are then nowhere else; 0 picks a port.")
  )
}).annotate({
  description:
    "Who may see and steer the gateway under /admin. Without it only this machine may, and only where callers need no key."
})

const MetricsEntry = Schema.Struct({
  host: Schema.optionalKey(text("Address of the listener; by default the gateway's host.")),
  port: whole(0, 65_535, "A listener of its own for /metrics, which asks for no key; 0 picks a port.")
}).annotate({
  description:
    "Where /metrics is. Without it, it is where the admin paths are, for this machine or with a key of admin.keys."
})

const origin = Schema.String.check(Schema.makeFilter((written) => originProblem(written) ?? true))

/** Settings of requests that people write at the top of the file. */
const requestSettings = Object.keys(steeringFields).filter((name) => name !== "timeouts")

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
  reusePort: Schema.optionalKey(
    flag(
      "Lets several gateways of this machine listen on the port at once, so that one can be replaced while another answers (Linux). REUSE_PORT in the environment wins."
    ).annotate({ default: false })
  ),
  data: Schema.optionalKey(
    text(
      "Folder of the ledger and of the keys that are created, made if it is not there; as seen from this file's folder. DATA in the environment wins. Without it nothing is written to disk."
    ).check(Schema.makeFilter((folder) => folder.trim() !== "" || "must be the name of a folder"))
  ),
  keys: Schema.optionalKey(CallerKeys),
  teams: Schema.optionalKey(
    Schema.Record(Schema.String, TeamEntry).annotate({
      description: "What the keys of a team (keys[].team) may use together, by the team's name."
    })
  ),
  admin: Schema.optionalKey(AdminEntry),
  metrics: Schema.optionalKey(MetricsEntry),
  log: Schema.optionalKey(
    words(
      ["requests", "off"],
      "One line of JSON on standard output for each request, without prompts, or none."
    ).annotate({ default: "requests" })
  ),
  idempotency: Schema.optionalKey(
    Schema.Struct({
      keep: Schema.optionalKey(
        duration("How long an Idempotency-Key is remembered with its request.", defaultIdempotency.keepMs)
      )
    }).annotate({ description: "Requests that carry an Idempotency-Key." })
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
  simulator: Schema.optionalKey(flag("Serves sim/… models. By default only while no provider is configured.")),
  aliases: Schema.optionalKey(
    Schema.Record(Schema.String, Schema.String).annotate({
      description: "Other names of models: fast: openai/gpt-5-nano"
    })
  ),
  models: Schema.optionalKey(
    Schema.Record(Schema.String, Schema.Record(Schema.String, Schema.Unknown)).annotate({
      description: "Facts of models, by provider/name: new ones, or corrections of what the catalog says."
    })
  ),
  defaults: Schema.optionalKey(
    SteeringEntry.annotate({
      description: "How every request is served, where it, its fallbacks and its route say nothing else."
    })
  ),
  routes: Schema.optionalKey(
    Schema.Record(Schema.String, RouteEntry).annotate({
      description: 'Lists of models under one name: the route support is asked for as model: "route/support".'
    })
  ),
  watch: Schema.optionalKey(
    flag("Reads this file again when it changes, as SIGHUP always does.").annotate({ default: false })
  )
}).annotate({ elsewhere: Object.fromEntries(requestSettings.map((name) => [name, "defaults"])) })

/** `gateway.yaml` as written, once its references are replaced. */
export type GatewayFile = typeof GatewayFile.Type

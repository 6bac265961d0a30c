import { Effect } from "effect"
import type { Keys } from "../access/Keys.ts"
import type { Catalog } from "../catalog/Catalog.ts"
import type { Caller } from "../domain/keys/Caller.ts"
import { NotFound } from "../domain/Failure.ts"
import type { Fields } from "../domain/Fields.ts"
import type { Gateway } from "../Gateway.ts"
import { type ChatParts, chatCompletions } from "./chat/ChatCompletions.ts"
import { explainRoute } from "./chat/ExplainRoute.ts"
import { type Exchange, failureReply, jsonReply } from "./Exchange.ts"
import type { StopTimes } from "./listening/Drain.ts"
import type { StopRequest } from "./listening/StopRequest.ts"
import { modelReply, modelsReply } from "./Models.ts"
import { openApi } from "./OpenApi.ts"
import type { OriginRules } from "./Origins.ts"
import { errorVocabulary } from "./Reply.ts"
import { type UsageParts, usageReplies } from "./Usage.ts"

/**
 * What requests are answered with: all that one version of the configuration says. A request keeps that with which it
 * began.
 */
export interface Serving {
  readonly gateway: Gateway["Service"]
  readonly keys: Keys["Service"]
  readonly catalog: Catalog["Service"]
  readonly compatibility: Exchange["compatibility"]
  readonly origins?: OriginRules["origins"]
  readonly limits: ChatParts["limits"]
  readonly patience: ChatParts["patience"]
  readonly stopTimes: StopTimes
  /** Who may see and steer the gateway; absent: this machine, where callers need no key. */
  readonly adminKeys?: Keys["Service"]
}

/** A version in use, with what is made of it once. */
export interface Version {
  readonly serving: Serving
  readonly chat: ChatParts
  readonly rules: OriginRules
}

/** A path and what answers there. */
export interface Route {
  readonly method: "GET" | "POST"
  /**
   * Whether it answers without a gateway key, because nothing there is worth one. AssemblyAI shows its models to all.
   */
  readonly open: boolean | "assemblyai"
  /** What the figures call it, where that is not its path: those that callers write are without number. */
  readonly name?: string
  /** It says itself when an exchange is over; else that is so when its answer is made. */
  readonly tellsItsEnd?: true
  readonly handle: (exchange: Exchange, caller: Caller, version: Version) => Response | Promise<Response>
}

const today = () => new Date().toISOString().slice(0, 10)

/** What the routes need of the process. */
export interface RouteParts extends UsageParts {
  readonly configurationSchema: () => Fields
  readonly stop: StopRequest
  /** Ends with its caller, whose `signal` it is. */
  readonly run: (effect: Effect.Effect<Response>, signal: AbortSignal) => Promise<Response>
}

/** Everything but the admin paths, by path. */
export const routesOf = (parts: RouteParts): ReadonlyMap<string, Route> => {
  const { configurationSchema, stop, run } = parts
  const usageReply = usageReplies(parts)
  return new Map<string, Route>([
    [
      "/v1/chat/completions",
      {
        method: "POST",
        open: false,
        tellsItsEnd: true,
        handle: (exchange, caller, { chat }) => chatCompletions(chat, exchange, caller)
      }
    ],
    [
      "/v1/route/explain",
      { method: "POST", open: false, handle: (exchange, caller, { chat }) => explainRoute(chat, exchange, caller) }
    ],
    [
      "/v1/models",
      {
        method: "GET",
        open: "assemblyai",
        handle: (exchange, caller, { serving }) => modelsReply(exchange, serving.catalog, caller, today())
      }
    ],
    [
      "/v1/usage",
      {
        method: "GET",
        open: false,
        handle: (exchange, caller) => run(usageReply(exchange, caller, Date.now()), exchange.http.signal)
      }
    ],
    ["/v1/errors", { method: "GET", open: true, handle: (exchange) => jsonReply(exchange, errorVocabulary()) }],
    ["/openapi.json", { method: "GET", open: true, handle: (exchange) => jsonReply(exchange, openApi()) }],
    [
      "/gateway.schema.json",
      { method: "GET", open: true, handle: (exchange) => jsonReply(exchange, configurationSchema()) }
    ],
    ["/healthz", { method: "GET", open: true, handle: (exchange) => jsonReply(exchange, { status: "ok" }) }],
    [
      "/readyz",
      {
        method: "GET",
        open: true,
        handle: (exchange) =>
          stop.isAsked ? jsonReply(exchange, { status: "stopping" }, 503) : jsonReply(exchange, { status: "ready" })
      }
    ]
  ])
}

/** `GET /v1/models/{id}`. */
export const oneModel: Route = {
  name: "/v1/models/*",
  method: "GET",
  open: "assemblyai",
  handle: (exchange, caller, { serving }) => modelReply(exchange, serving.catalog, caller, today())
}

/** Where there is nothing. */
export const nowhere: Route = {
  name: "other",
  method: "GET",
  open: true,
  handle: (exchange) => failureReply(exchange, nothingAt(exchange.path))
}

/** What is told of a path that is none, where there are these. */
export const nothingAt = (path: string, routes: ReadonlyMap<string, Route> = new Map()) => {
  // A base URL without /v1, or one that a library has put /v1 behind once more.
  const near = [`/v1${path}`, path.replace(/^\/v1\/v1\//, "/v1/"), path.replace(/\/$/, "")]
  const meant = near.find((one) => routes.has(one))
  const advice = meant === undefined ? "GET /openapi.json lists the paths." : `Did you mean ${meant}?`
  return new NotFound({ message: `There is nothing at ${path}. ${advice}` })
}

import { Cause, Effect, type Fiber, type Scope } from "effect"
import { Keys } from "../access/Keys.ts"
import { Catalog } from "../catalog/Catalog.ts"
import { MethodNotAllowed, NotFound, Unavailable } from "../domain/Failure.ts"
import type { Fields } from "../domain/Fields.ts"
import { Gateway } from "../Gateway.ts"
import { Timers } from "../net/Timers.ts"
import { type ChatParts, chatCompletions } from "./ChatCompletions.ts"
import { Answers } from "./Answers.ts"
import { type Exchange, exchangeOf, failureReply, jsonReply } from "./Exchange.ts"
import { modelReply, modelsReply } from "./Models.ts"
import { openApi } from "./OpenApi.ts"
import { forbidden, type OriginRules, preflight } from "./Origins.ts"
import { errorVocabulary } from "./Reply.ts"

export interface ServerOptions {
  readonly host: string
  /** 0: any free port. */
  readonly port: number
  readonly compatibility: Exchange["compatibility"]
  readonly origins?: OriginRules["origins"]
  readonly limits: ChatParts["limits"]
  readonly patience: ChatParts["patience"]
  /** How long streams may still run once the server stops, in milliseconds. */
  readonly drainMs: number
  /** The JSON Schema of `gateway.yaml`, for editors. */
  readonly configurationSchema: Fields
}

/** A server that listens. */
export interface Listening {
  readonly port: number
  readonly url: string
}

type Handler = (exchange: Exchange) => Response | Promise<Response>

interface Route {
  readonly method: "GET" | "POST"
  /** Answers without a gateway key: nothing here is worth one. */
  readonly open: boolean
  readonly handle: Handler
}

/** Bodies are counted by us (`Body.ts`), because Bun's own refusal has no body; its limit must lie above ours. */
const bunBodyLimit = Number.MAX_SAFE_INTEGER

/** Listens until its scope closes; then lets answers finish, and ends those that take too long. */
export const serve = (
  options: ServerOptions
): Effect.Effect<Listening, Cause.UnknownError, Gateway | Keys | Catalog | Scope.Scope> =>
  Effect.gen(function* () {
    const gateway = yield* Gateway
    const keys = yield* Keys
    const catalog = yield* Catalog
    const timers = yield* Timers
    const context = yield* Effect.context<never>()
    const runFork = Effect.runForkWith(context)
    const answers = new Answers(timers)
    let draining = false

    const run = <A, E>(effect: Effect.Effect<A, E>): Fiber.Fiber<A, E> => answers.add(runFork(effect))
    const report = (requestId: string, cause: Cause.Cause<unknown>): void => {
      runFork(Effect.logError(`request ${requestId} failed inside the gateway`, cause))
    }
    const chat: ChatParts = { gateway, timers, patience: options.patience, limits: options.limits, run, report }
    const origins: OriginRules = {
      localOnly: !keys.required,
      ...(options.origins === undefined ? {} : { origins: options.origins })
    }
    const today = () => new Date().toISOString().slice(0, 10)
    const dialect = options.compatibility
    const modelsOpen = dialect === "assemblyai"

    const routes: ReadonlyMap<string, Route> = new Map<string, Route>([
      ["/v1/chat/completions", { method: "POST", open: false, handle: (exchange) => chatCompletions(chat, exchange) }],
      [
        "/v1/models",
        { method: "GET", open: modelsOpen, handle: (exchange) => modelsReply(exchange, catalog, today()) }
      ],
      ["/v1/errors", { method: "GET", open: true, handle: (exchange) => jsonReply(exchange, errorVocabulary()) }],
      ["/openapi.json", { method: "GET", open: true, handle: (exchange) => jsonReply(exchange, openApi()) }],
      [
        "/gateway.schema.json",
        { method: "GET", open: true, handle: (exchange) => jsonReply(exchange, options.configurationSchema) }
      ],
      ["/healthz", { method: "GET", open: true, handle: (exchange) => jsonReply(exchange, { status: "ok" }) }],
      [
        "/readyz",
        {
          method: "GET",
          open: true,
          handle: (exchange) => jsonReply(exchange, { status: draining ? "stopping" : "ready" }, draining ? 503 : 200)
        }
      ]
    ])
    const oneModel: Route = {
      method: "GET",
      open: modelsOpen,
      handle: (exchange) => modelReply(exchange, catalog, today())
    }
    const routeOf = (path: string): Route | undefined =>
      routes.get(path) ?? (path.startsWith("/v1/models/") ? oneModel : undefined)

    const answer = (http: Request): Response | Promise<Response> => {
      const exchange = exchangeOf(http, pathOf(http.url), origins, dialect)
      const refused = forbidden(http.headers, origins)
      if (refused !== undefined) return failureReply(exchange, refused)
      const route = routeOf(exchange.path)
      if (http.method === "OPTIONS") {
        const allowed = preflight(http.headers, origins)
        if (allowed !== undefined) return allowed
      }
      if (route === undefined) {
        return failureReply(
          exchange,
          new NotFound({ message: `There is nothing at ${exchange.path}. GET /openapi.json lists the paths.` })
        )
      }
      if (http.method !== route.method && !(http.method === "HEAD" && route.method === "GET")) {
        const message = `${exchange.path} takes ${route.method}, not ${http.method}.`
        return failureReply(exchange, new MethodNotAllowed({ message, allow: route.method }))
      }
      if (!route.open) {
        const caller = keys.find(http.headers.get("authorization"))
        if (caller._tag === "Failure") return failureReply(exchange, caller.failure)
        if (draining) return failureReply(exchange, new Unavailable({ message: "The gateway is stopping; try again." }))
      }
      return route.handle(exchange)
    }

    const server = yield* Effect.acquireRelease(
      Effect.try(() =>
        Bun.serve({
          hostname: options.host,
          port: options.port,
          // Bun would cut a stream that is silent for ten seconds; our own timers and comments are the limit.
          idleTimeout: 0,
          maxRequestBodySize: bunBodyLimit,
          fetch: answer,
          error: (error) => {
            report("unknown", Cause.die(error))
            const body = {
              error: {
                message: "The gateway failed to answer this request.",
                type: "server_error",
                param: null,
                code: "internal_error"
              }
            }
            return Response.json(body, { status: 500 })
          }
        })
      ),
      (server) =>
        Effect.gen(function* () {
          draining = true
          // No new connections; those that are open end with their answers.
          void server.stop(false)
          yield* answers.ended(options.drainMs)
          yield* Effect.promise(() => server.stop(true))
        })
    )
    const port = server.port ?? options.port
    return { port, url: `http://${options.host.includes(":") ? `[${options.host}]` : options.host}:${port}` }
  })

/** The path of an absolute address, without its query; parsing the whole address costs more than the rest of the routing. */
const pathOf = (url: string): string => {
  const from = url.indexOf("/", url.indexOf("//") + 2)
  if (from < 0) return "/"
  const query = url.indexOf("?", from)
  return query < 0 ? url.slice(from) : url.slice(from, query)
}

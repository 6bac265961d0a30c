import { Cause, Console, Data, Effect, type Scope } from "effect"
import { type Caller, Keys } from "../access/Keys.ts"
import { Catalog } from "../catalog/Catalog.ts"
import { MethodNotAllowed, NotFound, Unavailable } from "../domain/Failure.ts"
import type { Fields } from "../domain/Fields.ts"
import { Gateway } from "../Gateway.ts"
import { Timers, type TimersService } from "../net/Timers.ts"
import { type ChatParts, chatCompletions } from "./chat/ChatCompletions.ts"
import { explainRoute } from "./chat/ExplainRoute.ts"
import { Answers } from "./Answers.ts"
import { Exchange, failureReply, jsonReply } from "./Exchange.ts"
import { modelReply, modelsReply } from "./Models.ts"
import { openApi } from "./OpenApi.ts"
import { forbidden, type OriginRules, preflight } from "./Origins.ts"
import { errorVocabulary } from "./Reply.ts"
import { shutdownWarnings } from "./ShutdownWarnings.ts"

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

/** The address could not be listened on. */
export class CannotListen extends Data.TaggedError("CannotListen")<{ readonly message: string }> {}

/** A server that listens. */
export interface Listening {
  readonly port: number
  readonly url: string
}

type Handler = (exchange: Exchange, caller: Caller) => Response | Promise<Response>

interface Route {
  readonly method: "GET" | "POST"
  /** Answers without a gateway key: nothing here is worth one. */
  readonly open: boolean
  readonly handle: Handler
}

/** Who asks where no key is asked for. */
const nobody: Caller = { name: "" }

const waiting = (count: number, drainMs: number): string =>
  `Stopping: ${count} ${count === 1 ? "answer is" : "answers are"} still under way and may take ${drainMs / 1000} seconds; asked again (Ctrl-C), the gateway ends them at once.`

/** How long answers that are ended have to tell their callers so, in milliseconds. */
const lastWordsMs = 500

/** Bodies are counted by us (`Body.ts`), because Bun's own refusal has no body; its limit must lie above ours. */
const bunBodyLimit = Number.MAX_SAFE_INTEGER

/** Listens until its scope closes; then lets answers finish, and ends those that take too long. */
export const serve = (
  options: ServerOptions
): Effect.Effect<Listening, CannotListen, Gateway | Keys | Catalog | Scope.Scope> =>
  Effect.gen(function* () {
    const gateway = yield* Gateway
    const keys = yield* Keys
    const catalog = yield* Catalog
    const timers = yield* Timers
    const context = yield* Effect.context<never>()
    const runFork = Effect.runForkWith(context)
    const answers = new Answers()
    let draining = false

    const run: ChatParts["run"] = (effect, onExit) => answers.add(runFork(effect), onExit)
    const report = (requestId: string, cause: Cause.Cause<unknown>): void => {
      runFork(Effect.logError(`request ${requestId} failed inside the gateway`, cause))
    }
    const chat: ChatParts = {
      gateway,
      timers,
      patience: options.patience,
      limits: options.limits,
      shutdownWarning: shutdownWarnings(),
      run,
      report
    }
    const origins: OriginRules = {
      localOnly: !keys.required,
      ...(options.origins === undefined ? {} : { origins: options.origins })
    }
    const today = () => new Date().toISOString().slice(0, 10)
    const dialect = options.compatibility
    const modelsOpen = dialect === "assemblyai"

    const routes: ReadonlyMap<string, Route> = new Map<string, Route>([
      [
        "/v1/chat/completions",
        { method: "POST", open: false, handle: (exchange, caller) => chatCompletions(chat, exchange, caller) }
      ],
      [
        "/v1/route/explain",
        { method: "POST", open: false, handle: (exchange, caller) => explainRoute(chat, exchange, caller) }
      ],
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
      const exchange = new Exchange(http, pathOf(http.url), origins, dialect)
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
      if (route.open) return route.handle(exchange, nobody)
      const caller = keys.find(http.headers.get("authorization"))
      if (caller._tag === "Failure") return failureReply(exchange, caller.failure)
      if (draining) return failureReply(exchange, new Unavailable({ message: "The gateway is stopping; try again." }))
      return route.handle(exchange, caller.success)
    }

    const server = yield* Effect.acquireRelease(
      Effect.try({
        catch: (error) => cannotListen(options, error),
        try: () =>
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
      }),
      (server) =>
        Effect.gen(function* () {
          draining = true
          const hurry = () => answers.interrupt()
          if (answers.size > 0) yield* Console.error(waiting(answers.size, options.drainMs))
          process.once("SIGINT", hurry).once("SIGTERM", hurry)
          // No new connections; settles once every answer is on its way, which is later than its fiber's end.
          const stopped = server.stop(false)
          yield* within(timers, options.drainMs, stopped)
          answers.interrupt()
          yield* within(timers, lastWordsMs, stopped)
          yield* Effect.promise(() => server.stop(true))
          process.off("SIGINT", hurry).off("SIGTERM", hurry)
        })
    )
    const port = server.port ?? options.port
    return { port, url: `http://${authority(options.host, port)}` }
  })

const authority = (host: string, port: number): string => `${host.includes(":") ? `[${host}]` : host}:${port}`

/** Waits for a promise, at most `ms` milliseconds. */
const within = (timers: TimersService, ms: number, promise: Promise<void>): Effect.Effect<void> =>
  Effect.callback((resume) => {
    const cancel = timers.after(ms, () => resume(Effect.void))
    void promise.then(() => {
      cancel()
      resume(Effect.void)
    })
  })

/** The system's reasons for refusing an address, in words. */
const listenReasons: Readonly<Record<string, string>> = {
  EADDRINUSE: "another program listens there; stop it, or set another PORT (0 picks a free one)",
  EADDRNOTAVAIL: "this machine has no such address; set another HOST",
  EACCES: "this user may not; take a PORT above 1023"
}

const cannotListen = ({ host, port }: ServerOptions, error: unknown): CannotListen => {
  const code = typeof error === "object" && error !== null && "code" in error ? String(error.code) : "unknown"
  const reason = Object.hasOwn(listenReasons, code) ? listenReasons[code] : code
  return new CannotListen({ message: `The gateway cannot listen on ${authority(host, port)}: ${reason}.` })
}

/** The path of an absolute address, without its query; parsing the whole address costs more than the rest of the routing. */
const pathOf = (url: string): string => {
  // Without a Host header (HTTP/1.0) there is no address but the path.
  const from = url.startsWith("/") ? 0 : url.indexOf("/", url.indexOf("//") + 2)
  if (from < 0) return "/"
  const query = url.indexOf("?", from)
  return query < 0 ? url.slice(from) : url.slice(from, query)
}

import { type Cause, Effect, type Scope } from "effect"
import type { Caller, Keys } from "../access/Keys.ts"
import type { Catalog } from "../catalog/Catalog.ts"
import { MethodNotAllowed, NotFound, Unavailable } from "../domain/Failure.ts"
import type { Fields } from "../domain/Fields.ts"
import type { Gateway } from "../Gateway.ts"
import { Timers } from "../net/Timers.ts"
import { Admin, type AdminKnowledge, isAdminPath } from "./admin/Admin.ts"
import { Answers } from "./Answers.ts"
import { type ChatParts, chatCompletions } from "./chat/ChatCompletions.ts"
import { explainRoute } from "./chat/ExplainRoute.ts"
import { Exchange, failureReply, jsonReply } from "./Exchange.ts"
import { drain, type StopTimes } from "./listening/Drain.ts"
import { type CannotListen, listen, type Listener } from "./listening/Listener.ts"
import { StopRequest } from "./listening/StopRequest.ts"
import { modelReply, modelsReply } from "./Models.ts"
import { openApi } from "./OpenApi.ts"
import { forbidden, type OriginRules, preflight } from "./Origins.ts"
import { errorVocabulary } from "./Reply.ts"
import { shutdownWarnings } from "./ShutdownWarnings.ts"

/** What a server is for as long as its process lives. */
export interface ServerOptions {
  readonly host: string
  /** 0: any free port. */
  readonly port: number
  /** Other processes may listen there too; the kernel deals the connections out. */
  readonly reusePort?: boolean
  /** Where the admin paths are when they are not here. */
  readonly adminListener?: { readonly host: string; readonly port: number }
  readonly knowledge: AdminKnowledge
  /** Told when the process is asked to stop, before the scope closes. */
  readonly stop?: StopRequest
  /** The JSON Schema of `gateway.yaml`, for editors. */
  readonly configurationSchema: Fields
}

/** What requests are answered with: all that one version of the configuration says. A request keeps that with which it began. */
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

/** A server that listens. */
export interface Listening extends Pick<Listener, "port" | "url"> {
  /** The address of the admin paths when they have a listener of their own. */
  readonly adminUrl: string | undefined
  /** Answers the requests that come from now on with another version of the configuration. */
  readonly use: (serving: Serving) => void
}

/** A version in use, with what is made of it once. */
interface Version {
  readonly serving: Serving
  readonly chat: ChatParts
  readonly rules: OriginRules
}

interface Route {
  readonly method: "GET" | "POST"
  /** Whether it answers without a gateway key, because nothing there is worth one. AssemblyAI shows its models to all. */
  readonly open: boolean | "assemblyai"
  readonly handle: (exchange: Exchange, caller: Caller, version: Version) => Response | Promise<Response>
}

/** Who asks where no key is asked for. */
const nobody: Caller = { name: "" }

const today = () => new Date().toISOString().slice(0, 10)

/** Listens until its scope closes; then lets answers finish, and ends those that take too long. */
export const serve = (options: ServerOptions, first: Serving): Effect.Effect<Listening, CannotListen, Scope.Scope> =>
  Effect.gen(function* () {
    const timers = yield* Timers
    const context = yield* Effect.context<never>()
    const runFork = Effect.runForkWith(context)
    const answers = new Answers()
    const { stop = new StopRequest() } = options
    let lastRequestAt = 0

    const run: ChatParts["run"] = (effect, onExit) => answers.add(runFork(effect), onExit)
    const report = (requestId: string, cause: Cause.Cause<unknown>): void => {
      runFork(Effect.logError(`request ${requestId} failed inside the gateway`, cause))
    }
    const versionOf = (serving: Serving): Version => {
      const { gateway, keys, patience, limits, origins } = serving
      return {
        serving,
        chat: { gateway, timers, patience, limits, shutdownWarning: shutdownWarnings(), run, report },
        rules: { localOnly: !keys.required, ...(origins === undefined ? {} : { origins }) }
      }
    }
    let version = versionOf(first)

    const routes = routesOf(options.configurationSchema, stop)
    const admin = new Admin(options.knowledge, report)
    const answerAdmin = (http: Request, path: string) => {
      const { serving, rules } = version
      // The admin paths speak one dialect, whatever callers speak.
      const exchange = new Exchange(http, path, rules, "openai", stop)
      // A listener of its own may be reached from other machines; without keys it answers nobody.
      const needsKeys = serving.keys.required || options.adminListener !== undefined
      return admin.answer(exchange, { keys: serving.adminKeys, callersNeedKeys: needsKeys })
    }

    const answer = (http: Request): Response | Promise<Response> => {
      const current = version
      const { serving, rules } = current
      const exchange = new Exchange(http, pathOf(http.url), rules, serving.compatibility, stop)
      lastRequestAt = exchange.receivedAt
      const route = routes.get(exchange.path) ?? (exchange.path.startsWith("/v1/models/") ? oneModel : undefined)
      if (route === undefined && options.adminListener === undefined && isAdminPath(exchange.path)) {
        return answerAdmin(http, exchange.path)
      }
      const refused = forbidden(http.headers, rules)
      if (refused !== undefined) return failureReply(exchange, refused)
      if (http.method === "OPTIONS") {
        const allowed = preflight(http.headers, rules)
        if (allowed !== undefined) return allowed
      }
      if (route === undefined) return failureReply(exchange, nothingAt(exchange.path))
      if (http.method !== route.method && !(http.method === "HEAD" && route.method === "GET")) {
        const message = `${exchange.path} takes ${route.method}, not ${http.method}.`
        return failureReply(exchange, new MethodNotAllowed({ message, allow: route.method }))
      }
      if (route.open === true || route.open === serving.compatibility) return route.handle(exchange, nobody, current)
      const caller = serving.keys.find(http.headers.get("authorization"))
      if (caller._tag === "Failure") return failureReply(exchange, caller.failure)
      if (stop.isOver)
        return failureReply(exchange, new Unavailable({ message: "The gateway is stopping; try again." }))
      return route.handle(exchange, caller.success, current)
    }

    // Before the other one, so that it closes after it: it can be watched how that stops.
    const ownAdmin =
      options.adminListener === undefined
        ? undefined
        : yield* Effect.acquireRelease(
            listen({
              ...options.adminListener,
              reusePort: false,
              report,
              answer: (http) => answerAdmin(http, pathOf(http.url))
            }),
            ({ server }) => Effect.promise(() => server.stop(true))
          )
    const { host, port, reusePort = false } = options
    const listener = yield* Effect.acquireRelease(listen({ host, port, reusePort, report, answer }), ({ server }) => {
      const { stopTimes } = version.serving
      const last = () => lastRequestAt
      return drain({ server, stop, answers, timers, times: stopTimes, sharesPort: reusePort, lastRequestAt: last })
    })
    return {
      port: listener.port,
      url: listener.url,
      adminUrl: ownAdmin?.url,
      use: (serving) => {
        version = versionOf(serving)
      }
    }
  })

const routesOf = (configurationSchema: Fields, stop: StopRequest): ReadonlyMap<string, Route> =>
  new Map<string, Route>([
    [
      "/v1/chat/completions",
      { method: "POST", open: false, handle: (exchange, caller, { chat }) => chatCompletions(chat, exchange, caller) }
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
        handle: (exchange, _caller, { serving }) => modelsReply(exchange, serving.catalog, today())
      }
    ],
    ["/v1/errors", { method: "GET", open: true, handle: (exchange) => jsonReply(exchange, errorVocabulary()) }],
    ["/openapi.json", { method: "GET", open: true, handle: (exchange) => jsonReply(exchange, openApi()) }],
    [
      "/gateway.schema.json",
      { method: "GET", open: true, handle: (exchange) => jsonReply(exchange, configurationSchema) }
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

const oneModel: Route = {
  method: "GET",
  open: "assemblyai",
  handle: (exchange, _caller, { serving }) => modelReply(exchange, serving.catalog, today())
}

const nothingAt = (path: string) =>
  new NotFound({ message: `There is nothing at ${path}. GET /openapi.json lists the paths.` })

/** The path of an absolute address, without its query; parsing the whole address costs more than the rest of the routing. */
const pathOf = (url: string): string => {
  // Without a Host header (HTTP/1.0) there is no address but the path.
  const from = url.startsWith("/") ? 0 : url.indexOf("/", url.indexOf("//") + 2)
  if (from < 0) return "/"
  const query = url.indexOf("?", from)
  return query < 0 ? url.slice(from) : url.slice(from, query)
}

import { type Cause, Effect, type Scope } from "effect"
import type { Idempotency } from "../access/Idempotency.ts"
import type { Limits } from "../access/Limits.ts"
import type { Caller } from "../domain/keys/Caller.ts"
import { MethodNotAllowed, Unavailable } from "../domain/Failure.ts"
import type { Fields } from "../domain/Fields.ts"
import type { Reports } from "../ledger/reports/Reports.ts"
import { Timers } from "../net/Timers.ts"
import { TurnEnd } from "../net/TurnEnd.ts"
import type { Telemetry } from "../telemetry/Telemetry.ts"
import { Admin, type AdminKnowledge, type AdminRules, refusal } from "./admin/Admin.ts"
import { isAdminPath } from "./admin/AdminPaths.ts"
import { Answers } from "./Answers.ts"
import type { ChatParts } from "./chat/ChatCompletions.ts"
import { Exchange, failureReply } from "./Exchange.ts"
import { drain } from "./listening/Drain.ts"
import { type CannotListen, listen, type Listener } from "./listening/Listener.ts"
import { StopRequest } from "./listening/StopRequest.ts"
import { metricsReply } from "./admin/Metrics.ts"
import { forbidden, preflight } from "./Origins.ts"
import { nothingAt, nowhere, oneModel, type Route, routesOf, type Serving, type Version } from "./Routes.ts"
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
  /** Where the figures are when they are not here. */
  readonly metricsListener?: { readonly host: string; readonly port: number }
  readonly knowledge: AdminKnowledge
  /** Told when the process is asked to stop, before the scope closes. */
  readonly stop?: StopRequest
  readonly telemetry: Telemetry["Service"]
  readonly idempotency: Idempotency["Service"]
  /** What callers may use; the gateway itself asks it for what goes to providers. */
  readonly admission: Pick<Limits["Service"], "enter" | "headersOf">
  /** What was used and what it cost; absent where no ledger is kept. */
  readonly reports: Reports["Service"] | undefined
  /** The JSON Schema of `gateway.yaml`, for editors. */
  readonly configurationSchema: () => Fields
}

/** A server that listens. */
export interface Listening extends Pick<Listener, "port" | "url"> {
  /** The address of the admin paths when they have a listener of their own. */
  readonly adminUrl: string | undefined
  /** The same of the figures. */
  readonly metricsUrl: string | undefined
  /** Answers the requests that come from now on with another version of the configuration. */
  readonly use: (serving: Serving) => void
}

const modelsPath = "/v1/models/"
const metricsPath = "/metrics"

/** Who asks where no key is asked for. */
const nobody: Caller = { keyId: "", name: "", tags: [], quotas: [] }

/** Listens until its scope closes; then lets answers finish, and ends those that take too long. */
export const serve = (options: ServerOptions, first: Serving): Effect.Effect<Listening, CannotListen, Scope.Scope> =>
  Effect.gen(function* () {
    const timers = yield* Timers
    const context = yield* Effect.context<never>()
    const runFork = Effect.runForkWith(context)
    const runPromise = Effect.runPromiseWith(context)
    const answers = new Answers()
    const turnEnd = new TurnEnd()
    const { stop = new StopRequest(), telemetry, idempotency } = options
    let lastRequestAt = 0

    const run: ChatParts["run"] = (effect, onExit) => answers.add(runFork(effect), onExit)
    const ended = (exchange: Exchange): void => telemetry.ended(exchange.end(exchange.path))
    const report = (requestId: string, cause: Cause.Cause<unknown>): void => {
      runFork(Effect.logError(`request ${requestId} failed inside the gateway`, cause))
    }
    const versionOf = (serving: Serving): Version => {
      const { gateway, keys, patience, limits, origins } = serving
      return {
        serving,
        chat: {
          gateway,
          timers,
          turnEnd,
          patience,
          limits,
          idempotency,
          shutdownWarning: shutdownWarnings(),
          run,
          ended,
          report
        },
        rules: {
          // The first key can be made while the gateway runs.
          get localOnly() {
            return !keys.required
          },
          ...(origins === undefined ? {} : { origins })
        }
      }
    }
    let version = versionOf(first)

    const routes = routesOf({ ...options, stop, run: (effect, signal) => runPromise(effect, { signal }) })
    const admin = new Admin(options.knowledge, report, timers)
    /** Who may see and steer the gateway. */
    const adminRules = ({ serving }: Version): AdminRules => ({
      keys: serving.adminKeys,
      // A listener of its own may be reached from other machines; without keys it answers nobody.
      callersNeedKeys: serving.keys.required || options.adminListener !== undefined
    })
    const exchangeOf = (http: Request, path: string, { rules }: Version, dialect: Exchange["compatibility"]) => {
      telemetry.began()
      return new Exchange(http, path, rules, dialect, stop, telemetry.sampler)
    }
    const answerAdmin = (http: Request, path: string) => {
      // The admin paths speak one dialect, whatever callers speak.
      const exchange = exchangeOf(http, path, version, "openai")
      return told("/admin/*", exchange, admin.answer(exchange, adminRules(version)))
    }
    /** The figures, for whoever may see the admin paths. */
    const answerMetrics = (exchange: Exchange, current: Version) => {
      const refused = refusal(exchange, adminRules(current))
      const made = refused === undefined ? metricsReply(exchange, telemetry) : failureReply(exchange, refused)
      return told(metricsPath, exchange, made)
    }
    const hasMetrics = (path: string): boolean => path === metricsPath && options.metricsListener === undefined

    const answer = (http: Request, server: Bun.Server<undefined>): Response | Promise<Response> => {
      const current = version
      const path = pathOf(http.url)
      lastRequestAt = performance.now()
      if (options.adminListener === undefined && isAdminPath(path)) return answerAdmin(http, path)
      const exchange = exchangeOf(http, path, current, current.serving.compatibility)
      if (hasMetrics(path) && options.adminListener === undefined) return answerMetrics(exchange, current)
      const route = routes.get(path) ?? (path.startsWith(modelsPath) ? oneModel : nowhere)
      const name = route.name ?? path
      const caller = callerOf(exchange, route, current)
      if (caller instanceof Response) return told(name, exchange, caller)
      exchange.caller = caller
      // Bodies and answers have time limits of their own, and may be silent for longer than a connection may be that
      // nobody uses.
      if (route.method === "POST") server.timeout(http, 0)
      const response = handled(name, route, exchange, caller, current)
      return route.tellsItsEnd === true ? response : told(name, exchange, response)
    }

    const handled = (name: string, route: Route, exchange: Exchange, caller: Caller, current: Version) => {
      try {
        return route.handle(exchange, caller, current)
      } catch (error) {
        return broken(name, exchange, error)
      }
    }

    /** An answer that is over when it is made. */
    const told = (
      route: string,
      exchange: Exchange,
      response: Response | Promise<Response>
    ): Response | Promise<Response> => {
      if (response instanceof Promise) {
        const made = (done: Response) => told(route, exchange, done)
        return response.then(made, (error: unknown) => broken(route, exchange, error))
      }
      telemetry.ended(exchange.end(route, response.status))
      return response
    }

    /** A fault of ours, which whoever called answers with a 500; or a caller who left in the middle of its body. */
    const broken = (route: string, exchange: Exchange, error: unknown): never => {
      telemetry.ended(exchange.http.signal.aborted ? exchange.end(route) : exchange.end(route, 500))
      throw error
    }

    /** Who asks, or the answer to somebody who may not. */
    const callerOf = (exchange: Exchange, route: Route, { serving, rules }: Version): Response | Caller => {
      const { http } = exchange
      const refused = forbidden(http.headers, rules)
      if (refused !== undefined) return failureReply(exchange, refused)
      if (http.method === "OPTIONS") {
        const allowed = preflight(http.headers, rules)
        if (allowed !== undefined) return allowed
      }
      if (route === nowhere) return failureReply(exchange, nothingAt(exchange.path, routes))
      if (http.method !== route.method && !(http.method === "HEAD" && route.method === "GET")) {
        const message = `${exchange.path} takes ${route.method}, not ${http.method}.`
        return failureReply(exchange, new MethodNotAllowed({ message, allow: route.method }))
      }
      if (route.open === true || route.open === serving.compatibility) return nobody
      const caller = serving.keys.find(http.headers.get("authorization"))
      if (caller._tag === "Failure") return failureReply(exchange, caller.failure)
      if (!stop.isOver) return caller.success
      return failureReply(exchange, new Unavailable({ message: "The gateway is stopping; try again." }))
    }

    /**
     * A listener for some paths alone. Made before the gateway's own, so that it closes after it: it can be watched how
     * that stops.
     */
    const apart = (where: ServerOptions["adminListener"], answer: (http: Request) => Response | Promise<Response>) =>
      where === undefined
        ? Effect.void
        : Effect.acquireRelease(listen({ ...where, reusePort: false, report, answer }), ({ server }) =>
            Effect.promise(() => server.stop(true))
          )
    const ownAdmin = yield* apart(options.adminListener, (http) => {
      const path = pathOf(http.url)
      if (!hasMetrics(path)) return answerAdmin(http, path)
      return answerMetrics(exchangeOf(http, path, version, "openai"), version)
    })
    const ownMetrics = yield* apart(options.metricsListener, (http) => {
      const path = pathOf(http.url)
      // Whoever looks at the figures is not in them.
      if (path === metricsPath) return metricsReply(new Exchange(http, path, version.rules, "openai", stop), telemetry)
      const exchange = exchangeOf(http, path, version, "openai")
      return told("other", exchange, failureReply(exchange, nothingAt(path)))
    })

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
      metricsUrl: ownMetrics?.url,
      use: (serving) => {
        version = versionOf(serving)
      }
    }
  })

/**
 * The path of an absolute address, without its query; parsing the whole address costs more than the rest of the
 * routing.
 */
const pathOf = (url: string): string => {
  // Without a Host header (HTTP/1.0) there is no address but the path.
  const from = url.startsWith("/") ? 0 : url.indexOf("/", url.indexOf("//") + 2)
  if (from < 0) return "/"
  const query = url.indexOf("?", from)
  return query < 0 ? url.slice(from) : url.slice(from, query)
}

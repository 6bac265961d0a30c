import { Cause, Result } from "effect"
import type { Keys } from "../../access/Keys.ts"
import {
  type Failure,
  failureKinds,
  type FailureTag,
  Forbidden,
  Internal,
  MethodNotAllowed,
  NotFound,
  TooLarge,
  TooSlow,
  UnknownKey
} from "../../domain/Failure.ts"
import { asText, objectOf, parseJson } from "../../domain/Fields.ts"
import type { Reports } from "../../ledger/reports/Reports.ts"
import type { TimersService } from "../../net/Timers.ts"
import { readText } from "../Body.ts"
import type { ChatParts } from "../chat/ChatCompletions.ts"
import { type Exchange, failureReply } from "../Exchange.ts"
import { forbidden } from "../Origins.ts"
import type { ConfigurationView } from "./AdminApi.ts"
import { documentPath, isAdminPath } from "./AdminPaths.ts"
import type { KeyKnowledge } from "./KeysDesk.ts"
import type { TargetKnowledge } from "./TargetsView.ts"

/** What the admin plane can tell and steer. */
export interface AdminKnowledge extends TargetKnowledge {
  readonly configuration: () => typeof ConfigurationView.Type
  /** Absent where no ledger is kept. */
  readonly reports: Reports["Service"] | undefined
  /** Absent where no keys are kept. */
  readonly keys: KeyKnowledge | undefined
}

/** Who may see it. */
export interface AdminRules {
  /** Absent: this machine, and only where callers need no key either. */
  readonly keys: Keys["Service"] | undefined
  readonly callersNeedKeys: boolean
}

/** A key with all its tags, models and tools is a few kilobytes. */
const mostBytes = 64 * 1024
/** Milliseconds for it to come. */
const withinMs = 10_000

/** What may be done where; other paths are passed on, to be answered that there is nothing. */
const methods: ReadonlyArray<readonly [path: RegExp, taken: ReadonlyArray<"GET" | "POST">]> = [
  [/^\/admin\/keys$/, ["GET", "POST"]],
  [/^\/admin\/keys\/[^/]+\/(?:rotate|disable)$/, ["POST"]],
  [/^/, ["GET"]]
]

const methodsAt = (path: string): ReadonlyArray<string> => methods.find(([of]) => of.test(path))?.[1] ?? []

/**
 * The admin plane's door: says who may enter. What is behind it is made when somebody does, for most processes never
 * need it.
 */
export class Admin {
  readonly #knowledge: AdminKnowledge
  readonly #report: ChatParts["report"]
  readonly #timers: TimersService
  #handler: Promise<(request: Request) => Promise<Response>> | undefined

  constructor(knowledge: AdminKnowledge, report: ChatParts["report"], timers: TimersService) {
    this.#knowledge = knowledge
    this.#report = report
    this.#timers = timers
  }

  answer(exchange: Exchange, rules: AdminRules): Response | Promise<Response> {
    const { http, path } = exchange
    const refused = refusal(exchange, rules)
    if (refused !== undefined) return failureReply(exchange, refused)
    if (!isAdminPath(path)) return failureReply(exchange, nothingAt(path))
    const taken = methodsAt(path)
    const method = http.method === "HEAD" ? "GET" : http.method
    if (!taken.includes(method)) {
      const message = `${path} takes ${taken.join(" or ")}, not ${http.method}.`
      return failureReply(exchange, new MethodNotAllowed({ message, allow: taken.join(", ") }))
    }
    return this.#pass(exchange, method)
  }

  async #pass(exchange: Exchange, method: string): Promise<Response> {
    try {
      const bounds = { maxBytes: mostBytes, withinMs, timers: this.#timers }
      const text = method === "POST" ? await readText(exchange.http, bounds) : undefined
      if (text !== undefined && typeof text !== "string") return failureReply(exchange, withoutSetting(text))
      this.#handler ??= import("./AdminHandler.ts").then(({ makeHandler }) => makeHandler(this.#knowledge))
      const handler = await this.#handler
      return await this.#tell(exchange, await handler(requestInside(exchange, method, text)))
    } catch (error) {
      // Whoever has left in the middle of its body is no fault of ours.
      if (exchange.http.signal.aborted) throw error
      return this.#fail(exchange, error)
    }
  }

  async #tell(exchange: Exchange, response: Response): Promise<Response> {
    const { status } = response
    const body = await response.text()
    const told = status < 400 ? undefined : objectOf(objectOf(parseJson(body))["error"])
    const failure = asText(told?.["class"])
    // What has no envelope was not answered by a handler of ours.
    if (told !== undefined && !isFailureTag(failure)) {
      if (status === 404) return failureReply(exchange, nothingAt(exchange.path))
      return this.#fail(exchange, `the admin plane answered ${status}`)
    }
    const headers = exchange.headers(response.headers.get("content-type") ?? "application/json")
    headers["cache-control"] = "no-store"
    for (const name of ["retry-after", "x-should-retry"]) {
      const value = response.headers.get(name)
      if (value !== null) headers[name] = value
    }
    return exchange.respond(body, headers, status, isFailureTag(failure) ? failure : undefined)
  }

  #fail(exchange: Exchange, error: unknown): Response {
    this.#report(exchange.requestId, Cause.die(error))
    return failureReply(exchange, new Internal({ message: "The gateway failed to answer; its log has more." }))
  }
}

/** The request as the handlers see it: nothing of the caller's headers goes inside. */
const requestInside = ({ http, path, requestId }: Exchange, method: string, text: string | undefined): Request => {
  const query = http.url.indexOf("?")
  return new Request(`http://admin${path}${query < 0 ? "" : http.url.slice(query)}`, {
    method,
    headers: { "x-request-id": requestId, "content-type": "application/json" },
    ...(text === undefined ? {} : { body: text })
  })
}

const isFailureTag = (name: string | undefined): name is FailureTag =>
  name !== undefined && Object.hasOwn(failureKinds, name)

/** The limits of these bodies are no settings. */
const withoutSetting = (failure: Failure): Failure => {
  if (failure._tag === "TooLarge") return new TooLarge({ message: `The body is larger than ${mostBytes} bytes.` })
  if (failure._tag !== "TooSlow") return failure
  return new TooSlow({ message: `The body did not arrive within ${withinMs / 1000} seconds.` })
}

/** Why the admin plane answers somebody with nothing else. */
export const refusal = ({ http, path }: Exchange, { keys, callersNeedKeys }: AdminRules) => {
  // Whoever may call from a page may still not steer from there.
  if (http.headers.get("origin") !== null) return new Forbidden({ message: "Web pages may not see the admin paths." })
  if (keys === undefined && callersNeedKeys) return unset()
  const refused = forbidden(http.headers, { localOnly: keys === undefined })
  if (refused !== undefined || keys === undefined || path === documentPath) return refused
  return Result.isSuccess(keys.find(http.headers.get("authorization"))) ? undefined : unknown()
}

const unset = () =>
  new Forbidden({
    message:
      'This gateway has keys for callers and none for /admin. List one under admin.keys in gateway.yaml (admin: { keys: ["${ADMIN_KEY}"] }); it must not be a key of callers.'
  })

const unknown = () =>
  new UnknownKey({
    message:
      "Incorrect or missing admin key. Send one of admin.keys as `Authorization: Bearer KEY`; callers' keys are not taken here."
  })

const nothingAt = (path: string) =>
  new NotFound({ message: `There is nothing at ${path}. GET ${documentPath} lists the paths.` })

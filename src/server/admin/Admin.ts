import { Cause, Result } from "effect"
import type { Keys } from "../../access/Keys.ts"
import { Forbidden, Internal, MethodNotAllowed, NotFound, UnknownKey } from "../../domain/Failure.ts"
import type { ChatParts } from "../chat/ChatCompletions.ts"
import { type Exchange, failureReply } from "../Exchange.ts"
import { forbidden } from "../Origins.ts"
import type { ConfigurationView } from "./AdminApi.ts"
import type { TargetKnowledge } from "./TargetsView.ts"

/** What the admin plane can tell. */
export interface AdminKnowledge extends TargetKnowledge {
  readonly configuration: () => typeof ConfigurationView.Type
}

/** Who may see it. */
export interface AdminRules {
  /** Absent: this machine, and only where callers need no key either. */
  readonly keys: Keys["Service"] | undefined
  readonly callersNeedKeys: boolean
}

/** Whether a path belongs to the admin plane. */
export const isAdminPath = (path: string): boolean => path === "/admin" || path.startsWith("/admin/")

/** The OpenAPI document: it tells nothing but the plane's form, so whoever may come here at all may read it without a key. */
export const documentPath = "/admin/openapi.json"

/** The admin plane's door: says who may enter. What is behind it is made when somebody does, for most processes never need it. */
export class Admin {
  readonly #knowledge: AdminKnowledge
  readonly #report: ChatParts["report"]
  #handler: Promise<(request: Request) => Promise<Response>> | undefined

  constructor(knowledge: AdminKnowledge, report: ChatParts["report"]) {
    this.#knowledge = knowledge
    this.#report = report
  }

  answer(exchange: Exchange, rules: AdminRules): Response | Promise<Response> {
    const { http, path } = exchange
    const refused = refusal(exchange, rules)
    if (refused !== undefined) return failureReply(exchange, refused)
    if (!isAdminPath(path)) return failureReply(exchange, nothingAt(path))
    if (http.method !== "GET" && http.method !== "HEAD") {
      const message = `${path} takes GET, not ${http.method}.`
      return failureReply(exchange, new MethodNotAllowed({ message, allow: "GET" }))
    }
    return this.#pass(exchange)
  }

  async #pass(exchange: Exchange): Promise<Response> {
    try {
      this.#handler ??= import("./AdminHandler.ts").then(({ makeHandler }) => makeHandler(this.#knowledge))
      const handler = await this.#handler
      const { status, headers, body } = await handler(exchange.http)
      if (status === 404) return failureReply(exchange, nothingAt(exchange.path))
      if (status !== 200) return this.#fail(exchange, `the admin plane answered ${status}`)
      const type = headers.get("content-type") ?? "application/json"
      return new Response(body, { headers: { ...exchange.headers(type), "cache-control": "no-store" } })
    } catch (error) {
      return this.#fail(exchange, error)
    }
  }

  #fail(exchange: Exchange, error: unknown): Response {
    this.#report(exchange.requestId, Cause.die(error))
    return failureReply(exchange, new Internal({ message: "The gateway failed to answer; its log has more." }))
  }
}

const refusal = ({ http, path }: Exchange, { keys, callersNeedKeys }: AdminRules) => {
  // Whoever may call from a page may still not steer from there.
  if (http.headers.get("origin") !== null) return new Forbidden({ message: "Web pages may not see the admin paths." })
  if (keys === undefined) return callersNeedKeys ? unset() : forbidden(http.headers, { localOnly: true })
  if (path === documentPath) return undefined
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

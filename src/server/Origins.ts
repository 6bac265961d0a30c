import { Forbidden, InvalidRequest } from "../domain/Failure.ts"

/** Which web pages may call, and by which names the gateway is asked. */
export interface OriginRules {
  /** `*`, or the origins whose pages may call; absent: none may. */
  readonly origins?: "*" | ReadonlyArray<string>
  /**
   * The gateway has no keys and answers this machine alone. Then a web page that a user of this machine happens to open
   * is the danger: it can send requests here (by `localhost`, or by a name of its own that it points to 127.0.0.1), so
   * other origins and names are refused.
   */
  readonly localOnly: boolean
}

const localNames = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?$/i

/** Why a request may not come from where it comes from; nothing when it may. */
export const forbidden = (headers: Headers, rules: OriginRules): Forbidden | InvalidRequest | undefined => {
  const host = headers.get("host")
  // Several are put together with commas, which no name has: whoever stands before the gateway may have gone by another
  // of them.
  if (host !== null && host.includes(",")) {
    return new InvalidRequest({ message: "The request has more than one Host header.", param: "Host" })
  }
  if (!rules.localOnly) return undefined
  if (host !== null && !localNames.test(host)) {
    return new Forbidden({
      message: "This gateway has no keys, so it answers to localhost only. Give it keys to use another name."
    })
  }
  const origin = headers.get("origin")
  if (origin === null || allows(rules, origin)) return undefined
  return new Forbidden({
    message: "Web pages may not call this gateway (cors.origins in gateway.yaml lists those that may)."
  })
}

const allows = ({ origins }: OriginRules, origin: string): boolean =>
  origins === "*" || (origins !== undefined && origins.includes(origin))

/** The CORS headers of an answer to a page that may call. */
export const corsHeaders = (headers: Headers, rules: OriginRules): Readonly<Record<string, string>> | undefined => {
  if (rules.origins === undefined) return undefined
  const origin = headers.get("origin")
  if (origin === null || !allows(rules, origin)) return undefined
  return {
    "access-control-allow-origin": rules.origins === "*" ? "*" : origin,
    "access-control-expose-headers": "*",
    ...(rules.origins === "*" ? {} : { vary: "origin" })
  }
}

/** The answer to a preflight of a page that may call. */
export const preflight = (headers: Headers, rules: OriginRules): Response | undefined => {
  const cors = corsHeaders(headers, rules)
  if (cors === undefined) return undefined
  return new Response(null, {
    status: 204,
    headers: {
      ...cors,
      "access-control-allow-methods": "GET, POST, OPTIONS",
      "access-control-allow-headers": headers.get("access-control-request-headers") ?? "authorization, content-type",
      "access-control-max-age": "600"
    }
  })
}

import { Result } from "effect"

/** How a provider's base address ends: in `/v1`; without the version, which the gateway adds; or as its host wishes. */
export type Ending = "/v1" | "without /v1" | "without /v1beta" | "any"

/** Paths that people copy along with an address. */
const endpoints = /\/(?:chat\/completions|completions|responses|embeddings|models|messages)$/

/** The path that the address should have had. */
const idealPath = (path: string, ending: Ending): string => {
  const base = path.replace(endpoints, "")
  const doubled = base.replace(/(?:\/v1){2,}$/, "/v1")
  switch (ending) {
    case "/v1":
      return doubled.endsWith("/v1") ? doubled : `${doubled}/v1`
    case "without /v1":
      return base.replace(/(?:\/v1)+$/, "")
    case "without /v1beta":
      return base.replace(/(?:\/v1(?:beta|alpha)?)+(?:\/openai)?$/, "")
    case "any":
      return doubled
  }
}

const pathMistake = (path: string, ending: Ending): string => {
  const endpoint = endpoints.exec(path)?.[0]
  if (endpoint !== undefined) return `leave "${endpoint}" out; the gateway adds it`
  if (ending === "without /v1") return "must not end in /v1; the gateway adds it"
  if (ending === "without /v1beta") return "must not end in /v1beta; the gateway adds it"
  return /(?:\/v1){2}$/.test(path) ? "ends in /v1 twice" : "must end in /v1"
}

/**
 * A provider's base address without a trailing slash, or what is wrong with it.
 * An address is quoted back only once it is known to hold neither credentials nor a query.
 */
export const readBaseUrl = (text: string, ending: Ending): Result.Result<string, string> => {
  // The URL parser drops such characters silently, and would make another address of this one.
  // oxlint-disable-next-line no-control-regex
  if (/[\s\u0000-\u001f\u007f\\]/.test(text)) return Result.fail("must be an address without spaces or backslashes")
  const url = URL.parse(text)
  if (url === null || (url.protocol !== "http:" && url.protocol !== "https:") || !/^https?:\/\//i.test(text)) {
    return Result.fail("must be an address that starts with http:// or https://")
  }
  if (url.username !== "" || url.password !== "") {
    return Result.fail("must not hold a user name or password; the key is a setting of its own")
  }
  if (/[?#]/.test(text)) return Result.fail("must not hold a query (?) or a fragment (#)")
  const path = url.pathname.replace(/\/+$/, "")
  const ideal = idealPath(path, ending)
  if (path === ideal) return Result.succeed(`${url.origin}${path}`)
  return Result.fail(`${pathMistake(path, ending)}; did you mean "${url.origin}${ideal}"?`)
}

/** An IPv6 address in its shortest form, or nothing when the text is none. */
const shortIpv6 = (text: string): string | undefined => {
  const bare = text.replace(/^\[(.*)\]$/, "$1")
  if (!bare.includes(":")) return undefined
  return URL.parse(`http://[${bare}]`)?.hostname.slice(1, -1)
}

const ipv4 = /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)$/
const hostName = /^(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*$/i

/** The address to listen on, an IPv6 one without its brackets, or what is wrong with it. */
export const readHost = (text: string): Result.Result<string, string> => {
  const short = shortIpv6(text)
  if (short !== undefined) return Result.succeed(short)
  if (ipv4.test(text)) return Result.succeed(text)
  if (text.includes("/")) return Result.fail("must be an address such as 127.0.0.1, without http:// or a path")
  if (/:\d+$/.test(text)) return Result.fail("must be an address without a port; the port is a setting of its own")
  // A name of digits and dots alone would be read by the system as a shortened IPv4 address.
  if (!hostName.test(text) || /^[\d.]+$/.test(text)) return Result.fail("must be an IP address or a host name")
  return Result.succeed(text)
}

/**
 * Whether only this machine reaches the address: 127.0.0.0/8, ::1 and `localhost`; whatever else needs resolving does
 * not count.
 */
export const isLoopback = (host: string): boolean => {
  if (host.toLowerCase() === "localhost") return true
  if (shortIpv6(host) === "::1") return true
  return ipv4.test(host) && host.startsWith("127.")
}

/** What is wrong with an origin that a browser sends (`https://app.example.com`), if anything. */
export const originProblem = (text: string): string | undefined => {
  if (text === "*") return 'write `origins: "*"` for every origin, without a list'
  const url = URL.parse(text)
  if (url !== null && url.origin === text) return undefined
  const suggestion = url !== null && url.origin !== "null" && url.username === "" && url.password === ""
  return `must be an origin as browsers send it${suggestion ? `; did you mean "${url.origin}"?` : ', such as "https://app.example.com"'}`
}

import { isIP } from "node:net"

/** A server that requests go to: those with the same `key` can share connections. */
export interface Target {
  /** `https://api.example.com`: scheme, host and port. */
  readonly key: string
  readonly tls: boolean
  /** A name, or an address without brackets. */
  readonly hostname: string
  readonly port: number
  /** What is sent as server name with TLS; empty for an address, which the standard does not allow there. */
  readonly serverName: string
}

/** An address to which requests are sent, taken apart. */
export interface Address {
  readonly target: Target
  /** Host, and the port where it is not the scheme's own. */
  readonly host: string
  /** Path and query, as they stand in the request line. */
  readonly path: string
}

const control = /\p{Cc}/u

/**
 * Takes an address apart; nothing when it is not one of http or https, or holds control characters, which a URL parser
 * would pass over in silence.
 */
export const parseAddress = (url: string): Address | undefined => {
  const parsed = control.test(url) ? null : URL.parse(url)
  if (parsed === null || (parsed.protocol !== "http:" && parsed.protocol !== "https:") || parsed.port === "0") {
    return undefined
  }
  const tls = parsed.protocol === "https:"
  const hostname = parsed.hostname.replace(/^\[(.*)\]$/, "$1")
  const port = parsed.port === "" ? (tls ? 443 : 80) : Number(parsed.port)
  const serverName = isIP(hostname) === 0 ? hostname : ""
  const target = { key: parsed.origin, tls, hostname, port, serverName }
  return { target, host: parsed.host, path: parsed.pathname + parsed.search }
}

/** Headers that belong to the connection or to the form of the body, which are ours to say. */
const ours: ReadonlySet<string> = new Set([
  "connection",
  "content-length",
  "expect",
  "host",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade"
])

const token = /^[!#$%&'*+\-.^_`|~\dA-Za-z]+$/
const value = /^[\t\x20-\x7e\u0080-\uffff]*$/

/**
 * Headers as lines of a request, each with its end; nothing when one could be read as more than one (CR, LF), or holds
 * another control character. Those that are not a request's to say are left out.
 */
export const headerLines = (headers: Readonly<Record<string, string>>): string | undefined => {
  let lines = ""
  for (const [name, text] of Object.entries(headers)) {
    if (!token.test(name) || !value.test(text)) return undefined
    if (!ours.has(name.toLowerCase())) lines += `${name}: ${text}\r\n`
  }
  return lines
}

/** The first lines of a POST; one character a byte, for a URL's parts are ASCII once they are parsed. */
export const postLines = ({ host, path }: Address): string => `POST ${path} HTTP/1.1\r\nhost: ${host}\r\n`

/** The same for a proxy, which is told the server too. */
export const proxyPostLines = ({ host, path }: Address, authorization: string | undefined): string => {
  const line = authorization === undefined ? "" : `proxy-authorization: ${authorization}\r\n`
  return `POST http://${host}${path} HTTP/1.1\r\nhost: ${host}\r\n${line}`
}

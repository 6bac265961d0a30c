import { parseAddress, type Target } from "../RequestText.ts"

/** A server that passes requests on. */
export interface Proxy {
  readonly hostname: string
  readonly port: number
  /** What it wants to know us by, as a header's value. */
  readonly authorization: string | undefined
}

/** The proxy that requests to a server go through; `unusable` when one is set that cannot be used. */
export type ProxyFor = (target: Target) => Proxy | "unusable" | undefined

/** Every request goes straight to its server. */
export const noProxy: ProxyFor = () => undefined

/**
 * The proxies that an environment names: `HTTPS_PROXY` or `HTTP_PROXY` by the scheme of the server, else `ALL_PROXY`,
 * but none for the hosts of `NO_PROXY`. The names may be written small, as is usual. This machine is never asked
 * through a proxy, whose `localhost` would be another.
 */
export const proxiesOf = (environment: Readonly<Record<string, string | undefined>>): ProxyFor => {
  const valueOf = (name: string): string => environment[name.toLowerCase()] || environment[name] || ""
  const parsed = (name: string) => proxyOf(valueOf(name) || valueOf("ALL_PROXY"))
  const [secure, plain] = [parsed("HTTPS_PROXY"), parsed("HTTP_PROXY")]
  const exceptions = valueOf("NO_PROXY")
    .split(",")
    .map((one) => one.trim().toLowerCase())
    .filter((one) => one !== "")
  return (target) => {
    const proxy = target.tls ? secure : plain
    const isDirect = proxy === undefined || isThisMachine(target) || exceptions.some((one) => isExcepted(target, one))
    return isDirect ? undefined : proxy
  }
}

const proxyOf = (value: string): Proxy | "unusable" | undefined => {
  if (value === "") return undefined
  const url = URL.parse(value.includes("://") ? value : `http://${value}`)
  const address = url === null ? undefined : parseAddress(url.origin)
  // One that is itself asked over TLS, or speaks another language (socks5).
  if (url === null || address === undefined || address.target.tls) return "unusable"
  const { hostname, port } = address.target
  const user = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`
  return { hostname, port, authorization: user === ":" ? undefined : `Basic ${Buffer.from(user).toString("base64")}` }
}

const isThisMachine = ({ hostname }: Target): boolean =>
  hostname === "localhost" ||
  hostname.endsWith(".localhost") ||
  hostname === "::1" ||
  /^127(?:\.\d+){3}$/.test(hostname)

/**
 * Whether an entry of `NO_PROXY` means this server: `*`, a host, or a domain with all that is below it (a dot in front
 * changes nothing), with a port or without.
 */
const isExcepted = ({ hostname, port, serverName }: Target, entry: string): boolean => {
  if (entry === "*") return true
  const [, name = entry, onlyPort] = /^(.*?)(?::(\d+))?$/.exec(entry.replace(/^\*?\./, "")) ?? []
  // An IPv6 address has colons of its own.
  if (hostname === entry) return true
  if (onlyPort !== undefined && Number(onlyPort) !== port) return false
  // A numeric address has no domain.
  return hostname === name || (serverName !== "" && hostname.endsWith(`.${name}`))
}

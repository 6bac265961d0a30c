import { Redacted, Result } from "effect"
import { readHost } from "../Addresses.ts"
import type { Report } from "../ConfigurationInvalid.ts"
import type { GatewayFile } from "../file/GatewayFile.ts"
import type { AdminSettings, MetricsSettings, NamedSecret } from "./AccessSettings.ts"
import { namedKeys, type NamedKey } from "./NamedKeys.ts"

/** The gateway's own listener. */
interface Own {
  readonly host: string
  readonly port: number
}

const readAdminKeys = (
  entries: NonNullable<GatewayFile["admin"]>["keys"],
  callers: ReadonlyArray<NamedKey>,
  report: Report
): ReadonlyArray<NamedSecret> => {
  const listPath = ["admin", "keys"]
  const keys = namedKeys(entries, listPath, report)
  if (keys.length === 0) report({ path: listPath, message: "is an empty list; name a key, or leave admin out" })
  for (const { text, path } of keys) {
    if (!callers.some((caller) => caller.text === text)) continue
    report({ path, message: "is a key of callers too, who could then steer the gateway; make another" })
  }
  return keys.map(({ name, text }) => ({ name, key: Redacted.make(text) }))
}

const readListenerHost = (section: "admin" | "metrics", written: string | undefined, report: Report) => {
  if (written === undefined) return undefined
  const host = readHost(written)
  if (Result.isSuccess(host)) return host.success
  report({ path: [section, "host"], message: host.failure })
  return undefined
}

/** Listeners that share a port would each get a part of the requests. */
const isTaken = (port: number, host: string, other: Own): boolean =>
  port !== 0 && port === other.port && host === other.host

/** Who may see and steer the gateway, and where. `callers` are the keys that may not. */
export const readAdmin = (
  { admin }: GatewayFile,
  own: Own,
  callers: ReadonlyArray<NamedKey>,
  report: Report
): AdminSettings | undefined => {
  if (admin === undefined) return undefined
  const keys = readAdminKeys(admin.keys, callers, report)
  const host = readListenerHost("admin", admin.host, report)
  if (admin.host !== undefined && admin.port === undefined) {
    report({ path: ["admin", "host"], message: "needs a port: without one the admin paths are on the gateway's own" })
  }
  const port = admin.port === undefined ? undefined : Number(admin.port)
  if (port !== undefined && isTaken(port, admin.host === undefined ? own.host : (host ?? ""), own)) {
    report({ path: ["admin", "port"], message: "is the gateway's own port; leave it out, or choose another" })
  }
  return { keys, ...(host === undefined ? {} : { host }), ...(port === undefined ? {} : { port }) }
}

/** Where figures are asked for, when that is a listener of its own. */
export const readMetrics = (
  { metrics }: GatewayFile,
  own: Own,
  admin: AdminSettings | undefined,
  report: Report
): MetricsSettings | undefined => {
  if (metrics === undefined) return undefined
  const host = readListenerHost("metrics", metrics.host, report)
  const port = Number(metrics.port)
  const at = metrics.host === undefined ? own.host : (host ?? "")
  if (isTaken(port, at, own)) {
    report({ path: ["metrics", "port"], message: "is the gateway's own port; leave metrics out, or choose another" })
  }
  if (admin?.port !== undefined && isTaken(port, at, { host: admin.host ?? own.host, port: admin.port })) {
    report({ path: ["metrics", "port"], message: "is the port of the admin paths; choose another" })
  }
  return { port, ...(host === undefined ? {} : { host }) }
}

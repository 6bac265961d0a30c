import type { Settings } from "../../config/Settings.ts"

/**
 * Settings of the process itself, by the name that the file gives them: while it runs they stay what they were at its
 * start.
 */
const fixed = {
  host: ({ host }: Settings) => host,
  port: ({ port }: Settings) => port,
  reusePort: ({ reusePort }: Settings) => reusePort,
  simulator: ({ simulator }: Settings) => simulator,
  data: ({ data }: Settings) => data,
  "metrics.host": ({ metrics }: Settings) => metrics?.host,
  "metrics.port": ({ metrics }: Settings) => metrics?.port,
  "admin.host": ({ admin }: Settings) => admin?.host,
  "admin.port": ({ admin }: Settings) => admin?.port,
  log: ({ log }: Settings) => log,
  "idempotency.keep": ({ idempotency }: Settings) => idempotency.keepMs,
  "limits.budgetWait": ({ limits }: Settings) => limits.budgetWaitMs
}

/** Newer settings as a process that runs can take them, and which of them it cannot. */
export const withFixed = (
  running: Settings,
  next: Settings
): { readonly settings: Settings; readonly ignored: ReadonlyArray<string> } => {
  const { host, port, reusePort, simulator, data, metrics, log, idempotency } = running
  const { budgetWaitMs } = running.limits
  const { data: _data, metrics: _metrics, ...free } = next
  return {
    settings: {
      ...free,
      host,
      port,
      reusePort,
      simulator,
      log,
      idempotency,
      limits: { ...next.limits, budgetWaitMs },
      ...(data === undefined ? {} : { data }),
      ...(metrics === undefined ? {} : { metrics })
    },
    ignored: Object.entries(fixed).flatMap(([name, of]) => (of(running) === of(next) ? [] : [name]))
  }
}

import { closeSync, openSync } from "node:fs"
import { isatty } from "node:tty"
import { Effect, type Scope } from "effect"

/** What becomes of the signals that reach the process. */
export interface SignalHandlers {
  /** SIGTERM: stop, as a supervisor asks for it. */
  readonly onTerminate: () => void
  /** SIGINT: stop, as a person asks for it (Ctrl-C). */
  readonly onInterrupt: () => void
  /** SIGHUP: read the configuration again. */
  readonly onReload: () => void
}

/** Listens to signals until the scope closes; before those who end the program, so that it knows why it ends. */
export const listenToSignals = ({
  onTerminate,
  onInterrupt,
  onReload
}: SignalHandlers): Effect.Effect<void, never, Scope.Scope> => {
  const hasTerminal = isatty(0)
  const onHangUp = () => {
    // A terminal that is closed says it with the same signal; what was started there by hand ends with it.
    if (hasTerminal && !terminalIsThere()) return process.kill(process.pid, "SIGINT")
    return onReload()
  }
  const handlers = [
    ["SIGTERM", onTerminate],
    ["SIGINT", onInterrupt],
    ["SIGHUP", onHangUp]
  ] as const
  const listen = Effect.sync(() => {
    for (const [signal, handle] of handlers) process.prependListener(signal, handle)
  })
  const stopListening = Effect.sync(() => {
    for (const [signal, handle] of handlers) process.off(signal, handle)
  })
  return Effect.acquireRelease(listen, () => stopListening)
}

const terminalIsThere = (): boolean => {
  try {
    closeSync(openSync("/dev/tty", "r"))
    return true
  } catch {
    return false
  }
}

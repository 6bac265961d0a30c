import { Cause, Data, Effect } from "effect"

/** Where a server listens and what it answers with. */
export interface ListenerOptions {
  readonly host: string
  /** 0: any free port. */
  readonly port: number
  /** Other processes may listen there too. */
  readonly reusePort: boolean
  /** `server` can be told that a request may take its time. */
  readonly answer: (request: Request, server: Bun.Server<undefined>) => Response | Promise<Response>
  /** A fault of ours, for the log. */
  readonly report: (requestId: string, cause: Cause.Cause<unknown>) => void
  /** How long a connection may stand open without a request; a request may change that for itself. */
  readonly idleSeconds?: number
}

/** The address could not be listened on. */
export class CannotListen extends Data.TaggedError("CannotListen")<{ readonly message: string }> {}

/** A server that listens. */
export interface Listener {
  readonly server: Bun.Server<undefined>
  readonly port: number
  readonly url: string
}

/** Bodies are counted by us (`Body.ts`), because Bun's own refusal has no body; its limit must lie above ours. */
const bunBodyLimit = Number.MAX_SAFE_INTEGER

/**
 * The most that Bun takes: a request that is on its way while its connection is closed is lost, and load balancers keep
 * some for minutes.
 */
const mostIdleSeconds = 255

/** Listens. Whoever asks for it has to stop it. */
export const listen = (options: ListenerOptions): Effect.Effect<Listener, CannotListen> =>
  Effect.try({
    catch: (error) => cannotListen(options, error),
    try: () => {
      const { host, port, reusePort, answer, report, idleSeconds = mostIdleSeconds } = options
      const server = Bun.serve({
        hostname: host,
        port,
        reusePort,
        // Only for connections that nobody uses: requests whose answer may take its time are freed of it. Bun gives ten
        // seconds to the headers of the first request.
        idleTimeout: idleSeconds,
        maxRequestBodySize: bunBodyLimit,
        fetch: answer,
        error: (error) => {
          report("unknown", Cause.die(error))
          return Response.json(failed, { status: 500 })
        }
      })
      return { server, port: server.port ?? port, url: `http://${authority(host, server.port ?? port)}` }
    }
  })

const failed = {
  error: {
    message: "The gateway failed to answer this request.",
    type: "server_error",
    param: null,
    code: "internal_error"
  }
}

const authority = (host: string, port: number): string => `${host.includes(":") ? `[${host}]` : host}:${port}`

/** The system's reasons for refusing an address, in words. */
const reasons: Readonly<Record<string, string>> = {
  EADDRINUSE: "another program listens there; stop it, or set another PORT (0 picks a free one)",
  EADDRNOTAVAIL: "this machine has no such address; set another HOST",
  EACCES: "this user may not; take a PORT above 1023"
}

const cannotListen = ({ host, port }: ListenerOptions, error: unknown): CannotListen => {
  const code = typeof error === "object" && error !== null && "code" in error ? String(error.code) : "unknown"
  const reason = Object.hasOwn(reasons, code) ? reasons[code] : code
  return new CannotListen({ message: `The gateway cannot listen on ${authority(host, port)}: ${reason}.` })
}

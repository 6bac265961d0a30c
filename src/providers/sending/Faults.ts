import { Cut, type Failure, Garbled, Internal, ServerFault, Unreachable } from "../../domain/Failure.ts"
import type { HttpFault } from "../../net/Connection.ts"

/** A redirect is not followed: its other address would be sent the key. */
export const redirected = (provider: string, status: number): ServerFault =>
  new ServerFault({
    message: `${provider} answered with a redirect (status ${status}), which is not followed: its address in the configuration may be wrong.`,
    words: { provider, status }
  })

/** The body cannot be unpacked. */
export const unpackable = (provider: string, fault: "cut" | "broken"): Failure =>
  fault === "cut"
    ? new Cut({ message: `${provider}'s answer broke off before its end.` })
    : new Garbled({ message: `${provider}'s answer is not packed as it says.` })

/** The body is packed, though that was not asked for, in a way that cannot be undone here. */
export const unknownPacking = (provider: string, coding: string): Garbled =>
  new Garbled({ message: `${provider} packed its answer in an unknown way (${coding}).` })

/** Whether nobody has seen the request, though a connection that its server had given up may have stood before. */
export const wasNeverSent = ({ stage }: HttpFault): boolean =>
  stage === "request" || stage === "connect" || stage === "tls"

/** What a fault of the transport means. */
export const failureOf = (provider: string, { stage, code, garbled }: HttpFault): Failure => {
  const why = code === "closed" ? "" : ` (${code})`
  if (garbled !== undefined) return new Garbled({ message: `${provider}'s answer is not HTTP/1.1: ${garbled}.` })
  switch (stage) {
    case "request":
      return new Internal({ message: `${provider}'s address or headers cannot be sent${why}.` })
    case "connect":
      return new Unreachable({ message: `${provider} could not be reached${why}.` })
    case "tls":
      return new Unreachable({ message: `No TLS connection to ${provider} could be made${why}.` })
    case "head":
      return new Unreachable({ message: `${provider} closed the connection before it answered${why}.` })
    case "body":
      return new Cut({ message: `${provider}'s answer broke off before its end${why}.` })
  }
}

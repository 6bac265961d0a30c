import { MethodNotAllowed } from "../../domain/Failure.ts"
import type { Telemetry } from "../../telemetry/Telemetry.ts"
import { type Exchange, failureReply } from "../Exchange.ts"

/** `GET /metrics`: the figures in Prometheus's text format. */
export const metricsReply = (exchange: Exchange, telemetry: Telemetry["Service"]): Response => {
  const { method } = exchange.http
  if (method !== "GET" && method !== "HEAD") {
    const message = `${exchange.path} takes GET, not ${method}.`
    return failureReply(exchange, new MethodNotAllowed({ message, allow: "GET" }))
  }
  return exchange.respond(telemetry.page(), exchange.headers("text/plain; version=0.0.4; charset=utf-8"))
}

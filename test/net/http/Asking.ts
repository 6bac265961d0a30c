import { createServer, type Socket } from "node:net"
import { createServer as createTlsServer, type TLSSocket } from "node:tls"
import { Context, Effect, Exit, Layer, Scope } from "effect"
import type { HttpFault } from "../../../src/net/Connection.ts"
import { Http, type HttpCall, type Post } from "../../../src/net/Http.ts"
import type { ProxyFor } from "../../../src/net/proxy/Proxies.ts"
import type { ResponseHead } from "../../../src/net/ResponseHead.ts"
import type { TimersService } from "../../../src/net/Timers.ts"

/** A client of a test's own, and what closes it. */
export const startHttp = async (timers?: TimersService, proxyFor?: ProxyFor) => {
  const scope = Scope.makeUnsafe()
  const layer = Http.layerWith({
    ...(timers === undefined ? {} : { timers }),
    ...(proxyFor === undefined ? {} : { proxyFor })
  })
  const http = Context.get(await Effect.runPromise(Layer.buildWithScope(layer, scope)), Http)
  return { ...http, stop: () => Effect.runPromise(Scope.close(scope, Exit.void)) }
}

/** What has been told of one request. */
export interface Told {
  readonly call: HttpCall
  /** The callbacks in their order, those of the body once each time. */
  readonly order: Array<"connected" | "head" | "body" | "end" | "fault">
  readonly head: () => ResponseHead | undefined
  readonly body: () => string
  readonly fault: () => HttpFault | undefined
  /** Resolves with its end. */
  readonly over: Promise<Told>
}

/** Sends, and keeps what is told; `on` is called with each callback. */
export const ask = (post: Post, url: string, { body = "{}", headers = {}, on }: AskOptions = {}): Told => {
  const order: Told["order"] = []
  const parts: Array<Buffer> = []
  const over = Promise.withResolvers<Told>()
  let head: ResponseHead | undefined
  let fault: HttpFault | undefined
  const tell = (what: Told["order"][number]): void => {
    order.push(what)
    on?.(what, call)
    if (what === "end" || what === "fault") over.resolve(told)
  }
  const call: HttpCall = post(
    { url, headers, body },
    {
      onConnected: () => void order.push("connected"),
      onHead: (value) => {
        head = value
        tell("head")
      },
      onBody: (bytes) => {
        parts.push(bytes)
        tell("body")
      },
      onEnd: () => tell("end"),
      onFault: (value) => {
        fault = value
        tell("fault")
      }
    }
  )
  const told: Told = {
    call,
    order,
    head: () => head,
    body: () => Buffer.concat(parts).toString(),
    fault: () => fault,
    over: over.promise
  }
  return told
}

interface AskOptions {
  readonly body?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly on?: (what: Told["order"][number], call: HttpCall) => void
}

/** One connection to a test's server. */
export interface Visitor {
  readonly socket: Socket
  /** Requests that came on it. */
  readonly requests: Array<string>
  ended: boolean
  closed: boolean
}

/** A server that does to each request what a test says, byte for byte. */
export const startServer = async (
  answer: (visitor: Visitor, request: string) => void,
  { host = "127.0.0.1", whole = true, tls }: ServerOptions = {}
) => {
  const visitors: Array<Visitor> = []
  const greet = (socket: Socket | TLSSocket): void => {
    const visitor: Visitor = { socket, requests: [], ended: false, closed: false }
    visitors.push(visitor)
    let text = ""
    socket.on("data", (bytes) => {
      text += bytes.toString("latin1")
      if (whole && !isWhole(text)) return
      const request = text
      text = ""
      visitor.requests.push(request)
      answer(visitor, request)
    })
    socket.on("end", () => {
      visitor.ended = true
      socket.end()
    })
    socket.on("close", () => {
      visitor.closed = true
    })
    socket.on("error", () => {})
  }
  const server = tls === undefined ? createServer({ allowHalfOpen: true }, greet) : createTlsServer(tls, greet)
  await new Promise<void>((resolve) => void server.listen(0, host, resolve))
  const address = server.address()
  const port = typeof address === "object" && address !== null ? address.port : 0
  return {
    port,
    url: `http://${host.includes(":") ? `[${host}]` : host}:${port}/path?query=1`,
    visitors,
    stop: () => {
      for (const { socket } of visitors) socket.destroy()
      server.close()
    }
  }
}

interface ServerOptions {
  readonly host?: string
  /** Whether requests are waited for until they are whole. */
  readonly whole?: boolean
  readonly tls?: { readonly key: string; readonly cert: string }
}

const isWhole = (text: string): boolean => {
  const end = text.indexOf("\r\n\r\n")
  const length = Number(/\r\ncontent-length: (\d+)/i.exec(text)?.[1] ?? Number.NaN)
  return end >= 0 && text.length >= end + 4 + length
}

/** A whole answer with a length. */
export const okay = (body: string, ...headers: ReadonlyArray<string>): string =>
  ["HTTP/1.1 200 OK", ...headers, `content-length: ${Buffer.byteLength(body)}`, "", body].join("\r\n")

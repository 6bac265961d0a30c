import type { Socket, SocketHandler } from "bun"
import type { Proxy } from "./Proxies.ts"
import type { Target } from "../RequestText.ts"
import { maxHeadLength, parseHead } from "../ResponseHead.ts"

/** Who wants a way through a proxy. */
export interface TunnelUser {
  /** The proxy takes the connection; there is a socket that can be closed. */
  readonly onProxy: (socket: Socket<Tunnel>) => void
  /** The way is there: from here on the bytes are the server's, and what is read before TLS belongs to nobody. */
  readonly onTunnel: (socket: Socket<Tunnel>) => void
  /** The connection was closed or could not be opened before that. */
  readonly onClose: (error: unknown) => void
}

/** Why a proxy opened no way. */
class ProxyRefusal extends Error {
  readonly code: string

  constructor(code: string) {
    super(code)
    this.code = code
  }
}

const headEnd = "\r\n\r\n"

/**
 * A way through a proxy to a server (`CONNECT`): the proxy sees the server's name and port, and nothing of what is
 * said.
 */
export class Tunnel {
  readonly #proxy: Proxy
  readonly #target: Target
  readonly #user: TunnelUser
  #answer = ""
  #isOver = false

  constructor(proxy: Proxy, target: Target, user: TunnelUser) {
    this.#proxy = proxy
    this.#target = target
    this.#user = user
  }

  open(): void {
    const { hostname, port } = this.#proxy
    Bun.connect({ hostname, port, data: this, socket: handlers }).catch((error: unknown) => this.onClose(error))
  }

  onOpen(socket: Socket<Tunnel>): void {
    this.#user.onProxy(socket)
    const { hostname, port } = this.#target
    const host = `${hostname.includes(":") ? `[${hostname}]` : hostname}:${port}`
    const { authorization } = this.#proxy
    const lines = authorization === undefined ? "" : `proxy-authorization: ${authorization}\r\n`
    // Short enough for a socket that has just been opened.
    socket.write(`CONNECT ${host} HTTP/1.1\r\nhost: ${host}\r\n${lines}\r\n`)
  }

  onData(socket: Socket<Tunnel>, bytes: Buffer): void {
    if (this.#isOver) return
    this.#answer += bytes.toString("latin1")
    const end = this.#answer.indexOf(headEnd)
    if (end < 0 && this.#answer.length <= maxHeadLength) return
    const status = parseHead(this.#answer.slice(0, end))?.status ?? 0
    // A server with TLS waits to be greeted: what came behind the head is not from there.
    const isOpen = status >= 200 && status < 300 && end + headEnd.length === this.#answer.length
    if (!isOpen) return this.#refuse(socket, status)
    this.#isOver = true
    this.#user.onTunnel(socket)
  }

  onClose(error: unknown): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#user.onClose(error)
  }

  #refuse(socket: Socket<Tunnel>, status: number): void {
    this.onClose(new ProxyRefusal(status >= 300 ? `PROXY_${status}` : "PROXY_GARBLED"))
    socket.terminate()
  }
}

const handlers: SocketHandler<Tunnel> = {
  open: (socket) => socket.data.onOpen(socket),
  data: (socket, bytes) => socket.data.onData(socket, bytes),
  error: (socket, error) => socket.data.onClose(error),
  close: (socket, error) => socket.data.onClose(error),
  connectError: (socket, error) => socket.data.onClose(error)
}

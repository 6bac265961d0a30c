import type { Socket, SocketHandler } from "bun"
import type { Proxy } from "./proxy/Proxies.ts"
import type { Target } from "./RequestText.ts"
import type { ResponseHead } from "./ResponseHead.ts"
import { ResponseReader, type ResponseSink } from "./ResponseReader.ts"
import { Tunnel } from "./proxy/Tunnel.ts"
import type { TurnEnd } from "./TurnEnd.ts"

/**
 * Where a request failed, and the system's or TLS's name for it (`ECONNREFUSED`); `closed` when the other side closed
 * in order.
 */
export interface HttpFault {
  /**
   * `request`: it cannot be written; `connect`, `tls`: nothing was sent; `head`: sent, and no whole head came; `body`:
   * the body broke off.
   */
  readonly stage: "request" | "connect" | "tls" | "head" | "body"
  readonly code: string
  /** The response is not HTTP/1.1; what is wrong with it, without any of its bytes. */
  readonly garbled?: string
}

/** The request that a connection works on. */
export interface Exchange {
  readonly text: string
  /** Length of `text` in bytes. */
  readonly length: number
  readonly onConnected: () => void
  /** All of it is on its way, or kept for that by the connection. */
  readonly onSent: () => void
  readonly onHead: (head: ResponseHead) => void
  readonly onBody: (bytes: Buffer) => void
  readonly onEnd: () => void
  readonly onFault: (fault: HttpFault, connection: Connection) => void
}

/** Who keeps the connections to a server. */
export interface ConnectionOwner {
  readonly target: Target
  /** What the server is reached through. */
  readonly proxy: Proxy | undefined
  /** When requests go out over connections that stand. */
  readonly turnEnd: TurnEnd
  /** It can serve another request. */
  readonly onFree: (connection: Connection, head: ResponseHead) => void
  /** It is closed, or was never open; called once. */
  readonly onClosed: (connection: Connection) => void
}

/** What is done with a socket, whatever is behind it. */
type Wire = Pick<Socket, "write" | "pause" | "resume" | "end" | "terminate">

/**
 * One connection to a server: serves one request after the other, each in the form of callbacks. Nothing is called for
 * a request that was let go.
 */
export class Connection implements ResponseSink {
  /** When it last became idle; absent before its second request. The owner's. */
  idleSince: number | undefined
  /** When it has been idle for too long to be used. The owner's. */
  idleUntil = 0
  readonly #owner: ConnectionOwner
  #socket: Wire | undefined
  #stage: "new" | "connect" | "tunnel" | "tls" | "ready" | "closed" = "new"
  #exchange: Exchange | undefined
  #reader: ResponseReader | undefined
  #head: ResponseHead | undefined
  #hasSent = false
  #hasAnswered = false
  /** What the system has not taken yet of the request. */
  #unsent: Buffer | undefined
  #isPaused = false
  /** What TLS said before it closed the socket. */
  #error: Error | undefined

  constructor(owner: ConnectionOwner) {
    this.#owner = owner
  }

  /** Bytes of the latest request have been sent. */
  get hasSent(): boolean {
    return this.#hasSent
  }

  /** Bytes have come since the latest request. */
  get hasAnswered(): boolean {
    return this.#hasAnswered
  }

  get isConnecting(): boolean {
    return this.#stage === "connect"
  }

  /** Serves a request: at once, or as soon as it is open. */
  serve(exchange: Exchange): void {
    this.#exchange = exchange
    this.#hasSent = this.#hasAnswered = false
    if (this.#stage === "new") return this.#open()
    if (this.#stage === "ready") this.#owner.turnEnd.add(() => this.#sendLater(exchange))
  }

  #open(): void {
    this.#stage = "connect"
    const { target, proxy } = this.#owner
    if (proxy !== undefined && target.tls) return this.#openTunnel(proxy)
    const { hostname, port } = proxy ?? target
    const options = { hostname, port, data: this }
    const opening = target.tls
      ? Bun.connect({ ...options, tls: { serverName: target.serverName }, socket: tlsHandlers })
      : Bun.connect({ ...options, socket: tcpHandlers })
    opening.catch((error: unknown) => this.onClose(error))
  }

  #openTunnel(proxy: Proxy): void {
    const { target } = this.#owner
    const tunnel = new Tunnel(proxy, target, {
      onProxy: (socket) => this.#enter("tunnel", socket),
      onTunnel: (socket) => {
        socket.upgradeTLS({ data: this, tls: { serverName: target.serverName }, socket: tlsHandlers })
      },
      onClose: (error) => this.onClose(error)
    })
    tunnel.open()
  }

  pause(): void {
    if (this.#isPaused || this.#stage !== "ready") return
    this.#isPaused = true
    this.#socket?.pause()
  }

  resume(): void {
    if (!this.#isPaused) return
    this.#isPaused = false
    if (this.#stage === "ready") this.#socket?.resume()
  }

  /**
   * Lets the request go. Closes the socket at once, without waiting for anything; one that is being connected cannot be
   * closed before it is.
   */
  abort(): void {
    this.#exchange = undefined
    this.#socket?.terminate()
  }

  /** Closes it in order; for one without a request. */
  end(): void {
    this.#socket?.end()
  }

  onConnected(socket: Socket<Connection>): void {
    this.#enter("tls", socket)
    if (this.#exchange !== undefined && !this.#owner.target.tls) this.#begin(this.#exchange)
  }

  onHandshake(isTrusted: boolean, error: Error | null): void {
    if (isTrusted && this.#exchange !== undefined) return this.#begin(this.#exchange)
    this.#error = error ?? undefined
    this.#socket?.terminate()
  }

  onData(bytes: Buffer): void {
    this.#hasAnswered = true
    // Nobody asked: whatever it is, the next request must not take it for its response.
    if (this.#exchange === undefined) return void this.#socket?.terminate()
    this.#reader ??= new ResponseReader(this)
    this.#reader.push(bytes)
  }

  onDrain(): void {
    const unsent = this.#unsent
    if (unsent === undefined) return
    const written = Math.max(0, this.#socket?.write(unsent) ?? 0)
    this.#unsent = written < unsent.length ? unsent.subarray(written) : undefined
  }

  onError(error: Error): void {
    this.#error = error
    this.#socket?.terminate()
  }

  /** The socket was closed, by whomever, or could not be opened. */
  onClose(error: unknown): void {
    const stage = this.#stage
    if (stage === "closed") return
    this.#stage = "closed"
    this.#owner.onClosed(this)
    const exchange = this.#exchange
    if (exchange === undefined) return
    const cause = error ?? this.#error
    if (cause === undefined && this.#reader?.close() === true) return
    this.#exchange = undefined
    const received = this.#reader?.hasHead === true ? "body" : "head"
    const where = stage === "ready" ? received : stage === "tls" ? "tls" : "connect"
    exchange.onFault({ stage: where, code: codeOf(cause) }, this)
  }

  onHead(head: ResponseHead): void {
    this.#head = head
    this.#exchange?.onHead(head)
  }

  onBody(bytes: Buffer): void {
    this.#exchange?.onBody(bytes)
  }

  onEnd(reusable: boolean): void {
    const exchange = this.#exchange
    if (exchange === undefined) return
    this.#exchange = undefined
    const head = this.#head
    const isFree = reusable && this.#unsent === undefined && this.#stage === "ready"
    // What an idle connection holds on to outlives its request in memory.
    this.#reader = this.#head = this.#unsent = undefined
    // Idle, it must hear when the other side closes it.
    this.resume()
    if (isFree && head !== undefined) this.#owner.onFree(this, head)
    else this.end()
    exchange.onEnd()
  }

  onGarbled(why: string): void {
    const exchange = this.#exchange
    const stage = this.#head === undefined ? "head" : "body"
    this.abort()
    exchange?.onFault({ stage, code: "garbled", garbled: why }, this)
  }

  #enter(stage: "tunnel" | "tls", socket: Wire): void {
    this.#socket = socket
    this.#stage = stage
    // Let go while it was being connected.
    if (this.#exchange === undefined) socket.terminate()
  }

  #begin(exchange: Exchange): void {
    this.#stage = "ready"
    this.#send(exchange)
  }

  /** Sends a request, unless it was let go or the connection was lost in the meantime. */
  #sendLater(exchange: Exchange): void {
    try {
      if (this.#exchange === exchange) this.#send(exchange)
    } catch (error) {
      this.#socket?.terminate()
      this.onClose(error)
    }
  }

  #send(exchange: Exchange): void {
    exchange.onConnected()
    if (this.#exchange !== exchange) return
    const { text, length } = exchange
    const written = this.#socket?.write(text) ?? -1
    this.#hasSent = written > 0
    // Closed meanwhile, which was not told yet.
    if (written < 0) return this.#lost()
    if (written < length) this.#unsent = Buffer.from(text).subarray(written)
    exchange.onSent()
  }

  #lost(): void {
    this.#socket?.terminate()
    this.onClose(undefined)
  }
}

const tcpHandlers: SocketHandler<Connection> = {
  open: (socket) => socket.data.onConnected(socket),
  data: (socket, bytes) => socket.data.onData(bytes),
  drain: (socket) => socket.data.onDrain(),
  error: (socket, error) => socket.data.onError(error),
  close: (socket, error) => socket.data.onClose(error),
  connectError: (socket, error) => socket.data.onClose(error)
}

/** With a handler for the handshake, `open` comes before it; without one its failure would be told without a reason. */
const tlsHandlers: SocketHandler<Connection> = {
  ...tcpHandlers,
  handshake: (socket, isTrusted, error) => socket.data.onHandshake(isTrusted, error)
}

/** The short name of a connection error; its message may hold an address with a query, so it stays here. */
const codeOf = (error: unknown): string => {
  if (error === undefined) return "closed"
  return typeof error === "object" && error !== null && "code" in error && typeof error.code === "string"
    ? error.code
    : "connection error"
}

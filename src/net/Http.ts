import { Context, Effect, Layer } from "effect"
import { Connection, type Exchange, type HttpFault } from "./Connection.ts"
import { type HttpCounts, Pool } from "./Pool.ts"
import { noProxy, type ProxyFor } from "./proxy/Proxies.ts"
import { headerLines, parseAddress, postLines, proxyPostLines } from "./RequestText.ts"
import type { ResponseHead } from "./ResponseHead.ts"
import type { TimersService } from "./Timers.ts"
import { TurnEnd } from "./TurnEnd.ts"

/** A POST. */
export interface HttpRequest {
  /** `http:` or `https:`. */
  readonly url: string
  /** Those that frame the body or belong to the connection are left out: they are not the request's to say. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/**
 * What is told of a request, in this order; `onEnd` or `onFault` is the last and comes once. Only `onConnected` may
 * come before `post` has returned.
 */
export interface HttpListener {
  /** The connection stands, TLS included; the request is sent now. */
  readonly onConnected: () => void
  readonly onHead: (head: ResponseHead) => void
  /** Never empty; the bytes are the listener's to keep. */
  readonly onBody: (bytes: Buffer) => void
  readonly onEnd: () => void
  readonly onFault: (fault: HttpFault) => void
}

/** A request that is under way; after its end nothing here does anything. */
export interface HttpCall {
  /** Nothing more is read, so that the sender has to wait. */
  readonly pause: () => void
  readonly resume: () => void
  /** Closes the connection at once; nothing is told any more. */
  readonly close: () => void
}

/**
 * Sends a POST over a connection of its own or one that is free. A redirect is an answer like any other, and so is a
 * compressed body.
 */
export type Post = (request: HttpRequest, listener: HttpListener) => HttpCall

/** What a client may be given. */
export interface HttpOptions {
  readonly timers?: TimersService
  readonly proxyFor?: ProxyFor
}

/** Those that close idle connections belong to no request, and keep no process alive. */
const ownTimers: TimersService = {
  now: () => performance.now(),
  after: (ms, run) => {
    const timer = setTimeout(run, ms)
    timer.unref()
    return () => clearTimeout(timer)
  }
}

/**
 * A small HTTP/1.1 client on Bun's sockets. Bun's `fetch` takes 30 % of the processor time of a whole answer, has no
 * limit for connecting alone, does not tell whether a request was sent, and lets 256 requests be under way in a
 * process.
 */
export class Http extends Context.Service<
  Http,
  {
    readonly post: Post
    readonly counts: () => Readonly<HttpCounts>
  }
>()("gateway/net/Http") {
  /** Closes idle connections with its scope; those in use close when their requests end. */
  static readonly layerWith = ({ timers = ownTimers, proxyFor = noProxy }: HttpOptions) =>
    Layer.effect(
      Http,
      Effect.gen(function* () {
        const pools = new Pools(timers, proxyFor)
        yield* Effect.addFinalizer(() => Effect.sync(() => pools.close()))
        return Http.of({
          post: (request, listener) => pools.post(request, listener),
          counts: () => ({ ...pools.counts })
        })
      })
    )

  /** Without proxies. */
  static readonly layer = Http.layerWith({})
}

/** Where a request goes, found once for each address. */
interface Way {
  /** The first lines of each request. */
  readonly lines: string
  readonly pool: Pool
}

/** Headers as they are sent, with their length in bytes. */
interface Lines {
  readonly text: string
  readonly length: number
}

/** Most addresses whose parts are remembered: models that stand in a path are named by callers. */
const maxWays = 1024

class Pools {
  readonly counts: HttpCounts = { open: 0, idle: 0, inFlight: 0 }
  readonly #timers: TimersService
  readonly #proxyFor: ProxyFor
  readonly #turnEnd = new TurnEnd()
  /** One for each server of the configuration. */
  readonly #pools = new Map<string, Pool>()
  readonly #ways = new Map<string, Way>()
  /** A deployment gives the same object for each request. */
  readonly #lines = new WeakMap<Readonly<Record<string, string>>, Lines>()

  constructor(timers: TimersService, proxyFor: ProxyFor) {
    this.#timers = timers
    this.#proxyFor = proxyFor
  }

  post({ url, headers, body }: HttpRequest, listener: HttpListener): HttpCall {
    const way = this.#wayTo(url)
    if (typeof way === "string") return refused(listener, way)
    const lines = this.#linesOf(headers)
    if (lines === undefined) return refused(listener, "ERR_INVALID_CHAR")
    const bodyLength = Buffer.byteLength(body)
    const end = `content-length: ${bodyLength}\r\n\r\n`
    const length = way.lines.length + lines.length + end.length + bodyLength
    const call = new Call(way.pool, way.lines + lines.text + end + body, length, listener)
    call.start()
    return call
  }

  close(): void {
    for (const pool of this.#pools.values()) pool.close()
  }

  /** The way, or the code of a fault. */
  #wayTo(url: string): Way | string {
    const known = this.#ways.get(url)
    if (known !== undefined) return known
    const address = parseAddress(url)
    if (address === undefined) return "ERR_INVALID_URL"
    const { target } = address
    const proxy = this.#proxyFor(target)
    if (proxy === "unusable") return "ERR_UNSUPPORTED_PROXY"
    const pool = this.#pools.get(target.key) ?? new Pool(target, proxy, this.#turnEnd, this.#timers, this.counts)
    this.#pools.set(target.key, pool)
    if (this.#ways.size >= maxWays) this.#ways.clear()
    const isForwarded = proxy !== undefined && !target.tls
    const way = { lines: isForwarded ? proxyPostLines(address, proxy.authorization) : postLines(address), pool }
    this.#ways.set(url, way)
    return way
  }

  #linesOf(headers: Readonly<Record<string, string>>): Lines | undefined {
    const known = this.#lines.get(headers)
    if (known !== undefined) return known
    const text = headerLines(headers)
    if (text === undefined) return undefined
    const lines = { text, length: Buffer.byteLength(text) }
    this.#lines.set(headers, lines)
    return lines
  }
}

/**
 * How long a connection must have been idle for its server to be thought to have given it up; servers wait for two
 * seconds at least.
 */
const staleAfterMs = 1_500
/**
 * How soon after the request that shows; later it is an answer to the request, which a second one would only cost
 * again.
 */
const staleWithinMs = 1_000

class Call implements Exchange, HttpCall {
  text: string
  readonly length: number
  readonly #pool: Pool
  readonly #listener: HttpListener
  #connection: Connection | undefined
  /** It goes over a connection that was idle; `isOld`: for so long that its server may have given it up. */
  #isReused = false
  #isOld = false
  #sentAt = 0

  constructor(pool: Pool, text: string, length: number, listener: HttpListener) {
    this.#pool = pool
    this.text = text
    this.length = length
    this.#listener = listener
  }

  start(): void {
    this.#pool.counts.inFlight += 1
    const connection = this.#pool.take()
    if (connection.idleSince !== undefined) {
      this.#sentAt = this.#pool.timers.now()
      this.#isReused = true
      this.#isOld = this.#sentAt - connection.idleSince >= staleAfterMs
    }
    this.#serve(connection)
  }

  pause(): void {
    this.#connection?.pause()
  }

  resume(): void {
    this.#connection?.resume()
  }

  close(): void {
    const connection = this.#connection
    if (connection === undefined) return
    this.#finish()
    this.#pool.abort(connection)
  }

  onConnected(): void {
    this.#listener.onConnected()
  }

  onSent(): void {
    // Kept for as long as the answer takes, the texts of many requests would age the heap.
    if (!this.#isOld) this.text = ""
  }

  onHead(head: ResponseHead): void {
    this.#listener.onHead(head)
  }

  onBody(bytes: Buffer): void {
    this.#listener.onBody(bytes)
  }

  onEnd(): void {
    this.#finish()
    this.#listener.onEnd()
  }

  onFault(fault: HttpFault, connection: Connection): void {
    if (this.#wasStale(connection, fault.code)) {
      this.#isReused = this.#isOld = false
      return this.#serve(this.#pool.takeNew())
    }
    this.#finish()
    this.#listener.onFault(fault)
  }

  #serve(connection: Connection): void {
    this.#connection = connection
    connection.serve(this)
  }

  #finish(): void {
    this.#connection = undefined
    this.#pool.counts.inFlight -= 1
  }

  /**
   * Whether the server had closed the connection before the request reached it, so that nobody has begun to work on it.
   */
  #wasStale({ hasSent, hasAnswered }: Connection, code: string): boolean {
    if (!this.#isReused || hasAnswered) return false
    if (!hasSent) return true
    // A reset is the answer of a server that knew the connection still.
    return this.#isOld && code === "closed" && this.#pool.timers.now() - this.#sentAt <= staleWithinMs
  }
}

/** A request that cannot be written as one: nothing is sent, and that is told as any fault is. */
const refused = (listener: HttpListener, code: string): HttpCall => {
  let isOpen = true
  queueMicrotask(() => {
    if (isOpen) listener.onFault({ stage: "request", code })
  })
  const close = (): void => {
    isOpen = false
  }
  return { pause: () => {}, resume: () => {}, close }
}

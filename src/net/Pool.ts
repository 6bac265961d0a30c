import { promisedIdleMs } from "./BodyShape.ts"
import { Connection, type ConnectionOwner } from "./Connection.ts"
import type { Proxy } from "./proxy/Proxies.ts"
import type { Target } from "./RequestText.ts"
import type { ResponseHead } from "./ResponseHead.ts"
import type { TimersService } from "./Timers.ts"
import type { TurnEnd } from "./TurnEnd.ts"

/** How many connections there are, and requests on them. */
export interface HttpCounts {
  /** Connections that stand or are being made, idle ones included. */
  open: number
  /** Connections that are kept for the next request. */
  idle: number
  /** Requests whose response has not ended. */
  inFlight: number
}

/**
 * How long a connection is kept without use, in milliseconds: less than the 60 seconds after which common load
 * balancers close it themselves.
 */
export const maxIdleMs = 55_000
/** Most connections to one server that are kept without use: twice what a process serves at once on a busy core. */
const maxIdle = 256
/**
 * How much earlier than the server promised a connection is given up, in milliseconds: a request on its way then would
 * be lost.
 */
const marginMs = 1_000
/**
 * Most connections to one server that are still being made though nobody wants them any more. Bun cannot give one up
 * before it stands, and the system tries for two minutes where packets vanish; from this number on a request takes one
 * of them over.
 */
const maxAbandoned = 32

/** The connections to one server. */
export class Pool implements ConnectionOwner {
  readonly target: Target
  readonly proxy: Proxy | undefined
  readonly turnEnd: TurnEnd
  readonly timers: TimersService
  readonly counts: HttpCounts
  /** The one that was used last is at the end, and is taken first, so that those that are not needed grow old. */
  readonly #idle: Array<Connection> = []
  readonly #abandoned = new Set<Connection>()
  #cancelTimer: (() => void) | undefined
  #isClosed = false

  constructor(target: Target, proxy: Proxy | undefined, turnEnd: TurnEnd, timers: TimersService, counts: HttpCounts) {
    this.target = target
    this.proxy = proxy
    this.turnEnd = turnEnd
    this.timers = timers
    this.counts = counts
  }

  /** A connection for a request: one that is idle, or a new one. */
  take(): Connection {
    for (let idle = this.#idle.pop(); idle !== undefined; idle = this.#idle.pop()) {
      this.counts.idle -= 1
      if (idle.idleUntil > this.timers.now()) return idle
      idle.end()
    }
    return this.takeNew()
  }

  /** A connection over which no request has gone. */
  takeNew(): Connection {
    if (this.#abandoned.size >= maxAbandoned) {
      for (const abandoned of this.#abandoned) {
        this.#abandoned.delete(abandoned)
        return abandoned
      }
    }
    this.counts.open += 1
    return new Connection(this)
  }

  /** Closes a connection that is in use. */
  abort(connection: Connection): void {
    connection.abort()
    if (connection.isConnecting) this.#abandoned.add(connection)
  }

  onFree(connection: Connection, head: ResponseHead): void {
    const promised = promisedIdleMs(head)
    const ms = promised === undefined ? maxIdleMs : Math.min(maxIdleMs, promised - marginMs)
    if (this.#isClosed || this.#idle.length >= maxIdle || ms <= 0) return connection.end()
    connection.idleSince = this.timers.now()
    connection.idleUntil = connection.idleSince + ms
    this.#idle.push(connection)
    this.counts.idle += 1
    if (this.#cancelTimer === undefined) this.#watch(ms)
  }

  onClosed(connection: Connection): void {
    this.counts.open -= 1
    this.#abandoned.delete(connection)
    const at = this.#idle.indexOf(connection)
    if (at < 0) return
    this.#idle.splice(at, 1)
    this.counts.idle -= 1
  }

  /** Closes what is idle, and keeps nothing from now on. */
  close(): void {
    this.#isClosed = true
    this.#cancelTimer?.()
    // A copy, for each leaves the list when it is closed.
    for (const connection of this.#idle.slice()) connection.end()
  }

  /** One timer for all: it looks which have grown old, and when the next one will have. */
  #watch(ms: number): void {
    this.#cancelTimer = this.timers.after(ms, () => {
      this.#cancelTimer = undefined
      const now = this.timers.now()
      for (const connection of this.#idle.filter(({ idleUntil }) => idleUntil <= now)) connection.end()
      if (this.#idle.length > 0) this.#watch(Math.min(...this.#idle.map(({ idleUntil }) => idleUntil)) - now)
    })
  }
}

import type { TurnEnd } from "../net/TurnEnd.ts"

/** What an event stream needs in its headers: nothing between may hold it back or keep it. */
export const streamHeaders = {
  "content-type": "text/event-stream; charset=utf-8",
  "cache-control": "no-cache, no-transform",
  // nginx buffers whole answers otherwise.
  "x-accel-buffering": "no"
} as const

/**
 * Bun's own kind of stream: what is written goes out with the next flush, and `write` gives a promise once the caller
 * is slow.
 */
interface DirectController {
  readonly write: (text: string) => number | Promise<number>
  readonly flush: () => number | Promise<number>
  readonly close: () => void
}

/**
 * Characters that are kept for a caller whose connection does not ask for them yet: it is about to, and to hold the
 * provider back is dear.
 */
const roomBeforeStart = 64 * 1024

/** A server-sent event stream to one caller, with real backpressure. */
export class SseStream {
  readonly body: ReadableStream<Uint8Array>
  #controller: DirectController | undefined
  #waiting = ""
  #ended = false
  #isFlushing = false
  #isClosed = false
  readonly #turnEnd: TurnEnd
  readonly #pulled = Promise.withResolvers<void>()
  readonly #done = Promise.withResolvers<void>()

  /** `onGone` is called when the caller goes away. */
  constructor(onGone: () => void, turnEnd: TurnEnd) {
    this.#turnEnd = turnEnd
    const source: Bun.DirectUnderlyingSource<Uint8Array> & { readonly type: "direct" } = {
      type: "direct",
      pull: (controller) => this.#start(controller),
      cancel: () => {
        this.#ended = this.#isClosed = true
        this.#pulled.resolve()
        this.#done.resolve()
        onGone()
      }
    }
    this.body = new ReadableStream(source)
  }

  /** Sends text; a promise while the caller has no room for more. */
  write(text: string): void | Promise<void> {
    if (this.#ended || text === "") return undefined
    if (this.#controller === undefined) {
      this.#waiting += text
      return this.#waiting.length > roomBeforeStart ? this.#pulled.promise : undefined
    }
    return this.#send(this.#controller, text)
  }

  /** Sends the last text and ends the stream. */
  end(text: string): void {
    if (this.#ended) return
    const written = this.write(text)
    this.#ended = true
    if (this.#controller !== undefined) this.#close(this.#controller, written)
  }

  #start(controller: DirectController): Promise<void> {
    this.#controller = controller
    const written = this.#waiting === "" ? undefined : this.#send(controller, this.#waiting)
    this.#waiting = ""
    this.#pulled.resolve()
    if (this.#ended) this.#close(controller, written)
    else void controller.flush()
    return this.#done.promise
  }

  #send(controller: DirectController, text: string): void | Promise<void> {
    const written = controller.write(text)
    if (!this.#isFlushing) {
      this.#isFlushing = true
      this.#turnEnd.add(() => this.#flush(controller))
    }
    // Only `write` tells of a slow caller. It fails when the caller is gone, and `cancel` tells that.
    return typeof written === "number" ? undefined : written.then(nothing, nothing)
  }

  #flush(controller: DirectController): void {
    this.#isFlushing = false
    // What is closed has sent all.
    if (!this.#isClosed) void controller.flush()
  }

  /**
   * Closes once a slow caller has taken everything: a stream that is closed counts as sent, and a server that stops
   * would cut off the rest.
   */
  #close(controller: DirectController, written: void | Promise<void>): void {
    const close = () => {
      this.#isClosed = true
      controller.close()
      this.#done.resolve()
    }
    if (written === undefined) return close()
    void written.then(close)
  }
}

const nothing = () => {}

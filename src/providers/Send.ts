import { Exit } from "effect"
import type { Delta, Deltas } from "../domain/Delta.ts"
import {
  Cut,
  type Failure,
  Garbled,
  type ProviderWords,
  ServerFault,
  TimedOut,
  Unreachable
} from "../domain/Failure.ts"
import type { TimersService } from "../net/Timers.ts"
import type { Decoder } from "./Decoder.ts"
import type { Language } from "./Language.ts"
import { requestIdOf } from "./Refusals.ts"
import { lateMessage, overdue, type Progress, type SendLimits } from "./SendLimits.ts"
import { textWithoutKeys, withoutKeys } from "./WithoutKeys.ts"

/** One request to one provider, ready to go. */
export interface Sending {
  readonly provider: string
  readonly url: string
  /** With the provider's credentials; never logged. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** The answer is asked as a stream. */
  readonly stream: boolean
  readonly language: Language
  /** What reads the answer, once its content type shows whether it is a stream. */
  readonly decoder: (streamed: boolean) => Decoder
  /** The answer is kept until its end, so its length is bounded. */
  readonly isHeld: boolean
  readonly limits: SendLimits
  readonly progress: Progress
  readonly timers: TimersService
  /** Receives deltas as they come; a promise holds the provider back until the caller has room. Never receives `Failed`. */
  readonly onDeltas: (deltas: Deltas) => void | Promise<void>
  /** Called once, when the answer is whole, has failed, or met a fault of ours; not when it was ended from outside. */
  readonly settle: (exit: Exit.Exit<void, Failure>) => void
}

/** Longest error body that is read for its words. */
const maxRefusalLength = 64 * 1024
/** Longest wait for an error body, in milliseconds: the status says enough when it does not come. */
const maxRefusalMs = 2_000
/** Longest whole answer, after decompression, in UTF-16 units: a few large images; beyond it a fault or a bomb. */
const maxWholeLength = 64 * 1024 * 1024
/** Longest whole answer that is read in one go, in bytes: it is made already and one packet or a few, so no timer need see its pieces. */
const maxSmallLength = 256 * 1024
/** How long a connection may linger after the end mark so that it can be used again, instead of being closed. */
const lingerMs = 250

/**
 * Sends a request and reads the answer to its end; returns what ends it from outside, which closes the connection. It has failed as soon as it is sure that
 * there will be no whole answer. A plain loop for the inside of an attempt's `Effect.callback`: this is the hot path, and an Effect for each event would
 * cost more than all the rest.
 */
export const send = (sending: Sending): (() => void) => {
  const exchange = new Exchange(sending)
  void exchange.run()
  return () => exchange.close()
}

class Exchange {
  readonly #sending: Sending
  readonly #controller = new AbortController()
  #settled = false
  #cancelTimer: () => void = () => {}
  /** What is known of the provider's answer once its headers are here. */
  #answered: Pick<ProviderWords, "provider" | "requestId"> | undefined
  /** The caller has no room: silence is its doing, not the provider's. */
  #held = false
  #sentAt = 0
  /** The provider is being read: what is thrown then is the connection's fault, anything else is a fault of ours. */
  #reading = false
  #lifeAt = 0

  constructor(sending: Sending) {
    this.#sending = sending
  }

  /** Ends it from outside: the connection is closed and nothing more is told. */
  close(): void {
    this.#settled = true
    this.#cancelTimer()
    this.#controller.abort()
  }

  #succeed(): void {
    if (this.#settled) return
    this.#settled = true
    this.#cancelTimer()
    this.#sending.settle(Exit.void)
  }

  #fail(failure: Failure): void {
    if (this.#settled) return
    this.close()
    const { headers, settle } = this.#sending
    settle(Exit.fail(withoutKeys(failure, headers, this.#answered)))
  }

  async run(): Promise<void> {
    const { url, headers, body, provider, timers, progress } = this.#sending
    this.#sentAt = timers.now()
    this.#lifeAt = this.#sentAt
    progress.connectedAt = this.#sentAt
    this.#look()
    let response: Response
    try {
      response = await fetch(url, {
        method: "POST",
        headers,
        body,
        signal: this.#controller.signal,
        // A provider that redirects would be sent the key at another address.
        redirect: "manual",
        // Bun's own limit of five minutes would cut long answers; ours are the timers here.
        timeout: false
      })
    } catch (error) {
      return this.#fail(new Unreachable({ message: `${provider} could not be reached (${codeOf(error)}).` }))
    }
    if (this.#settled) return
    const requestId = requestIdOf(response.headers)
    this.#answered = requestId === undefined ? { provider } : { provider, requestId }
    this.#lifeAt = timers.now()
    progress.headersAt = this.#lifeAt
    try {
      if (response.status >= 200 && response.status < 300) await this.#read(response)
      else if (response.status < 400) this.#fail(redirected(provider, response.status))
      else await this.#refuse(response)
    } catch (error) {
      if (this.#reading) {
        return this.#fail(new Cut({ message: `${provider}'s answer broke off before its end (${codeOf(error)}).` }))
      }
      if (this.#settled) return
      this.close()
      this.#sending.settle(Exit.die(error))
    }
  }

  /** One timer that looks again when it fires, instead of one for each stage and chunk. */
  #look(): void {
    const { timers, limits, progress, provider } = this.#sending
    const now = timers.now()
    // A caller without room holds the provider back; its silence is then no sign.
    const found = overdue(limits, progress, this.#sentAt, this.#held ? now : this.#lifeAt, now)
    if (typeof found !== "number") {
      return this.#fail(new TimedOut({ stage: found.stage, message: lateMessage(provider, found) }))
    }
    this.#cancelTimer = timers.after(found, () => this.#look())
  }

  async #refuse(response: Response): Promise<void> {
    const { language, provider, headers, timers, limits } = this.#sending
    const refuse = (body: string): void => {
      const text = textWithoutKeys(body, headers)
      this.#fail(language.failure({ provider, status: response.status, headers: response.headers, body: text }))
    }
    this.#cancelTimer()
    this.#cancelTimer = timers.after(Math.min(maxRefusalMs, limits.idleMs), () => refuse(""))
    let body = ""
    try {
      body = await textUpTo(response, maxRefusalLength)
    } catch {
      // A refusal whose body breaks off is still that refusal.
    }
    if (!this.#settled) refuse(body)
  }

  async #read(response: Response): Promise<void> {
    const { decoder: decoderFor, provider, stream, isHeld, timers } = this.#sending
    const type = response.headers.get("content-type") ?? ""
    const streamed = type.includes("event-stream") || (stream && !type.includes("json"))
    const decoder = decoderFor(streamed)
    if (!streamed && isSmall(response.headers)) {
      this.#reading = true
      const whole = await response.text()
      this.#reading = false
      if (this.#settled) return
      this.#tell(decoder.push(whole))
      return this.#finish(decoder)
    }
    if (response.body === null) return this.#finish(decoder)
    const reader = response.body.getReader()
    const text = new TextDecoder()
    let length = 0
    while (!this.#settled) {
      this.#reading = true
      const { done, value } = await reader.read()
      this.#reading = false
      if (this.#settled) return
      this.#lifeAt = timers.now()
      if (done) break
      const piece = text.decode(value, { stream: true })
      length += piece.length
      if ((isHeld || !streamed) && length > maxWholeLength) {
        return this.#fail(new Garbled({ message: `${provider} sent an answer that is too large.` }))
      }
      const waiting = this.#tell(decoder.push(piece))
      if (waiting !== undefined) {
        this.#held = true
        await waiting
        this.#held = false
        this.#lifeAt = timers.now()
      }
      if (decoder.ended) {
        this.#succeed()
        return await linger(reader, this.#controller, timers)
      }
      if (decoder.whole) this.#expectEnd(decoder)
    }
    this.#tell(decoder.push(text.decode()))
    return this.#finish(decoder)
  }

  /** Some hosts neither send an end mark nor close the connection; what is whole is not held up by them. */
  #expectEnd(decoder: Decoder): void {
    this.#cancelTimer()
    this.#cancelTimer = this.#sending.timers.after(lingerMs, () => {
      void Promise.resolve(this.#finish(decoder)).then(() => this.#controller.abort())
    })
  }

  #finish(decoder: Decoder): void | Promise<void> {
    const waiting = this.#tell(decoder.finish())
    if (waiting === undefined) return this.#succeed()
    return waiting.then(() => this.#succeed())
  }

  /** Hands deltas on; a `Failed`, always the last, ends the exchange instead. */
  #tell(deltas: Deltas): void | Promise<void> {
    if (deltas.length === 0 || this.#settled) return undefined
    const last: Delta | undefined = deltas.at(-1)
    if (last?._tag !== "Failed") return this.#sending.onDeltas(deltas)
    if (deltas.length > 1) void this.#sending.onDeltas(deltas.slice(0, -1))
    this.#fail(last.failure)
    return undefined
  }
}

/** A redirect is not followed: its other address would be sent the key. */
const redirected = (provider: string, status: number): ServerFault =>
  new ServerFault({
    message: `${provider} answered with a redirect (status ${status}), which is not followed: its address in the configuration may be wrong.`,
    words: { provider, status }
  })

/** Whether a body is short for certain: its length is told and it is not compressed. */
const isSmall = (headers: Headers): boolean => {
  const length = headers.get("content-length")
  return length !== null && Number(length) <= maxSmallLength && headers.get("content-encoding") === null
}

/** Reads what follows the end mark, which is nothing but the end of the body: only then can the connection serve another request. */
const linger = async (
  reader: { readonly read: () => Promise<{ readonly done: boolean }> },
  controller: AbortController,
  timers: TimersService
): Promise<void> => {
  const cancel = timers.after(lingerMs, () => controller.abort())
  try {
    while (!(await reader.read()).done);
  } catch {
    // The answer is whole already; how its connection ends is nobody's business.
  }
  cancel()
}

const textUpTo = async (response: Response, most: number): Promise<string> => {
  if (response.body === null) return ""
  const decoder = new TextDecoder()
  let text = ""
  for await (const bytes of response.body) {
    text += decoder.decode(bytes, { stream: true })
    if (text.length >= most) return text.slice(0, most)
  }
  return text + decoder.decode()
}

/** The short name of a connection error (`ECONNREFUSED`); its message may hold an address with a query, so it stays here. */
const codeOf = (error: unknown): string =>
  typeof error === "object" && error !== null && "code" in error && typeof error.code === "string"
    ? error.code
    : "connection error"

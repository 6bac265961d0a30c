import { Exit } from "effect"
import type { Delta, Deltas } from "../domain/Delta.ts"
import type { Failure, ProviderWords } from "../domain/Failure.ts"
import type { HttpFault } from "../net/Connection.ts"
import type { HttpCall, HttpListener, Post } from "../net/Http.ts"
import type { ResponseHead } from "../net/ResponseHead.ts"
import type { TimersService } from "../net/Timers.ts"
import { isPacking, unpack, type Unpacking } from "../net/Unpacking.ts"
import type { Decoder } from "./Decoder.ts"
import type { Language } from "./Language.ts"
import { requestIdOf } from "./Refusals.ts"
import { type Answer, type Refusal, RefusalText, StreamedAnswer, WholeAnswer } from "./sending/Answer.ts"
import { failureOf, redirected, unknownPacking, unpackable, wasNeverSent } from "./sending/Faults.ts"
import { type Due, firstLook, nextDue, type Progress, type SendLimits, tooLate } from "./sending/Limits.ts"
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
  readonly post: Post
  /**
   * Receives deltas as they come; a promise holds the provider back until the caller has room. Never receives `Failed`.
   */
  readonly onDeltas: (deltas: Deltas) => void | Promise<void>
  /** Called once, when the answer is whole, has failed, or met a fault of ours; not when it was ended from outside. */
  readonly settle: (exit: Exit.Exit<void, Failure>) => void
}

/** Longest wait for an error body, in milliseconds: the status says enough when it does not come. */
const maxRefusalMs = 2_000
/** How long a connection may linger after the end mark so that it can be used again, instead of being closed. */
const lingerMs = 250

/**
 * Sends a request and reads the answer to its end; returns what ends it from outside, which closes the connection. It
 * has failed as soon as it is sure that there will be no whole answer. Plain callbacks for the inside of an attempt's
 * `Effect.callback`: this is the hot path, and an Effect for each event would cost more than all the rest.
 */
export const send = (sending: Sending): (() => void) => {
  const exchange = new Exchange(sending)
  exchange.start()
  return () => exchange.close()
}

class Exchange implements HttpListener {
  readonly #sending: Sending
  #call: HttpCall | undefined
  #settled = false
  #cancelTimer: () => void = () => {}
  /** What is known of the provider's answer once its headers are here. */
  #answered: Pick<ProviderWords, "provider" | "requestId"> | undefined
  #answer: Answer | undefined
  #refusal: Refusal | undefined
  #unpacking: Unpacking | undefined
  #startedAt = 0
  #lifeAt = 0
  /** Pieces for which the caller has no room yet: silence is its doing, not the provider's. */
  #waiting = 0
  /** What is done about the end that came while the caller had no room. */
  #ending: (() => void) | undefined
  #hasCallEnded = false

  constructor(sending: Sending) {
    this.#sending = sending
  }

  start(): void {
    const { url, headers, body, post, timers, limits } = this.#sending
    this.#startedAt = this.#lifeAt = timers.now()
    this.#watch(firstLook(limits))
    this.#call = post({ url, headers, body }, this)
  }

  /** Ends it from outside: the connection is closed and nothing more is told. */
  close(): void {
    this.#settled = true
    this.#cancelTimer()
    this.#call?.close()
    this.#unpacking?.close()
  }

  onConnected(): void {
    this.#sending.progress.connectedAt = this.#sending.timers.now()
  }

  onHead({ status, headers }: ResponseHead): void {
    const { provider, timers, progress } = this.#sending
    progress.headersAt = this.#lifeAt = timers.now()
    progress.status = status
    const requestId = requestIdOf(headers)
    this.#answered = requestId === undefined ? { provider } : { provider, requestId }
    if (status >= 300 && status < 400) return this.#fail(redirected(provider, status))
    if (status >= 400) this.#awaitRefusal(status, headers)
    else this.#guard(() => this.#awaitAnswer(headers))
    const coding = headers.get("content-encoding") ?? "identity"
    if (coding !== "identity" && !this.#settled) this.#unpack(coding)
  }

  onBody(bytes: Buffer): void {
    // What follows the end mark.
    if (this.#settled) return
    this.#lifeAt = this.#sending.timers.now()
    if (this.#unpacking === undefined) return this.#take(bytes)
    if (!this.#unpacking.push(bytes)) this.#call?.pause()
  }

  onEnd(): void {
    this.#hasCallEnded = true
    if (this.#settled) return this.#cancelTimer()
    if (this.#unpacking === undefined) this.#end(() => this.#finish())
    else this.#unpacking.end()
  }

  onFault(fault: HttpFault): void {
    this.#hasCallEnded = true
    if (this.#settled) return this.#cancelTimer()
    if (wasNeverSent(fault)) this.#sending.progress.connectedAt = undefined
    this.#end(() => this.#break(failureOf(this.#sending.provider, fault)))
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

  /** What is thrown here is a fault of ours, for the provider's come as callbacks. */
  #guard(run: () => void): void {
    try {
      run()
    } catch (error) {
      this.#die(error)
    }
  }

  #die(error: unknown): void {
    if (this.#settled) return
    this.close()
    this.#sending.settle(Exit.die(error))
  }

  /** One timer that looks again when it fires, instead of one for each stage and piece. */
  #watch(ms: number): void {
    const { timers, limits, progress, provider } = this.#sending
    this.#cancelTimer = timers.after(ms, () => {
      // A caller without room holds the provider back; its silence is then no sign.
      if (this.#waiting > 0) this.#lifeAt = timers.now()
      const { stage, at } = this.#due()
      const left = at - timers.now()
      if (left > 0) return this.#watch(progress.hasContent ? left : Math.min(left, limits.silenceMs, limits.idleMs))
      this.#fail(tooLate(provider, stage, limits, progress.hasContent))
    })
  }

  #due(): Due {
    const { limits, progress } = this.#sending
    return nextDue(limits, progress, this.#startedAt, this.#lifeAt)
  }

  #awaitAnswer(headers: ResponseHead["headers"]): void {
    const { decoder: decoderFor, provider, stream, isHeld, progress } = this.#sending
    const type = headers.get("content-type") ?? ""
    const streamed = type.includes("event-stream") || (stream && !type.includes("json"))
    const decoder = decoderFor(streamed)
    // A whole answer says its usage when it is read, which is at its end.
    if (streamed) progress.reader = decoder
    this.#answer = streamed ? new StreamedAnswer(decoder, provider, isHeld) : new WholeAnswer(decoder, provider)
  }

  #awaitRefusal(status: number, headers: ResponseHead["headers"]): void {
    const { timers, limits } = this.#sending
    this.#refusal = { status, headers, text: new RefusalText() }
    const left = this.#due().at - timers.now()
    this.#cancelTimer()
    this.#cancelTimer = timers.after(Math.min(maxRefusalMs, limits.idleMs, left), () => this.#finish())
  }

  #unpack(coding: string): void {
    const { provider } = this.#sending
    if (!isPacking(coding)) return this.#break(unknownPacking(provider, coding))
    this.#unpacking = unpack(coding, {
      onBytes: (bytes) => this.#take(bytes),
      onRoom: () => this.#call?.resume(),
      onEnd: () => this.#end(() => this.#finish()),
      onFault: (fault) => this.#end(() => this.#break(unpackable(provider, fault)))
    })
  }

  #take(bytes: Buffer): void {
    try {
      if (this.#refusal?.text.push(bytes) === true) return this.#finish()
      const answer = this.#answer
      if (answer === undefined) return
      const waiting = this.#tell(answer.push(bytes))
      if (waiting !== undefined) this.#hold(waiting)
      if (answer.ended) this.#end(() => this.#linger())
      else if (answer.whole && !this.#settled) this.#expectEnd()
    } catch (error) {
      this.#die(error)
    }
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

  /** Holds the provider back until the caller has room. An unpacker's own buffers fill first. */
  #hold(waiting: Promise<void>): void {
    const { timers } = this.#sending
    const reading = this.#unpacking ?? this.#call
    this.#waiting += 1
    reading?.pause()
    const release = (): void => {
      this.#waiting -= 1
      if (this.#waiting > 0 || this.#settled) return
      this.#lifeAt = timers.now()
      if (this.#ending !== undefined) return this.#ending()
      reading?.resume()
    }
    waiting.then(release, (error: unknown) => this.#die(error))
  }

  /** Does what the answer's end asks for, but not before the caller has had all that came. */
  #end(run: () => void): void {
    if (this.#waiting > 0) this.#ending ??= run
    else run()
  }

  /** The body ended by itself. */
  #finish(): void {
    this.#guard(() => {
      if (this.#refusal !== undefined) return this.#refuse(this.#refusal)
      const waiting = this.#answer === undefined ? undefined : this.#tell(this.#answer.finish())
      if (waiting === undefined) return this.#succeed()
      this.#ending = () => this.#succeed()
      return this.#hold(waiting)
    })
  }

  /** The body broke off, or cannot be read. A refusal is that refusal all the same. */
  #break(failure: Failure): void {
    if (this.#refusal === undefined) this.#fail(failure)
    else this.#finish()
  }

  #refuse({ status, headers, text }: Refusal): void {
    const { language, provider, headers: sent } = this.#sending
    const body = textWithoutKeys(text.toString(), sent)
    this.#fail(language.failure({ provider, status, headers: new Headers(Object.fromEntries(headers)), body }))
  }

  /** Some hosts neither send an end mark nor close the connection; what is whole is not held up by them. */
  #expectEnd(): void {
    this.#cancelTimer()
    this.#cancelTimer = this.#sending.timers.after(lingerMs, () => {
      this.#call?.close()
      this.#hasCallEnded = true
      this.#end(() => this.#finish())
    })
  }

  /**
   * Reads what follows the end mark, which is nothing but the end of the body: only then can the connection serve
   * another request.
   */
  #linger(): void {
    if (this.#settled) return
    this.#succeed()
    this.#unpacking?.close()
    if (!this.#hasCallEnded) this.#cancelTimer = this.#sending.timers.after(lingerMs, () => this.#call?.close())
  }
}

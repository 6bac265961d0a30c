import { noDeltas, type Delta, type Deltas } from "../domain/Delta.ts"
import { Cut, Garbled } from "../domain/Failure.ts"
import { parseJson } from "../domain/Fields.ts"
import type { Usage } from "../domain/usage/Usage.ts"
import { SseFrames, tooLong } from "../net/SseFrames.ts"
import type { Answering, Protocol } from "./Protocol.ts"

/** What a provider has reported of its usage while its answer is under way. */
export interface Reported {
  readonly usage: Usage
  /** Nothing was said since, so that it counts the output to the last word. */
  readonly isCurrent: boolean
}

/** Turns the text of one provider's answer into deltas, as it comes. Holds no I/O: the engine pushes what it reads. */
export interface Decoder {
  /** The deltas that this text completes. */
  push(text: string): Deltas
  /** The transport ended by itself. */
  finish(): Deltas
  /** Nothing more will come: the end mark or a failure was seen. */
  readonly ended: boolean
  /** Everything was said; only the end mark may be missing. */
  readonly whole: boolean
  /** The provider's latest word on its usage, for an answer that may never reach its end. */
  readonly reported: Reported | undefined
}

const garbled = (message: string): Delta => ({ _tag: "Failed", failure: new Garbled({ message }) })

/** What ends a stream of which one event is longer than is kept. */
export const tooLarge = garbled("The provider sent an event that is too large.")

/**
 * For an answer streamed as server-sent events. The decoders are classes, because each object with getters of its own
 * would be of a kind of its own to the engine.
 */
export class StreamDecoder<State> implements Decoder {
  readonly #protocol: Protocol<State>
  readonly #frames = new SseFrames()
  #state: State
  #ended = false
  #usage: Usage | undefined
  #isCurrent = false

  constructor(protocol: Protocol<State>, answering: Answering) {
    this.#protocol = protocol
    this.#state = protocol.start(answering)
  }

  get ended(): boolean {
    return this.#ended
  }

  get whole(): boolean {
    return this.#protocol.isWhole?.(this.#state) ?? false
  }

  get reported(): Reported | undefined {
    return this.#usage === undefined ? undefined : { usage: this.#usage, isCurrent: this.#isCurrent }
  }

  push(text: string): Deltas {
    if (this.#ended) return noDeltas
    const events = this.#frames.push(text)
    if (events === tooLong) return this.#fail([tooLarge])
    const deltas: Array<Delta> = []
    for (const data of events) {
      // Blank data is a keep-alive of some hosts.
      if (data.trim() === "") continue
      this.#take(data, deltas)
      if (this.#ended) break
    }
    return deltas
  }

  finish(): Deltas {
    if (this.#ended) return noDeltas
    const deltas: Array<Delta> = []
    const rest = this.#frames.rest()?.trim() ?? ""
    // Some hosts leave out the blank line after the end mark; anything else without it was cut.
    if (rest !== "" && !this.#protocol.isLast(rest) && parseJson(rest) === undefined) {
      const failure = new Cut({ message: "The provider's stream broke off inside an event." })
      return this.#fail([{ _tag: "Failed", failure }])
    }
    if (rest !== "") this.#take(rest, deltas)
    if (!this.#ended) deltas.push(...this.#protocol.end(this.#state, false))
    return this.#fail(deltas)
  }

  #fail(deltas: Array<Delta>): Deltas {
    this.#ended = true
    return deltas
  }

  #take(data: string, deltas: Array<Delta>): void {
    const protocol = this.#protocol
    if (protocol.isLast(data)) {
      deltas.push(...protocol.end(this.#state, true))
      this.#ended = true
      return
    }
    const event = parseJson(data)
    if (event === undefined) {
      deltas.push(garbled("The provider sent an event that is not JSON."))
      this.#ended = true
      return
    }
    const [next, made] = protocol.step(this.#state, event)
    this.#state = next
    const told = protocol.usage?.(next)
    if (told !== this.#usage) {
      this.#usage = told
      this.#isCurrent = true
    } else if (made.length > 0) this.#isCurrent = false
    for (const delta of made) {
      deltas.push(delta)
      if (delta._tag === "Failed") {
        this.#ended = true
        return
      }
    }
    // Some servers leave the connection open behind it, or break it.
    if (protocol.isEnded?.(next) === true) this.#ended = true
  }
}

/** For an answer that comes as one JSON document (or, from Gemini without `alt=sse`, as a JSON list of events). */
export class WholeDecoder<State> implements Decoder {
  readonly whole = false
  /** It is read when all of it is here, and then its usage is told. */
  readonly reported = undefined
  readonly #protocol: Protocol<State>
  readonly #answering: Answering
  #texts: Array<string> = []
  #ended = false

  constructor(protocol: Protocol<State>, answering: Answering) {
    this.#protocol = protocol
    this.#answering = answering
  }

  get ended(): boolean {
    return this.#ended
  }

  push(text: string): Deltas {
    this.#texts.push(text)
    return noDeltas
  }

  finish(): Deltas {
    if (this.#ended) return noDeltas
    this.#ended = true
    const text = this.#texts.join("")
    this.#texts = []
    return decodeWhole(this.#protocol, this.#answering, parseJson(text))
  }
}

/** The deltas of a parsed body; `undefined` stands for one that is not JSON. */
export const decodeWhole = <State>(protocol: Protocol<State>, answering: Answering, whole: unknown): Deltas => {
  if (whole === undefined) return [garbled("The provider's answer is not JSON, or was cut.")]
  let state = protocol.start(answering)
  const deltas: Array<Delta> = []
  for (const event of protocol.events(whole)) {
    const [next, made] = protocol.step(state, event)
    state = next
    for (const delta of made) {
      deltas.push(delta)
      if (delta._tag === "Failed") return deltas
    }
  }
  deltas.push(...protocol.end(state, true))
  return deltas
}

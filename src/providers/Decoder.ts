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

/** For an answer streamed as server-sent events. */
export const streamDecoder = <State>(protocol: Protocol<State>, answering: Answering): Decoder => {
  const frames = new SseFrames()
  let state = protocol.start(answering)
  let ended = false
  let usage: Usage | undefined
  let isCurrent = false

  const failed = (deltas: Array<Delta>): Deltas => {
    ended = true
    return deltas
  }

  const take = (data: string, deltas: Array<Delta>): void => {
    if (protocol.isLast(data)) {
      deltas.push(...protocol.end(state, true))
      ended = true
      return
    }
    const event = parseJson(data)
    if (event === undefined) {
      deltas.push(garbled("The provider sent an event that is not JSON."))
      ended = true
      return
    }
    const [next, made] = protocol.step(state, event)
    state = next
    const told = protocol.usage?.(state)
    if (told !== usage) {
      usage = told
      isCurrent = true
    } else if (made.length > 0) isCurrent = false
    for (const delta of made) {
      deltas.push(delta)
      if (delta._tag === "Failed") {
        ended = true
        return
      }
    }
    // Some servers leave the connection open behind it, or break it.
    if (protocol.isEnded?.(state) === true) ended = true
  }

  return {
    get ended() {
      return ended
    },
    get whole() {
      return protocol.isWhole?.(state) ?? false
    },
    get reported() {
      return usage === undefined ? undefined : { usage, isCurrent }
    },
    push(text) {
      if (ended) return noDeltas
      const deltas: Array<Delta> = []
      const events = frames.push(text)
      if (events === tooLong) return failed([tooLarge])
      for (const data of events) {
        // Blank data is a keep-alive of some hosts.
        if (data.trim() === "") continue
        take(data, deltas)
        if (ended) break
      }
      return deltas
    },
    finish() {
      if (ended) return noDeltas
      const deltas: Array<Delta> = []
      const rest = frames.rest()
      // Some hosts leave out the blank line after the end mark; anything else without it was cut.
      if (rest !== undefined && protocol.isLast(rest.trim())) take(rest.trim(), deltas)
      else if (rest !== undefined && rest.trim() !== "" && parseJson(rest) === undefined) {
        deltas.push({
          _tag: "Failed",
          failure: new Cut({ message: "The provider's stream broke off inside an event." })
        })
      } else {
        if (rest !== undefined && rest.trim() !== "") take(rest, deltas)
        if (!ended) deltas.push(...protocol.end(state, false))
      }
      return failed(deltas)
    }
  }
}

/** For an answer that comes as one JSON document (or, from Gemini without `alt=sse`, as a JSON list of events). */
export const wholeDecoder = <State>(protocol: Protocol<State>, answering: Answering): Decoder => {
  const texts: Array<string> = []
  let ended = false
  return {
    whole: false,
    // It is read when all of it is here, and then its usage is told.
    reported: undefined,
    get ended() {
      return ended
    },
    push(text) {
      texts.push(text)
      return noDeltas
    },
    finish() {
      if (ended) return noDeltas
      ended = true
      const text = texts.join("")
      texts.length = 0
      return decodeWhole(protocol, answering, parseJson(text))
    }
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

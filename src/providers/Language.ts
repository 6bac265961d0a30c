import type { Result } from "effect"
import type { Failure } from "../domain/Failure.ts"
import type { Request } from "../domain/Request.ts"
import { type Decoder, StreamDecoder, WholeDecoder } from "./Decoder.ts"
import type { Answering, Prepared, Preparing, Protocol, Refused } from "./Protocol.ts"
import { RelayDecoder } from "./relay/Relay.ts"
import { RelayWholeDecoder } from "./relay/RelayWhole.ts"

/** How an answer is to be read. */
export interface Reading {
  /** The provider answers as server-sent events; else with one JSON document. */
  readonly streamed: boolean
  /** The caller speaks the provider's language, so its events may go on as they came. */
  readonly relay: boolean
  /** The caller asked for a usage chunk. */
  readonly wantsUsage: boolean
}

/** A protocol with its state hidden, so that all kinds can stand in one list. */
export interface Language {
  readonly name: Protocol<unknown>["name"]
  readonly prepare: (request: Request, preparing: Preparing) => Result.Result<Prepared, Failure>
  readonly decoder: (answering: Answering, reading: Reading) => Decoder
  readonly failure: (refused: Refused) => Failure
}

/** Hides a protocol's state, and puts its decoders with it. */
export const language = <State>(protocol: Protocol<State>): Language => ({
  name: protocol.name,
  prepare: protocol.prepare,
  failure: protocol.failure,
  decoder: (answering, { streamed, relay, wantsUsage }) => {
    if (!relay) return streamed ? new StreamDecoder(protocol, answering) : new WholeDecoder(protocol, answering)
    return streamed ? new RelayDecoder(protocol, answering, wantsUsage) : new RelayWholeDecoder(protocol, answering)
  }
})

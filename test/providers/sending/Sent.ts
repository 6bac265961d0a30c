import { Cause, type Exit } from "effect"
import type { Deltas } from "../../../src/domain/Delta.ts"
import type { Failure } from "../../../src/domain/Failure.ts"
import { noUsage } from "../../../src/domain/usage/Usage.ts"
import type { HttpListener, HttpRequest } from "../../../src/net/Http.ts"
import type { Decoder } from "../../../src/providers/Decoder.ts"
import { language } from "../../../src/providers/Language.ts"
import { OpenAiChat } from "../../../src/providers/protocols/OpenAiChat.ts"
import { type Sending, send } from "../../../src/providers/Send.ts"
import { beginning, type SendLimits } from "../../../src/providers/sending/Limits.ts"
import { MovedTimers } from "../../net/MovedTimers.ts"

/** None of them is another's. */
export const limits: SendLimits = {
  connectMs: 3_000,
  headersMs: 30_000,
  silenceMs: 20_000,
  idleMs: 10_000,
  contentMs: undefined,
  totalMs: undefined,
  untilGateMs: 600_000
}

/**
 * Ends at `.`, is whole at `!`, throws at `#`; what comes is handed on as it is, and in angle brackets when it is no
 * stream.
 */
const decoderOf = (streamed: boolean): Decoder => {
  let text = ""
  return {
    get ended() {
      return text.includes(".")
    },
    get whole() {
      return text.includes("!")
    },
    // Each letter was a token.
    get reported() {
      return { usage: { ...noUsage, outputTokens: text.length }, isCurrent: true }
    },
    push(piece) {
      text += piece
      if (piece.includes("#")) throw new Error("ours")
      return piece === "" ? [] : [{ _tag: "Text", choice: 0, text: streamed ? piece : `<${piece}>` }]
    },
    finish: () => (text === "" ? [] : [{ _tag: "Text", choice: 0, text: "$" }])
  }
}

const textOf = (deltas: Deltas): string => deltas.map((delta) => (delta._tag === "Text" ? delta.text : "")).join("")

/** One request on its way, of which a test plays the provider, the caller and the clock. */
export class Sent {
  readonly timers = new MovedTimers()
  readonly progress = beginning()
  /** What was done with the transport. */
  readonly did: Array<"pause" | "resume" | "close"> = []
  /** What reached the caller. */
  heard = ""
  /** What the caller has to be waited for. */
  room: Promise<void> | undefined
  request: HttpRequest | undefined
  readonly stop: () => void
  readonly #exits: Array<Exit.Exit<void, Failure>> = []
  #listener: HttpListener | undefined

  constructor(more: Partial<Sending> = {}) {
    const act = (what: Sent["did"][number]) => () => void this.did.push(what)
    this.stop = send({
      provider: "acme",
      url: "http://acme.example/v1/chat",
      headers: { authorization: "Bearer the-secret-key" },
      body: "{}",
      stream: true,
      language: language(OpenAiChat),
      decoder: decoderOf,
      isHeld: false,
      limits,
      progress: this.progress,
      timers: this.timers,
      post: (request, listener) => {
        this.request = request
        this.#listener = listener
        return { pause: act("pause"), resume: act("resume"), close: act("close") }
      },
      onDeltas: (deltas) => {
        this.heard += textOf(deltas)
        return this.room
      },
      settle: (exit) => void this.#exits.push(exit),
      ...more
    })
  }

  /** The transport's side. */
  get provider(): HttpListener {
    if (this.#listener === undefined) throw new Error("Nothing was sent.")
    return this.#listener
  }

  head(status = 200, headers: Readonly<Record<string, string>> = {}): void {
    const all = { "content-type": "text/event-stream", ...headers }
    this.provider.onHead({ status, old: false, headers: new Map(Object.entries(all)) })
  }

  say(text: string): void {
    this.provider.onBody(Buffer.from(text))
  }

  /** How it ended: `success`, `died`, or the failure's class, with the stage of a limit. */
  get ending(): string | undefined {
    const [exit] = this.#exits
    if (this.#exits.length > 1) return "settled twice"
    if (exit === undefined) return undefined
    if (exit._tag === "Success") return "success"
    const failure = Cause.findErrorOption(exit.cause)
    if (failure._tag === "None") return "died"
    return failure.value._tag === "TimedOut" ? `TimedOut ${failure.value.stage}` : failure.value._tag
  }

  get failure(): Failure {
    const [exit] = this.#exits
    const found = exit?._tag === "Failure" ? Cause.findErrorOption(exit.cause) : undefined
    if (found?._tag !== "Some") throw new Error("It did not fail.")
    return found.value
  }
}

import { type Delta, type Deltas, type FinishReason, noDeltas } from "../../domain/Delta.ts"
import { asObject, type Fields, listOf, objectOf, parseJson, textOf } from "../../domain/Fields.ts"
import { noUsage, type Usage } from "../../domain/usage/Usage.ts"
import { usageIn } from "../../wire/openai/chat/usage/ChatUsage.ts"
import { decodeWhole, type Decoder } from "../Decoder.ts"
import type { Answering, Protocol } from "../Protocol.ts"
import { finishOf, isFact } from "./Relay.ts"
import { withModel } from "./Verbatim.ts"

/** The relay lane for whole bodies: the body goes on with the catalog's `model` and OpenAI's own finish reason. */
export class RelayWholeDecoder<State> implements Decoder {
  readonly whole = false
  readonly reported = undefined
  readonly #protocol: Protocol<State>
  readonly #answering: Answering
  #text = ""
  #ended = false

  constructor(protocol: Protocol<State>, answering: Answering) {
    this.#protocol = protocol
    this.#answering = answering
  }

  get ended(): boolean {
    return this.#ended
  }

  push(piece: string): Deltas {
    this.#text += piece
    return noDeltas
  }

  finish(): Deltas {
    if (this.#ended) return noDeltas
    this.#ended = true
    const whole = this.#text
    this.#text = ""
    const body = asObject(parseJson(whole))
    const model = this.#answering.model.id
    const plain = body === undefined || !isPlain(body) ? undefined : withModel(whole, textOf(body["model"]), model)
    if (body !== undefined && plain !== undefined)
      return [{ _tag: "Relayed", text: plain, content: true }, ...factsOf(body)]
    const said = decodeWhole(this.#protocol, this.#answering, body)
    if (body === undefined || said.some((delta) => delta._tag === "Failed")) return said
    const relayed = relayedBody(whole, body, said, model)
    return [{ _tag: "Relayed", text: relayed, content: true }, ...said.filter(isFact)]
  }
}

const plainReasons: ReadonlySet<unknown> = new Set<FinishReason>(["stop", "length", "content_filter"])
const isPlainReason = (reason: unknown): reason is FinishReason => plainReasons.has(reason)

/** Whether a body is an answer of one choice of text that ended as OpenAI says it: nothing in it has to be mended. */
const isPlain = (body: Fields): boolean => {
  const choices = listOf(body["choices"])
  const choice = objectOf(choices[0])
  const message = asObject(choice["message"])
  if (choices.length !== 1 || message === undefined || !isPlainReason(choice["finish_reason"])) return false
  if (body["object"] === "error" || choice["index"] !== 0) return false
  return (body["error"] ?? message["tool_calls"] ?? message["function_call"] ?? choice["delta"] ?? null) === null
}

/** How a plain body ended and what it used. */
const factsOf = (body: Fields): ReadonlyArray<Delta> => {
  const reason = objectOf(listOf(body["choices"])[0])["finish_reason"]
  if (!isPlainReason(reason)) return noDeltas
  const finish: Delta = { _tag: "Finish", choice: 0, reason, native: reason }
  const { usage, x_groq, service_tier } = body
  const isSaid = asObject(usage) !== undefined || asObject(x_groq) !== undefined
  return isSaid ? [finish, new RelayedUsage({ usage, x_groq, service_tier })] : [finish]
}

/** The usage of a relayed body, read when somebody asks for it: the caller has it already. */
class RelayedUsage {
  readonly _tag = "Usage"
  readonly #counts: Fields
  #usage: Usage | undefined

  /** `counts`: of the body, no more than the fields that say it, for the answer may be long. */
  constructor(counts: Fields) {
    this.#counts = counts
  }

  get usage(): Usage {
    return (this.#usage ??= usageIn(this.#counts) ?? noUsage)
  }
}

/** A whole body as it is sent on. */
const relayedBody = (text: string, body: Fields, said: Deltas, model: string): string => {
  const spliced = isFinishedAsSaid(body, said) ? withModel(text, textOf(body["model"]), model) : undefined
  if (spliced !== undefined) return spliced
  const choices = listOf(body["choices"]).map((value) => {
    const choice = objectOf(value)
    const finish = finishOf(said, choice["index"]) ?? choice["finish_reason"] ?? null
    const message = asObject(choice["message"])
    return { ...choice, ...(message === undefined ? {} : { message: withArguments(message) }), finish_reason: finish }
  })
  return JSON.stringify({ ...body, model, choices })
}

const hasNoArguments = (call: unknown): boolean => objectOf(objectOf(call)["function"])["arguments"] === ""

/** A message whose calls without arguments say `{}`, which is JSON. */
const withArguments = (message: Fields): Fields => {
  if (!listOf(message["tool_calls"]).some(hasNoArguments)) return message
  const tool_calls = listOf(message["tool_calls"]).map((value) => {
    const call = objectOf(value)
    return hasNoArguments(call) ? { ...call, function: { ...objectOf(call["function"]), arguments: "{}" } } : call
  })
  return { ...message, tool_calls }
}

const isFinishedAsSaid = (body: Fields, said: Deltas): boolean => {
  for (const value of listOf(body["choices"])) {
    const choice = objectOf(value)
    if (choice["finish_reason"] !== finishOf(said, choice["index"])) return false
    if (listOf(objectOf(choice["message"])["tool_calls"]).some(hasNoArguments)) return false
  }
  return true
}

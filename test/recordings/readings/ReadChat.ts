import OpenAI, { APIError } from "openai"
import type { Expectation, ExpectedArguments, ExpectedCall, ExpectedChoice, ExpectedUsage } from "../Expected.ts"
import { at, listAt, numberAt, objectAt, textAt } from "../Json.ts"
import type { Recording } from "../Recordings.ts"
import { finishWithCalls } from "./Finish.ts"
import { playing } from "./Playing.ts"
import { readError } from "./ReadError.ts"

interface OpenCall {
  id: string
  name: string
  kind: "function" | "custom"
  text: string
  value: unknown
}

interface OpenChoice {
  text: string
  readonly reasoning: Array<string>
  refusal: string
  readonly calls: Array<OpenCall>
  /** The call that each `index` of the stream last meant. */
  readonly byIndex: Map<number, OpenCall>
  legacy: OpenCall | undefined
  finish: string | undefined
}

const opened = (): OpenChoice => ({
  text: "",
  reasoning: [],
  refusal: "",
  calls: [],
  byIndex: new Map(),
  legacy: undefined,
  finish: undefined
})

const words: Readonly<Record<string, string>> = {
  stop: "stop",
  length: "length",
  tool_calls: "tool_calls",
  function_call: "tool_calls",
  content_filter: "content_filter",
  // Hosts that pass on their engine's own word.
  eos: "stop",
  end_turn: "stop",
  stop_sequence: "stop",
  tool_use: "tool_calls",
  max_tokens: "length",
  model_length: "length",
  model_context_window_exceeded: "length",
  sensitive: "content_filter",
  refusal: "content_filter"
}

/** Mistral sends content as parts once it thinks. */
const takeContent = (choice: OpenChoice, content: unknown): void => {
  if (typeof content === "string") choice.text += content
  for (const part of Array.isArray(content) ? content : []) {
    if (textAt(part, "type") === "thinking") {
      const thinking = at(part, "thinking")
      const piece =
        typeof thinking === "string"
          ? thinking
          : listAt(thinking)
              .map((piece) => textAt(piece, "text"))
              .join("")
      choice.reasoning.push(piece)
    } else choice.text += textAt(part, "text")
  }
}

/** Several fields may say the same piece of reasoning; the first that says anything counts. */
const takeReasoning = (choice: OpenChoice, message: unknown): void => {
  const plain = textAt(message, "reasoning_content") || textAt(message, "reasoning")
  if (plain !== "") choice.reasoning.push(plain)
  else {
    for (const detail of listAt(message, "reasoning_details")) {
      const piece = textAt(detail, "text") || textAt(detail, "summary")
      if (piece !== "") choice.reasoning.push(piece)
    }
  }
}

const callFor = (choice: OpenChoice, piece: unknown): OpenCall => {
  const index = numberAt(piece, "index")
  const id = textAt(piece, "id")
  const isNamed = textAt(piece, "function", "name") !== "" || textAt(piece, "custom", "name") !== ""
  const known = index === undefined ? choice.calls.at(-1) : choice.byIndex.get(index)
  // Google's OpenAI door gives every parallel call the index 0, or none: then a new name with a new id begins a call.
  const isNew = known === undefined || (isNamed && (index === undefined || (id !== "" && id !== known.id)))
  if (!isNew) return known
  const call: OpenCall = { id: "", name: "", kind: "function", text: "", value: undefined }
  choice.calls.push(call)
  if (index !== undefined) choice.byIndex.set(index, call)
  return call
}

const takeArguments = (call: OpenCall, written: unknown): void => {
  if (typeof written === "string") call.text += written
  else if (written !== null && written !== undefined) call.value = written
}

const takeCalls = (choice: OpenChoice, message: unknown): void => {
  for (const piece of listAt(message, "tool_calls")) {
    const call = callFor(choice, piece)
    call.id ||= textAt(piece, "id")
    if (at(piece, "custom") !== undefined) call.kind = "custom"
    call.name = textAt(piece, "function", "name") || textAt(piece, "custom", "name") || call.name
    takeArguments(call, at(piece, "function", "arguments") ?? at(piece, "custom", "input"))
  }
  const legacy = at(message, "function_call")
  if (typeof legacy !== "object" || legacy === null) return
  if (choice.legacy === undefined) {
    choice.legacy = { id: "", name: "", kind: "function", text: "", value: undefined }
    choice.calls.push(choice.legacy)
  }
  choice.legacy.name = textAt(legacy, "name") || choice.legacy.name
  takeArguments(choice.legacy, at(legacy, "arguments"))
}

const argumentsOf = (call: OpenCall): ExpectedArguments => {
  if (call.kind === "custom") return { text: call.text }
  if (call.text.trim() !== "") return { text: call.text }
  return { value: call.value ?? {} }
}

const closedCall = (call: OpenCall): ExpectedCall => ({
  id: call.id === "" ? undefined : call.id,
  kind: call.kind,
  name: call.name,
  arguments: argumentsOf(call)
})

/** Fragments of one text, with nothing between them. */
const joined = (pieces: ReadonlyArray<string>): ReadonlyArray<string> => (pieces.length === 0 ? [] : [pieces.join("")])

const closed = (choice: OpenChoice): ExpectedChoice => ({
  text: choice.text,
  reasoning: joined(choice.reasoning),
  refusal: choice.refusal,
  calls: choice.calls.map(closedCall),
  finish: choice.finish === undefined ? undefined : finishWithCalls(choice.finish, choice.calls.length)
})

const inputIn = (usage: unknown): number | undefined =>
  numberAt(usage, "prompt_tokens") ?? numberAt(usage, "input_tokens")

const outputIn = (usage: unknown): number | undefined =>
  numberAt(usage, "completion_tokens") ?? numberAt(usage, "output_tokens")

/** Groq has it under `x_groq`, Moonshot in the choice, everyone else at the top. */
const usageOf = (document: unknown): ExpectedUsage | undefined => {
  const inChoice = at(listAt(document, "choices"), 0, "usage")
  const usage = [at(document, "usage"), at(document, "x_groq", "usage"), inChoice].find(
    (each) => inputIn(each) !== undefined || outputIn(each) !== undefined
  )
  if (usage === undefined) return undefined
  const input = inputIn(usage) ?? 0
  const written = outputIn(usage) ?? 0
  const reasoning =
    numberAt(usage, "completion_tokens_details", "reasoning_tokens") ?? numberAt(usage, "reasoning_tokens") ?? 0
  // xAI's total tells that its reasoning is not in its completion.
  const isApart = reasoning > 0 && numberAt(usage, "total_tokens") === input + written + reasoning
  return {
    input,
    output: isApart ? written + reasoning : written,
    cached:
      numberAt(usage, "prompt_tokens_details", "cached_tokens") ??
      numberAt(usage, "cached_tokens") ??
      numberAt(usage, "prompt_cache_hit_tokens") ??
      0,
    cacheWrite:
      numberAt(usage, "prompt_tokens_details", "cache_write_tokens") ??
      numberAt(usage, "cache_creation_input_tokens") ??
      0,
    reasoning
  }
}

class Reading {
  model = ""
  failure: string | undefined
  usage: ExpectedUsage | undefined
  readonly choices = new Map<number, OpenChoice>()

  take(document: unknown, place: "delta" | "message"): void {
    if (this.model === "") this.model = textAt(document, "model")
    this.usage = usageOf(document) ?? this.usage
    for (const each of listAt(document, "choices")) {
      const index = numberAt(each, "index") ?? 0
      const choice = this.choices.get(index) ?? opened()
      this.choices.set(index, choice)
      const message = objectAt(each, place)
      takeContent(choice, at(message, "content"))
      takeReasoning(choice, message)
      choice.refusal += textAt(message, "refusal")
      takeCalls(choice, message)
      const inner = at(each, "error")
      const finish = textAt(each, "finish_reason")
      if (typeof inner === "object" && inner !== null) {
        this.failure ??= readError(JSON.stringify({ error: inner }), undefined)
      } else if (finish === "error") this.failure ??= "ServerFault"
      else if (finish !== "" && choice.finish === undefined) choice.finish = words[finish] ?? "stop"
    }
  }

  expectation(): Expectation {
    const choices = [...this.choices].sort(([a], [b]) => a - b).map(([, choice]) => closed(choice))
    return { model: this.model, choices, usage: this.usage, failure: this.failure }
  }
}

const readStream = async (recording: Recording): Promise<Expectation> => {
  const reading = new Reading()
  try {
    const stream = await playing(OpenAI, recording).chat.completions.create({
      model: "any",
      messages: [],
      stream: true
    })
    for await (const chunk of stream) reading.take(chunk, "delta")
  } catch (error) {
    // The SDK raises any chunk that has an `error`; what it carries besides (usage) is in the body.
    if (error instanceof APIError) reading.failure = readError(JSON.stringify({ error: error.error }), undefined)
    // Data that is no JSON.
    else if (error instanceof SyntaxError) reading.failure = "Garbled"
    else throw error
  }
  const isEnded = recording.body.includes("[DONE]")
  for (const choice of reading.choices.values()) {
    if (choice.finish === undefined && reading.failure === undefined && isEnded) choice.finish = "stop"
  }
  const isWhole =
    reading.choices.size > 0 && [...reading.choices.values()].every((choice) => choice.finish !== undefined)
  if (!isWhole) reading.failure ??= "Cut"
  return reading.expectation()
}

const readWhole = async (recording: Recording): Promise<Expectation> => {
  const reading = new Reading()
  const answer: unknown = await playing(OpenAI, recording).chat.completions.create({ model: "any", messages: [] })
  if (typeof at(answer, "error") === "object" && at(answer, "error") !== null) {
    reading.failure = readError(recording.body, undefined)
    return reading.expectation()
  }
  reading.take(answer, "message")
  for (const choice of reading.choices.values()) choice.finish ??= "stop"
  return reading.expectation()
}

/**
 * Reads an OpenAI chat completion, whole or streamed, of OpenAI or of any host that speaks its language, through
 * OpenAI's SDK.
 */
export const readChat = (recording: Recording): Promise<Expectation> =>
  recording.stream ? readStream(recording) : readWhole(recording)

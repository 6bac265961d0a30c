import Anthropic, { AnthropicError, APIError } from "@anthropic-ai/sdk"
import type { Expectation, ExpectedArguments, ExpectedCall, ExpectedUsage } from "../Expected.ts"
import { at, listAt, numberAt, parsed, textAt } from "../Json.ts"
import type { Recording } from "../Recordings.ts"
import { finishWithCalls } from "./Finish.ts"
import { playing } from "./Playing.ts"
import { readError } from "./ReadError.ts"

const words: Readonly<Record<string, string>> = {
  end_turn: "stop",
  stop_sequence: "stop",
  pause_turn: "stop",
  tool_use: "tool_calls",
  max_tokens: "length",
  model_context_window_exceeded: "length",
  refusal: "content_filter"
}

const tokens = (usage: unknown, name: string): number => numberAt(usage, name) ?? 0

/** Anthropic's input leaves out what the cache gave and took; OpenAI's holds both. */
const usageOf = (usage: unknown): ExpectedUsage => {
  // A summary of an overlong conversation is a round of its own, which the totals beside it leave out.
  const compactions = listAt(usage, "iterations").filter((round) => textAt(round, "type") === "compaction")
  const sum = (name: string): number =>
    [usage, ...compactions].reduce<number>((all, each) => all + tokens(each, name), 0)
  const cached = sum("cache_read_input_tokens")
  const cacheWrite = sum("cache_creation_input_tokens")
  return {
    input: sum("input_tokens") + cached + cacheWrite,
    output: sum("output_tokens"),
    cached,
    cacheWrite,
    reasoning: numberAt(usage, "output_tokens_details", "thinking_tokens") ?? 0
  }
}

/** `written`: the argument text of each tool use in a stream, by its block; the SDK keeps only what it parsed. */
const expectationFrom = (message: unknown, written: ReadonlyMap<number, string>): Expectation => {
  const texts: Array<string> = []
  const reasoning: Array<string> = []
  const calls: Array<ExpectedCall> = []
  listAt(message, "content").forEach((block, index) => {
    const type = textAt(block, "type")
    if (type === "text") texts.push(textAt(block, "text"))
    if (type === "thinking") reasoning.push(textAt(block, "thinking"))
    if (type !== "tool_use") return
    const text = written.get(index) ?? ""
    const given: ExpectedArguments = text.trim() === "" ? { value: at(block, "input") ?? {} } : { text }
    calls.push({
      id: textAt(block, "id") || undefined,
      kind: "function",
      name: textAt(block, "name"),
      arguments: given
    })
  })
  const stop = textAt(message, "stop_reason")
  return {
    model: textAt(message, "model"),
    choices: [
      {
        text: texts.join(""),
        reasoning: reasoning.filter((piece) => piece !== ""),
        refusal: textAt(message, "stop_details", "explanation"),
        calls,
        finish: finishWithCalls(words[stop] ?? "stop", calls.length)
      }
    ],
    usage: usageOf(at(message, "usage")),
    failure: undefined
  }
}

const request = { model: "any", max_tokens: 1, messages: [] }

/** The SDK goes by the events' names, which some recorders dropped; they are the types in the data. */
const named = (recording: Recording): Recording => {
  if (/^event:/m.test(recording.body)) return recording
  const named = recording.body.replace(
    /^data:(.*)$/gm,
    (line, data) => `event: ${textAt(parsed(data), "type")}\n${line}`
  )
  return { ...recording, body: named }
}

const readStream = async (recording: Recording): Promise<Expectation> => {
  const written = new Map<number, string>()
  let iterations: unknown
  let isEnded = false
  try {
    const stream = playing(Anthropic, named(recording)).messages.stream(request)
    for await (const event of stream) {
      if (event.type === "content_block_delta" && event.delta.type === "input_json_delta") {
        written.set(event.index, (written.get(event.index) ?? "") + event.delta.partial_json)
      }
      if (event.type === "message_delta") iterations = at(event, "usage", "iterations")
      if (event.type === "message_stop") isEnded = true
    }
    const message: unknown = isEnded ? await stream.finalMessage() : stream.currentMessage
    const usage = { ...Object(at(message, "usage")), ...(iterations === undefined ? {} : { iterations }) }
    const expectation = expectationFrom({ ...Object(message), usage }, written)
    return isEnded ? expectation : { ...expectation, failure: "Cut" }
  } catch (error) {
    if (!(error instanceof AnthropicError)) throw error
    // Any other error of the SDK says that there was no message, or not all of one.
    const failure = error instanceof APIError ? readError(JSON.stringify(error.error), undefined) : "Cut"
    return { model: "", choices: [], usage: undefined, failure }
  }
}

const readWhole = async (recording: Recording): Promise<Expectation> => {
  const message: unknown = await playing(Anthropic, recording).messages.create(request)
  if (textAt(message, "type") === "error") {
    return { model: "", choices: [], usage: undefined, failure: readError(recording.body, undefined) }
  }
  return expectationFrom(message, new Map())
}

/** Reads an Anthropic message, whole or streamed, through Anthropic's SDK. */
export const readMessages = (recording: Recording): Promise<Expectation> =>
  recording.stream ? readStream(recording) : readWhole(recording)

import OpenAI, { APIError } from "openai"
import type { Expectation, ExpectedArguments, ExpectedCall } from "../Expected.ts"
import { at, listAt, numberAt, objectAt, textAt } from "../Json.ts"
import type { Recording } from "../Recordings.ts"
import { finishWithCalls } from "./Finish.ts"
import { playing } from "./Playing.ts"
import { readError } from "./ReadError.ts"

const failed = (failure: string): Expectation => ({ model: "", choices: [], usage: undefined, failure })

const callOf = (item: unknown): ReadonlyArray<ExpectedCall> => {
  const type = textAt(item, "type")
  if (type !== "function_call" && type !== "custom_tool_call") return []
  const kind = type === "function_call" ? "function" : "custom"
  const text = kind === "function" ? textAt(item, "arguments") : textAt(item, "input")
  const written: ExpectedArguments = kind === "function" && text.trim() === "" ? { value: {} } : { text }
  return [{ id: textAt(item, "call_id") || undefined, kind, name: textAt(item, "name"), arguments: written }]
}

const partsOf = (output: ReadonlyArray<unknown>, type: string, field: string): ReadonlyArray<string> =>
  output
    .filter((item) => textAt(item, "type") === "message")
    .flatMap((item) => listAt(item, "content"))
    .filter((part) => textAt(part, "type") === type)
    .map((part) => textAt(part, field))

const reasoningOf = (output: ReadonlyArray<unknown>): ReadonlyArray<string> =>
  output
    .filter((item) => textAt(item, "type") === "reasoning")
    .flatMap((item) => [...listAt(item, "summary"), ...listAt(item, "content")])
    .map((part) => textAt(part, "text"))
    .filter((text) => text !== "")

const finishOf = (response: unknown): string => {
  if (textAt(response, "status") !== "incomplete") return "stop"
  return textAt(response, "incomplete_details", "reason") === "content_filter" ? "content_filter" : "length"
}

const expectationFrom = (response: unknown, output: ReadonlyArray<unknown>): Expectation => {
  if (textAt(response, "status") === "failed") {
    return failed(readError(JSON.stringify({ error: at(response, "error") }), undefined))
  }
  const calls = output.flatMap(callOf)
  const usage = at(response, "usage")
  const tokens = (...path: ReadonlyArray<string>): number => numberAt(usage, ...path) ?? 0
  return {
    model: textAt(response, "model"),
    choices: [
      {
        text: partsOf(output, "output_text", "text").join(""),
        reasoning: reasoningOf(output),
        refusal: partsOf(output, "refusal", "refusal").join(""),
        calls,
        finish: finishWithCalls(finishOf(response), calls.length)
      }
    ],
    usage:
      typeof usage !== "object" || usage === null
        ? undefined
        : {
            input: tokens("input_tokens"),
            output: tokens("output_tokens"),
            cached: tokens("input_tokens_details", "cached_tokens"),
            cacheWrite: tokens("input_tokens_details", "cache_write_tokens"),
            reasoning: tokens("output_tokens_details", "reasoning_tokens")
          },
    failure: undefined
  }
}

/**
 * The final response repeats what the stream said piece by piece; what a caller saw are the pieces, so they are what
 * counts.
 */
const withPieces = (output: ReadonlyArray<unknown>, pieces: ReadonlyMap<string, string>): ReadonlyArray<unknown> =>
  output.map((item, index) => {
    const parts = (field: "content" | "summary") =>
      listAt(item, field).map((part, place) => {
        const kind = textAt(part, "type")
        const written = pieces.get(`${index} ${kind} ${place}`)
        if (written === undefined) return part
        return { type: kind, [kind === "refusal" ? "refusal" : "text"]: written }
      })
    return {
      ...objectAt(item),
      content: parts("content"),
      summary: parts("summary"),
      arguments: pieces.get(`${index} arguments`) ?? at(item, "arguments"),
      input: pieces.get(`${index} input`) ?? at(item, "input")
    }
  })

/** Which piece of the final response an event adds to. */
const placeOf = (event: unknown): string | undefined => {
  const index = numberAt(event, "output_index")
  const part = numberAt(event, "content_index") ?? numberAt(event, "summary_index")
  const places: Readonly<Record<string, string>> = {
    "response.output_text.delta": `${index} output_text ${part}`,
    "response.refusal.delta": `${index} refusal ${part}`,
    "response.reasoning_text.delta": `${index} reasoning_text ${part}`,
    "response.reasoning_summary_text.delta": `${index} summary_text ${part}`,
    "response.function_call_arguments.delta": `${index} arguments`,
    "response.custom_tool_call_input.delta": `${index} input`
  }
  return places[textAt(event, "type")]
}

const readStream = async (recording: Recording): Promise<Expectation> => {
  const done = new Map<number, unknown>()
  const pieces = new Map<string, string>()
  let last: unknown
  try {
    const stream = await playing(OpenAI, recording).responses.create({ model: "any", input: "any", stream: true })
    for await (const event of stream) {
      const place = placeOf(event)
      if (place !== undefined) pieces.set(place, (pieces.get(place) ?? "") + textAt(event, "delta"))
      if (event.type === "response.output_item.done") done.set(event.output_index, event.item)
      if (
        event.type === "response.completed" ||
        event.type === "response.incomplete" ||
        event.type === "response.failed"
      ) {
        last = event.response
      }
      // OpenAI's types have the error's fields on the event itself.
      if (event.type === "error") return failed(readError(JSON.stringify({ error: event }), undefined))
    }
  } catch (error) {
    if (!(error instanceof APIError)) throw error
    return failed(readError(JSON.stringify({ error: error.error }), undefined))
  }
  if (last === undefined) return failed("Cut")
  // Some hosts repeat nothing at the end.
  const repeated = listAt(last, "output")
  const output = repeated.length > 0 ? repeated : [...done].sort(([a], [b]) => a - b).map(([, item]) => item)
  return expectationFrom(last, withPieces(output, pieces))
}

/** Reads an answer of the Responses API, whole or streamed, through OpenAI's SDK. */
export const readResponses = async (recording: Recording): Promise<Expectation> => {
  if (recording.stream) return readStream(recording)
  const response: unknown = await playing(OpenAI, recording).responses.create({ model: "any", input: "any" })
  return expectationFrom(response, listAt(response, "output"))
}

import OpenAI, { APIError } from "openai"
import type { ExpectedUsage } from "../Expected.ts"
import { at, listAt, numberAt, textAt } from "../Json.ts"
import type { Outcome, ToldCall, ToldChoice } from "../Outcome.ts"

/** What a caller with the official SDK got of the gateway. */
export interface Received extends Outcome {
  /** The HTTP status of a refusal; `undefined` for an answer, and for an error inside a stream. */
  readonly status: number | undefined
  /** The error object of a refusal or of an error inside a stream. */
  readonly error: unknown
}

const usageOf = (usage: unknown): ExpectedUsage | undefined => {
  if (typeof usage !== "object" || usage === null) return undefined
  // OpenAI leaves out details of which its older models know nothing.
  const tokens = (...path: ReadonlyArray<string>): number => numberAt(usage, ...path) ?? 0
  const input = tokens("prompt_tokens")
  const output = tokens("completion_tokens")
  if (tokens("total_tokens") !== input + output) throw new Error(`total_tokens: ${JSON.stringify(usage)}`)
  return {
    input,
    output,
    cached: tokens("prompt_tokens_details", "cached_tokens"),
    cacheWrite: tokens("prompt_tokens_details", "cache_write_tokens"),
    reasoning: tokens("completion_tokens_details", "reasoning_tokens")
  }
}

const callOf = (call: unknown): ToldCall => {
  if (textAt(call, "type") === "custom") {
    const name = textAt(call, "custom", "name")
    return { id: textAt(call, "id"), kind: "custom", name, arguments: textAt(call, "custom", "input") }
  }
  const name = textAt(call, "function", "name")
  return { id: textAt(call, "id"), kind: "function", name, arguments: textAt(call, "function", "arguments") }
}

/** `function_call` is how callers of the old `functions` are answered: one call, and no id. */
const callsOf = (message: unknown): ReadonlyArray<ToldCall> => {
  const legacy = at(message, "function_call")
  if (typeof legacy !== "object" || legacy === null) return listAt(message, "tool_calls").map(callOf)
  return [{ id: "none", kind: "function", name: textAt(legacy, "name"), arguments: textAt(legacy, "arguments") }]
}

const choiceOf = (choice: unknown, reasoning: string): ToldChoice => {
  const finish = textAt(choice, "finish_reason")
  return {
    text: textAt(choice, "message", "content"),
    reasoning,
    refusal: textAt(choice, "message", "refusal"),
    calls: callsOf(at(choice, "message")),
    finish: finish === "function_call" ? "tool_calls" : finish
  }
}

const answered = (completion: unknown, usage: unknown, reasoning: (choice: unknown) => string): Received => ({
  model: textAt(completion, "model"),
  choices: listAt(completion, "choices").map((choice) => choiceOf(choice, reasoning(choice))),
  usage: usageOf(usage),
  failure: undefined,
  status: undefined,
  error: undefined
})

const refused = (error: APIError, choices: ReadonlyArray<ToldChoice>): Received => ({
  model: "",
  choices,
  usage: undefined,
  failure: textAt(error.error, "class"),
  status: error.status,
  error: error.error
})

const whole = async (client: OpenAI, body: object): Promise<Received> => {
  const completion = await client.chat.completions.create({ model: "", messages: [] }, { body })
  return answered(completion, completion.usage, (choice) => textAt(choice, "message", "reasoning_content"))
}

/**
 * The SDK's own accumulation, which is strict about ids, indices and types of calls; reasoning is no field of OpenAI's,
 * so it is joined here.
 */
const streamed = async (client: OpenAI, body: object): Promise<Received> => {
  const said = new Map<number, { text: string; reasoning: string }>()
  let usage: unknown
  try {
    const stream = client.chat.completions.stream({ model: "", messages: [] }, { body })
    for await (const chunk of stream) {
      if (chunk.usage !== null && chunk.usage !== undefined) usage = chunk.usage
      for (const { delta, index } of chunk.choices) {
        const before = said.get(index) ?? { text: "", reasoning: "" }
        const text = before.text + textAt(delta, "content")
        said.set(index, { text, reasoning: before.reasoning + textAt(delta, "reasoning_content") })
      }
    }
    const completion = await stream.finalChatCompletion()
    return answered(completion, usage, (choice) => said.get(numberAt(choice, "index") ?? 0)?.reasoning ?? "")
  } catch (error) {
    if (!(error instanceof APIError)) throw error
    const none = { refusal: "", calls: [], finish: undefined }
    return refused(
      error,
      [...said.values()].map((choice) => ({ ...choice, ...none }))
    )
  }
}

/** Sends a body to the gateway with OpenAI's SDK and reads whatever comes. */
export const call = async (client: OpenAI, body: object): Promise<Received> => {
  if (at(body, "stream") === true) return streamed(client, body)
  try {
    return await whole(client, body)
  } catch (error) {
    if (!(error instanceof APIError)) throw error
    return refused(error, [])
  }
}

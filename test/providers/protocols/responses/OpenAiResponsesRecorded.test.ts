import { expect, test } from "bun:test"
import { readdirSync, readFileSync } from "node:fs"
import { fold } from "../../../../src/domain/Answer.ts"
import type { Delta, Deltas } from "../../../../src/domain/Delta.ts"
import type { Model } from "../../../../src/domain/Model.ts"
import { type Decoder, StreamDecoder, WholeDecoder } from "../../../../src/providers/Decoder.ts"
import { OpenAiResponses } from "../../../../src/providers/protocols/OpenAiResponses.ts"

/** A recorded document as it is; only this reading of it is trusted, and it shares no code with `src`. */
interface Part {
  readonly type: string
  readonly text?: string
  readonly refusal?: string
}
interface Item {
  readonly type: string
  readonly call_id?: string
  readonly name?: string
  readonly arguments?: string
  readonly input?: string
  readonly encrypted_content?: string
  readonly summary?: ReadonlyArray<Part>
  readonly content?: ReadonlyArray<Part>
}
interface Response {
  readonly status: string
  readonly output: ReadonlyArray<Item>
  readonly incomplete_details: { readonly reason: string } | null
  readonly error: { readonly code: string } | null
  readonly usage: {
    readonly input_tokens: number
    readonly output_tokens: number
    readonly input_tokens_details: { readonly cached_tokens: number }
    readonly output_tokens_details: { readonly reasoning_tokens: number }
  } | null
}
interface Recording {
  readonly id: string
  readonly kind: string
  readonly provider: string
  readonly response: { readonly status: number; readonly body: string }
}

const folder = process.env["RECORDINGS"]
if (folder === undefined) console.log("RECORDINGS is not set: recorded answers of the Responses API are not replayed.")

const recordings = (folder === undefined ? [] : readdirSync(folder))
  .filter((file) => file.endsWith(".json") && file.includes("responses"))
  .map((file): Recording => JSON.parse(readFileSync(`${folder}/${file}`, "utf8")))
  .filter(({ kind, response }) => kind === "responses" && response.status === 200)

const isStream = (body: string) => !body.trimStart().startsWith("{")

/** The response as the last event, or the document, holds it: nothing of the deltas is read. */
const finalOf = (body: string): Response | undefined => {
  if (!isStream(body)) return JSON.parse(body)
  const ends = [...body.matchAll(/^data: ?(\{.*"type": ?"response\.(?:completed|incomplete|failed)".*)$/gm)]
  return ends.length === 0 ? undefined : JSON.parse(ends[0]?.[1] ?? "").response
}

/**
 * OpenAI encrypts the same reasoning anew for each event; what the finished item has is what was sent back in recorded
 * next turns.
 */
const encryptedIn = (body: string, { output }: Response): ReadonlyArray<string> => {
  const done = [...body.matchAll(/^data: ?(\{.*"type": ?"response\.output_item\.done".*)$/gm)]
  const items: ReadonlyArray<Item> = isStream(body) ? done.map((event) => JSON.parse(event[1] ?? "").item) : output
  return items.flatMap((item) => (item.type === "reasoning" ? (item.encrypted_content ?? []) : []))
}

const expected = (body: string, response: Response) => {
  const { output, status, incomplete_details, usage } = response
  const messages = output.filter((item) => item.type === "message").flatMap((item) => item.content ?? [])
  const calls = output.filter((item) => item.type === "function_call" || item.type === "custom_tool_call")
  const reasoning = output.filter((item) => item.type === "reasoning")
  const cut = incomplete_details?.reason === "content_filter" ? "content_filter" : "length"
  return {
    text: messages.map((part) => part.text ?? "").join(""),
    refusal: messages.map((part) => part.refusal ?? "").join(""),
    reasoning: reasoning
      .flatMap((item) => [...(item.summary ?? []), ...(item.content ?? [])])
      .map((part) => part.text)
      .join("\n\n"),
    encrypted: encryptedIn(body, response),
    calls: calls.map((item) => [item.call_id, item.name, item.arguments ?? item.input]),
    finish: status === "incomplete" ? cut : calls.length > 0 ? "tool_calls" : "stop",
    usage: usage && [
      usage.input_tokens,
      usage.input_tokens_details.cached_tokens,
      usage.output_tokens,
      usage.output_tokens_details.reasoning_tokens
    ]
  }
}

const found = (deltas: Deltas): ReturnType<typeof expected> => {
  const answer = fold(deltas)
  const [choice] = answer.choices
  const { inputTokens, cachedTokens, outputTokens, reasoningTokens } = answer.usage
  const counted = deltas.some((delta) => delta._tag === "Usage")
  return {
    text: choice?.text ?? "",
    refusal: choice?.refusal ?? "",
    reasoning: choice?.reasoning ?? "",
    encrypted: (choice?.reasoningDetails ?? []).flatMap((detail) => detail.data ?? []),
    calls: (choice?.toolCalls ?? []).map((call) => [call.id, call.name, call.arguments]),
    finish: choice?.finishReason ?? "",
    usage: counted ? [inputTokens, cachedTokens, outputTokens, reasoningTokens] : null
  }
}

const decoderFor = ({ provider, response }: Recording): Decoder => {
  const rules = {
    language: "openai",
    api: "responses",
    reasoning: true,
    sampling: "always",
    systemRole: "developer"
  } as const
  const model: Model = { id: `${provider}/x`, provider, name: "x", rules, prices: [], listed: false }
  const request = {
    model: "x",
    messages: [],
    stream: true,
    includeUsage: true,
    tools: [],
    requireParameters: false,
    legacyFunctions: false
  }
  const answering = { model, request, quirks: {}, newId: (prefix: string) => `${prefix}0` }
  return isStream(response.body)
    ? new StreamDecoder(OpenAiResponses, answering)
    : new WholeDecoder(OpenAiResponses, answering)
}

const wholly = (recording: Recording): Deltas => {
  const decoder = decoderFor(recording)
  return [...decoder.push(recording.response.body), ...decoder.finish()]
}

const byteByByte = (recording: Recording): Deltas => {
  const decoder = decoderFor(recording)
  const text = new TextDecoder()
  const deltas: Array<Delta> = []
  for (const byte of new TextEncoder().encode(recording.response.body)) {
    deltas.push(...decoder.push(text.decode(Uint8Array.of(byte), { stream: true })))
  }
  return [...deltas, ...decoder.push(text.decode()), ...decoder.finish()]
}

for (const recording of recordings) {
  test(`a recorded answer reads the same, whole and byte by byte: ${recording.id}`, () => {
    const deltas = wholly(recording)
    expect(byteByByte(recording)).toEqual(deltas)
    const final = finalOf(recording.response.body)
    const failures = deltas.filter((delta) => delta._tag === "Failed")
    if (final === undefined || final.status === "failed") {
      expect(failures).toHaveLength(1)
      expect(failures[0]?.failure.words?.code ?? "").toBe(final?.error?.code ?? "")
      return
    }
    expect(failures).toEqual([])
    expect(deltas.filter((delta) => delta._tag === "Start" || delta._tag === "Finish")).toHaveLength(2)
    expect(found(deltas)).toEqual(expected(recording.response.body, final))
  })
}

import { describe, expect, test } from "bun:test"
import { fold } from "../../../../src/domain/Answer.ts"
import type { Delta, Deltas } from "../../../../src/domain/Delta.ts"
import { asObject, asText, type Fields, listOf, objectOf, parseJson } from "../../../../src/domain/Fields.ts"
import type { Model } from "../../../../src/domain/Model.ts"
import type { Request } from "../../../../src/domain/Request.ts"
import { StreamDecoder, WholeDecoder } from "../../../../src/providers/Decoder.ts"
import type { Answering } from "../../../../src/providers/Protocol.ts"
import { OpenAiChat } from "../../../../src/providers/protocols/OpenAiChat.ts"
import { chatAnswer } from "../../../../src/wire/openai/chat/ChatAnswer.ts"
import { ChatChunks } from "../../../../src/wire/openai/chat/ChatChunks.ts"

/** A model of a host that imitates OpenAI. */
export const hosted: Model = {
  id: "host/model",
  provider: "host",
  name: "model",
  rules: { language: "compatible", reasoningSwitch: "effort", reasoningBack: false, parallelToolCalls: true },
  prices: [],
  listed: true
}

/** The least that a request says. */
export const asked: Request = {
  model: "host/model",
  messages: [{ role: "user", content: "Hi" }],
  stream: true,
  includeUsage: false,
  tools: [],
  requireParameters: false,
  legacyFunctions: false
}

/** What a decoder is told; ids are counted, so that they can be expected. */
export const answering = (quirks: Answering["quirks"] = { compatible: true }, request: Request = asked): Answering => {
  let made = 0
  return { model: hosted, request, quirks, newId: (prefix) => `${prefix}_${made++}` }
}

/** A chunk of a host's stream: one choice with this delta. */
export const chunk = (delta: Fields, choice: Fields = {}, envelope: Fields = {}): Fields => ({
  id: "chatcmpl-1",
  object: "chat.completion.chunk",
  created: 1_750_000_000,
  model: "their-model",
  choices: [{ index: 0, delta, finish_reason: null, ...choice }],
  ...envelope
})

/** The chunk with which a host ends a choice. */
export const ending = (reason: string, envelope: Fields = {}): Fields => chunk({}, { finish_reason: reason }, envelope)

/** A chunk with pieces of tool calls. */
export const calling = (...tool_calls: ReadonlyArray<Fields>): Fields => chunk({ tool_calls })

/** Events as server-sent ones; text stands for itself. */
export const sse = (events: ReadonlyArray<Fields | string>): string =>
  events.map((event) => (typeof event === "string" ? event : `data: ${JSON.stringify(event)}\n\n`)).join("")

export const done = "data: [DONE]\n\n"

/** What is told of a stream, to the end of its transport. */
export const streamed = (events: ReadonlyArray<Fields | string>, told: Answering = answering()): Deltas => {
  const decoder = new StreamDecoder(OpenAiChat, told)
  return [...decoder.push(sse(events)), ...decoder.finish()]
}

/** What is told of a body. */
export const whole = (body: unknown, told: Answering = answering()): Deltas => {
  const decoder = new WholeDecoder(OpenAiChat, told)
  return [...decoder.push(JSON.stringify(body)), ...decoder.finish()]
}

const briefOne = (delta: Delta): string => {
  switch (delta._tag) {
    case "Start":
      return `start ${delta.id} ${delta.model}`
    case "Text":
      return delta.logprobs === undefined ? `text ${delta.text}` : `text ${delta.text} with logprobs`
    case "Reasoning":
      return `reasoning ${delta.text}`
    case "ReasoningDetail":
      return `detail ${delta.detail.index} ${delta.detail.type}`
    case "Refusal":
      return `refusal ${delta.text}`
    case "ToolCallStart":
      return `call ${delta.call} ${delta.id} ${delta.name}${delta.kind === "custom" ? " custom" : ""}`
    case "ToolCallArguments":
      return `arguments ${delta.call} ${delta.text}`
    case "Annotation":
      return `cites ${delta.annotation.url}`
    case "Audio":
      return `audio ${JSON.stringify(delta.audio)}`
    case "Usage": {
      const { inputTokens, cachedTokens, outputTokens, reasoningTokens } = delta.usage
      return `usage ${inputTokens} (${cachedTokens} cached) ${outputTokens} (${reasoningTokens} reasoning)`
    }
    case "Finish":
      return `finish ${delta.reason}`
    case "Relayed":
      return `relayed ${delta.text}`
    case "Failed":
      return `failed ${delta.failure._tag}`
  }
}

/** Deltas in a line each; those of another choice than the first begin with its number. */
export const brief = (deltas: Deltas): ReadonlyArray<string> =>
  deltas.map((delta) => {
    const choice = "choice" in delta && delta.choice !== 0 ? `${delta.choice}: ` : ""
    return `${choice}${briefOne(delta)}`
  })

const naming = { id: "chatcmpl-ours", model: "host/model", created: 1, legacyFunctions: false }

/** The stream that the caller gets of these deltas. */
export const chunksOf = (deltas: Deltas, form: { includeUsage?: boolean; legacyFunctions?: boolean } = {}): string => {
  const chunks = new ChatChunks({ ...naming, includeUsage: false, ...form })
  return chunks.write(deltas) + chunks.end()
}

/** The body that the caller gets of these deltas. */
export const bodyOf = (deltas: Deltas, legacyFunctions = false): Fields =>
  chatAnswer(fold(deltas), { ...naming, legacyFunctions })

/** The JSON events of a stream's text, without its end mark. */
export const eventsOf = (text: string): ReadonlyArray<Fields> =>
  text
    .split("\n\n")
    .filter((line) => line !== "" && line !== "data: [DONE]")
    .map((line) => objectOf(parseJson(line.slice("data: ".length))))

/** The call pieces, per call, in which official SDKs would stumble over something. */
const wrongCall = (pieces: ReadonlyArray<Fields>, at: number): ReadonlyArray<string> => {
  const [first = {}, ...rest] = pieces
  const wrong: Array<string> = []
  const isCustom = first["type"] === "custom"
  const inner = isCustom ? "custom" : "function"
  const text = isCustom ? "input" : "arguments"
  const began = objectOf(first[inner])
  if (typeof first["id"] !== "string" || first["id"] === "") wrong.push(`call ${at} begins without an id`)
  if (first["type"] !== inner) wrong.push(`call ${at} begins without a type`)
  if (typeof began["name"] !== "string" || began[text] !== "") wrong.push(`call ${at} begins without a name`)
  for (const piece of rest) {
    if (Object.keys(piece).toSorted().join() !== `${inner},index`) wrong.push(`call ${at} says its head again`)
    if (Object.keys(objectOf(piece[inner])).join() !== text) wrong.push(`call ${at} has more than a fragment`)
  }
  const joined = rest.map((piece) => asText(objectOf(piece[inner])[text]) ?? "").join("")
  if (!isCustom && asObject(parseJson(joined)) === undefined) wrong.push(`call ${at} has arguments ${joined}`)
  return wrong
}

/**
 * What of a stream breaks the form that the official SDKs need (design: "What official SDKs do with a stream was
 * tried").
 */
export const malformed = (text: string, includeUsage: boolean): ReadonlyArray<string> => {
  const wrong: Array<string> = []
  if (!text.endsWith(done)) wrong.push("does not end with [DONE]")
  const blocks = text.slice(0, -done.length).split("\n\n").slice(0, -1)
  if (blocks.some((block) => !block.startsWith("data: {") || block.includes("\n"))) wrong.push("is not all data lines")
  const events = eventsOf(text)
  const chunks = includeUsage ? events.slice(0, -1) : events
  const last = events.at(-1) ?? {}
  if (includeUsage && (listOf(last["choices"]).length > 0 || asObject(last["usage"]) === undefined))
    wrong.push("has no usage chunk")
  const opened = new Set<unknown>()
  const finished = new Map<unknown, string>()
  const calls = new Map<string, Array<Fields>>()
  for (const event of chunks) {
    const [value, ...others] = listOf(event["choices"])
    const choice = objectOf(value)
    const delta = objectOf(choice["delta"])
    const at = choice["index"]
    if (value === undefined || others.length > 0) wrong.push("has a chunk without exactly one choice")
    if (typeof delta["content"] !== "string") wrong.push("has a delta without content")
    if (opened.has(at) === (delta["role"] === "assistant")) wrong.push("does not say the role first, once")
    opened.add(at)
    if (finished.has(at)) wrong.push("goes on after the end")
    if (typeof choice["finish_reason"] === "string") finished.set(at, choice["finish_reason"])
    for (const piece of listOf(delta["tool_calls"]).map(objectOf)) {
      const key = `${String(at)}/${String(piece["index"])}`
      calls.set(key, [...(calls.get(key) ?? []), piece])
    }
    if (!includeUsage && asObject(event["usage"]) !== undefined) wrong.push("says usage though it was not asked for")
  }
  if (finished.size !== opened.size) wrong.push("does not end every choice")
  const cut = [...finished.values()].some((reason) => reason === "length" || reason === "content_filter")
  if (calls.size > 0 && !cut && ![...finished.values()].includes("tool_calls"))
    wrong.push("does not end with tool_calls")
  if (!cut) for (const [at, pieces] of [...calls.values()].entries()) wrong.push(...wrongCall(pieces, at))
  return wrong
}

/** Tests streams of hosts: what is told of each after its start, and that the caller gets it in the right form. */
export const tellsOf = (
  what: string,
  hosts: ReadonlyArray<readonly [host: string, events: ReadonlyArray<Fields | string>, told: ReadonlyArray<string>]>
): void =>
  describe(what, () => {
    for (const [host, events, told] of hosts) {
      test(`${host}`, () => {
        const deltas = streamed(events)
        expect(brief(deltas)).toEqual(["start chatcmpl-1 their-model", ...told])
        expect(malformed(chunksOf(deltas), false)).toEqual([])
        expect(malformed(chunksOf(deltas, { includeUsage: true }), true)).toEqual([])
      })
    }
  })

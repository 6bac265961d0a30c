import { Result } from "effect"
import { Unable } from "../../domain/Failure.ts"
import { type Fields, parseInnerObject, textOf } from "../../domain/Fields.ts"
import {
  type AssistantMessage,
  type Content,
  contentText,
  type Message,
  type ReasoningTaken,
  type ToolCall,
  type ToolMessage
} from "../../domain/Message.ts"
import type { GeminiRules } from "../../domain/Model.ts"
import type { ReasoningDetail } from "../../domain/Reasoning.ts"
import { media } from "./Media.ts"
import type { ToolNames } from "./ToolNames.ts"

/** What the messages are written with. */
export interface Writing {
  readonly rules: GeminiRules
  readonly names: ToolNames
  /** What is remembered of a call whose signature the caller's library may have stripped. */
  readonly recall: (callId: string) => Signed | undefined
}

interface Signed {
  readonly signature?: string
  readonly reasoningDetails?: ReadonlyArray<ReasoningDetail>
}

/** The messages in Gemini's form; `contents` is never empty. */
export interface Written {
  readonly systemInstruction?: Fields
  readonly contents: ReadonlyArray<Fields>
}

/** Google's documented word for a call whose signature is lost: without any, Gemini 3 and later refuse the request. */
const lostSignature = "skip_thought_signature_validator"

interface Turn {
  readonly role: "user" | "model"
  readonly parts: Array<Fields>
  /** Function results stand alone, so that their number is that of the calls before. */
  readonly results: boolean
}

/**
 * Writes the messages: leading system messages apart, neighbours of one role merged, every call followed by its
 * result. Fails with `Unable` naming the field.
 */
export const contents = (messages: ReadonlyArray<Message>, writing: Writing): Result.Result<Written, Unable> =>
  Result.gen(function* () {
    const turns: Array<Turn> = []
    const firstOther = messages.findIndex((message) => message.role !== "system" && message.role !== "developer")
    const leading = firstOther < 0 ? messages.length : firstOther
    const system: Array<Fields> = []
    for (const [index, message] of messages.slice(0, leading).entries()) {
      const parts = yield* partsOf(message.content, `messages[${index}].content`)
      const odd = parts.findIndex((part) => typeof part["text"] !== "string")
      if (odd >= 0) {
        const message = "Gemini's system instruction is text only; send this part in a user message."
        return yield* Result.fail(new Unable({ message, param: `messages[${index}].content[${odd}]` }))
      }
      system.push(...parts)
    }

    for (let index = leading; index < messages.length;) {
      const message = messages[index]
      const start = message?.role === "assistant" ? index + 1 : index
      const next = messages.findIndex((later, at) => at >= start && later.role === "assistant")
      const end = next < 0 ? messages.length : next
      const follow = messages.slice(start, end).map((message, at) => ({ message, at: start + at }))
      const given = new Set<ToolMessage>()
      if (message?.role === "assistant") {
        const spoken = yield* partsOf(message.content, `messages[${index}].content`)
        append(turns, { role: "model", parts: assistantParts(message, spoken, writing), results: false })
        const results = yield* resultsOf(message.toolCalls, follow, given, writing)
        append(turns, { role: "user", parts: results, results: true })
      }
      for (const { message, at } of follow) {
        if (message.role === "tool" && given.has(message)) continue
        const parts = yield* partsOf(message.content, `messages[${at}].content`)
        // A result of a call that is not in the conversation cannot be a function response; its text is kept.
        const orphan = message.role === "tool" && parts.length > 0
        const heading = orphan ? [{ text: `Result of ${message.name ?? message.callId}:` }] : []
        const said = message.role === "user" ? withName(parts, message.name) : parts
        append(turns, { role: "user", parts: [...heading, ...said], results: false })
      }
      index = end
    }
    return finished(turns, system, writing.rules.systemInstruction)
  })

/** The turns as Gemini's contents, which must begin with the user and hold something. */
const finished = (turns: ReadonlyArray<Turn>, system: ReadonlyArray<Fields>, instruction: boolean): Written => {
  const [first] = turns
  // Gemma takes no instruction, and an instruction alone is no request.
  const inline = system.length > 0 && (!instruction || first === undefined)
  const opening: ReadonlyArray<Fields> = inline ? system : first?.role === "user" ? [] : [{ text: " " }]
  const merge = opening.length > 0 && first?.role === "user" && !first.results
  const all: ReadonlyArray<Pick<Turn, "role" | "parts">> = merge
    ? [{ role: "user", parts: [...opening, ...first.parts] }, ...turns.slice(1)]
    : opening.length > 0
      ? [{ role: "user", parts: [...opening] }, ...turns]
      : turns
  const contents = all.map(({ role, parts }) => ({ role, parts }))
  return system.length === 0 || inline ? { contents } : { systemInstruction: { parts: system }, contents }
}

const append = (turns: Array<Turn>, turn: Turn): void => {
  if (turn.parts.length === 0) return
  const last = turns.at(-1)
  if (last !== undefined && last.role === turn.role && !last.results && !turn.results) last.parts.push(...turn.parts)
  else turns.push(turn)
}

/** The parts of a message's content; empty texts, which Gemini refuses, are left out. */
const partsOf = (content: Content, where: string): Result.Result<ReadonlyArray<Fields>, Unable> =>
  Result.gen(function* () {
    if (typeof content === "string") return content === "" ? [] : [{ text: content }]
    const parts: Array<Fields> = []
    for (const [index, part] of content.entries()) {
      if (part.type === "text" || part.type === "refusal") {
        const text = part.type === "text" ? part.text : part.refusal
        if (text !== "") parts.push({ text })
      } else parts.push(yield* media(part, `${where}[${index}]`))
    }
    return parts
  })

/** Gemini has no field for the name of a speaker; before the words, the model can still tell speakers apart. */
const withName = (parts: ReadonlyArray<Fields>, name: string | undefined): ReadonlyArray<Fields> => {
  if (name === undefined || name === "" || parts.length === 0) return parts
  const first = parts.findIndex((part) => typeof part["text"] === "string")
  if (first < 0) return [{ text: `${name}:` }, ...parts]
  return parts.map((part, at) => (at === first ? { ...part, text: `${name}: ${textOf(part["text"])}` } : part))
}

/** What a model takes back of earlier turns' reasoning. */
export const reasoningTaken = (rules: GeminiRules): ReasoningTaken => ({
  detail: signs(rules) ? isOwnSignature : () => false,
  callSignature: signs(rules)
})

const isOwnSignature = ({ type, format, data }: ReasoningDetail): boolean =>
  type === "reasoning.encrypted" && format === "google-gemini-v1" && data !== undefined

/** Models that do not think know no signatures. */
const signs = ({ thinking }: GeminiRules): boolean => thinking !== "none"

const assistantParts = (
  message: AssistantMessage,
  spoken: ReadonlyArray<Fields>,
  { rules, names, recall }: Writing
): Array<Fields> => {
  const parts: Array<Fields> = [...spoken]
  if (message.refusal !== undefined && message.refusal !== "") parts.push({ text: message.refusal })
  const first = message.toolCalls[0]
  const known = message.reasoningDetails ?? (first && recall(first.id)?.reasoningDetails) ?? []
  const details = signs(rules) ? known.filter(isOwnSignature) : []
  const ofText = details.findLast(({ id }) => !message.toolCalls.some((call) => call.id === id))?.data
  const lastText = parts.findLastIndex((part) => typeof part["text"] === "string")
  const spokenText = parts[lastText]
  if (ofText !== undefined && spokenText !== undefined) parts[lastText] = { ...spokenText, thoughtSignature: ofText }
  for (const [index, call] of message.toolCalls.entries()) {
    // No `id`: Gemini pairs results with calls by order and name, Vertex refuses ids, and most callers' ids are
    // another provider's.
    const functionCall = { name: names.toGemini(call.name), args: argumentsOf(call) }
    const own = call.signature ?? details.find(({ id }) => id === call.id)?.data ?? recall(call.id)?.signature
    // Only the first of parallel calls is signed by Gemini, and only that one is missed.
    const signature = own ?? (rules.signatures && index === 0 ? lostSignature : undefined)
    parts.push(
      signs(rules) && signature !== undefined ? { functionCall, thoughtSignature: signature } : { functionCall }
    )
  }
  // The signature may have come on an empty text part at the end; it goes back as it came.
  if (ofText !== undefined && spokenText === undefined) parts.push({ text: "", thoughtSignature: ofText })
  return parts
}

/** A call's arguments as the object that Gemini requires. */
const argumentsOf = (call: ToolCall): Fields => {
  if (call.kind === "custom") return { input: call.arguments }
  if (call.arguments.trim() === "") return {}
  return parseInnerObject(call.arguments) ?? { arguments: call.arguments }
}

/** One function response for each call of a turn, in the order of the calls: Gemini refuses any other number. */
const resultsOf = (
  calls: ReadonlyArray<ToolCall>,
  follow: ReadonlyArray<{ readonly message: Message; readonly at: number }>,
  given: Set<ToolMessage>,
  { rules, names }: Writing
): Result.Result<Array<Fields>, Unable> =>
  Result.gen(function* () {
    const parts: Array<Fields> = []
    for (const call of calls) {
      const name = names.toGemini(call.name)
      const found = follow.find(
        ({ message }) => message.role === "tool" && message.callId === call.id && !given.has(message)
      )
      if (found?.message.role !== "tool") {
        parts.push({ functionResponse: { name, response: { error: "This call has no result." } } })
        continue
      }
      given.add(found.message)
      const where = `messages[${found.at}].content`
      const inner = yield* partsOf(found.message.content, where)
      const attached = inner.filter((part) => typeof part["text"] !== "string")
      if (attached.length > 0 && !rules.imagesInResults) {
        const message = "This model takes only text in tool results; send the image or file in a user message."
        return yield* Result.fail(new Unable({ message, param: where }))
      }
      const response = responseOf(contentText(found.message.content))
      parts.push({
        functionResponse: attached.length === 0 ? { name, response } : { name, response, parts: attached }
      })
    }
    return parts
  })

const responseOf = (text: string): Fields => parseInnerObject(text) ?? { output: text }

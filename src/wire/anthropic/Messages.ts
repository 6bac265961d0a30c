import { Result } from "effect"
import type { Failure } from "../../domain/Failure.ts"
import { type Fields, parseInnerObject } from "../../domain/Fields.ts"
import type { AssistantMessage, Content, Message, SystemMessage, ToolMessage } from "../../domain/Message.ts"
import type { ReasoningDetail } from "../../domain/Reasoning.ts"
import { freshNames, toolName } from "./Names.ts"
import { contentBlocks, marked, textBlocks, withMark, type Block } from "./Parts.ts"

/** A message as Anthropic wants it, with the thinking apart because it is sent only while thinking is on. */
export interface Turn {
  readonly role: "user" | "assistant" | "system"
  /** Signed thinking, always first in the message. */
  readonly thinking: ReadonlyArray<Block>
  readonly content: ReadonlyArray<Block>
  /** Place of the turn's last message in the caller's request. */
  readonly at: number
}

/** A request's messages in Anthropic's order: the system prompt apart, then turns. */
export interface Conversation {
  readonly system: ReadonlyArray<Block>
  readonly turns: ReadonlyArray<Turn>
  /** Names (Anthropic's) of the tools that earlier turns called. */
  readonly called: ReadonlyArray<string>
}

/** What the messages are read with. */
export interface Reading {
  /** A system message after user content may stay one. */
  readonly lateSystem: boolean
  readonly names: ReadonlyMap<string, string>
  /** What the gateway remembers of the reasoning that came with a call. */
  readonly recall: (callId: string) => ReadonlyArray<ReasoningDetail> | undefined
}

const isSystem = (message: Message): message is SystemMessage =>
  message.role === "system" || message.role === "developer"

/** Whether a piece of reasoning is Anthropic's own; what other providers signed, or nobody, cannot go there. */
export const isOwnThinking = (detail: ReasoningDetail): boolean => thinkingBlocks([detail]).length > 0

/** Anthropic's own thinking as blocks, unmodified and in order. */
const thinkingBlocks = (details: ReadonlyArray<ReasoningDetail>): ReadonlyArray<Block> =>
  details.flatMap((detail): ReadonlyArray<Block> => {
    if (detail.format !== "anthropic-claude-v1") return []
    if (detail.type === "reasoning.encrypted" && detail.data !== undefined && detail.data !== "") {
      return [{ type: "redacted_thinking", data: detail.data }]
    }
    if (detail.type !== "reasoning.text" || detail.signature === undefined || detail.signature === "") return []
    // With `display: "omitted"` the text is empty and the signature is real.
    return [{ type: "thinking", thinking: detail.text ?? "", signature: detail.signature }]
  })

/**
 * What a model wrote as arguments, as the object that Anthropic insists on: a 400 here would fail every later turn of
 * the conversation.
 */
export const callInput = (text: string, kind: "function" | "custom"): Fields => {
  if (kind === "custom") return { input: text }
  if (text.trim() === "") return {}
  return parseInnerObject(text) ?? { _raw: text }
}

const named = (content: Content, name: string | undefined): Content => {
  if (name === undefined || name === "") return content
  if (typeof content === "string") return content === "" ? content : `${name}: ${content}`
  const first = content.findIndex((part) => part.type === "text" && part.text.trim() !== "")
  if (first < 0) return content.length === 0 ? content : [{ type: "text", text: `${name}:` }, ...content]
  return content.map((part, at) =>
    at === first && part.type === "text" ? { ...part, text: `${name}: ${part.text}` } : part
  )
}

interface Item {
  readonly system: boolean
  readonly blocks: ReadonlyArray<Block>
}

/** A system message where Anthropic takes none, as user text that shows whose words it is. */
const asUserText = (item: Item): ReadonlyArray<Block> =>
  item.system
    ? item.blocks.map((block) => ({ ...block, text: `<system>\n${String(block["text"])}\n</system>` }))
    : item.blocks

/** Collects a conversation's messages into turns. */
class Reader {
  readonly turns: Array<Turn> = []
  readonly called = new Set<string>()
  readonly #reading: Reading
  readonly #freshId = freshNames("call")
  /** Calls of the last assistant turn that have no result yet: the caller's id and, in order, ours. */
  #waiting = new Map<string, Array<string>>()
  #results: Array<Block> = []
  #items: Array<Item> = []
  #at = 0

  constructor(reading: Reading) {
    this.#reading = reading
  }

  add(message: Message, at: number): Result.Result<void, Failure> {
    const place = `messages[${at}].content`
    if (message.role === "assistant") return this.#assistant(message, at, place)
    this.#at = at
    if (message.role === "tool") return this.#result(message, place)
    const system = isSystem(message)
    const made = contentBlocks(system ? message.content : named(message.content, message.name), place, system)
    if (Result.isFailure(made)) return Result.fail(made.failure)
    const blocks = withMark(made.success, message.cache)
    if (blocks.length > 0) this.#items.push({ system, blocks })
    return Result.succeed(undefined)
  }

  #assistant(message: AssistantMessage, at: number, place: string): Result.Result<void, Failure> {
    const made = contentBlocks(message.content, place, true)
    if (Result.isFailure(made)) return Result.fail(made.failure)
    const refusal = message.refusal === undefined ? [] : textBlocks(message.refusal)
    // Nothing to send: the turns around it become one, and so do the results that a call before it still waits for.
    if (made.success.length + refusal.length + message.toolCalls.length === 0) return Result.succeed(undefined)
    if (this.#items.length + this.#results.length > 0) this.closeUser()
    const calls = message.toolCalls.map((call): Block => {
      const id = this.#freshId(call.id)
      const name = toolName(this.#reading.names, call.name)
      this.called.add(name)
      this.#waiting.set(call.id, [...(this.#waiting.get(call.id) ?? []), id])
      return { type: "tool_use", id, name, input: callInput(call.arguments, call.kind) }
    })
    const own = thinkingBlocks(message.reasoningDetails ?? [])
    const thinking = own.length > 0 ? own : thinkingBlocks(this.#remembered(message))
    const content = withMark([...made.success, ...refusal, ...calls], message.cache)
    const last = this.turns.at(-1)
    if (last?.role !== "assistant") this.turns.push({ role: "assistant", thinking, content, at })
    else {
      this.turns[this.turns.length - 1] = {
        role: "assistant",
        thinking: [...last.thinking, ...thinking],
        content: [...last.content, ...content],
        at
      }
    }
    return Result.succeed(undefined)
  }

  #remembered(message: AssistantMessage): ReadonlyArray<ReasoningDetail> {
    for (const { id } of message.toolCalls) {
      const details = this.#reading.recall(id)
      if (details !== undefined && details.length > 0) return details
    }
    return []
  }

  #result(message: ToolMessage, place: string): Result.Result<void, Failure> {
    const made = contentBlocks(message.content, place, false)
    if (Result.isFailure(made)) return Result.fail(made.failure)
    const id = this.#waiting.get(message.callId)?.shift()
    if (id === undefined) {
      // Its call is not in the turn before: as a tool_result it would be a 400.
      const heading = textBlocks(`Result of ${message.name ?? "the tool call"} (${message.callId}):`)
      this.#items.push({ system: false, blocks: withMark([...heading, ...made.success], message.cache) })
      return Result.succeed(undefined)
    }
    // Blocks inside a result take no cache mark; the result does.
    const mark =
      message.cache === undefined ? made.success.find((block) => block["cache_control"] !== undefined) : undefined
    const content = made.success.map(({ cache_control: _mark, ...block }) => block)
    const [only] = content
    this.#results.push({
      type: "tool_result",
      tool_use_id: id,
      ...(content.length === 0
        ? {}
        : { content: content.length === 1 && only?.["type"] === "text" ? only["text"] : content }),
      ...(mark === undefined ? marked(message.cache) : { cache_control: mark["cache_control"] })
    })
    return Result.succeed(undefined)
  }

  /** Ends the user's turn: results first, in one message, none of them missing. */
  closeUser(): void {
    const missing = [...this.#waiting.values()].flat().map((id) => ({
      type: "tool_result",
      tool_use_id: id,
      content: "No result was given for this call.",
      is_error: true
    }))
    const results = [...this.#results, ...missing]
    const lastUser = this.#items.findLastIndex((item) => !item.system)
    // Anthropic takes a system message only directly after user content, one at a time, and with no user content after
    // it.
    const late = this.#reading.lateSystem && results.length + lastUser + 1 > 0 ? this.#items.slice(lastUser + 1) : []
    const rest = this.#items.slice(0, this.#items.length - late.length)
    const content = [...results, ...rest.flatMap(asUserText)]
    if (content.length > 0) this.turns.push({ role: "user", thinking: [], content, at: this.#at })
    const system = late.flatMap(({ blocks }) => blocks)
    if (system.length > 0) this.turns.push({ role: "system", thinking: [], content: system, at: this.#at })
    this.#waiting = new Map()
    this.#results = []
    this.#items = []
  }
}

/**
 * A request's messages as Anthropic's system prompt and turns. Fails with `Unable` on content that Claude does not
 * take.
 */
export const readConversation = (
  messages: ReadonlyArray<Message>,
  reading: Reading
): Result.Result<Conversation, Failure> => {
  const found = messages.findIndex((message) => !isSystem(message))
  // A prompt of system messages alone would leave no message at all: the last of them is asked as the user's.
  const leading = found < 0 ? messages.length - 1 : found
  const system: Array<Block> = []
  const reader = new Reader({ ...reading, lateSystem: reading.lateSystem && found >= 0 })
  for (const [at, message] of messages.entries()) {
    if (at >= leading) {
      const added = reader.add(found < 0 && isSystem(message) ? { ...message, role: "user" } : message, at)
      if (Result.isFailure(added)) return Result.fail(added.failure)
      continue
    }
    const made = contentBlocks(message.content, `messages[${at}].content`, true)
    if (Result.isFailure(made)) return Result.fail(made.failure)
    system.push(...withMark(made.success, message.role === "assistant" ? undefined : message.cache))
  }
  reader.closeUser()
  const turns = reader.turns[0]?.role === "assistant" ? [opening, ...reader.turns] : reader.turns
  return Result.succeed({ system, turns, called: [...reader.called] })
}

/** Anthropic wants the user to begin. */
const opening: Turn = {
  role: "user",
  thinking: [],
  content: [{ type: "text", text: "(The conversation begins with the assistant's words.)" }],
  at: 0
}

/**
 * Whether the tool calls that are being answered came without the thinking that led to them. While thinking has a
 * budget, Anthropic wants the assistant's turn to begin with it ("Expected `thinking`… but found `tool_use`"): the
 * first turn since the user last said something, because Claude thinks once and then calls tools in as many turns as it
 * needs.
 */
export const lacksThinking = (turns: ReadonlyArray<Turn>): boolean => {
  const isResult = (block: Block): boolean => block["type"] === "tool_result"
  const last = turns.findLastIndex((turn) => turn.role === "assistant")
  if (turns[last]?.content.some((block) => block["type"] === "tool_use") !== true) return false
  let first = last
  for (let at = last - 1; at >= 0; at--) {
    const turn = turns[at]
    if (turn === undefined || turn.role === "system") break
    if (turn.role === "assistant") first = at
    else if (!turn.content.every(isResult)) break
  }
  return turns[first]?.thinking.length === 0
}

/** The assistant's words that the answer is to continue (a prefill), when the conversation ends with them. */
export const prefillOf = (turns: ReadonlyArray<Turn>): Turn | undefined => {
  const last = turns.at(-1)
  return last?.role === "assistant" ? last : undefined
}

/**
 * The turns as `messages`. Without thinking no thinking is sent: Anthropic refuses it in the last assistant turn then,
 * and ignores it before.
 */
export const messagesOf = (
  turns: ReadonlyArray<Turn>,
  thinking: boolean
): ReadonlyArray<{ readonly role: string; readonly content: ReadonlyArray<Block> }> =>
  turns.flatMap((turn, at) => {
    const content = [...(thinking ? turn.thinking : []), ...turn.content]
    const last = content.at(-1)
    const isFinal = at === turns.length - 1 && turn.role === "assistant"
    // "final assistant content cannot end with trailing whitespace"
    if (isFinal && typeof last?.["text"] === "string")
      content[content.length - 1] = { ...last, text: last["text"].trimEnd() }
    return content.length === 0 ? [] : [{ role: turn.role, content }]
  })

/** The text of system blocks, for the short form of `system`. */
export const systemText = (blocks: ReadonlyArray<Block>): string =>
  blocks.map((block) => String(block["text"])).join("\n\n")

import type { Fields } from "../../../domain/Fields.ts"
import { seal } from "../../script/Seal.ts"
import { type Piece, textOf } from "../../script/Script.ts"
import type { Answer, Event } from "../Language.ts"
import { isReasoning } from "./OpenAiChatRules.ts"

/** An item of the answer; `call` counts the function calls. */
export type Item =
  | { readonly kind: "reasoning"; readonly id: string }
  | { readonly kind: "message"; readonly id: string; readonly part: "output_text" | "refusal" }
  | { readonly kind: "call"; readonly id: string; readonly call: number }

type Make = (type: string, fields: Fields) => Event

const reasoningItem = (answer: Answer): Item => ({ kind: "reasoning", id: `rs_${answer.id}` })

/** Reasoning models put an item of reasoning before what they do, be it only for its encrypted content. */
const hasReasoning = ({ script, asked, model }: Answer): boolean =>
  script.pieces.some((piece) => piece.kind === "reasoning") || (asked.encryptedReasoning && isReasoning(model))

const itemOf = (piece: Piece, answer: Answer): Item => {
  switch (piece.kind) {
    case "reasoning":
      return reasoningItem(answer)
    case "text":
      return { kind: "message", id: `msg_${answer.id}`, part: "output_text" }
    case "refusal":
      return { kind: "message", id: `msg_${answer.id}`, part: "refusal" }
    case "call":
      return { kind: "call", id: `fc_${answer.id}${piece.call}`, call: piece.call }
  }
}

/** The items of the whole answer, in order. */
export const itemsOf = (answer: Answer): ReadonlyArray<Item> => {
  const items: Array<Item> = hasReasoning(answer) ? [reasoningItem(answer)] : []
  for (const piece of answer.script.pieces) {
    const item = itemOf(piece, answer)
    if (items.at(-1)?.id !== item.id) items.push(item)
  }
  return items
}

const messageText = (answer: Answer, part: "output_text" | "refusal"): string =>
  textOf(answer.script, part === "refusal" ? "refusal" : "text")

const part = (kind: "output_text" | "refusal", text: string): Fields =>
  kind === "refusal" ? { type: "refusal", refusal: text } : { type: "output_text", annotations: [], logprobs: [], text }

const sealed = ({ asked, id }: Answer): Fields =>
  asked.encryptedReasoning ? { encrypted_content: seal(`reasoning ${id}`) } : {}

/** An item as it is when it begins. */
const opened = (item: Item, answer: Answer): Fields => {
  switch (item.kind) {
    case "reasoning":
      return { id: item.id, type: "reasoning", ...sealed(answer), summary: [] }
    case "message":
      return { id: item.id, type: "message", status: "in_progress", content: [], role: "assistant" }
    case "call":
      return { ...called(item, answer), status: "in_progress", arguments: "" }
  }
}

const called = (item: Extract<Item, { kind: "call" }>, answer: Answer): Fields => {
  const call = answer.script.calls[item.call]
  return {
    id: item.id,
    type: "function_call",
    status: "completed",
    arguments: JSON.stringify(call?.arguments ?? {}),
    call_id: `call_${answer.id}${item.call}`,
    name: call?.name ?? ""
  }
}

/** An item as it is when it is done. */
export const closed = (item: Item, answer: Answer): Fields => {
  switch (item.kind) {
    case "reasoning": {
      const summary = answer.asked.showReasoning ? textOf(answer.script, "reasoning") : ""
      return {
        id: item.id,
        type: "reasoning",
        ...sealed(answer),
        summary: summary === "" ? [] : [{ type: "summary_text", text: summary }]
      }
    }
    case "message":
      return {
        id: item.id,
        type: "message",
        status: "completed",
        content: [part(item.part, messageText(answer, item.part))],
        role: "assistant"
      }
    case "call":
      return called(item, answer)
  }
}

/** Whether the events of a reasoning item tell a summary. */
const told = (answer: Answer): boolean => answer.asked.showReasoning && textOf(answer.script, "reasoning") !== ""

const opening = (item: Item, at: number, answer: Answer, make: Make): ReadonlyArray<Event> => {
  const added = make("response.output_item.added", { item: opened(item, answer), output_index: at })
  const place = { item_id: item.id, output_index: at }
  if (item.kind === "message") {
    return [added, make("response.content_part.added", { ...place, content_index: 0, part: part(item.part, "") })]
  }
  if (item.kind !== "reasoning" || !told(answer)) return [added]
  return [
    added,
    make("response.reasoning_summary_part.added", {
      ...place,
      summary_index: 0,
      part: { type: "summary_text", text: "" }
    })
  ]
}

const closing = (item: Item, at: number, answer: Answer, make: Make): ReadonlyArray<Event> => {
  const place = { item_id: item.id, output_index: at }
  const whole = closed(item, answer)
  const events: Array<Event> = []
  if (item.kind === "message") {
    const text = messageText(answer, item.part)
    const content = { ...place, content_index: 0 }
    events.push(
      item.part === "refusal"
        ? make("response.refusal.done", { ...content, refusal: text })
        : make("response.output_text.done", { ...content, text, logprobs: [] }),
      make("response.content_part.done", { ...content, part: part(item.part, text) })
    )
  }
  if (item.kind === "call") {
    events.push(make("response.function_call_arguments.done", { ...place, arguments: whole["arguments"] }))
  }
  if (item.kind === "reasoning" && told(answer)) {
    const text = textOf(answer.script, "reasoning")
    const summary = { ...place, summary_index: 0 }
    events.push(
      make("response.reasoning_summary_text.done", { ...summary, text }),
      make("response.reasoning_summary_part.done", { ...summary, part: { type: "summary_text", text } })
    )
  }
  events.push(make("response.output_item.done", { item: whole, output_index: at }))
  return events
}

const delta = (piece: Piece, item: Item, at: number, answer: Answer, make: Make): ReadonlyArray<Event> => {
  const place = { item_id: item.id, output_index: at }
  switch (piece.kind) {
    case "text":
      return [make("response.output_text.delta", { ...place, content_index: 0, delta: piece.text, logprobs: [] })]
    case "refusal":
      return [make("response.refusal.delta", { ...place, content_index: 0, delta: piece.text })]
    case "reasoning":
      return told(answer)
        ? [make("response.reasoning_summary_text.delta", { ...place, summary_index: 0, delta: piece.text })]
        : []
    case "call":
      return piece.opens ? [] : [make("response.function_call_arguments.delta", { ...place, delta: piece.fragment })]
  }
}

/**
 * The events of the items: for each piece what it adds, closing the item before it where a new one opens; and what
 * closes the last.
 */
export const lifecycle = (
  answer: Answer,
  make: Make
): { readonly pieces: ReadonlyArray<ReadonlyArray<Event>>; readonly rest: ReadonlyArray<Event> } => {
  let open: Item | undefined
  let at = -1
  const shut = (): ReadonlyArray<Event> => (open === undefined ? [] : closing(open, at, answer, make))
  const enter = (item: Item): ReadonlyArray<Event> => {
    if (open?.id === item.id) return []
    const before = shut()
    open = item
    at += 1
    return [...before, ...opening(item, at, answer, make)]
  }
  const pieces = answer.script.pieces.map((piece) => {
    const events: Array<Event> = at < 0 && hasReasoning(answer) ? [...enter(reasoningItem(answer))] : []
    const item = itemOf(piece, answer)
    events.push(...enter(item))
    events.push(...delta(piece, item, at, answer, make))
    return events
  })
  return { pieces, rest: shut() }
}

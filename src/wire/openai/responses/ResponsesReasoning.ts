import { asText, type Fields, listOf, objectOf, textOf } from "../../../domain/Fields.ts"
import type { AssistantMessage, ReasoningTaken, ToolCall } from "../../../domain/Message.ts"
import type { ReasoningDetail } from "../../../domain/Reasoning.ts"

/**
 * The word by which OpenRouter's clients know OpenAI's encrypted reasoning; other formats are other providers' and not
 * for OpenAI.
 */
const format = "openai-responses-v1"

/**
 * A finished reasoning item as the details that bring it back in the next turn; none when nothing in it can be sent
 * back.
 */
export const reasoningDetails = (item: Fields, firstIndex: number): ReadonlyArray<ReasoningDetail> => {
  const data = asText(item["encrypted_content"])
  const id = asText(item["id"])
  const named = id === undefined ? {} : { id }
  const details: Array<ReasoningDetail> = []
  if (data !== undefined && data !== "") {
    details.push({ type: "reasoning.encrypted", format, data, ...named, index: firstIndex })
  }
  for (const part of listOf(item["summary"])) {
    const summary = textOf(objectOf(part)["text"])
    if (summary === "") continue
    details.push({ type: "reasoning.summary", format, summary, ...named, index: firstIndex + details.length })
  }
  return details
}

/** What a model takes back of earlier turns' reasoning. `reasons`: it is given any at all. */
export const reasoningTaken = (reasons: boolean): ReasoningTaken => ({
  detail: (detail) => reasons && detail.format === format,
  callSignature: false
})

/** The reasoning items of an assistant's turn, by the place where they go back. */
export interface ReplayedReasoning {
  /** Before the first item of the turn. */
  readonly first: ReadonlyArray<Fields>
  /** Right before a call that is known to have followed it. */
  readonly before: ReadonlyMap<ToolCall, ReadonlyArray<Fields>>
}

/** A turn without reasoning to give back. */
export const noReasoning: ReplayedReasoning = { first: [], before: new Map() }

/**
 * The reasoning of a turn, from the message or, where the caller's library lost it, from what is remembered of its
 * calls. A piece that is remembered of a later call but not of the first came between them and goes back there.
 */
export const replayOf = (
  message: AssistantMessage,
  recall: (callId: string) => ReadonlyArray<ReasoningDetail> | undefined
): ReplayedReasoning => {
  const own = itemsOf(message.reasoningDetails ?? [])
  const first = new Map(own)
  const before = new Map<ToolCall, ReadonlyArray<Fields>>()
  const seen = new Set<string>()
  message.toolCalls.forEach((call, at) => {
    const remembered = itemsOf(recall(call.id) ?? [])
    const here: Array<Fields> = []
    for (const [key, item] of remembered) {
      if (seen.has(key)) continue
      seen.add(key)
      if (at === 0) first.set(key, item)
      else {
        first.delete(key)
        here.push(item)
      }
    }
    if (here.length > 0) before.set(call, here)
  })
  return first.size === 0 && before.size === 0 ? noReasoning : { first: [...first.values()], before }
}

/**
 * The input items that the details make, by what tells them apart. Without its encrypted content an item cannot come
 * back: nothing is stored at OpenAI.
 */
const itemsOf = (details: ReadonlyArray<ReasoningDetail>): ReadonlyMap<string, Fields> => {
  const items = new Map<string, Fields>()
  for (const detail of details) {
    if (detail.format !== format || detail.type !== "reasoning.encrypted" || detail.data === undefined) continue
    const summary =
      detail.id === undefined
        ? []
        : details
            .filter((other) => other.type === "reasoning.summary" && other.format === format && other.id === detail.id)
            .map((other) => ({ type: "summary_text", text: other.summary ?? "" }))
    items.set(detail.data, {
      type: "reasoning",
      ...(detail.id === undefined ? {} : { id: detail.id }),
      summary,
      encrypted_content: detail.data
    })
  }
  return items
}

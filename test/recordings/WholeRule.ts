import { at, listAt, numberAt, parsed, textAt } from "./Json.ts"
import type { RecordedEvent } from "./decoding/Events.ts"
import type { Kind } from "./Recordings.ts"

const isEvery = (seen: ReadonlyMap<number, boolean>): boolean => seen.size > 0 && [...seen.values()].every(Boolean)

/** Every choice that was seen has said why it ended. Hosts exist that send no `[DONE]`. */
const isWholeChat = (events: ReadonlyArray<RecordedEvent>): boolean => {
  if (events.some(({ data }) => data === "[DONE]")) return true
  const seen = new Map<number, boolean>()
  for (const choice of events.flatMap(({ data }) => listAt(parsed(data), "choices"))) {
    const index = numberAt(choice, "index") ?? 0
    seen.set(index, seen.get(index) === true || textAt(choice, "finish_reason") !== "")
  }
  return isEvery(seen)
}

const isWholeGemini = (events: ReadonlyArray<RecordedEvent>): boolean => {
  const seen = new Map<number, boolean>()
  for (const event of events.map(({ data }) => parsed(data))) {
    if (at(event, "promptFeedback", "blockReason") !== undefined) return true
    for (const candidate of listAt(event, "candidates")) {
      const index = numberAt(candidate, "index") ?? 0
      seen.set(index, seen.get(index) === true || textAt(candidate, "finishReason") !== "")
    }
  }
  return isEvery(seen)
}

const isTyped =
  (...types: ReadonlyArray<string>) =>
  (events: ReadonlyArray<RecordedEvent>): boolean =>
    events.some(({ data }) => types.includes(textAt(parsed(data), "type")))

/**
 * Whether the events of a stream, as raw text, may be taken for a whole answer: each provider's own sign of the end.
 */
export const isWhole: Readonly<Record<Kind, (events: ReadonlyArray<RecordedEvent>) => boolean>> = {
  chat: isWholeChat,
  messages: isTyped("message_stop"),
  generate_content: isWholeGemini,
  stream_generate_content: isWholeGemini,
  responses: isTyped("response.completed", "response.incomplete")
}

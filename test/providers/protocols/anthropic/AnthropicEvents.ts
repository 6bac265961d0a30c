import type { Delta, Deltas } from "../../../../src/domain/Delta.ts"
import type { Request, Tool } from "../../../../src/domain/Request.ts"
import { StreamDecoder, WholeDecoder } from "../../../../src/providers/Decoder.ts"
import type { Answering } from "../../../../src/providers/Protocol.ts"
import { AnthropicMessages } from "../../../../src/providers/protocols/AnthropicMessages.ts"
import { budgetRules, modelWith, requestWith } from "../../../wire/anthropic/Bodies.ts"

/** An answer to a request of these fields. */
export const answering = (fields: Partial<Request> = {}): Answering => ({
  model: modelWith(budgetRules),
  request: requestWith(fields),
  quirks: {},
  newId: (prefix) => `${prefix}_made`
})

/** The first event of a stream. */
export const begin = (usage: object = { input_tokens: 3, output_tokens: 1 }) => ({
  type: "message_start",
  message: { id: "msg_1", type: "message", role: "assistant", model: "claude-x", content: [], usage }
})
export const opened = (index: number, content_block: object) => ({ type: "content_block_start", index, content_block })
export const delta = (index: number, delta: object) => ({ type: "content_block_delta", index, delta })
export const closed = (index: number) => ({ type: "content_block_stop", index })
/** The last two events of a stream. */
export const done = (stop_reason: string, usage: object = { output_tokens: 5 }, more: object = {}) => [
  { type: "message_delta", delta: { stop_reason, stop_sequence: null, ...more }, usage },
  { type: "message_stop" }
]
export const fragment = (index: number, partial_json: string) =>
  delta(index, { type: "input_json_delta", partial_json })

/** The deltas of a stream of events. */
export const stream = (events: ReadonlyArray<unknown>, fields: Partial<Request> = {}): Deltas => {
  const decoder = new StreamDecoder(AnthropicMessages, answering(fields))
  const told = events.flatMap((event) => decoder.push(`event: x\ndata: ${JSON.stringify(event)}\n\n`))
  return [...told, ...decoder.finish()]
}

/** The deltas of a whole answer. */
export const whole = (body: unknown, fields: Partial<Request> = {}): Deltas => {
  const decoder = new WholeDecoder(AnthropicMessages, answering(fields))
  decoder.push(JSON.stringify(body))
  return decoder.finish()
}

/** The content of an answer. */
export const between = (deltas: Deltas): Deltas =>
  deltas.filter(({ _tag }) => _tag !== "Start" && _tag !== "Usage" && _tag !== "Finish")
export const finishOf = (deltas: Deltas) =>
  deltas.filter((delta) => delta._tag === "Finish").map(({ reason }) => reason)
export const usageOf = (deltas: Deltas) => deltas.filter((delta) => delta._tag === "Usage").map(({ usage }) => usage)

export const start = (call: number, id: string, name: string, kind: "function" | "custom" = "function"): Delta => ({
  _tag: "ToolCallStart",
  choice: 0,
  call,
  id,
  name,
  kind
})
export const args = (call: number, text: string): Delta => ({ _tag: "ToolCallArguments", choice: 0, call, text })
export const text = (value: string): Delta => ({ _tag: "Text", choice: 0, text: value })
export const use = (id: string, name: string, input: object = {}) => ({ type: "tool_use", id, name, input })
export const custom: Tool = { kind: "custom", name: "sql", definition: { name: "sql" } }

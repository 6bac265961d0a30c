import {
  asNumber,
  asObject,
  asText,
  type Fields,
  listOf,
  objectOf,
  textOf as stringOf
} from "../../../domain/Fields.ts"
import type { Asked, AskedTool } from "../../script/Asked.ts"
import { seal } from "../../script/Seal.ts"
import { type Piece, textOf } from "../../script/Script.ts"
import { anthropicErrorBody, anthropicProblem } from "./AnthropicErrors.ts"
import { checkMessages } from "./AnthropicRules.ts"
import type { Answer, Event, Events, Language, Received } from "../Language.ts"
import { contentText } from "../openai/OpenAiChat.ts"

const blocksOf = (content: unknown): ReadonlyArray<Fields> =>
  typeof content === "string" ? [{ type: "text", text: content }] : listOf(content).map(objectOf)

const toolsIn = (body: Fields): ReadonlyArray<AskedTool> =>
  listOf(body["tools"])
    .map(objectOf)
    .filter((tool) => tool["input_schema"] !== undefined)
    .map((tool) => {
      const parameters = asObject(tool["input_schema"])
      return { name: stringOf(tool["name"]), ...(parameters === undefined ? {} : { parameters }) }
    })

const choiceIn = (body: Fields): Asked["toolChoice"] => {
  const choice = objectOf(body["tool_choice"])
  if (choice["type"] === "none") return "none"
  if (choice["type"] === "any") return "required"
  const name = asText(choice["name"])
  return name === undefined ? "auto" : { name }
}

const schemaIn = (body: Fields): Fields | undefined => {
  const format = objectOf(objectOf(body["output_config"])["format"] ?? body["output_format"])
  return format["type"] === "json_schema" ? objectOf(format["schema"]) : undefined
}

const read = ({ body, stream }: Received): Asked => {
  const messages = listOf(body["messages"]).map(objectOf)
  const last = messages.at(-1)
  const results = blocksOf(last?.["content"])
    .filter((block) => block["type"] === "tool_result")
    .map((block) => contentText(block["content"]))
  const saying = messages.findLast((message) => message["role"] === "user" && contentText(message["content"]) !== "")
  const maxTokens = asNumber(body["max_tokens"])
  const schema = schemaIn(body)
  return {
    stream,
    userText: contentText(saying?.["content"]),
    promptLength: messages.reduce(
      (sum, message) => sum + contentText(message["content"]).length,
      contentText(body["system"]).length
    ),
    tools: toolsIn(body),
    toolChoice: choiceIn(body),
    ...(results.length === 0 ? {} : { toolResults: results }),
    ...(schema === undefined ? {} : { schema }),
    ...(maxTokens === undefined ? {} : { maxTokens }),
    prefilled: last?.["role"] === "assistant",
    choices: 1,
    includeUsage: true,
    showReasoning: objectOf(body["thinking"])["display"] !== "omitted",
    encryptedReasoning: false
  }
}

/** Anthropic leaves cached and written tokens out of `input_tokens`. */
const inputUsage = ({ tokens }: Answer): Fields => ({
  input_tokens: tokens.input - tokens.cached - tokens.written,
  cache_creation_input_tokens: tokens.written,
  cache_read_input_tokens: tokens.cached
})

const finalUsage = (answer: Answer): Fields => ({
  ...inputUsage(answer),
  output_tokens: answer.tokens.output,
  output_tokens_details: { thinking_tokens: answer.tokens.reasoning }
})

const creation = ({ tokens }: Answer): Fields => ({
  cache_creation: { ephemeral_5m_input_tokens: tokens.written, ephemeral_1h_input_tokens: 0 },
  service_tier: "standard",
  inference_geo: "global"
})

const stopReasons = {
  stop: "end_turn",
  length: "max_tokens",
  tool_calls: "tool_use",
  content_filter: "refusal"
} as const

const stopping = ({ script, flags }: Answer): Fields => {
  const reason = flags.has("finish-stop-with-tools") ? "end_turn" : stopReasons[script.finish]
  const explanation = textOf(script, "refusal")
  const details = reason === "refusal" ? { type: "refusal", category: null, explanation: explanation || null } : null
  return { stop_reason: reason, stop_sequence: null, stop_details: details }
}

const thinkingText = (answer: Answer): string => (answer.asked.showReasoning ? textOf(answer.script, "reasoning") : "")

const toolUse = (answer: Answer, call: number): Fields => ({
  type: "tool_use",
  id: `toolu_${answer.id}${call}`,
  name: answer.script.calls[call]?.name ?? "",
  input: answer.script.calls[call]?.arguments ?? {}
})

const message = (answer: Answer, fields: Fields): Fields => ({
  model: answer.model,
  id: `msg_${answer.id}`,
  type: "message",
  role: "assistant",
  content: [],
  stop_reason: null,
  stop_sequence: null,
  stop_details: null,
  ...fields
})

const whole = (answer: Answer): Fields => {
  const { script, flags } = answer
  const text = textOf(script, "text")
  const thought = script.pieces.some((piece) => piece.kind === "reasoning")
  const thinking = thinkingText(answer)
  return message(answer, {
    content: [
      ...(thought ? [{ type: "thinking", thinking, signature: seal(thinking) }] : []),
      ...(text === "" ? [] : [{ type: "text", text }]),
      ...script.calls.map((_, call) => toolUse(answer, call))
    ],
    ...(flags.has("no-finish") ? {} : stopping(answer)),
    ...(flags.has("no-usage") ? {} : { usage: { ...finalUsage(answer), ...creation(answer) } })
  })
}

const event = (type: string, fields: Fields = {}): Event => ({ name: type, data: { type, ...fields } })

const blockStart = (piece: Piece, answer: Answer): Fields => {
  if (piece.kind === "reasoning") return { type: "thinking", thinking: "", signature: "" }
  if (piece.kind === "call") return { ...toolUse(answer, piece.call), input: {} }
  return { type: "text", text: "" }
}

const deltaOf = (piece: Piece, answer: Answer): Fields | undefined => {
  if (piece.kind === "call") return { type: "input_json_delta", partial_json: piece.fragment }
  if (piece.kind === "reasoning") {
    return answer.asked.showReasoning ? { type: "thinking_delta", thinking: piece.text } : undefined
  }
  return { type: "text_delta", text: piece.text }
}

const events = (answer: Answer): Events => {
  const { script, flags } = answer
  let open: string | undefined
  let index = -1
  const close = (): ReadonlyArray<Event> => {
    if (open === undefined) return []
    const stop = event("content_block_stop", { index })
    if (open !== "reasoning") return [stop]
    const signature = seal(thinkingText(answer))
    return [event("content_block_delta", { index, delta: { type: "signature_delta", signature } }), stop]
  }
  const pieces = script.pieces.map((piece): ReadonlyArray<Event> => {
    // A refusal has no content: its words are in `stop_details`.
    if (piece.kind === "refusal") return []
    const made: Array<Event> = []
    const block = piece.kind === "call" ? `call ${piece.call}` : piece.kind
    if (block !== open) {
      made.push(...close())
      open = block
      index += 1
      made.push(event("content_block_start", { index, content_block: blockStart(piece, answer) }))
    }
    const delta = deltaOf(piece, answer)
    if (delta !== undefined) made.push(event("content_block_delta", { index, delta }))
    return made
  })
  const finish = event("message_delta", {
    delta: stopping(answer),
    ...(flags.has("no-usage") ? {} : { usage: finalUsage(answer) })
  })
  const usage = flags.has("no-usage")
    ? { input_tokens: 0, output_tokens: 0 }
    : { ...inputUsage(answer), ...creation(answer), output_tokens: 1 }
  return {
    start: [event("message_start", { message: message(answer, { usage }) }), event("ping")],
    pieces,
    end: flags.has("no-finish")
      ? close()
      : [
          ...close(),
          finish,
          ...(flags.has("double-finish") ? [finish] : []),
          ...(flags.has("usage-in-extra-chunk")
            ? [event("message_delta", { delta: {}, usage: finalUsage(answer) })]
            : []),
          ...(flags.has("no-done") ? [] : [event("message_stop")])
        ]
  }
}

/** Anthropic's messages: blocks with indices, named events, pings, cumulative usage. */
export const AnthropicMessages: Language = {
  name: "anthropic-messages",
  read,
  check: checkMessages,
  whole,
  events,
  problem: anthropicProblem,
  errorBody: anthropicErrorBody,
  errorEvents: (refusal, answer) => {
    const { request_id: _id, ...body } = anthropicErrorBody(refusal, answer.id)
    return [{ name: "error", data: body }]
  },
  headers: (id) => ({ "request-id": `req_${id}` }),
  ping: 'event: ping\ndata: {"type": "ping"}\n\n',
  streamType: "text/event-stream; charset=utf-8",
  lineEnd: "\n"
}

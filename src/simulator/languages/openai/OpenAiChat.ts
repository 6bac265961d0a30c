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
import { type Piece, textOf } from "../../script/Script.ts"
import type { Answer, Event, Events, Language, Received } from "../Language.ts"
import { callDeltas } from "./OpenAiChatCalls.ts"
import { checkChat } from "./OpenAiChatRules.ts"
import { openAiErrorBody, openAiHeaders, openAiProblem } from "./OpenAiErrors.ts"

/** The text of a `content`: a string, or the text parts of a list. */
export const contentText = (content: unknown): string =>
  typeof content === "string"
    ? content
    : listOf(content)
        .map((part) => stringOf(objectOf(part)["text"]))
        .join("")

const toolsIn = (body: Fields): ReadonlyArray<AskedTool> =>
  [...listOf(body["tools"]).map((tool) => objectOf(tool)["function"]), ...listOf(body["functions"])]
    .map(objectOf)
    .filter((tool) => typeof tool["name"] === "string")
    .map((tool) => {
      const parameters = asObject(tool["parameters"])
      return { name: stringOf(tool["name"]), ...(parameters === undefined ? {} : { parameters }) }
    })

const choiceIn = (body: Fields): Asked["toolChoice"] => {
  const choice = body["tool_choice"] ?? body["function_call"]
  if (choice === "none" || choice === "required") return choice
  const fields = objectOf(choice)
  const name = asText(objectOf(fields["function"])["name"]) ?? asText(fields["name"])
  return name === undefined ? "auto" : { name }
}

const schemaIn = (format: Fields): Fields | undefined => {
  if (format["type"] === "json_object") return {}
  if (format["type"] !== "json_schema") return undefined
  return objectOf(objectOf(format["json_schema"])["schema"])
}

const read = ({ body, stream }: Received): Asked => {
  const messages = listOf(body["messages"]).map(objectOf)
  const last = messages.at(-1)
  const results: Array<string> = []
  for (const message of messages.toReversed()) {
    if (message["role"] !== "tool" && message["role"] !== "function") break
    results.unshift(contentText(message["content"]))
  }
  const maxTokens = asNumber(body["max_completion_tokens"]) ?? asNumber(body["max_tokens"])
  const schema = schemaIn(objectOf(body["response_format"]))
  return {
    stream,
    userText: contentText(messages.findLast((message) => message["role"] === "user")?.["content"]),
    promptLength: messages.reduce((sum, message) => sum + contentText(message["content"]).length, 0),
    tools: toolsIn(body),
    toolChoice: choiceIn(body),
    ...(results.length === 0 ? {} : { toolResults: results }),
    ...(schema === undefined ? {} : { schema }),
    ...(maxTokens === undefined ? {} : { maxTokens }),
    prefilled: last?.["role"] === "assistant",
    choices: Math.min(asNumber(body["n"]) ?? 1, 8),
    includeUsage: objectOf(body["stream_options"])["include_usage"] === true,
    showReasoning: true,
    encryptedReasoning: false
  }
}

const usage = ({ tokens }: Answer): Fields => ({
  prompt_tokens: tokens.input,
  completion_tokens: tokens.output,
  total_tokens: tokens.input + tokens.output,
  prompt_tokens_details: {
    cached_tokens: tokens.cached,
    audio_tokens: 0,
    ...(tokens.written === 0 ? {} : { cache_write_tokens: tokens.written })
  },
  completion_tokens_details: {
    reasoning_tokens: tokens.reasoning,
    audio_tokens: 0,
    accepted_prediction_tokens: 0,
    rejected_prediction_tokens: 0
  }
})

const finishReason = ({ script, flags }: Answer): string => {
  if (flags.has("finish-stop-with-tools")) return "stop"
  // OpenAI ends a refusal with `stop`; only its filter has a word of its own.
  return textOf(script, "refusal") === "" ? script.finish : "stop"
}

const choices = ({ asked }: Answer): ReadonlyArray<number> => Array.from({ length: asked.choices }, (_, at) => at)

const whole = (answer: Answer): Fields => {
  const { script, flags } = answer
  const text = textOf(script, "text")
  const refusal = textOf(script, "refusal")
  const reasoning = textOf(script, "reasoning")
  const calls = script.calls.map((call, at) => ({
    ...(flags.has("tool-no-id") ? {} : { id: `call_${answer.id}${at}` }),
    type: "function",
    function: {
      name: call.name,
      arguments: flags.has("tool-object-arguments") ? call.arguments : JSON.stringify(call.arguments)
    }
  }))
  const message = {
    role: "assistant",
    content: text === "" && (calls.length > 0 || refusal !== "") ? null : text,
    // Not OpenAI's field: what the hosts that speak its language call readable reasoning.
    ...(reasoning === "" ? {} : { reasoning_content: reasoning }),
    refusal: refusal === "" ? null : refusal,
    annotations: [],
    ...(calls.length === 0 ? {} : { tool_calls: calls })
  }
  const finish = flags.has("no-finish") ? null : finishReason(answer)
  return {
    id: `chatcmpl-${answer.id}`,
    object: "chat.completion",
    created: answer.created,
    model: answer.model,
    choices: flags.has("empty-choices")
      ? []
      : choices(answer).map((index) => ({ index, message, logprobs: null, finish_reason: finish })),
    ...(flags.has("no-usage") ? {} : { usage: usage(answer) }),
    service_tier: "default",
    system_fingerprint: null
  }
}

const deltasOf = (piece: Piece, answer: Answer): ReadonlyArray<Fields> => {
  switch (piece.kind) {
    case "text":
      return [{ content: piece.text }]
    case "reasoning":
      return [{ reasoning_content: piece.text }]
    case "refusal":
      return [{ refusal: piece.text }]
    case "call":
      return callDeltas(piece, answer)
  }
}

const events = (answer: Answer): Events => {
  const { script, flags, asked } = answer
  // OpenAI has the field in every chunk once usage was asked for, and in none otherwise.
  const noUsage = asked.includeUsage ? { usage: null } : {}
  const chunk = (fields: Fields): Event => ({
    data: {
      id: `chatcmpl-${answer.id}`,
      object: "chat.completion.chunk",
      created: answer.created,
      model: answer.model,
      service_tier: "default",
      system_fingerprint: null,
      ...noUsage,
      ...fields
    }
  })
  const perChoice = (delta: Fields, finish: string | null, rest: Fields = {}): ReadonlyArray<Event> =>
    choices(answer).map((index) =>
      chunk({ choices: [{ index, delta, logprobs: null, finish_reason: finish }], ...rest })
    )

  const content = script.pieces[0]?.kind === "call" ? null : ""
  const azure = chunk({
    id: "",
    created: 0,
    model: "",
    object: "",
    choices: [],
    prompt_filter_results: [{ prompt_index: 0, content_filter_results: {} }]
  })
  const finish = perChoice(
    {},
    finishReason(answer),
    flags.has("usage-with-finish") && !flags.has("no-usage") ? { usage: usage(answer) } : {}
  )
  const extra =
    !flags.has("no-usage") &&
    (flags.has("usage-in-extra-chunk") || (asked.includeUsage && !flags.has("usage-with-finish")))
  return {
    start: [
      ...(flags.has("empty-choices") ? [azure] : []),
      ...perChoice({ role: "assistant", content, refusal: null }, null)
    ],
    pieces: script.pieces.map((piece) => deltasOf(piece, answer).flatMap((delta) => perChoice(delta, null))),
    end: flags.has("no-finish")
      ? []
      : [
          ...finish,
          ...(flags.has("double-finish") ? finish : []),
          ...(extra ? [chunk({ choices: [], usage: usage(answer) })] : []),
          ...(flags.has("no-done") ? [] : [{ data: "[DONE]" }])
        ]
  }
}

/** OpenAI's chat completions, with `reasoning_content` and the ways of compatible hosts where a fault asks for them. */
export const OpenAiChat: Language = {
  name: "openai-chat",
  read,
  check: checkChat,
  whole,
  events,
  problem: openAiProblem,
  errorBody: openAiErrorBody,
  errorEvents: (refusal) => [{ data: openAiErrorBody(refusal) }],
  headers: openAiHeaders,
  ping: ": keep-alive\n\n",
  streamType: "text/event-stream; charset=utf-8",
  lineEnd: "\n"
}

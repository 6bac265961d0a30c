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
import { textOf } from "../../script/Script.ts"
import type { Answer, Events, Language, Received } from "../Language.ts"
import { contentText } from "./OpenAiChat.ts"
import { openAiErrorBody, openAiHeaders, openAiProblem } from "./OpenAiErrors.ts"
import { closed, itemsOf, lifecycle } from "./OpenAiResponsesItems.ts"
import { checkResponses } from "./OpenAiResponsesRules.ts"

const inputOf = (body: Fields): ReadonlyArray<Fields> =>
  typeof body["input"] === "string"
    ? [{ type: "message", role: "user", content: body["input"] }]
    : listOf(body["input"]).map(objectOf)

const toolsIn = (body: Fields): ReadonlyArray<AskedTool> =>
  listOf(body["tools"])
    .map(objectOf)
    .filter((tool) => tool["type"] === "function")
    .map((tool) => {
      const parameters = asObject(tool["parameters"])
      return { name: stringOf(tool["name"]), ...(parameters === undefined ? {} : { parameters }) }
    })

const choiceIn = (body: Fields): Asked["toolChoice"] => {
  const choice = body["tool_choice"]
  if (choice === "none" || choice === "required") return choice
  const name = asText(objectOf(choice)["name"])
  return name === undefined ? "auto" : { name }
}

const schemaIn = (format: Fields): Fields | undefined => {
  if (format["type"] === "json_object") return {}
  return format["type"] === "json_schema" ? objectOf(format["schema"]) : undefined
}

const read = ({ body, stream }: Received): Asked => {
  const input = inputOf(body)
  const results: Array<string> = []
  for (const item of input.toReversed()) {
    if (item["type"] !== "function_call_output") break
    results.unshift(contentText(item["output"]))
  }
  const lengths = input.map((item) => contentText(item["content"]).length + contentText(item["output"]).length)
  const maxTokens = asNumber(body["max_output_tokens"])
  const schema = schemaIn(objectOf(objectOf(body["text"])["format"]))
  return {
    stream,
    userText: contentText(input.findLast((item) => item["role"] === "user")?.["content"]),
    promptLength: lengths.reduce((sum, length) => sum + length, stringOf(body["instructions"]).length),
    tools: toolsIn(body),
    toolChoice: choiceIn(body),
    ...(results.length === 0 ? {} : { toolResults: results }),
    ...(schema === undefined ? {} : { schema }),
    ...(maxTokens === undefined ? {} : { maxTokens }),
    prefilled: input.at(-1)?.["role"] === "assistant",
    choices: 1,
    includeUsage: true,
    showReasoning: asText(objectOf(body["reasoning"])["summary"]) !== undefined,
    encryptedReasoning: listOf(body["include"]).includes("reasoning.encrypted_content")
  }
}

const usage = ({ tokens }: Answer): Fields => ({
  input_tokens: tokens.input,
  input_tokens_details: { cached_tokens: tokens.cached, cache_write_tokens: tokens.written },
  output_tokens: tokens.output,
  output_tokens_details: { reasoning_tokens: tokens.reasoning },
  total_tokens: tokens.input + tokens.output
})

const envelope = (answer: Answer, status: string, fields: Fields): Fields => ({
  id: `resp_${answer.id}`,
  object: "response",
  created_at: answer.created,
  status,
  background: false,
  error: null,
  incomplete_details: null,
  instructions: null,
  max_output_tokens: answer.asked.maxTokens ?? null,
  model: answer.model,
  output: [],
  parallel_tool_calls: true,
  previous_response_id: null,
  reasoning: { effort: null, summary: null },
  service_tier: "default",
  store: false,
  temperature: 1,
  text: { format: { type: "text" }, verbosity: "medium" },
  tool_choice: "auto",
  tools: [],
  top_p: 1,
  truncation: "disabled",
  usage: null,
  user: null,
  metadata: {},
  ...fields
})

const finished = (answer: Answer): Fields => {
  const { script, flags } = answer
  const cutShort =
    script.finish === "length"
      ? "max_output_tokens"
      : // A refusal is a completed answer of its own kind; the filter is not.
        script.finish === "content_filter" && textOf(script, "refusal") === ""
        ? "content_filter"
        : undefined
  return envelope(answer, cutShort === undefined ? "completed" : "incomplete", {
    output: itemsOf(answer).map((item) => closed(item, answer)),
    incomplete_details: cutShort === undefined ? null : { reason: cutShort },
    ...(flags.has("no-usage") ? {} : { usage: usage(answer) })
  })
}

const events = (answer: Answer): Events => {
  let sequence = 0
  const event = (type: string, fields: Fields) => ({
    name: type,
    data: { type, ...fields, sequence_number: sequence++ }
  })
  const start = [
    event("response.created", { response: envelope(answer, "in_progress", {}) }),
    event("response.in_progress", { response: envelope(answer, "in_progress", {}) })
  ]
  const { pieces, rest } = lifecycle(answer, event)
  const end = () => {
    const response = finished(answer)
    return event(`response.${String(response["status"])}`, { response })
  }
  return {
    start,
    pieces,
    end: answer.flags.has("no-finish") ? rest : [...rest, end(), ...(answer.flags.has("double-finish") ? [end()] : [])]
  }
}

/** OpenAI's responses: items with a life of their own, numbered events, no end mark. */
export const OpenAiResponses: Language = {
  name: "openai-responses",
  read,
  check: checkResponses,
  whole: finished,
  events,
  // Recorded: an unknown model is 400 here, 404 in chat completions.
  problem: (problem, status, model) =>
    problem === "model_not_found"
      ? {
          status: status ?? 400,
          message: `The requested model '${model}' does not exist.`,
          type: "invalid_request_error",
          param: "model",
          code: "model_not_found"
        }
      : openAiProblem(problem, status, model),
  errorBody: openAiErrorBody,
  // As recorded: nested under `error`, then told again by the response that failed.
  errorEvents: (refusal, answer) => [
    { name: "error", data: { type: "error", sequence_number: 2, ...openAiErrorBody(refusal) } },
    {
      name: "response.failed",
      data: {
        type: "response.failed",
        sequence_number: 3,
        response: envelope(answer, "failed", {
          error: { code: refusal.code ?? refusal.type, message: refusal.message }
        })
      }
    }
  ],
  headers: openAiHeaders,
  ping: ": keep-alive\n\n",
  streamType: "text/event-stream; charset=utf-8",
  lineEnd: "\n"
}

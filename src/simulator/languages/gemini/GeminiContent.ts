import { asNumber, asObject, type Fields, listOf, objectOf, textOf as stringOf } from "../../../domain/Fields.ts"
import type { Asked, AskedTool } from "../../script/Asked.ts"
import { seal } from "../../script/Seal.ts"
import { type Piece, textOf } from "../../script/Script.ts"
import { geminiErrorBody, geminiProblem } from "./GeminiErrors.ts"
import { checkContent, either, hasSignatures } from "./GeminiRules.ts"
import type { Answer, Event, Events, Language, Received } from "../Language.ts"

const partsOf = (content: Fields | undefined): ReadonlyArray<Fields> => listOf(content?.["parts"]).map(objectOf)

const partsText = (parts: ReadonlyArray<Fields>): string =>
  parts
    .filter((part) => part["thought"] !== true)
    .map((part) => stringOf(part["text"]))
    .join("")

const declarations = (body: Fields): ReadonlyArray<Fields> =>
  listOf(body["tools"])
    .flatMap((tool) => listOf(either(objectOf(tool), "functionDeclarations")))
    .map(objectOf)

const toolsIn = (body: Fields): ReadonlyArray<AskedTool> =>
  declarations(body).map((tool) => {
    const parameters = asObject(either(tool, "parametersJsonSchema") ?? tool["parameters"])
    return { name: stringOf(tool["name"]), ...(parameters === undefined ? {} : { parameters }) }
  })

const choiceIn = (body: Fields): Asked["toolChoice"] => {
  const choosing = objectOf(either(objectOf(either(body, "toolConfig")), "functionCallingConfig"))
  const mode = stringOf(choosing["mode"]).toUpperCase()
  if (mode === "NONE") return "none"
  const [name] = listOf(either(choosing, "allowedFunctionNames"))
  if (mode !== "ANY") return "auto"
  return typeof name === "string" ? { name } : "required"
}

const schemaIn = (generation: Fields): Fields | undefined => {
  if (either(generation, "responseMimeType") !== "application/json") return undefined
  return objectOf(either(generation, "responseJsonSchema") ?? either(generation, "responseSchema"))
}

const read = ({ body, stream }: Received): Asked => {
  const contents = listOf(body["contents"]).map(objectOf)
  const generation = objectOf(either(body, "generationConfig"))
  const results = partsOf(contents.at(-1))
    .map((part) => asObject(either(part, "functionResponse")))
    .filter((result) => result !== undefined)
    .map((result) => {
      const response = objectOf(result["response"])
      const output = response["output"] ?? response["result"] ?? response["error"]
      return typeof output === "string" ? output : JSON.stringify(response)
    })
  const saying = contents.findLast((content) => content["role"] !== "model" && partsText(partsOf(content)) !== "")
  const maxTokens = asNumber(either(generation, "maxOutputTokens"))
  const schema = schemaIn(generation)
  const system = objectOf(either(body, "systemInstruction"))
  return {
    stream,
    userText: partsText(partsOf(saying)),
    promptLength: [system, ...contents].reduce((sum, content) => sum + partsText(partsOf(content)).length, 0),
    tools: toolsIn(body),
    toolChoice: choiceIn(body),
    ...(results.length === 0 ? {} : { toolResults: results }),
    ...(schema === undefined ? {} : { schema }),
    ...(maxTokens === undefined ? {} : { maxTokens }),
    prefilled: contents.at(-1)?.["role"] === "model",
    choices: 1,
    includeUsage: true,
    showReasoning: either(objectOf(either(generation, "thinkingConfig")), "includeThoughts") === true,
    encryptedReasoning: false
  }
}

/** Usage as it stands after `sent` of the output tokens; thoughts are told from the beginning, as Gemini does. */
const usage = ({ tokens }: Answer, sent: number): Fields => {
  const candidates = Math.min(sent, tokens.output - tokens.reasoning)
  return {
    promptTokenCount: tokens.input,
    // Gemini leaves the field out while there is nothing to count.
    ...(candidates === 0 ? {} : { candidatesTokenCount: candidates }),
    totalTokenCount: tokens.input + candidates + tokens.reasoning,
    ...(tokens.cached === 0 ? {} : { cachedContentTokenCount: tokens.cached }),
    promptTokensDetails: [{ modality: "TEXT", tokenCount: tokens.input }],
    ...(tokens.reasoning === 0 ? {} : { thoughtsTokenCount: tokens.reasoning }),
    serviceTier: "standard"
  }
}

const finishReason = ({ script }: Answer): string => {
  if (script.finish === "length") return "MAX_TOKENS"
  // Google has no word for tool calls: they end with STOP.
  return script.finish === "content_filter" ? "SAFETY" : "STOP"
}

/** The whole call, as Gemini sends it; only the first of a turn is signed. */
const callPart = (answer: Answer, call: number): Fields => {
  const { name, arguments: made } = answer.script.calls[call] ?? { name: "", arguments: {} }
  const newer = hasSignatures(answer.model)
  const id = newer && !answer.flags.has("tool-no-id") ? { id: `${answer.id.slice(0, 7)}${call}` } : {}
  return {
    functionCall: { name, ...(Object.keys(made).length === 0 ? {} : { args: made }), ...id },
    ...(newer && call === 0 ? { thoughtSignature: seal(`call ${answer.id}`) } : {})
  }
}

const partFor = (piece: Piece, answer: Answer): Fields | undefined => {
  switch (piece.kind) {
    case "text":
      return { text: piece.text }
    case "reasoning":
      return answer.asked.showReasoning ? { text: piece.text, thought: true } : undefined
    case "refusal":
      return undefined
    case "call":
      return piece.opens ? callPart(answer, piece.call) : undefined
  }
}

/** Thinking models sign a plain answer too, on an empty text at its end. */
const endPart = (answer: Answer): Fields => ({
  text: "",
  ...(hasSignatures(answer.model) && answer.tokens.reasoning > 0 && answer.script.calls.length === 0
    ? { thoughtSignature: seal(`text ${answer.id}`) }
    : {})
})

const response = (answer: Answer, sent: number, fields: Fields): Fields => ({
  ...fields,
  ...(answer.flags.has("no-usage") ? {} : { usageMetadata: usage(answer, sent) }),
  modelVersion: answer.model,
  responseId: answer.id
})

const whole = (answer: Answer): Fields => {
  const { script, flags } = answer
  const thoughts = answer.asked.showReasoning ? textOf(script, "reasoning") : ""
  const text = textOf(script, "text")
  const parts = [
    ...(thoughts === "" ? [] : [{ text: thoughts, thought: true }]),
    ...(text === "" ? [] : [{ text }]),
    ...script.calls.map((_, call) => callPart(answer, call))
  ]
  const candidate = {
    content: { ...(parts.length === 0 ? {} : { parts }), role: "model" },
    ...(flags.has("no-finish") ? {} : { finishReason: finishReason(answer) }),
    index: 0
  }
  return response(answer, answer.tokens.output, flags.has("empty-choices") ? {} : { candidates: [candidate] })
}

const events = (answer: Answer): Events => {
  const { script, flags } = answer
  let sent = 0
  const chunk = (part: Fields | undefined, finish: Fields = {}): Event => ({
    data: response(answer, sent, {
      candidates: [
        { content: { ...(part === undefined ? {} : { parts: [part] }), role: "model" }, ...finish, index: 0 }
      ]
    })
  })
  const pieces = script.pieces.map((piece) => {
    if (piece.kind !== "reasoning") sent += 1
    const part = partFor(piece, answer)
    return part === undefined ? [] : [chunk(part)]
  })
  sent = answer.tokens.output
  const empty = script.pieces.length === 0 || script.finish === "content_filter"
  const finish = chunk(empty ? undefined : endPart(answer), { finishReason: finishReason(answer) })
  return {
    start: flags.has("empty-choices") ? [{ data: response(answer, 0, {}) }] : [],
    pieces,
    end: flags.has("no-finish")
      ? []
      : [
          finish,
          ...(flags.has("double-finish") ? [finish] : []),
          ...(flags.has("usage-in-extra-chunk") ? [{ data: response(answer, sent, {}) }] : [])
        ]
  }
}

/** Google's generateContent: whole calls, usage in every chunk, no end mark, CRLF. */
export const GeminiContent: Language = {
  name: "gemini-content",
  read,
  check: checkContent,
  whole,
  events,
  problem: geminiProblem,
  errorBody: geminiErrorBody,
  errorEvents: (refusal) => [{ data: geminiErrorBody(refusal) }],
  headers: () => ({ "x-gemini-service-tier": "standard", vary: "Origin, X-Origin, Referer" }),
  // Google sends no pings; an empty comment is what keeps such a stream alive.
  ping: ":\r\n\r\n",
  streamType: "text/event-stream",
  lineEnd: "\r\n"
}

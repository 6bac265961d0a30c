import { ApiError, GoogleGenAI } from "@google/genai"
import type { Expectation, ExpectedCall, ExpectedChoice, ExpectedUsage } from "../Expected.ts"
import { at, listAt, numberAt, parsed, textAt } from "../Json.ts"
import type { Recording } from "../Recordings.ts"
import { finishWithCalls } from "./Finish.ts"
import { played } from "./Playing.ts"
import { readError } from "./ReadError.ts"

interface OpenChoice {
  text: string
  readonly reasoning: Array<string>
  readonly calls: Array<ExpectedCall>
  finish: string | undefined
}

const withheld = [
  "SAFETY",
  "RECITATION",
  "BLOCKLIST",
  "PROHIBITED_CONTENT",
  "SPII",
  "MODEL_ARMOR",
  "LANGUAGE",
  "IMAGE_SAFETY",
  "IMAGE_PROHIBITED_CONTENT",
  "IMAGE_RECITATION",
  "IMAGE_OTHER"
]

/** What Gemini says when its model wrote something that it could not use; with nothing else in the answer it failed. */
const malformed = ["MALFORMED_FUNCTION_CALL", "UNEXPECTED_TOOL_CALL", "TOO_MANY_TOOL_CALLS", "MALFORMED_RESPONSE"]

const word = (native: string): string => {
  if (native === "MAX_TOKENS" || native === "CONTINUATION") return "length"
  return withheld.includes(native) ? "content_filter" : "stop"
}

const usageOf = (response: unknown): ExpectedUsage | undefined => {
  const usage = at(response, "usageMetadata")
  if (usage === undefined) return undefined
  const tokens = (name: string): number => numberAt(usage, name) ?? 0
  return {
    input: tokens("promptTokenCount") + tokens("toolUsePromptTokenCount"),
    output: tokens("candidatesTokenCount") + tokens("thoughtsTokenCount"),
    cached: tokens("cachedContentTokenCount"),
    cacheWrite: 0,
    reasoning: tokens("thoughtsTokenCount")
  }
}

class Reading {
  model = ""
  failure: string | undefined
  usage: ExpectedUsage | undefined
  readonly choices = new Map<number, OpenChoice>()

  take(response: unknown): void {
    if (this.model === "") this.model = textAt(response, "modelVersion")
    this.usage = usageOf(response) ?? this.usage
    for (const candidate of listAt(response, "candidates")) {
      const choice = this.choice(numberAt(candidate, "index") ?? 0)
      for (const part of listAt(candidate, "content", "parts")) this.takePart(choice, part)
      const finish = textAt(candidate, "finishReason")
      if (finish === "") continue
      const isEmpty = choice.text === "" && choice.calls.length === 0
      if (malformed.includes(finish) && isEmpty) this.failure = "ServerFault"
      else choice.finish = word(finish)
    }
    if (textAt(response, "promptFeedback", "blockReason") !== "") this.choice(0).finish = "content_filter"
  }

  private takePart(choice: OpenChoice, part: unknown): void {
    const text = textAt(part, "text")
    if (text !== "" && at(part, "thought") === true) choice.reasoning.push(text)
    else choice.text += text
    const call = at(part, "functionCall")
    if (call === undefined) return
    choice.calls.push({
      id: textAt(call, "id") || undefined,
      kind: "function",
      name: textAt(call, "name"),
      arguments: { value: at(call, "args") ?? {} }
    })
  }

  private choice(index: number): OpenChoice {
    const choice = this.choices.get(index) ?? { text: "", reasoning: [], calls: [], finish: undefined }
    this.choices.set(index, choice)
    return choice
  }

  expectation(): Expectation {
    const choices = [...this.choices]
      .sort(([a], [b]) => a - b)
      .map(([, { calls, finish, reasoning, text }]): ExpectedChoice => {
        return {
          text,
          reasoning: reasoning.length === 0 ? [] : [reasoning.join("")],
          refusal: "",
          calls,
          finish: finish && finishWithCalls(finish, calls.length)
        }
      })
    const isWhole = choices.length > 0 && choices.every((choice) => choice.finish !== undefined)
    const failure = this.failure ?? (isWhole ? undefined : "Cut")
    return { model: this.model, choices, usage: this.usage, failure }
  }
}

/**
 * Reads Gemini's answers, whole, streamed or as a list of events, through Google's SDK (which has no reading of the
 * list).
 */
export const readGemini = async (recording: Recording): Promise<Expectation> => {
  const reading = new Reading()
  const client = new GoogleGenAI({
    apiKey: "recorded",
    httpOptions: { fetch: () => Promise.resolve(played(recording)) }
  })
  const request = { model: "any", contents: "any" }
  const list = recording.stream ? undefined : parsed(recording.body)
  try {
    if (Array.isArray(list)) {
      for (const response of list) {
        if (at(response, "error") === undefined) reading.take(response)
        else reading.failure = readError(JSON.stringify(response), undefined)
      }
    } else if (recording.stream) {
      for await (const response of await client.models.generateContentStream(request)) reading.take(response)
    } else reading.take(await client.models.generateContent(request))
  } catch (error) {
    // The SDK's message is the error event's text; what else it throws is about a stream that it cannot read to its
    // end.
    const isTold = error instanceof ApiError
    reading.failure = isTold ? readError(error.message.slice(error.message.indexOf("{")), undefined) : "Cut"
  }
  return reading.expectation()
}

import type { Expectation } from "../Expected.ts"
import { at, listAt, objectAt } from "../Json.ts"
import type { Recording } from "../Recordings.ts"

type Body = Readonly<Record<string, unknown>>

const toolOf = (kind: "function" | "custom", name: string): Body =>
  kind === "custom"
    ? { type: "custom", custom: { name } }
    : { type: "function", function: { name, parameters: { type: "object", properties: {} } } }

/** What decides the form of an answer; sampling and the like do not, and hosts have words of their own for them. */
const telling = [
  "messages",
  "tool_choice",
  "parallel_tool_calls",
  "functions",
  "function_call",
  "response_format",
  "n",
  "logprobs",
  "modalities",
  "audio",
  "web_search_options"
]

/** The recorded request, as far as it is chat that an OpenAI SDK could send. */
const recordedBody = (recorded: Body): Body => ({
  ...Object.fromEntries(Object.entries(recorded).filter(([name]) => telling.includes(name))),
  // Mistral's own SDK leaves the type out.
  ...(listAt(recorded, "tools").length === 0
    ? {}
    : { tools: listAt(recorded, "tools").map((tool) => ({ type: "function", ...objectAt(tool) })) })
})

/** Asks for nothing in particular, with the tools that the recorded answer calls. */
const plainBody = (expected: Expectation): Body => {
  const called = expected.choices.flatMap(({ calls }) => calls)
  const tools = new Map(called.map(({ kind, name }) => [name, toolOf(kind, name)]))
  return {
    messages: [{ role: "user", content: "recorded" }],
    ...(tools.size === 0 ? {} : { tools: [...tools.values()] }),
    ...(expected.choices.length > 1 ? { n: expected.choices.length } : {})
  }
}

/** What a caller of the gateway may send to get a recorded answer. */
export interface CallerRequests {
  /**
   * The recorded request, where it is OpenAI chat and was accepted: a refused one may be refused by the gateway itself,
   * and would show nothing.
   */
  readonly recorded: Body | undefined
  readonly plain: Body
}

/** The requests that ask `model` for a recording's answer. */
export const callerRequests = (recording: Recording, expected: Expectation, model: string): CallerRequests => {
  const streaming = recording.stream ? { stream: true, stream_options: { include_usage: true } } : {}
  const recorded = objectAt(recording.request)
  const isUsable = recording.kind === "chat" && recording.status < 300 && at(recorded, "messages") !== undefined
  return {
    recorded: isUsable ? { ...recordedBody(recorded), model, ...streaming } : undefined,
    plain: { ...plainBody(expected), model, ...streaming }
  }
}

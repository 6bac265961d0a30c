import { expect, test } from "bun:test"
import type { Deltas } from "../../../../src/domain/Delta.ts"
import type { Fields } from "../../../../src/domain/Fields.ts"
import type { Model } from "../../../../src/domain/Model.ts"
import type { Request } from "../../../../src/domain/Request.ts"
import { StreamDecoder, WholeDecoder } from "../../../../src/providers/Decoder.ts"
import { OpenAiResponses } from "../../../../src/providers/protocols/OpenAiResponses.ts"

const rules = {
  language: "openai",
  api: "responses",
  reasoning: true,
  sampling: "without-reasoning",
  systemRole: "developer"
} as const
const model: Model = { id: "openai/gpt-x", provider: "openai", name: "gpt-x", rules, prices: [], listed: true }
const asked: Request = {
  model: "gpt-x",
  messages: [{ role: "user", content: "Hi" }],
  stream: false,
  includeUsage: false,
  tools: [],
  requireParameters: false,
  legacyFunctions: false
}

const answering = { model, request: asked, quirks: {}, newId: (prefix: string) => `${prefix}new` }

const stream = (...events: ReadonlyArray<Fields>): Deltas => {
  const decoder = new StreamDecoder(OpenAiResponses, answering)
  const text = events.map((event) => `event: x\ndata: ${JSON.stringify(event)}\n\n`).join("")
  return [...decoder.push(text), ...decoder.finish()]
}
const whole = (body: unknown): Deltas => {
  const decoder = new WholeDecoder(OpenAiResponses, answering)
  return [...decoder.push(JSON.stringify(body)), ...decoder.finish()]
}

const event = (type: string, at: number, fields: Fields): Fields => ({
  type: `response.${type}`,
  output_index: at,
  ...fields
})
const added = (at: number, item: Fields) => event("output_item.added", at, { item })
const done = (at: number, item: Fields) => event("output_item.done", at, { item })
const textDelta = (delta: string, fields: Fields = {}) =>
  event("output_text.delta", 0, { content_index: 0, delta, ...fields })
const summaryDelta = (part: number, delta: string) =>
  event("reasoning_summary_text.delta", 0, { summary_index: part, delta })
const argumentsDelta = (at: number, delta: string) => event("function_call_arguments.delta", at, { delta })
const argumentsDone = (at: number, text: string) => event("function_call_arguments.done", at, { arguments: text })
const message = (...content: ReadonlyArray<Fields>) => ({ type: "message", content })
const outputText = (text: string, fields: Fields = {}) => ({ type: "output_text", text, ...fields })
const functionCall = (id: string, text = "", fields: Fields = {}) => ({
  type: "function_call",
  call_id: id,
  name: "look",
  arguments: text,
  ...fields
})
const created = { type: "response.created", response: { id: "resp_1", model: "gpt-x-1", created_at: 7 } }
const completed = (response: Fields = {}) => ({ type: "response.completed", response })
const incomplete = (reason: string) => ({ type: "response.incomplete", response: { incomplete_details: { reason } } })

const begun = { _tag: "Start", id: "resp_1", model: "gpt-x-1", created: 7 }
const told = (tag: string, text: string, fields: Fields = {}) => ({ _tag: tag, choice: 0, text, ...fields })
const started = (call: number, id: string, kind = "function") => ({
  _tag: "ToolCallStart",
  choice: 0,
  call,
  id,
  name: "look",
  kind
})
const argued = (call: number, text: string) => ({ _tag: "ToolCallArguments", choice: 0, call, text })
const detail = (fields: Fields) => ({
  _tag: "ReasoningDetail",
  choice: 0,
  detail: { format: "openai-responses-v1", id: "rs_1", ...fields }
})
const finish = (reason: string, native = "completed") => ({ _tag: "Finish", choice: 0, reason, native })
const [stop, calls] = [finish("stop"), finish("tool_calls")]

const cited = { type: "url_citation", url: "u", title: "t", start_index: 0, end_index: 1 }
const citation = { _tag: "Annotation", choice: 0, annotation: { url: "u", title: "t", start: 0, end: 1 } }
const custom = { type: "custom_tool_call", call_id: "c1", name: "look", input: "" }
const reasoned = { type: "reasoning", id: "rs_1", encrypted_content: "E", summary: [{ text: "One." }, { text: "Two" }] }
const details = [
  detail({ type: "reasoning.encrypted", data: "E", index: 0 }),
  detail({ type: "reasoning.summary", summary: "One.", index: 1 }),
  detail({ type: "reasoning.summary", summary: "Two", index: 2 })
]
const probable = { content: [{ token: "B", bytes: null, logprob: -1, top_logprobs: [] }], refusal: null }

type Case = readonly [name: string, events: ReadonlyArray<Fields>, deltas: ReadonlyArray<Fields>]
const answers: ReadonlyArray<Case> = [
  [
    "tells its text once, not again when part, item and response are done",
    [
      textDelta("A", { logprobs: [] }),
      textDelta("B", { logprobs: [{ token: "B", logprob: -1 }] }),
      event("output_text.done", 0, { text: "AB" }),
      done(0, message(outputText("AB"))),
      completed({ output: [message(outputText("AB"))] })
    ],
    [told("Text", "A"), told("Text", "B", { logprobs: probable }), stop]
  ],
  [
    "counts calls by themselves, not by their place in the output",
    [
      added(0, { type: "reasoning" }),
      added(1, functionCall("c1")),
      added(2, functionCall("c2")),
      argumentsDelta(2, `{"b"`),
      argumentsDelta(1, "{}"),
      argumentsDelta(2, ":1}"),
      argumentsDone(2, `{"b":1}`),
      done(2, functionCall("c2", `{"b":1}`)),
      completed()
    ],
    [started(0, "c1"), started(1, "c2"), argued(1, `{"b"`), argued(0, "{}"), argued(1, ":1}"), calls]
  ],
  [
    "tells arguments that come only as done, once",
    [added(0, functionCall("c1")), argumentsDone(0, "[1]"), done(0, functionCall("c1", "[1]")), completed()],
    [started(0, "c1"), argued(0, "[1]"), calls]
  ],
  [
    "tells a call that is only a finished item, without arguments as {}",
    [done(0, functionCall("c1")), completed()],
    [started(0, "c1"), argued(0, "{}"), calls]
  ],
  [
    "tells arguments that only the end has",
    [added(0, functionCall("c1")), completed({ output: [functionCall("c1", "[1]")] })],
    [started(0, "c1"), argued(0, "[1]"), calls]
  ],
  [
    "gives a call without an id one",
    [done(0, functionCall("", "[1]")), completed()],
    [started(0, "call_new"), argued(0, "[1]"), calls]
  ],
  [
    "tells items apart by place, for some hosts change ids from event to event",
    [added(0, functionCall("c1", "", { id: "a" })), { ...argumentsDelta(0, "[1]"), item_id: "b" }, completed()],
    [started(0, "c1"), argued(0, "[1]"), calls]
  ],
  [
    "has text as the input of a custom tool",
    [
      added(0, custom),
      event("custom_tool_call_input.delta", 0, { delta: "sel" }),
      event("custom_tool_call_input.done", 0, { input: "sel" }),
      completed()
    ],
    [started(0, "c1", "custom"), argued(0, "sel"), calls]
  ],
  [
    "has a blank line between parts of the reasoning, and what is wanted back of it",
    [summaryDelta(0, "One"), summaryDelta(0, "."), summaryDelta(1, "Two"), done(0, reasoned), completed()],
    [told("Reasoning", "One"), told("Reasoning", "."), told("Reasoning", "\n\nTwo"), ...details, stop]
  ],
  [
    "has an open model's raw reasoning",
    [event("reasoning_text.delta", 0, { delta: "hm" }), completed()],
    [told("Reasoning", "hm"), stop]
  ],
  ["has a refusal as such", [event("refusal.delta", 0, { delta: "No." }), completed()], [told("Refusal", "No."), stop]],
  [
    "tells citations of the web once, and those of files not at all",
    [
      textDelta("A"),
      event("output_text.annotation.added", 0, { annotation: cited }),
      event("output_text.annotation.added", 0, { annotation: { type: "file_citation" } }),
      done(0, message(outputText("A", { annotations: [cited] }))),
      completed()
    ],
    [told("Text", "A"), citation, stop]
  ],
  [
    "is understood from a host that tells all at the end",
    [completed({ output: [message(outputText("A")), functionCall("c1")] })],
    [told("Text", "A"), started(0, "c1"), argued(0, "{}"), calls]
  ],
  [
    "out of tokens is cut by length, inside a call too, whose arguments stay broken",
    [
      added(0, functionCall("c1")),
      done(0, functionCall("c1", `{"a`, { status: "incomplete" })),
      incomplete("max_output_tokens")
    ],
    [started(0, "c1"), argued(0, `{"a`), finish("length", "max_output_tokens")]
  ],
  ["that was filtered says so", [incomplete("content_filter")], [finish("content_filter", "content_filter")]],
  [
    "tells the tier that served it, ends once, and has nothing after",
    [completed({ service_tier: "flex" }), completed(), textDelta("late")],
    [{ ...stop, extra: { service_tier: "flex" } }]
  ],
  ["passes over what is not known", [{ type: "keepalive" }, { nothing: 1 }, { type: 3 }, completed()], [stop]]
]
for (const [name, events, deltas] of answers) {
  test(`an answer ${name}`, () => {
    expect<unknown>(stream(created, ...events)).toEqual([begun, ...deltas])
  })
}

test("an answer counts its tokens before it ends, with what is not known of them kept", () => {
  const lifetimes = { cache_write_tokens_details: { ttl_30m_tokens: 2 } }
  const input_tokens_details = { cached_tokens: 4, cache_write_tokens: 2, ...lifetimes }
  const output_tokens_details = { reasoning_tokens: 3 }
  const usage = {
    input_tokens: 9,
    input_tokens_details,
    output_tokens: 5,
    output_tokens_details,
    total_tokens: 14,
    cost: 1
  }
  const [, counted, last] = stream(created, completed({ usage }))
  const counts = {
    inputTokens: 9,
    cachedTokens: 4,
    cacheWriteTokens: 2,
    cacheWrite1hTokens: 0,
    outputTokens: 5,
    reasoningTokens: 3
  }
  expect(counted).toMatchObject({ _tag: "Usage", usage: { ...counts, extra: { cost: 1, ...lifetimes } } })
  expect<unknown>(last).toEqual(stop)
})

test("an answer that is whole tells what its stream would", () => {
  const output = [
    reasoned,
    message(outputText("A"), { type: "refusal", refusal: "No" }),
    { type: "web_search_call" },
    functionCall("c1", "[]")
  ]
  const deltas = whole({ object: "response", ...created.response, status: "completed", output })
  const reasoning = [told("Reasoning", "One."), told("Reasoning", "\n\nTwo"), ...details]
  expect<unknown>(deltas).toEqual([
    begun,
    ...reasoning,
    told("Text", "A"),
    told("Refusal", "No"),
    started(0, "c1"),
    argued(0, "[]"),
    calls
  ])
})

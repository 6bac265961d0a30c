import { expect, test } from "bun:test"
import type { Delta, Deltas } from "../../../../src/domain/Delta.ts"
import type { Fields } from "../../../../src/domain/Fields.ts"
import type { Model } from "../../../../src/domain/Model.ts"
import type { Request, Tool } from "../../../../src/domain/Request.ts"
import { StreamDecoder, WholeDecoder } from "../../../../src/providers/Decoder.ts"
import type { Answering } from "../../../../src/providers/Protocol.ts"
import { GeminiContent } from "../../../../src/providers/protocols/GeminiContent.ts"

const model: Model = {
  id: "google/gemini-x",
  provider: "google",
  name: "gemini-x",
  rules: {
    language: "gemini",
    thinking: "level",
    minimalLevel: true,
    penalties: false,
    jsonWithTools: true,
    signatures: true,
    imagesInResults: true,
    systemInstruction: true
  },
  prices: [],
  listed: true
}

const answering = (tools: ReadonlyArray<Tool> = []): Answering => {
  const request: Request = {
    model: "m",
    messages: [],
    stream: true,
    includeUsage: true,
    tools,
    requireParameters: false,
    legacyFunctions: false
  }
  let count = 0
  return { model, request, quirks: {}, newId: (prefix) => `${prefix}_${++count}` }
}

/** What the events of a stream are told in, the end of the transport included. */
const streamed = (events: ReadonlyArray<unknown>, tools?: ReadonlyArray<Tool>): Deltas => {
  const decoder = new StreamDecoder(GeminiContent, answering(tools))
  const deltas = events.flatMap((event) => decoder.push(`data: ${JSON.stringify(event)}\r\n\r\n`))
  return [...deltas, ...decoder.finish()]
}

const whole = (body: unknown): Deltas => {
  const decoder = new WholeDecoder(GeminiContent, answering())
  decoder.push(JSON.stringify(body))
  return decoder.finish()
}

const candidate = (parts: ReadonlyArray<Fields>, more: Fields = {}): Fields => ({
  candidates: [{ content: { role: "model", parts }, index: 0, ...more }],
  responseId: "r",
  modelVersion: "gemini-x-001"
})
const calling = (functionCall: Fields, more: Fields = {}) => candidate([{ functionCall }], more)
const stop = { finishReason: "STOP" }
const start: Delta = { _tag: "Start", id: "r", model: "gemini-x-001" }
const text = (text: string): Delta => ({ _tag: "Text", choice: 0, text })
const begin = (id: string, name: string, call = 0) =>
  ({ _tag: "ToolCallStart", choice: 0, call, id, name, kind: "function" }) as const
const args = (text: string, call = 0): Delta => ({ _tag: "ToolCallArguments", choice: 0, call, text })
const finish = (reason: "stop" | "length" | "tool_calls" | "content_filter", native = "STOP"): Delta => ({
  _tag: "Finish",
  choice: 0,
  reason,
  native
})
const signature = (data: string, index = 0): Delta => ({
  _tag: "ReasoningDetail",
  choice: 0,
  detail: { type: "reasoning.encrypted", format: "google-gemini-v1", data, index }
})
const cut = (deltas: Deltas) => deltas.map((delta) => (delta._tag === "Failed" ? delta.failure._tag : delta._tag))

const streams: ReadonlyArray<readonly [string, ReadonlyArray<Fields>, Deltas]> = [
  [
    "thoughts are reasoning, the rest is text, empty texts are nothing",
    [
      candidate([{ text: "Hm", thought: true }]),
      candidate([{ text: "A" }, { text: "" }]),
      candidate([{ text: "B" }], stop)
    ],
    [start, { _tag: "Reasoning", choice: 0, text: "Hm" }, text("A"), text("B"), finish("stop")]
  ],
  [
    "a signature on an empty text in the last chunk is kept",
    [candidate([{ text: "A" }]), candidate([{ text: "", thoughtSignature: "s" }], stop)],
    [start, text("A"), signature("s"), finish("stop")]
  ],
  [
    "a call comes whole, its signature with it, its id made up; STOP with calls is tool_calls",
    [candidate([{ functionCall: { name: "f", args: { b: 1, a: [] } }, thoughtSignature: "s" }], stop)],
    [start, { ...begin("call_1", "f"), signature: "s" }, args('{"b":1,"a":[]}'), finish("tool_calls")]
  ],
  [
    "parallel calls over two chunks are counted on, Gemini's ids are kept, missing arguments are {}",
    [calling({ name: "f", id: "x1" }), calling({ name: "g", id: "x2", args: {} }), candidate([{ text: "" }], stop)],
    [start, begin("x1", "f"), args("{}"), begin("x2", "g", 1), args("{}", 1), finish("tool_calls")]
  ],
  [
    "a call cut at the token limit is length",
    [calling({ name: "f", id: "x", args: {} }, { finishReason: "MAX_TOKENS" })],
    [start, begin("x", "f"), args("{}"), finish("length", "MAX_TOKENS")]
  ],
  [
    "Vertex's pieces of arguments are put together",
    [
      calling({ name: "f", id: "x", willContinue: true }),
      calling({ partialArgs: [{ jsonPath: "$.a", stringValue: "1", willContinue: true }], willContinue: true }),
      calling({ partialArgs: [{ jsonPath: "$.a", stringValue: "2" }], willContinue: true }),
      calling({}),
      calling({ name: "g", id: "y", args: { z: 1 } }, stop)
    ],
    [start, begin("x", "f"), args('{"a":"12"}'), begin("y", "g", 1), args('{"z":1}', 1), finish("tool_calls")]
  ],
  [
    "pieces that nothing ends are said at the end",
    [calling({ name: "f", id: "x", partialArgs: [{ jsonPath: "$.a", boolValue: true }], willContinue: true }, stop)],
    [start, begin("x", "f"), args('{"a":true}'), finish("tool_calls")]
  ],
  [
    "a finish reason that every chunk repeats ends the answer once",
    [candidate([{ text: "A" }], stop), candidate([{ text: "B" }], stop)],
    [start, text("A"), text("B"), finish("stop")]
  ],
  [
    "a candidate without parts is an empty answer",
    [{ ...candidate([]), candidates: [{ content: { role: "model" }, ...stop }] }],
    [start, finish("stop")]
  ],
  [
    "made images and code that Gemini ran are left out",
    [
      candidate(
        [{ inlineData: {} }, { executableCode: {}, thoughtSignature: "s" }, { codeExecutionResult: {} }, { text: "A" }],
        stop
      )
    ],
    [start, text("A"), finish("stop")]
  ],
  [
    "a blocked prompt is an empty answer that the filter ended",
    [{ promptFeedback: { blockReason: "PROHIBITED_CONTENT" }, responseId: "r", modelVersion: "gemini-x-001" }],
    [start, finish("content_filter", "PROHIBITED_CONTENT")]
  ],
  [
    "an event without any field of an answer is passed over",
    [{ hello: 1 }, candidate([{ text: "A" }], stop)],
    [start, text("A"), finish("stop")]
  ]
]
for (const [name, events, wanted] of streams) {
  test(name, () => {
    expect(streamed(events)).toEqual([...wanted])
    expect(whole(events)).toEqual([...wanted])
  })
}

for (const native of ["MALFORMED_FUNCTION_CALL", "UNEXPECTED_TOOL_CALL", "TOO_MANY_TOOL_CALLS", "MALFORMED_RESPONSE"]) {
  test(`${native} with nothing said is a fault that another try may repair, and is counted`, () => {
    const event = candidate([{ text: "Hm", thought: true }], { finishReason: native, finishMessage: "Bad call" })
    const deltas = streamed([{ ...event, usageMetadata: { promptTokenCount: 2 } }])
    expect(cut(deltas)).toEqual(["Start", "Reasoning", "Usage", "ServerFault"])
    expect(deltas.at(-1)).toMatchObject({ failure: { words: { message: "Bad call", code: native } } })
  })
}

test("choices are told apart by the candidates' index or place, and each is finished once", () => {
  const part = (index: number | undefined, text: string, more: Fields = {}) => ({
    content: { parts: [{ text }] },
    index,
    ...more
  })
  const deltas = streamed([
    { candidates: [part(undefined, "a"), part(undefined, "b")] },
    { candidates: [part(1, "c", stop)] },
    { candidates: [part(0, "d", stop)] }
  ])
  expect(deltas.slice(1)).toMatchObject([
    { choice: 0, text: "a" },
    { choice: 1, text: "b" },
    { choice: 1, text: "c" },
    { choice: 0, text: "d" },
    { _tag: "Finish", choice: 0 },
    { _tag: "Finish", choice: 1 }
  ])
})

test("a stream that ends before its finish reason was cut, wherever that happens", () => {
  const events = [candidate([{ text: "A" }]), candidate([{ text: "B" }]), candidate([], stop)]
  expect(cut(streamed([]))).toEqual(["Cut"])
  expect(cut(streamed(events.slice(0, 1)))).toEqual(["Start", "Text", "Cut"])
  expect(cut(streamed(events.slice(0, 2)))).toEqual(["Start", "Text", "Text", "Cut"])
  expect(cut(streamed(events))).toEqual(["Start", "Text", "Text", "Finish"])
  expect(cut(streamed([{ usageMetadata: { promptTokenCount: 1 } }]))).toEqual(["Start", "Usage", "Cut"])
})

test("usage is said once, as the last chunk that counts has it", () => {
  const deltas = streamed([
    { ...candidate([{ text: "A" }]), usageMetadata: { promptTokenCount: 1, candidatesTokenCount: 1 } },
    { ...candidate([], stop), usageMetadata: { promptTokenCount: 10, candidatesTokenCount: 3 } },
    { ...candidate([], stop), usageMetadata: { trafficType: "ON_DEMAND" } }
  ])
  const found = deltas.filter(({ _tag }) => _tag === "Usage")
  expect(found).toMatchObject([{ usage: { inputTokens: 10, outputTokens: 3 } }])
})

test("after some text, a fault of the model is an end", () => {
  const events = [candidate([{ text: "A" }]), candidate([], { finishReason: "MALFORMED_FUNCTION_CALL" })]
  expect(streamed(events)).toEqual([start, text("A"), finish("stop", "MALFORMED_FUNCTION_CALL")])
})

test("citations of later chunks point into the whole text, and are said once", () => {
  const groundingMetadata = {
    groundingChunks: [{ web: { uri: "https://a.test", title: "A" } }],
    groundingSupports: [{ segment: { startIndex: 2, endIndex: 8 }, groundingChunkIndices: [0] }]
  }
  const deltas = streamed([
    candidate([{ text: "é😀" }]),
    candidate([{ text: " x" }], { groundingMetadata }),
    candidate([], { groundingMetadata, ...stop })
  ])
  // é is two bytes and one character, 😀 four bytes and two characters.
  const annotation = { url: "https://a.test", title: "A", start: 1, end: 5 }
  expect(deltas.filter(({ _tag }) => _tag === "Annotation")).toEqual([{ _tag: "Annotation", choice: 0, annotation }])
})

test("citations of a whole answer point into their part", () => {
  const groundingMetadata = {
    groundingChunks: [{ web: { uri: "https://a.test", title: "A" } }],
    groundingSupports: [{ segment: { partIndex: 2, endIndex: 2 }, groundingChunkIndices: [0] }]
  }
  const parts = [{ text: "Hm", thought: true }, { text: "0: " }, { text: "é x" }]
  const deltas = whole(candidate(parts, { groundingMetadata, ...stop }))
  expect(deltas).toContainEqual({
    _tag: "Annotation",
    choice: 0,
    annotation: { url: "https://a.test", title: "A", start: 3, end: 4 }
  })
})

test("log probabilities ride on the text of their event, or on an empty one", () => {
  const logprobsResult = { chosenCandidates: [{ token: "A", logProbability: -0.5 }] }
  const content = [{ token: "A", logprob: -0.5, bytes: [65], top_logprobs: [] }]
  const deltas = streamed([
    candidate([{ text: "A" }, { text: "B" }], { logprobsResult }),
    candidate([], { logprobsResult, ...stop })
  ])
  const scored = (text: string) => ({ _tag: "Text", choice: 0, text, logprobs: { content, refusal: null } }) as const
  expect(deltas.slice(1, 4)).toEqual([scored("A"), text("B"), scored("")])
})

test("rewritten names and custom tools are turned back", () => {
  const tools: ReadonlyArray<Tool> = [
    { kind: "function", name: "get weather" },
    { kind: "custom", name: "run", definition: {} }
  ]
  const deltas = streamed(
    [
      candidate(
        [
          { functionCall: { name: "get_weather", id: "1" } },
          { functionCall: { name: "run", id: "2", args: { input: "ls -l" } } }
        ],
        stop
      )
    ],
    tools
  )
  expect(deltas.slice(1, 5)).toMatchObject([
    { name: "get weather", kind: "function" },
    { text: "{}" },
    { name: "run", kind: "custom" },
    { text: "ls -l" }
  ])
})

test("an answer without an id gets one, and Vertex's time is the answer's", () => {
  const [first] = whole({ candidates: [stop], createTime: "2026-03-12T18:05:59.704936Z" })
  expect(first).toEqual({ _tag: "Start", id: "chatcmpl_1", model: "gemini-x", created: 1773338759 })
})

test("whatever comes as an event, nothing throws", () => {
  const parts = [null, { functionCall: {} }, { text: 1 }]
  const groundingMetadata = { groundingSupports: [null, { groundingChunkIndices: [0] }] }
  const candidates = [null, 1, { content: 1 }, { content: { parts } }, { groundingMetadata }]
  const odd = [null, 1, "x", [], [null], { candidates: 1 }, { candidates, usageMetadata: [] }]
  for (const event of odd) expect(() => streamed([event])).not.toThrow()
})

import { describe, expect, test } from "bun:test"
import type { Delta } from "../../../../src/domain/Delta.ts"
import { type Fields, listOf, objectOf, parseJson } from "../../../../src/domain/Fields.ts"
import { ServerFault } from "../../../../src/domain/Failure.ts"
import { noUsage } from "../../../../src/domain/usage/Usage.ts"
import { ChatChunks, type ChunkForm, doneLine } from "../../../../src/wire/openai/chat/ChatChunks.ts"

const form: ChunkForm = { id: "chatcmpl-1", model: "openai/m", created: 5, legacyFunctions: false, includeUsage: false }
const start: Delta = { _tag: "Start", id: "x", model: "theirs" }
const text = (said: string, choice = 0): Delta => ({ _tag: "Text", choice, text: said })
const stop: Delta = { _tag: "Finish", choice: 0, reason: "stop" }

const written = (deltas: ReadonlyArray<Delta>, more: Partial<ChunkForm> = {}): string => {
  const chunks = new ChatChunks({ ...form, ...more })
  return chunks.write(deltas) + chunks.end()
}
const events = (stream: string): ReadonlyArray<Fields> =>
  stream
    .slice(0, -doneLine.length)
    .split("\n\n")
    .filter((line) => line !== "")
    .map((line) => objectOf(parseJson(line.slice("data: ".length))))
const choicesOf = (stream: string): ReadonlyArray<Fields> =>
  events(stream).map((event) => objectOf(listOf(event["choices"])[0]))
const deltasOf = (stream: string): ReadonlyArray<unknown> => choicesOf(stream).map((choice) => choice["delta"])
const role = { role: "assistant", content: "", refusal: null }

describe("a stream of chunks", () => {
  test("of text is, to the letter, what OpenAI sends", () => {
    const head = 'data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":5,"model":"openai/m","choices":'
    const none = '"logprobs":null,"finish_reason":null}]}\n\n'
    expect(written([start, text('a "b"\n'), stop])).toBe(
      `${head}[{"index":0,"delta":{"role":"assistant","content":"","refusal":null},${none}` +
        `${head}[{"index":0,"delta":{"content":"a \\"b\\"\\n"},${none}` +
        `${head}[{"index":0,"delta":{"content":""},"logprobs":null,"finish_reason":"stop"}]}\n\n` +
        "data: [DONE]\n\n"
    )
  })

  test("has usage only when it is asked for: null on each chunk, and a chunk of its own at the end", () => {
    const deltas: ReadonlyArray<Delta> = [
      start,
      { _tag: "Usage", usage: { ...noUsage, inputTokens: 3, outputTokens: 2 } },
      text("Hi"),
      stop
    ]
    expect(written(deltas)).not.toContain("usage")
    const asked = events(written(deltas, { includeUsage: true }))
    expect(asked.slice(0, -1).map((event) => event["usage"])).toEqual([null, null, null])
    expect(asked.at(-1)).toMatchObject({
      choices: [],
      usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 }
    })
  })

  test("adds to the usage what the caller's dialect has", () => {
    const dressUsage = (usage: Fields) => ({ ...usage, input_tokens: usage["prompt_tokens"] })
    const stream = written([start, { _tag: "Usage", usage: { ...noUsage, inputTokens: 3 } }, stop], {
      includeUsage: true,
      dressUsage
    })
    expect(events(stream).at(-1)).toMatchObject({ usage: { prompt_tokens: 3, input_tokens: 3 } })
  })

  test("says the role first in each choice, even where the first thing said is the end", () => {
    const stream = written([start, text("B", 1), { ...stop, choice: 2 }, stop, { ...stop, choice: 1 }])
    expect(choicesOf(stream).map(({ index, delta }) => [index, "role" in objectOf(delta)])).toEqual([
      [0, true],
      [1, true],
      [1, false],
      [2, true],
      [2, false],
      [0, false],
      [1, false]
    ])
  })

  test("begins a call with index, id, type and name, and goes on with fragments of its arguments", () => {
    const stream = written([
      start,
      { _tag: "ToolCallStart", choice: 0, call: 0, id: "a", name: "f", kind: "function" },
      { _tag: "ToolCallArguments", choice: 0, call: 0, text: '{"x"' },
      { _tag: "ToolCallArguments", choice: 0, call: 0, text: ":1}" },
      { _tag: "Finish", choice: 0, reason: "tool_calls" }
    ])
    expect(deltasOf(stream)).toEqual([
      role,
      { content: "", tool_calls: [{ index: 0, id: "a", type: "function", function: { name: "f", arguments: "" } }] },
      { content: "", tool_calls: [{ index: 0, function: { arguments: '{"x"' } }] },
      { content: "", tool_calls: [{ index: 0, function: { arguments: ":1}" } }] },
      { content: "" }
    ])
    expect(choicesOf(stream).at(-1)).toMatchObject({ finish_reason: "tool_calls" })
  })

  test("keeps a custom call of one choice apart from a function call of another", () => {
    const stream = written([
      start,
      { _tag: "ToolCallStart", choice: 0, call: 0, id: "a", name: "sh", kind: "custom" },
      { _tag: "ToolCallStart", choice: 1, call: 0, id: "b", name: "f", kind: "function" },
      { _tag: "ToolCallArguments", choice: 0, call: 0, text: "ls" },
      { _tag: "ToolCallArguments", choice: 1, call: 0, text: "{}" }
    ])
    expect(deltasOf(stream).slice(-2)).toEqual([
      { content: "", tool_calls: [{ index: 0, custom: { input: "ls" } }] },
      { content: "", tool_calls: [{ index: 0, function: { arguments: "{}" } }] }
    ])
  })

  test("brings Gemini's signature where Google's own OpenAI door has it", () => {
    const stream = written([
      start,
      { _tag: "ToolCallStart", choice: 0, call: 0, id: "a", name: "f", kind: "function", signature: "S" }
    ])
    expect(deltasOf(stream)[1]).toMatchObject({
      tool_calls: [{ extra_content: { google: { thought_signature: "S" } } }]
    })
  })

  test("answers a caller of the old functions in kind, with the first call only", () => {
    const stream = written(
      [
        start,
        { _tag: "ToolCallStart", choice: 0, call: 0, id: "a", name: "f", kind: "function" },
        { _tag: "ToolCallArguments", choice: 0, call: 0, text: "{}" },
        { _tag: "ToolCallStart", choice: 0, call: 1, id: "b", name: "g", kind: "function" },
        { _tag: "ToolCallArguments", choice: 0, call: 1, text: "[]" },
        { _tag: "Finish", choice: 0, reason: "tool_calls" }
      ],
      { legacyFunctions: true }
    )
    expect(deltasOf(stream)).toEqual([
      role,
      { content: "", function_call: { name: "f", arguments: "" } },
      { content: "", function_call: { arguments: "{}" } },
      { content: "" }
    ])
    expect(choicesOf(stream).at(-1)).toMatchObject({ finish_reason: "function_call" })
  })

  const others: ReadonlyArray<readonly [name: string, delta: Delta, said: Fields]> = [
    ["reasoning", { _tag: "Reasoning", choice: 0, text: "Hm" }, { reasoning_content: "Hm" }],
    [
      "a signed piece of reasoning",
      {
        _tag: "ReasoningDetail",
        choice: 0,
        detail: { type: "reasoning.encrypted", format: "openai-responses-v1", data: "E", id: "rs_1", index: 0 }
      },
      {
        reasoning_details: [
          { type: "reasoning.encrypted", data: "E", id: "rs_1", format: "openai-responses-v1", index: 0 }
        ]
      }
    ],
    ["a refusal", { _tag: "Refusal", choice: 0, text: "No." }, { refusal: "No." }],
    [
      "a citation",
      { _tag: "Annotation", choice: 0, annotation: { url: "https://a.example", title: "A", start: 1, end: 2 } },
      {
        annotations: [
          { type: "url_citation", url_citation: { start_index: 1, end_index: 2, url: "https://a.example", title: "A" } }
        ]
      }
    ],
    [
      "sound",
      { _tag: "Audio", choice: 0, audio: { id: "audio_1", data: "AA" } },
      { audio: { id: "audio_1", data: "AA" } }
    ]
  ]
  for (const [name, delta, said] of others) {
    test(`says ${name} beside an empty content`, () => {
      expect(deltasOf(written([start, delta]))).toEqual([role, { content: "", ...said }])
    })
  }

  test("says log probabilities in the choice, and no empty text without them", () => {
    const logprobs = { content: [{ token: "Hi", logprob: -1 }], refusal: null }
    const stream = written([start, text(""), { _tag: "Text", choice: 0, text: "", logprobs }])
    expect(choicesOf(stream)).toMatchObject([{ delta: role }, { delta: { content: "" }, logprobs }])
  })

  test("keeps what is not known, in the envelope of the first chunk and in the last choice, and writes nothing for none", () => {
    const stream = written([
      { ...start, extra: { system_fingerprint: "fp" } },
      { ...stop, extra: { citations: ["https://a.example"] }, choiceExtra: { stop_reason: 7 } }
    ])
    const [first, last] = events(stream)
    expect(first).toMatchObject({ system_fingerprint: "fp" })
    expect(last).toMatchObject({
      citations: ["https://a.example"],
      choices: [{ finish_reason: "stop", stop_reason: 7 }]
    })
    const none = written([
      { ...start, extra: {} },
      { ...stop, extra: {}, choiceExtra: {} }
    ])
    expect(events(none)).toMatchObject([{ choices: [{}] }, { choices: [{ finish_reason: "stop" }] }])
  })

  test("passes relayed text on and says nothing of a failure, which is the door's to tell", () => {
    const chunks = new ChatChunks(form)
    expect(chunks.write([{ _tag: "Relayed", text: "data: {}\n\n", content: true }])).toBe("data: {}\n\n")
    expect(chunks.write([{ _tag: "Failed", failure: new ServerFault({ message: "x" }) }])).toBe("")
  })

  test("keeps each event on one line, whatever the text", () => {
    const odd = "line\nline\r\n\u2028\u2029 \ud83d half 🙂 \u0000 </script> data: [DONE]\n\n"
    const stream = written([start, text(odd), stop])
    expect(stream.split("\n\n")).toHaveLength(5)
    expect(stream.replaceAll("\n\n", "")).not.toMatch(/[\r\n]/)
    expect(deltasOf(stream)[1]).toEqual({ content: odd })
  })
})

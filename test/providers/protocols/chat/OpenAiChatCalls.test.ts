import { describe, expect, test } from "bun:test"
import type { Fields } from "../../../../src/domain/Fields.ts"
import { answering, brief, calling, chunk, chunksOf, done, ending, malformed, streamed } from "./ChatStreams.ts"

const head = (id: string, name: string, args: unknown = "", more: Fields = {}): Fields => ({
  id,
  type: "function",
  function: { name, arguments: args },
  ...more
})
const tail = (args: unknown, more: Fields = {}): Fields => ({ function: { arguments: args }, ...more })
const at = (index: number): Fields => ({ index })

/**
 * Each way in which hosts err in the pieces of a call, and what is told of it. The id of a call that came without one
 * is made here.
 */
const cases: ReadonlyArray<
  readonly [name: string, events: ReadonlyArray<Fields>, told: ReadonlyArray<string>, reason?: string]
> = [
  [
    "OpenAI's own form: head, then fragments, two calls by index",
    [
      calling(head("a", "one", "", at(0))),
      calling(tail('{"x"', at(0))),
      calling(tail(":1}", at(0))),
      calling(head("b", "two", "", at(1))),
      calling(tail("{}", at(1)))
    ],
    ["call 0 a one", 'arguments 0 {"x"', "arguments 0 :1}", "call 1 b two", "arguments 1 {}"]
  ],
  [
    "interleaved fragments of two calls",
    [
      calling(head("a", "one", "{", at(0)), head("b", "two", '{"y":', at(1))),
      calling(tail("}", at(0)), tail("2}", at(1)))
    ],
    ["call 0 a one", "arguments 0 {", "call 1 b two", 'arguments 1 {"y":', "arguments 0 }", "arguments 1 2}"]
  ],
  [
    "no index, with ids (Gemini's OpenAI door)",
    [calling(head("a", "one", '{"x":1}')), calling(head("b", "two", '{"y":2}'))],
    ["call 0 a one", 'arguments 0 {"x":1}', "call 1 b two", 'arguments 1 {"y":2}']
  ],
  [
    "no index on the fragments",
    [calling(head("a", "one")), calling(tail('{"x"')), calling(tail(":1}"))],
    ["call 0 a one", 'arguments 0 {"x"', "arguments 0 :1}"]
  ],
  [
    "every call numbered 0 (Ollama)",
    [calling(head("a", "one", '{"x":1}', at(0))), calling(head("b", "two", '{"y":2}', at(0)))],
    ["call 0 a one", 'arguments 0 {"x":1}', "call 1 b two", 'arguments 1 {"y":2}']
  ],
  [
    "a new id at an old index, its rest at the next index (DeepSeek behind Ollama)",
    [
      calling(head("a", "one", '{"x":1}', at(0))),
      calling(head("b", "two", '{"y"', at(0))),
      calling(tail(":2}", at(1)))
    ],
    ["call 0 a one", 'arguments 0 {"x":1}', "call 1 b two", 'arguments 1 {"y"', "arguments 1 :2}"]
  ],
  [
    "a known id at another index",
    [calling(head("a", "one", '{"x"', at(0))), calling({ id: "a", ...tail(":1}", at(5)) })],
    ["call 0 a one", 'arguments 0 {"x"', "arguments 0 :1}"]
  ],
  [
    "another id, without a name, on each fragment (OCI, Poolside)",
    [calling(head("a", "one", "", at(0))), calling({ id: "z", ...tail("{}", at(0)), type: "function" })],
    ["call 0 a one", "arguments 0 {}"]
  ],
  [
    "another id, without a name or an index, on each fragment",
    [calling(head("a", "one", '{"x"')), calling({ id: "z", ...tail(":1}") })],
    ["call 0 a one", 'arguments 0 {"x"', "arguments 0 :1}"]
  ],
  [
    "arguments as an object",
    [calling(head("a", "one", { city: "Paris" }, at(0)))],
    ["call 0 a one", 'arguments 0 {"city":"Paris"}']
  ],
  [
    "an empty object before the arguments",
    [calling(head("a", "one", {}, at(0))), calling(tail('{"x":1}', at(0)))],
    ["call 0 a one", 'arguments 0 {"x":1}']
  ],
  [
    "the name in pieces",
    [
      calling(head("a", "get_", "", at(0))),
      calling({ index: 0, function: { name: "weather" } }),
      calling(tail("{}", at(0)))
    ],
    ["call 0 a get_weather", "arguments 0 {}"]
  ],
  [
    "the name said again in each chunk",
    [
      calling(head("a", "one", '{"x"', at(0))),
      calling({ index: 0, function: { name: "one", arguments: ":1" } }),
      calling({ index: 0, function: { name: "one", arguments: "}" } })
    ],
    ["call 0 a one", 'arguments 0 {"x"', "arguments 0 :1", "arguments 0 }"]
  ],
  [
    "the name said again in each chunk, without index or id",
    [
      calling({ function: { name: "one", arguments: '{"x"' } }),
      calling({ function: { name: "one", arguments: ":1}" } })
    ],
    ["call 0 call_0 one", 'arguments 0 {"x"', "arguments 0 :1}"]
  ],
  [
    "no id, by index",
    [calling(head("", "one", "{}", at(0))), calling({ index: 1, function: { name: "two", arguments: "{}" } })],
    ["call 0 call_0 one", "arguments 0 {}", "call 1 call_1 two", "arguments 1 {}"]
  ],
  [
    "no id and always index 0",
    [
      calling({ index: 0, function: { name: "one", arguments: '{"x":1}' } }),
      calling({ index: 0, function: { name: "one", arguments: '{"x":2}' } })
    ],
    ["call 0 call_0 one", 'arguments 0 {"x":1}', "call 1 call_1 one", 'arguments 1 {"x":2}']
  ],
  [
    "neither id nor index",
    [calling({ function: { name: "one", arguments: "{}" } }), calling({ function: { name: "two", arguments: "{}" } })],
    ["call 0 call_0 one", "arguments 0 {}", "call 1 call_1 two", "arguments 1 {}"]
  ],
  [
    "neither id nor index nor arguments, in one chunk",
    [calling({ function: { name: "one" } }, { function: { name: "two" } })],
    ["call 0 call_0 one", "arguments 0 {}", "call 1 call_1 two", "arguments 1 {}"]
  ],
  [
    "the same id for two calls of a body's length is one call, said again with the end",
    [calling(head("a", "one", '{"x":1}', at(0))), chunk({ tool_calls: [head("a", "one", '{"x":1}', at(0))] })],
    ["call 0 a one", 'arguments 0 {"x":1}']
  ],
  [
    "arguments before the name",
    [calling({ id: "a", ...tail('{"x"', at(0)) }), calling({ index: 0, function: { name: "one", arguments: ":1}" } })],
    ["call 0 a one", 'arguments 0 {"x":1}']
  ],
  [
    "an id first, the rest later, without index",
    [calling({ id: "a", type: "function" }), calling({ function: { name: "one" } }), calling(tail("{}"))],
    ["call 0 a one", "arguments 0 {}"]
  ],
  [
    "no arguments at all, or null (vLLM)",
    [calling(head("a", "one", null, at(0))), calling(tail(null, at(0)))],
    ["call 0 a one", "arguments 0 {}"]
  ],
  [
    "the first fragment in the head (llama.cpp)",
    [calling(head("a", "one", '{"', at(0))), calling(tail('x":1}', at(0)))],
    ["call 0 a one", 'arguments 0 {"', 'arguments 0 x":1}']
  ],
  [
    "Kimi's ids go on as they are",
    [calling(head("functions.add:0", "add", '{"a":1}', at(0)))],
    ["call 0 functions.add:0 add", 'arguments 0 {"a":1}']
  ],
  [
    "the name beside the function",
    [calling({ id: "a", index: 0, name: "one", function: { arguments: "{}" } })],
    ["call 0 a one", "arguments 0 {}"]
  ],
  [
    "the old `function_call`, in pieces",
    [
      chunk({ function_call: { name: "one", arguments: "" } }),
      chunk({ function_call: { arguments: '{"x"' } }),
      chunk({ function_call: { arguments: ":1}" } })
    ],
    ["call 0 call_0 one", 'arguments 0 {"x"', "arguments 0 :1}"],
    "function_call"
  ],
  [
    "a custom tool's input, which is no JSON",
    [
      calling({ index: 0, id: "a", type: "custom", custom: { name: "shell", input: "" } }),
      calling({ index: 0, custom: { input: "ls -l" } })
    ],
    ["call 0 a shell custom", "arguments 0 ls -l"]
  ]
]

describe("the pieces of a call", () => {
  for (const [name, events, told, reason = "tool_calls"] of cases) {
    test(`are joined: ${name}`, () => {
      const deltas = streamed([...events, ending(reason), done])
      expect(brief(deltas)).toEqual(["start chatcmpl-1 their-model", ...told, "finish tool_calls"])
      expect(malformed(chunksOf(deltas), false)).toEqual([])
    })
  }

  test("may be anything without harm", () => {
    const deltas = streamed([calling(), chunk({ tool_calls: [null, 3, "x"] }), ending("stop"), done])
    expect(deltas.at(-1)).toMatchObject({ _tag: "Finish" })
    expect(malformed(chunksOf(deltas), false)).toEqual([])
  })
})

describe("the end of calls", () => {
  const call = calling(head("a", "one", '{"x":1}', at(0)))
  const ends: ReadonlyArray<readonly [name: string, events: ReadonlyArray<Fields | string>, reason: string]> = [
    ["`stop`, as OpenAI says of a call forced by name", [call, ending("stop"), done], "tool_calls"],
    [
      "the whole call on the finish chunk (Mistral)",
      [chunk({ content: "", tool_calls: [head("a", "one", '{"x":1}')] }, { finish_reason: "tool_calls" }), done],
      "tool_calls"
    ],
    ["no reason but the end mark", [call, done], "tool_calls"],
    ["two reasons (OpenRouter, SGLang)", [call, ending("tool_calls"), ending("tool_calls"), done], "tool_calls"],
    ["`tool_calls`, then `stop`", [call, ending("tool_calls"), ending("stop"), done], "tool_calls"],
    ["`length` in a call that was cut", [call, ending("length"), done], "length"],
    ["`length`, then `stop`", [call, ending("length"), ending("stop"), done], "length"],
    ["`content_filter`", [call, ending("content_filter"), done], "content_filter"]
  ]
  for (const [name, events, reason] of ends) {
    test(`is told once: ${name}`, () => {
      const deltas = streamed(events)
      expect(brief(deltas).slice(1)).toEqual(["call 0 a one", 'arguments 0 {"x":1}', `finish ${reason}`])
      expect(malformed(chunksOf(deltas), false)).toEqual([])
    })
  }

  test("is not believed while calls still come, as with a reason on each call's chunk", () => {
    const deltas = streamed([
      chunk({ tool_calls: [head("a", "one", "{}", at(0))] }, { finish_reason: "tool_calls" }),
      chunk({ tool_calls: [head("b", "two", "{}", at(1))] }, { finish_reason: "tool_calls" }),
      done
    ])
    const calls = ["call 0 a one", "arguments 0 {}", "call 1 b two", "arguments 1 {}"]
    expect(brief(deltas).slice(1)).toEqual([...calls, "finish tool_calls"])
    expect(malformed(chunksOf(deltas), false)).toEqual([])
  })

  test("comes at once from a host that is regular, and what follows it is passed over", () => {
    const late = chunk({ content: "late" })
    const events = [call, ending("stop"), late, chunk({}, {}, { choices: [], usage: { prompt_tokens: 1 } }), done]
    const deltas = streamed(events, answering({ regular: true }))
    expect(brief(deltas).slice(1)).toEqual([
      "call 0 a one",
      'arguments 0 {"x":1}',
      "finish tool_calls",
      "usage 1 (0 cached) 0 (0 reasoning)"
    ])
  })

  test("of a regular host's call needs no arguments to be told", () => {
    const deltas = streamed([calling(head("a", "one", "", at(0)))], answering({ regular: true }))
    expect(brief(deltas)).toEqual(["start chatcmpl-1 their-model", "call 0 a one", "failed Cut"])
  })

  test("brings Gemini's signature with the start", () => {
    const signed = head("a", "one", "{}", { extra_content: { google: { thought_signature: "S" } } })
    expect(streamed([calling(signed), ending("stop"), done])[1]).toMatchObject({
      _tag: "ToolCallStart",
      signature: "S"
    })
  })

  test("keeps the calls of two choices apart", () => {
    const other = { index: 1, delta: { tool_calls: [head("b", "two", "{}", at(0))] }, finish_reason: null }
    const deltas = streamed([
      call,
      chunk({}, {}, { choices: [other] }),
      ending("stop"),
      chunk({}, { index: 1, finish_reason: "stop" }),
      done
    ])
    expect(brief(deltas).slice(1)).toEqual([
      "call 0 a one",
      'arguments 0 {"x":1}',
      "1: call 0 b two",
      "1: arguments 0 {}",
      "finish tool_calls",
      "1: finish tool_calls"
    ])
    expect(malformed(chunksOf(deltas), false)).toEqual([])
  })
})

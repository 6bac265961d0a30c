import { expect, test } from "bun:test"
import { Result } from "effect"
import type { Fields } from "../../../src/domain/Fields.ts"
import type { AssistantMessage, Message, ToolCall } from "../../../src/domain/Message.ts"
import type { GeminiRules } from "../../../src/domain/Model.ts"
import { contents as write, type Writing } from "../../../src/wire/gemini/Contents.ts"
import { toolNames } from "../../../src/wire/gemini/ToolNames.ts"
import { flash25, gemma, three } from "./GeminiModels.ts"

const writing = (rules: GeminiRules): Writing => ({ rules, names: toolNames([]), recall: () => undefined })
const contents = (messages: ReadonlyArray<Message>, rules = gemma, more: Partial<Writing> = {}) =>
  Result.getOrThrow(write(messages, { ...writing(rules), ...more })).contents
const refused = (messages: ReadonlyArray<Message>, rules = gemma) =>
  Result.getOrThrow(Result.flip(write(messages, writing(rules))))

const call = (id: string, name = "f", args = "{}", more: Partial<ToolCall> = {}): ToolCall => ({
  id,
  name,
  arguments: args,
  kind: "function",
  ...more
})
const calling = (...toolCalls: ReadonlyArray<ToolCall>): AssistantMessage => ({
  role: "assistant",
  content: "",
  toolCalls
})
const result = (callId: string, content: string): Message => ({ role: "tool", callId, content })
const said = (role: string, ...texts: ReadonlyArray<string>) => ({ role, parts: texts.map((text) => ({ text })) })
const hi: Message = { role: "user", content: "Hi" }
const lost = "skip_thought_signature_validator"
const png = "data:image/png;base64,AAAA"

const conversations: ReadonlyArray<readonly [string, ReadonlyArray<Message>, GeminiRules, ReadonlyArray<Fields>]> = [
  ["neighbours of one role are merged", [hi, { role: "user", content: "there" }], three, [said("user", "Hi", "there")]],
  [
    "empty texts are dropped",
    [
      {
        role: "user",
        content: [
          { type: "text", text: "" },
          { type: "text", text: "a" }
        ]
      },
      { role: "assistant", content: "", toolCalls: [] },
      hi
    ],
    three,
    [said("user", "a", "Hi")]
  ],
  ["contents are never empty", [{ role: "user", content: "" }], three, [said("user", " ")]],
  [
    "a conversation begins with the user",
    [{ role: "assistant", content: "Yes?", toolCalls: [] }, hi],
    three,
    [said("user", " "), said("model", "Yes?"), said("user", "Hi")]
  ],
  ["only a system message is sent as the user's", [{ role: "system", content: "Sing" }], three, [said("user", "Sing")]],
  [
    "Gemma's system message goes before the user's text",
    [{ role: "developer", content: "Be brief" }, hi],
    gemma,
    [said("user", "Be brief", "Hi")]
  ],
  [
    "a speaker's name goes before the words",
    [
      { role: "user", name: "ann", content: "Hi" },
      { ...hi, name: "" }
    ],
    three,
    [said("user", "ann: Hi", "Hi")]
  ],
  ["a later system message is user text", [hi, { role: "system", content: "Now" }], three, [said("user", "Hi", "Now")]],
  [
    "a refusal goes back as the model's text",
    [hi, { role: "assistant", content: "", refusal: "No.", toolCalls: [] }, hi],
    three,
    [said("user", "Hi"), said("model", "No."), said("user", "Hi")]
  ]
]
for (const [name, messages, rules, wanted] of conversations) {
  test(name, () => expect(contents(messages, rules)).toEqual(wanted))
}

test("leading system and developer messages are the system instruction", () => {
  const messages: ReadonlyArray<Message> = [{ role: "system", content: "A" }, { role: "developer", content: "B" }, hi]
  expect(Result.getOrThrow(write(messages, writing(three)))).toEqual({
    systemInstruction: { parts: [{ text: "A" }, { text: "B" }] },
    contents: [said("user", "Hi")]
  })
})

const functionCall = (args: unknown, name = "f") => ({ functionCall: { name, args } })
const response = (output: unknown, name = "f") => ({ functionResponse: { name, response: output } })

const callings: ReadonlyArray<
  readonly [string, ReadonlyArray<Message>, GeminiRules, ReadonlyArray<unknown>, ReadonlyArray<unknown>]
> = [
  [
    "no arguments are an empty object",
    [calling(call("1", "f", "")), result("1", "ok")],
    gemma,
    [functionCall({})],
    [response({ output: "ok" })]
  ],
  [
    "broken arguments are wrapped",
    [calling(call("1", "f", '{"a":')), result("1", "")],
    gemma,
    [functionCall({ arguments: '{"a":' })],
    [response({ output: "" })]
  ],
  [
    "a custom tool's input is its one argument",
    [calling(call("1", "f", "ls", { kind: "custom" })), result("1", "x")],
    gemma,
    [functionCall({ input: "ls" })],
    [response({ output: "x" })]
  ],
  [
    "a result that is an object goes as it is, a list is wrapped",
    [calling(call("1"), call("2", "g")), result("1", '{"a":1}'), result("2", "[1]")],
    gemma,
    [functionCall({}), functionCall({}, "g")],
    [response({ a: 1 }), response({ output: "[1]" }, "g")]
  ],
  [
    "results stand in the order of the calls",
    [calling(call("1"), call("2", "g")), result("2", "two"), result("1", "one")],
    gemma,
    [functionCall({}), functionCall({}, "g")],
    [response({ output: "one" }), response({ output: "two" }, "g")]
  ],
  [
    "calls with the same id get their results in turn",
    [calling(call("x"), call("x")), result("x", "one"), result("x", "two")],
    gemma,
    [functionCall({}), functionCall({})],
    [response({ output: "one" }), response({ output: "two" })]
  ],
  [
    "a missing result is made up, so that the numbers agree",
    [calling(call("1"), call("2", "g")), result("2", "two")],
    gemma,
    [functionCall({}), functionCall({}, "g")],
    [response({ error: "This call has no result." }), response({ output: "two" }, "g")]
  ],
  [
    "Gemini's signature goes back with its call, and its parallel siblings get none",
    [calling(call("1", "f", "{}", { signature: "sig" }), call("2", "g")), result("1", "1"), result("2", "2")],
    three,
    [{ ...functionCall({}), thoughtSignature: "sig" }, functionCall({}, "g")],
    [response({ output: "1" }), response({ output: "2" }, "g")]
  ],
  [
    "a lost signature is replaced by Google's word, on the first call only",
    [calling(call("1"), call("2", "g")), result("1", "1"), result("2", "2")],
    three,
    [{ ...functionCall({}), thoughtSignature: lost }, functionCall({}, "g")],
    [response({ output: "1" }), response({ output: "2" }, "g")]
  ],
  [
    "a model that needs no signature gets none",
    [calling(call("1")), result("1", "1")],
    flash25,
    [functionCall({})],
    [response({ output: "1" })]
  ],
  [
    "a model that cannot think gets no signature",
    [calling(call("1", "f", "{}", { signature: "sig" })), result("1", "1")],
    gemma,
    [functionCall({})],
    [response({ output: "1" })]
  ]
]
for (const [name, messages, rules, model, user] of callings) {
  test(name, () => {
    const wanted = [said("user", "Hi"), { role: "model", parts: model }, { role: "user", parts: user }]
    expect(contents([hi, ...messages], rules)).toEqual(wanted)
  })
}

test("a signature that the caller's library stripped is recalled by the call's id", () => {
  const recall = (id: string) => (id === "1" ? { signature: "kept" } : undefined)
  expect(contents([hi, calling(call("1")), result("1", "1")], three, { recall })).toMatchObject([
    {},
    { parts: [{ thoughtSignature: "kept" }] },
    {}
  ])
})

test("a text's signature goes back on the last text part, foreign reasoning does not", () => {
  const message = (content: string): Message => ({
    role: "assistant",
    content,
    toolCalls: [],
    reasoning: "thinking",
    reasoningDetails: [
      { type: "reasoning.encrypted", format: "google-gemini-v1", data: "sig", index: 0 },
      { type: "reasoning.encrypted", format: "anthropic-claude-v1", data: "other", index: 1 }
    ]
  })
  expect(contents([hi, message("Yes"), hi], three)).toMatchObject([
    {},
    { parts: [{ text: "Yes", thoughtSignature: "sig" }] },
    {}
  ])
  expect(contents([hi, message(""), hi], three)).toMatchObject([
    {},
    { parts: [{ text: "", thoughtSignature: "sig" }] },
    {}
  ])
})

test("results stand apart from what the user says next, also when that came between", () => {
  expect(contents([hi, calling(call("1")), hi, result("1", "1")], gemma)).toEqual([
    said("user", "Hi"),
    { role: "model", parts: [functionCall({})] },
    { role: "user", parts: [response({ output: "1" })] },
    said("user", "Hi")
  ])
})

test("a result of an unknown call is kept as user text", () => {
  expect(contents([hi, result("9", "lost")])).toEqual([said("user", "Hi", "Result of 9:", "lost")])
})

test("an image in a result is sent where the model takes it, and refused with the field elsewhere", () => {
  const messages: ReadonlyArray<Message> = [
    hi,
    calling(call("1")),
    {
      role: "tool",
      callId: "1",
      content: [
        { type: "text", text: "see" },
        { type: "image", url: png }
      ]
    }
  ]
  const image = { inlineData: { mimeType: "image/png", data: "AAAA" } }
  expect(contents(messages, three)).toMatchObject([
    {},
    {},
    { parts: [{ functionResponse: { response: { output: "see" }, parts: [image] } }] }
  ])
  expect(refused(messages, flash25)).toMatchObject({
    _tag: "Unable",
    param: "messages[2].content"
  })
})

test("a remote image and an image in the system message are refused with their field", () => {
  expect(refused([{ role: "user", content: [{ type: "image", url: "https://x.test/a.png" }] }])).toMatchObject({
    _tag: "Unable",
    param: "messages[0].content[0].image_url"
  })
  expect(refused([{ role: "system", content: [{ type: "image", url: png }] }, hi])).toMatchObject({
    _tag: "Unable",
    param: "messages[0].content[0]"
  })
})

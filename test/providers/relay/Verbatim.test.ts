import { describe, expect, test } from "bun:test"
import { Result } from "effect"
import { objectOf, parseJson } from "../../../src/domain/Fields.ts"
import type { Model, OpenAiRules } from "../../../src/domain/Model.ts"
import { verbatimBody, withModel } from "../../../src/providers/relay/Verbatim.ts"
import { readChat } from "../../../src/wire/openai/chat/ChatRead.ts"

const limits = { depth: 64, messages: 100, tools: 100, schemaBytes: 10_000 }
const plainRules: OpenAiRules = {
  language: "openai",
  api: "chat",
  reasoning: false,
  sampling: "always",
  systemRole: "system"
}
const reasoningRules: OpenAiRules = { ...plainRules, reasoning: true, sampling: "never", systemRole: "developer" }
const model = (rules: Model["rules"]): Model => ({
  id: "openai/gpt-x",
  provider: "openai",
  name: "gpt-x",
  rules,
  prices: [],
  listed: true
})

/** The body for OpenAI that is made of the caller's text; nothing when the protocol has to write it. */
const bodyOf = (text: string, rules: Model["rules"] = plainRules): unknown => {
  const ask = Result.getOrThrow(readChat(parseJson(text), { text, caller: "test" }, limits))
  const body = verbatimBody(ask, model(rules))
  return body === undefined ? undefined : parseJson(body)
}

const asked = { model: "fast", messages: [{ role: "user", content: 'My "model":"x" \\" is "model"' }] }
const tools = [{ type: "function", function: { name: "f" } }]

describe("a plain request goes on as it came", () => {
  test("but for the model's name, in JavaScript's JSON and in Python's", () => {
    const plain = { model: "fast", messages: [{ role: "user", content: "Hi" }], tools, temperature: 0.5, max_tokens: 9 }
    for (const text of [JSON.stringify(plain), JSON.stringify(plain).replaceAll('":', '": ')]) {
      expect(bodyOf(text)).toEqual({ ...plain, model: "gpt-x" })
    }
  })

  test("whatever its texts say of models", () => {
    expect(bodyOf(JSON.stringify(asked))).toEqual({ ...asked, model: "gpt-x" })
  })

  test("and a stream is asked for its usage", () => {
    const text = JSON.stringify({ model: "fast", stream: true, messages: [{ role: "user", content: "Hi" }] })
    expect(bodyOf(` \n${text}`)).toEqual({
      ...objectOf(parseJson(text)),
      model: "gpt-x",
      stream_options: { include_usage: true, include_obfuscation: false }
    })
  })
})

describe("the protocol writes the request", () => {
  const system = [{ role: "system", content: "S" }]
  const call = (more: object) => [
    { role: "assistant", tool_calls: [{ id: "a", type: "function", function: { name: "f", arguments: "" }, ...more }] }
  ]
  for (const [why, body, rules] of [
    ["whose model may be meant by more than one key", { ...asked, metadata: { model: "x" } }, plainRules],
    ["with a field that we do not know", { ...asked, tomorrow: 1 }, plainRules],
    ["with stream options of its own", { ...asked, stream: true, stream_options: { include_usage: true } }, plainRules],
    ["with sampling for a model that reasons", { model: "fast", messages: [], temperature: 1 }, reasoningRules],
    ["with the old maximum for a model that reasons", { model: "fast", max_tokens: 5 }, reasoningRules],
    ["with a role that the model knows by another name", { model: "fast", messages: system }, reasoningRules],
    ["with a call whose arguments are no JSON", { model: "fast", messages: call({}) }, plainRules],
    ["with another provider's signature", { model: "fast", messages: call({ extra_content: {} }) }, plainRules],
    [
      "with another provider's reasoning",
      { model: "fast", messages: [{ role: "assistant", content: "a", reasoning_content: "r" }] },
      plainRules
    ],
    [
      "with a cache mark",
      { model: "fast", messages: [{ role: "user", content: "a", cache_control: { type: "ephemeral" } }] },
      plainRules
    ],
    ["for a model of /responses", { model: "fast" }, { ...reasoningRules, api: "responses" }],
    [
      "with tools for a model that takes them at /responses",
      { model: "fast", tools },
      { ...reasoningRules, api: "responses-for-tools" }
    ]
  ] as const) {
    test(why, () => {
      const whole = { messages: [{ role: "user", content: "Hi" }], ...body }
      const messages = whole.messages.length === 0 ? [{ role: "user", content: "Hi" }] : whole.messages
      expect(bodyOf(JSON.stringify({ ...whole, messages }), rules)).toBeUndefined()
    })
  }
})

test("a model is put in only where its key is certain", () => {
  for (const [text, expected] of [
    [`{"model":"a","x":1}`, `{"model":"b","x":1}`],
    [`{"x":1,"model": "a"}`, `{"x":1,"model": "b"}`],
    [`{"model":"a","model":"a"}`, undefined],
    [`{"model" : "a"}`, undefined],
    [`{"model":"\\u0061"}`, undefined],
    [`{"x":"say \\"model","model":"a"}`, undefined],
    [`{"x":"\\"model\\"","y":1}`, undefined],
    [`{"y":{"model":"a"},"model":"a"}`, undefined]
  ] as const) {
    expect({ text, made: withModel(text, "a", "b") }).toEqual({ text, made: expected })
  }
})

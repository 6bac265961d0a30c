import { describe, expect, test } from "bun:test"
import { Result } from "effect"
import { type Fields, objectOf, parseJson } from "../../../../../src/domain/Fields.ts"
import { readChat } from "../../../../../src/wire/openai/chat/ChatRead.ts"
import { mostFallbacks } from "../../../../../src/wire/openai/chat/schema/RoutingBounds.ts"
import { limits, mistake, plain, read, routing } from "./Reading.ts"

const { messages } = plain
const short = [{ role: "user", content: "Be brief." }] as const
const tool = { type: "function", function: { name: "f" } }
const named = { type: "function", function: { name: "f" } }

/** What the caller says, what a fallback says instead, and the fallback's whole request. */
const merges: ReadonlyArray<readonly [name: string, said: Fields, instead: Fields, whole: Fields]> = [
  [
    "what it does not say is inherited",
    { temperature: 0.2, stream: true },
    {},
    { messages, temperature: 0.2, stream: true }
  ],
  [
    "what it says replaces",
    { temperature: 0.2 },
    { temperature: 0.4, top_p: 1 },
    { messages, temperature: 0.4, top_p: 1 }
  ],
  ["null takes away", { temperature: 0.2, stop: "x" }, { temperature: null }, { messages, stop: "x" }],
  ["its own messages", {}, { messages: short }, { messages: short }],
  ["a prompt takes the messages' place", {}, { prompt: "Hi" }, { prompt: "Hi" }],
  [
    "the new maximum takes the old one's place",
    { max_tokens: 5 },
    { max_completion_tokens: 6 },
    { messages, max_completion_tokens: 6 }
  ],
  [
    "the old maximum takes the new one's place",
    { max_completion_tokens: 5 },
    { max_tokens: 6 },
    { messages, max_tokens: 6 }
  ],
  [
    "no maximum takes none away",
    { max_completion_tokens: 5 },
    { max_tokens: null },
    { messages, max_completion_tokens: 5 }
  ],
  [
    "an effort takes reasoning's place",
    { reasoning: { max_tokens: 5 } },
    { reasoning_effort: "low" },
    { messages, reasoning_effort: "low" }
  ],
  [
    "reasoning takes an effort's place",
    { reasoning_effort: "low" },
    { reasoning: { effort: "high" } },
    { messages, reasoning: { effort: "high" } }
  ],
  [
    "tools take the old functions' place",
    { functions: [{ name: "g" }], function_call: { name: "g" } },
    { tools: [tool] },
    { messages, tools: [tool] }
  ],
  [
    "the old functions take the tools' place",
    { tools: [tool], tool_choice: named },
    { functions: [{ name: "g" }] },
    { messages, functions: [{ name: "g" }] }
  ],
  [
    "the choice of a tool takes the old one's place, and no more",
    { functions: [{ name: "f" }], function_call: { name: "f" } },
    { tool_choice: "none" },
    { messages, functions: [{ name: "f" }], tool_choice: "none" }
  ],
  [
    "without tools there is none to choose",
    { tools: [tool], tool_choice: "auto", parallel_tool_calls: false },
    { tools: null },
    { messages }
  ],
  ["an empty list of tools is none", { tools: [tool], tool_choice: "auto" }, { tools: [] }, { messages, tools: [] }],
  [
    "what steers the whole request is not its own",
    { gateway: { deadline_ms: 5 }, models: [], fallback_config: {}, timeout: 9, tomorrow: 1 },
    { gateway: { trail: true } },
    { messages, tomorrow: 1 }
  ],
  ["preferences are inherited", { provider: { only: ["p"] } }, {}, { messages, provider: { only: ["p"] } }]
]

describe("a fallback is the request with its own fields in place:", () => {
  for (const [name, said, instead, whole] of merges) {
    test(name, () => {
      const [fallback] = routing({ ...said, fallbacks: [{ model: "n", ...instead }] }).alternatives
      expect(fallback?.ask.source).toEqual({ model: "n", ...whole })
      expect([fallback?.field, fallback?.ask.model]).toEqual(["fallbacks[0]", "n"])
    })
  }

  test("with the words of the caller's prompt replaced by messages", () => {
    const body = { model: "m", prompt: "Hi", fallbacks: ["n", { model: "o", messages: short }] }
    const { alternatives } = Result.getOrThrow(readChat(body, { caller: "test" }, limits)).routing
    expect(alternatives.map(({ ask }) => ask.request().messages)).toEqual([[{ role: "user", content: "Hi" }], short])
  })

  test("which streams as the request does, and is asked by the same key", () => {
    const [fallback] = routing({ stream: true, stream_options: { include_usage: true }, fallbacks: ["n"] }).alternatives
    expect([fallback?.ask.stream, fallback?.ask.includeUsage, fallback?.ask.caller]).toEqual([true, true, "test"])
  })

  test("and a key that would set a prototype is inert in it", () => {
    const text = `{"model":"m","messages":[{"role":"user","content":"Hi"}],"fallbacks":[{"model":"n","__proto__":{"temperature":9,"stream":true}}]}`
    const ask = Result.getOrThrow(readChat(objectOf(parseJson(text)), { text, caller: "test" }, limits))
    const request = ask.routing.alternatives[0]?.ask.request()
    expect([request?.temperature, request?.stream, request?.extra]).toEqual([undefined, false, undefined])
  })
})

const deep = (levels: number): unknown => (levels === 0 ? 1 : [deep(levels - 1)])
const many = (count: number) => Array.from({ length: count }, (_, at) => `n${at}`)

/** A second fallback that is wrong, the field that is at fault in it, and the sentence. */
const mistakes: ReadonlyArray<readonly [fallback: Fields, inside: string, message: string]> = [
  [{ temperature: "hot" }, "temperature", '`fallbacks[1].temperature` must be a number or null, not "hot".'],
  [{ max_tokens: 0 }, "max_tokens", "`fallbacks[1].max_tokens` must be a value greater than or equal to 1, not 0."],
  [{ messages: [] }, "messages", "`fallbacks[1].messages` must hold at least one message."],
  [{ messages: null }, "messages", "One of `fallbacks[1].messages` or `prompt` is required."],
  [{ messages: short, prompt: "Hi" }, "prompt", "Give `fallbacks[1].messages` or `fallbacks[1].prompt`, not both."],
  [
    { messages: [{ role: "usr", content: "x" }] },
    "messages[0].role",
    '`fallbacks[1].messages[0].role` must be "system", "developer", "user", "assistant" or "tool", not "usr".'
  ],
  [
    { tools: [{ function: {} }] },
    "tools[0].type",
    '`fallbacks[1].tools[0].type` must be "function" or "custom"; it is missing.'
  ],
  [
    { messages: Array.from({ length: 4 }, () => short[0]) },
    "messages",
    "`fallbacks[1].messages` has more than 3 entries (limits.messages in gateway.yaml)."
  ],
  [
    { tools: [{ type: "function", function: { name: "f", parameters: { x: "x".repeat(200) } } }] },
    "tools[0].function.parameters",
    "`fallbacks[1].tools[0].function.parameters` is longer than 200 characters (limits.schemaBytes)."
  ],
  [
    { gateway: { hedge: { after_ms: 5 }, race: true } },
    "gateway.hedge",
    "`fallbacks[1].gateway.hedge` stands beside `fallbacks[1].gateway.race`, which starts all targets at once and leaves none for later; leave one out."
  ],
  [
    { gateway: { deadline: 5 } },
    "gateway.deadline",
    "`fallbacks[1].gateway.deadline` is no field of `fallbacks[1].gateway`; did you mean `deadline_ms`?"
  ],
  [{ provider: { order: "p" } }, "provider.order", '`fallbacks[1].provider.order` must be an array or null, not "p".'],
  [{ num_retries: "x" }, "num_retries", '`fallbacks[1].num_retries` must be a number or null, not "x".'],
  [
    { stream: true },
    "stream",
    "`fallbacks[1].stream` cannot be overridden: the answer is streamed, or not, whoever gives it."
  ],
  [
    { stream_options: {} },
    "stream_options",
    "`fallbacks[1].stream_options` cannot be overridden: the stream has one form, whoever gives it."
  ],
  ...["fallbacks", "models"].map(
    (name) =>
      [
        { [name]: ["o"] },
        name,
        `\`fallbacks[1].${name}\` is not taken: a fallback has none of its own; write them one after the other.`
      ] as const
  ),
  [
    { fallback_config: { depth: 1 } },
    "fallback_config",
    "`fallbacks[1].fallback_config` is not taken: it is said once, for the whole request."
  ]
]

describe("a wrong fallback is told with its place:", () => {
  for (const [fallback, inside, message] of mistakes) {
    test(message, () => {
      const found = mistake({ fallbacks: ["n", { model: "o", ...fallback }] })
      expect([found._tag, found.param, found.message]).toEqual(["InvalidRequest", `fallbacks[1].${inside}`, message])
    })
  }

  test("the request's own mistakes go before", () => {
    expect(mistake({ temperature: "hot", fallbacks: [{ model: "n", top_p: "x" }] }).param).toBe("temperature")
  })

  test("depth is bounded with the request's", () => {
    expect(mistake({ fallbacks: [{ model: "n", tomorrow: deep(20) }] }).param).toBe("fallbacks")
  })

  test("a fallback without wrong fields is none, be they null", () => {
    expect(routing({ fallbacks: [{ model: "n", stream: null, fallbacks: null }] }).alternatives).toHaveLength(1)
  })
})

describe("too many other models are refused", () => {
  test("but not as many as there may be", () => {
    expect(routing({ fallbacks: many(mostFallbacks) }).alternatives).toHaveLength(mostFallbacks)
    expect(routing({ models: many(8), fallbacks: many(8) }).alternatives).toHaveLength(mostFallbacks)
    // The request's own model is not another one.
    expect(routing({ models: ["m", ...many(mostFallbacks)] }).alternatives).toHaveLength(mostFallbacks)
  })

  const cases: ReadonlyArray<readonly [more: Fields, param: string, message: string]> = [
    [{ fallbacks: many(17) }, "fallbacks", "`fallbacks` has more than 16 entries."],
    [{ models: many(17) }, "models", "`models` names more than 16 other models."],
    [
      { models: many(9), fallbacks: many(8) },
      "models",
      "`models` and `fallbacks` together name more than 16 other models."
    ]
  ]
  for (const [more, param, message] of cases) {
    test(message, () => expect(mistake(more)).toMatchObject({ param, message }))
  }

  test("before any of them is looked at", () => {
    expect(mistake({ fallbacks: [...many(16), { model: "n", temperature: "hot" }] }).param).toBe("fallbacks")
  })
})

describe("a request with other fields", () => {
  test("is read anew, and the first one stays as it is", () => {
    const ask = read({ max_tokens: 5, tools: [tool] })
    const other = Result.getOrThrow(ask.with({ model: "n", max_completion_tokens: 6, tools: undefined, seed: 1 }))
    expect(other.source).toEqual({ model: "n", messages, max_completion_tokens: 6, seed: 1 })
    expect([other.model, other.request().maxOutputTokens, other.request().tools]).toEqual(["n", 6, []])
    expect([ask.model, ask.request().maxOutputTokens, ask.source["max_tokens"]]).toEqual(["m", 5, 5])
  })

  test("is written anew where nothing in it is unusual", () => {
    const text = (overrides: Fields) => Result.getOrThrow(read({}).with(overrides)).usualText
    expect(text({ seed: 1 })).toBe(JSON.stringify({ ...plain, seed: 1 }))
    expect(text({ cache_control: { type: "ephemeral" } })).toBeUndefined()
  })

  test("keeps what was said of its way", () => {
    const ask = Result.getOrThrow(
      read({ fallbacks: ["n"], gateway: { trail: true }, provider: { only: ["p"] } }).with({ temperature: 1 })
    )
    expect([ask.routing.steering, ask.routing.preferences]).toEqual([{ trail: true }, { only: ["p"] }])
    expect(ask.routing.alternatives.map((one) => one.ask.source["temperature"])).toEqual([1])
  })

  test("is refused when they are wrong", () => {
    const wrong: ReadonlyArray<readonly [Fields, string]> = [
      [{ temperature: "hot" }, "temperature"],
      [{ messages: undefined }, "messages"],
      [{ tools: [tool, tool, tool] }, "tools"],
      [{ tomorrow: deep(20) }, "tomorrow"],
      [{ model: "" }, "model"]
    ]
    for (const [overrides, param] of wrong) {
      const result = read({}).with(overrides)
      expect(Result.isFailure(result) ? result.failure.param : undefined).toBe(param)
    }
  })

  test("and a fallback can have other fields as well", () => {
    const [fallback] = routing({ fallbacks: [{ model: "n", provider: { only: ["p"] } }] }).alternatives
    const ask = Result.getOrThrow((fallback?.ask ?? read({})).with({ model: "o" }))
    expect([ask.model, ask.routing]).toEqual(["o", { steering: {}, alternatives: [], preferences: { only: ["p"] } }])
  })
})

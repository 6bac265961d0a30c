import { describe, expect, test } from "bun:test"
import type { Message, Part, ToolCall } from "../../../src/domain/Message.ts"
import { adaptiveRules, alwaysRules, at, bodyOf, budgetRules, failureOf, messagesIn } from "./Bodies.ts"

const text = (value: string) => ({ type: "text", text: value })
const user = (content: string | ReadonlyArray<Part>): Message => ({ role: "user", content })
const assistant = (content: string, toolCalls: ReadonlyArray<ToolCall> = []): Message => ({
  role: "assistant",
  content,
  toolCalls
})
const call = (id: string, name = "look", args = "{}"): ToolCall => ({ id, name, arguments: args, kind: "function" })
const tool = (callId: string, content: string): Message => ({ role: "tool", callId, content })
const use = (id: string, input: unknown = {}, name = "look") => ({ type: "tool_use", id, name, input })
const result = (id: string, content: string) => ({ type: "tool_result", tool_use_id: id, content })
const missing = (id: string) => ({ ...result(id, "No result was given for this call."), is_error: true })

describe("turns", () => {
  const cases: ReadonlyArray<readonly [string, ReadonlyArray<Message>, unknown]> = [
    [
      "messages of one role become one",
      [user("a"), user("b"), assistant("c"), assistant("d"), user("e")],
      [
        { role: "user", content: [text("a"), text("b")] },
        { role: "assistant", content: [text("c"), text("d")] },
        { role: "user", content: [text("e")] }
      ]
    ],
    [
      "empty and blank text and messages of nothing else are left out",
      [
        user([
          { type: "text", text: "" },
          { type: "text", text: "a" }
        ]),
        assistant(""),
        user(" \n"),
        user("b")
      ],
      [{ role: "user", content: [text("a"), text("b")] }]
    ],
    [
      "all results of a turn are in one message, before what the user says, in whatever order they came",
      [user("a"), assistant("", [call("x"), call("y")]), user("well?"), tool("y", "2"), tool("x", "1")],
      [
        { role: "user", content: [text("a")] },
        { role: "assistant", content: [use("x"), use("y")] },
        { role: "user", content: [result("y", "2"), result("x", "1"), text("well?")] }
      ]
    ],
    [
      "a missing result is made up, also at the end",
      [user("a"), assistant("", [call("x"), call("y")]), tool("x", "1")],
      [
        { role: "user", content: [text("a")] },
        { role: "assistant", content: [use("x"), use("y")] },
        { role: "user", content: [result("x", "1"), missing("y")] }
      ]
    ],
    [
      "a result without its call in the turn before is the user's text",
      [user("a"), tool("lost", "7"), assistant("b"), user("c")],
      [
        { role: "user", content: [text("a"), text("Result of the tool call (lost):"), text("7")] },
        { role: "assistant", content: [text("b")] },
        { role: "user", content: [text("c")] }
      ]
    ],
    [
      "a second result of one call is the user's text",
      [user("a"), assistant("", [call("x")]), tool("x", "1"), tool("x", "2")],
      [
        { role: "user", content: [text("a")] },
        { role: "assistant", content: [use("x")] },
        { role: "user", content: [result("x", "1"), text("Result of the tool call (x):"), text("2")] }
      ]
    ],
    [
      "text and calls that came as two messages are one turn",
      [user("a"), assistant("b"), assistant("", [call("x")]), tool("x", "1")],
      [
        { role: "user", content: [text("a")] },
        { role: "assistant", content: [text("b"), use("x")] },
        { role: "user", content: [result("x", "1")] }
      ]
    ],
    [
      "results are found when an empty assistant message stands between (results skipped: OpenHands#7512)",
      [user("a"), assistant("", [call("x")]), assistant(""), tool("x", "1")],
      [
        { role: "user", content: [text("a")] },
        { role: "assistant", content: [use("x")] },
        { role: "user", content: [result("x", "1")] }
      ]
    ],
    [
      "ids are rewritten to Anthropic's pattern, and two different ids never become one",
      [
        user("a"),
        assistant("", [call("f:0"), call("f.0"), call("f_0")]),
        tool("f.0", "2"),
        tool("f:0", "1"),
        tool("f_0", "3")
      ],
      [
        { role: "user", content: [text("a")] },
        { role: "assistant", content: [use("f_0"), use("f_0_2"), use("f_0_3")] },
        { role: "user", content: [result("f_0_2", "2"), result("f_0", "1"), result("f_0_3", "3")] }
      ]
    ],
    [
      "an id that a host uses in every turn is made unique",
      [user("a"), assistant("", [call("0")]), tool("0", "1"), assistant("", [call("0")]), tool("0", "2")],
      [
        { role: "user", content: [text("a")] },
        { role: "assistant", content: [use("0")] },
        { role: "user", content: [result("0", "1")] },
        { role: "assistant", content: [use("0_2")] },
        { role: "user", content: [result("0_2", "2")] }
      ]
    ],
    [
      "the user begins",
      [assistant("Welcome."), user("a")],
      [
        { role: "user", content: [text("(The conversation begins with the assistant's words.)")] },
        { role: "assistant", content: [text("Welcome.")] },
        { role: "user", content: [text("a")] }
      ]
    ],
    [
      "a name is put before what its user says",
      [
        { role: "user", name: "Ann", content: "a" },
        {
          role: "user",
          name: "Bob",
          content: [
            { type: "image", url: "https://a/b.png" },
            { type: "text", text: "b" }
          ]
        }
      ],
      [
        {
          role: "user",
          content: [text("Ann: a"), { type: "image", source: { type: "url", url: "https://a/b.png" } }, text("Bob: b")]
        }
      ]
    ],
    [
      "a refusal goes back as text",
      [user("a"), { role: "assistant", content: "", refusal: "No.", toolCalls: [] }, user("b")],
      [
        { role: "user", content: [text("a")] },
        { role: "assistant", content: [text("No.")] },
        { role: "user", content: [text("b")] }
      ]
    ]
  ]
  test.each(cases)("%s", (_name, messages, expected) => {
    expect(messagesIn(messages)).toEqual(expected)
  })
})

describe("arguments", () => {
  const cases: ReadonlyArray<readonly [string, string, unknown]> = [
    ["an object stays", '{"a":1}', { a: 1 }],
    ["none is an empty object", "", {}],
    ["broken JSON is wrapped", '{"a":', { _raw: '{"a":' }],
    ["a list is wrapped", "[1]", { _raw: "[1]" }],
    ["null is wrapped", "null", { _raw: "null" }]
  ]
  test.each(cases)("%s", (_name, written, input) => {
    const body = bodyOf({ messages: [user("a"), assistant("", [call("x", "look", written)]), tool("x", "1")] }).body
    expect(at(body, "messages", 1, "content", 0, "input")).toEqual(input)
  })
})

describe("system", () => {
  const system = (content: string, role: "system" | "developer" = "system"): Message => ({ role, content })

  test("system and developer messages at the start become one text", () => {
    expect(bodyOf({ messages: [system("a"), system("b", "developer"), user("c")] }).body["system"]).toBe("a\n\nb")
  })
  test("marked for the cache it is a list of blocks", () => {
    const messages: ReadonlyArray<Message> = [
      { role: "system", content: "a", cache: { type: "ephemeral", ttl: "1h" } },
      system("b"),
      user("c")
    ]
    expect(bodyOf({ messages }).body["system"]).toEqual([
      { ...text("a"), cache_control: { type: "ephemeral", ttl: "1h" } },
      text("b")
    ])
  })
  test("a prompt of nothing else is asked as the user's", () => {
    const { body } = bodyOf({ messages: [system("a"), system("b")] })
    expect([body["system"], body["messages"]]).toEqual(["a", [{ role: "user", content: [text("b")] }]])
  })
  test("a later one stays a system message only behind user content and before nothing but an answer", () => {
    const messages = [user("a"), system("early"), user("b"), system("late"), assistant("c"), system("lone"), user("d")]
    expect(messagesIn(messages, { rules: alwaysRules })).toEqual([
      { role: "user", content: [text("a"), text("<system>\nearly\n</system>"), text("b")] },
      { role: "system", content: [text("late")] },
      { role: "assistant", content: [text("c")] },
      { role: "user", content: [text("<system>\nlone\n</system>"), text("d")] }
    ])
  })
  test("between a call and its result it moves behind the result", () => {
    const messages = [user("a"), assistant("", [call("x")]), system("now"), tool("x", "1")]
    expect(messagesIn(messages, { rules: adaptiveRules })).toEqual([
      { role: "user", content: [text("a")] },
      { role: "assistant", content: [use("x")] },
      { role: "user", content: [result("x", "1")] },
      { role: "system", content: [text("now")] }
    ])
  })
  test("for older models a later one is user text", () => {
    expect(messagesIn([user("a"), system("b")], { rules: budgetRules })).toEqual([
      { role: "user", content: [text("a"), text("<system>\nb\n</system>")] }
    ])
  })
})

describe("the end of the conversation", () => {
  test("a prefill loses its trailing white space", () => {
    expect(messagesIn([user("a"), assistant("The answer is \n")])).toEqual([
      { role: "user", content: [text("a")] },
      { role: "assistant", content: [text("The answer is")] }
    ])
  })
  const refused = [
    ["a model without prefill", { rules: adaptiveRules }, {}],
    [
      "an enforced format",
      {},
      {
        responseFormat: {
          type: "json_schema",
          name: "n",
          schema: { type: "object", properties: { a: {} } },
          strict: true
        }
      }
    ]
  ] as const
  test.each(refused)("a prefill is refused, not lost, with %s", (_name, around, fields) => {
    const failure = failureOf({ messages: [user("a"), user("b"), assistant("The")], ...fields }, around)
    expect([failure?._tag, failure !== undefined && "param" in failure ? failure.param : ""]).toEqual([
      "Unable",
      "messages[2]"
    ])
  })
  test("a conversation of blanks is refused", () => {
    expect(failureOf({ messages: [user(" ")] })?._tag).toBe("Unable")
  })
})

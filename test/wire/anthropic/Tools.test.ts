import { describe, expect, test } from "bun:test"
import type { FunctionTool, Request, Tool, ToolChoice } from "../../../src/domain/Request.ts"
import { adaptiveRules, alwaysRules, at, bodyOf, budgetRules, type Around } from "./Bodies.ts"

const tool = (name: string, fields: Partial<FunctionTool> = {}): FunctionTool => ({ kind: "function", name, ...fields })
const empty = { type: "object", properties: {} }
const two = [tool("a"), tool("b")]

describe("tools", () => {
  const strictParameters = { type: "object", properties: { n: { type: "integer", minimum: 1 } }, required: ["n"] }
  const cases: ReadonlyArray<readonly [string, Tool, unknown]> = [
    ["a function without parameters takes an empty object", tool("a"), { name: "a", input_schema: empty }],
    [
      "a description, strictness and a cache mark are passed on",
      tool("a", { description: "d", parameters: strictParameters, strict: true, cache: { type: "ephemeral" } }),
      {
        name: "a",
        description: "d",
        input_schema: {
          type: "object",
          properties: { n: { type: "integer", description: "{minimum: 1}" } },
          required: ["n"],
          additionalProperties: false
        },
        strict: true,
        cache_control: { type: "ephemeral" }
      }
    ],
    [
      "what is not strict keeps its keywords",
      tool("a", { parameters: strictParameters }),
      { name: "a", input_schema: strictParameters }
    ],
    [
      "a custom tool is a function of one text, its grammar told in words",
      {
        kind: "custom",
        name: "sql",
        definition: {
          name: "sql",
          description: "Runs SQL.",
          format: { type: "grammar", grammar: { syntax: "lark", definition: "start: X" } }
        }
      },
      {
        name: "sql",
        description: "Runs SQL.\n\nThe input must follow this lark grammar:\nstart: X",
        input_schema: {
          type: "object",
          properties: { input: { type: "string", description: "The whole input of the tool, as plain text." } },
          required: ["input"]
        }
      }
    ],
    ["a name that Anthropic refuses is rewritten", tool("mail.send"), { name: "mail_send", input_schema: empty }]
  ]
  test.each(cases)("%s", (_name, given, block) => {
    const { body, dropped } = bodyOf({ tools: [given] })
    expect(body["tools"]).toEqual([block])
    expect(dropped).toEqual([])
  })

  test("names that are valid keep theirs when others are rewritten", () => {
    const { body } = bodyOf({ tools: [tool("a.b"), tool("a_b")] })
    expect([at(body, "tools", 0, "name"), at(body, "tools", 1, "name")]).toEqual(["a_b_2", "a_b"])
  })

  const strict = (name: string, optional = 0) =>
    tool(name, {
      strict: true,
      parameters: {
        type: "object",
        properties: Object.fromEntries(Array.from({ length: optional }, (_, at) => [`p${at}`, { type: "string" }]))
      }
    })
  const limits: ReadonlyArray<readonly [string, ReadonlyArray<Tool>, Around]> = [
    ["more than twenty strict tools", Array.from({ length: 21 }, (_, at) => strict(`t${at}`)), {}],
    ["more than 24 optional properties together", [strict("a", 12), strict("b", 13)], {}],
    ["a model without structured outputs", [strict("a")], { rules: { ...budgetRules, structured: false } }],
    [
      "a schema that cannot be enforced",
      [tool("a", { strict: true, parameters: { type: "object", additionalProperties: true } })],
      {}
    ]
  ]
  test.each(limits)("%s: nothing is strict, and the caller is told", (_name, tools, around) => {
    const { body, dropped } = bodyOf({ tools }, around)
    expect(JSON.stringify(body["tools"])).not.toContain('"strict"')
    expect(dropped).toEqual(["tools.function.strict"])
  })

  test("tools that only the history knows are declared and forbidden", () => {
    const { body } = bodyOf({
      messages: [
        { role: "user", content: "a" },
        { role: "assistant", content: "", toolCalls: [{ id: "x", name: "old", arguments: "", kind: "function" }] },
        { role: "tool", callId: "x", content: "1" }
      ]
    })
    expect([body["tools"], body["tool_choice"]]).toEqual([[{ name: "old", input_schema: empty }], { type: "none" }])
  })

  test("a call of a custom tool goes back as its one text", () => {
    const { body } = bodyOf({
      messages: [
        { role: "user", content: "a" },
        {
          role: "assistant",
          content: "",
          toolCalls: [{ id: "x", name: "sql", arguments: "SELECT 1", kind: "custom" }]
        },
        { role: "tool", callId: "x", content: "1" }
      ]
    })
    expect(at(body, "messages", 1, "content", 0, "input")).toEqual({ input: "SELECT 1" })
  })
})

describe("tool_choice", () => {
  const named: ToolChoice = { mode: "named", name: "b", kind: "function" }
  const required: ToolChoice = { mode: "required" }
  const cases: ReadonlyArray<readonly [string, Partial<Request>, Around, unknown, ReadonlyArray<string>]> = [
    ["none said", {}, {}, undefined, []],
    ["auto", { toolChoice: { mode: "auto" } }, {}, { type: "auto" }, []],
    ["none keeps the tools", { toolChoice: { mode: "none" } }, {}, { type: "none" }, []],
    ["required", { toolChoice: required }, {}, { type: "any" }, []],
    ["named", { toolChoice: named }, {}, { type: "tool", name: "b" }, []],
    ["one at a time", { parallelToolCalls: false }, {}, { type: "auto", disable_parallel_tool_use: true }, []],
    [
      "one at a time and required",
      { toolChoice: required, parallelToolCalls: false },
      {},
      { type: "any", disable_parallel_tool_use: true },
      []
    ],
    ["several at a time is the norm", { parallelToolCalls: true }, {}, undefined, []],
    [
      "forced where it is never taken",
      { toolChoice: required },
      { rules: alwaysRules },
      { type: "auto" },
      ["tool_choice"]
    ],
    [
      "forced where it is not taken beside thinking: no thinking",
      { toolChoice: required, reasoning: { effort: "high" } },
      {},
      { type: "any" },
      ["reasoning_effort"]
    ],
    [
      "forced where it is not taken beside thinking that cannot be switched off",
      { toolChoice: named, reasoning: { effort: "high" } },
      { rules: { ...alwaysRules, forcedToolChoice: "without-thinking" } },
      { type: "auto" },
      ["tool_choice"]
    ],
    [
      "forced beside thinking where both are taken",
      { toolChoice: named, reasoning: { effort: "high" } },
      { rules: adaptiveRules },
      { type: "tool", name: "b" },
      []
    ],
    ["without tools", { toolChoice: required, tools: [] }, {}, undefined, ["tool_choice"]]
  ]
  test.each(cases)("%s", (_name, fields, around, choice, told) => {
    const { body, dropped } = bodyOf({ tools: two, ...fields }, around)
    expect(body["tool_choice"]).toEqual(choice)
    expect(dropped).toEqual([...told])
  })

  const allowed = (required: boolean, names: ReadonlyArray<string>): ToolChoice => ({
    mode: "allowed",
    required,
    names
  })
  const filters: ReadonlyArray<readonly [string, ToolChoice, unknown, ReadonlyArray<string>]> = [
    ["allowed", allowed(false, ["b"]), { type: "auto" }, ["b"]],
    ["allowed and required", allowed(true, ["b"]), { type: "any" }, ["b"]],
    ["allowed, but none of them is there", allowed(true, ["c"]), { type: "none" }, ["a", "b"]]
  ]
  test.each(filters)("%s", (_name, toolChoice, choice, names) => {
    const { body } = bodyOf({ tools: two, toolChoice })
    expect(body["tool_choice"]).toEqual(choice)
    expect(body["tools"]).toEqual(names.map((name) => ({ name, input_schema: empty })))
  })
})

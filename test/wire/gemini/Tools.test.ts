import { expect, test } from "bun:test"
import type { GeminiRules } from "../../../src/domain/Model.ts"
import type { Request, Tool } from "../../../src/domain/Request.ts"
import { toolNames } from "../../../src/wire/gemini/ToolNames.ts"
import { tools as write } from "../../../src/wire/gemini/Tools.ts"

const three: GeminiRules = {
  language: "gemini",
  thinking: "level",
  minimalLevel: false,
  penalties: false,
  jsonWithTools: true,
  signatures: true,
  imagesInResults: true,
  systemInstruction: true
}

type Given = Parameters<typeof write>[0]
const written = (given: Partial<Given>, rules = three) => {
  const request = { tools: [], ...given }
  return write(request, rules, toolNames(request.tools))
}
const body = (given: Partial<Given>) => written(given).body

const weather: Tool = { kind: "function", name: "get weather", description: "d", parameters: { properties: { a: {} } } }
const noArguments: Tool = { kind: "function", name: "now", parameters: { type: "object", properties: {} } }

test("tools are declared with legal names and cleaned schemas; a function without arguments has none", () => {
  const schema = { type: "object", properties: { a: {} } }
  expect(body({ tools: [weather, noArguments] })["tools"]).toEqual([
    { functionDeclarations: [{ name: "get_weather", description: "d", parametersJsonSchema: schema }, { name: "now" }] }
  ])
})

test("a custom tool becomes a function with one text, and its grammar is told and reported", () => {
  const definition = {
    description: "Runs",
    format: { type: "grammar", grammar: { syntax: "lark", definition: "start: X" } }
  }
  const prepared = written({ tools: [{ kind: "custom", name: "run", definition }] })
  expect(prepared.body["tools"]).toMatchObject([
    { functionDeclarations: [{ name: "run", description: "Runs", parametersJsonSchema: { required: ["input"] } }] }
  ])
  expect(JSON.stringify(prepared.body)).toContain("start: X")
  expect(prepared.dropped).toEqual(["tools[].custom.format"])
})

const choices: ReadonlyArray<readonly [string, Partial<Request>, unknown]> = [
  ["no choice leaves Gemini's default", {}, undefined],
  ["auto", { toolChoice: { mode: "auto" } }, { mode: "AUTO" }],
  ["none", { toolChoice: { mode: "none" } }, { mode: "NONE" }],
  ["required", { toolChoice: { mode: "required" } }, { mode: "ANY" }],
  [
    "named",
    { toolChoice: { mode: "named", name: "get weather", kind: "function" } },
    { mode: "ANY", allowedFunctionNames: ["get_weather"] }
  ],
  [
    "allowed",
    { toolChoice: { mode: "allowed", required: false, names: ["now"] } },
    { mode: "VALIDATED", allowedFunctionNames: ["now"] }
  ],
  [
    "allowed and required",
    { toolChoice: { mode: "allowed", required: true, names: ["now"] } },
    { mode: "ANY", allowedFunctionNames: ["now"] }
  ],
  ["strict", { tools: [{ ...noArguments, strict: true }] }, { mode: "VALIDATED" }]
]
for (const [name, given, wanted] of choices) {
  test(`tool choice: ${name}`, () => {
    const config = wanted === undefined ? undefined : { functionCallingConfig: wanted }
    expect(body({ tools: [weather, noArguments], ...given })["toolConfig"]).toEqual(config)
  })
}

test("a tool choice without tools is not sent", () => {
  expect(body({ toolChoice: { mode: "auto" } })).toEqual({})
})

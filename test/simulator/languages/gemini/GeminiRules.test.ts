import { expect, test } from "bun:test"
import { GeminiContent } from "../../../../src/simulator/languages/gemini/GeminiContent.ts"
import { seal } from "../../../../src/simulator/script/Seal.ts"
import { type Body, said, schema, strict } from "../Checking.ts"

const contents = (...turns: ReadonlyArray<readonly [string, ReadonlyArray<unknown>]>) => ({
  contents: turns.map(([role, parts]) => ({ role, parts }))
})
const words = { text: "x" }
const functionCall = { functionCall: { name: "t", args: {} } }
const signed = { ...functionCall, thoughtSignature: seal("call 1") }
const answered = { functionResponse: { name: "t", response: { output: "ok" } } }
const declared = (parameters: Body) => [{ functionDeclarations: [{ name: "t", parameters }] }]

const gemini: ReadonlyArray<readonly [string, Body, string]> = [
  ["gemini-2.5-flash", contents(["user", [words]]), "taken"],
  ["gemini-2.5-flash", {}, "400 * GenerateContentRequest.contents: contents is not specified"],
  ["gemini-2.5-flash", contents(["assistant", [words]]), "400 Please use a valid role: user, model."],
  ["gemini-2.5-flash", contents(["user", []]), "400 * GenerateContentRequest.contents[0].parts"],
  [
    "gemini-2.5-flash",
    { ...contents(["user", [words]]), messages: [] },
    '400 Invalid JSON payload received. Unknown name "messages"'
  ],
  ["gemini-2.5-flash", { ...contents(["user", [words]]), generation_config: { max_output_tokens: 5 } }, "taken"],
  [
    "gemini-2.5-flash",
    { ...contents(["user", [words]]), generationConfig: { maxTokens: 5 } },
    "400 Invalid JSON payload received. Unknown name \"maxTokens\" at 'generation_config'"
  ],
  [
    "gemini-2.5-flash",
    { ...contents(["user", [words]]), generationConfig: { presencePenalty: 1 } },
    "400 Penalty is not enabled"
  ],
  [
    "gemini-2.5-flash",
    { ...contents(["user", [words]]), generationConfig: { thinkingConfig: { thinkingLevel: "LOW" } } },
    "400 Thinking level is not supported"
  ],
  [
    "gemini-2.5-flash",
    {
      ...contents(["user", [words]]),
      tools: declared(schema),
      generationConfig: { responseMimeType: "application/json" }
    },
    "400 Function calling with a response mime type"
  ],
  ["gemini-2.5-flash", { ...contents(["user", [words]]), tools: declared(schema) }, "taken"],
  [
    "gemini-2.5-flash",
    { ...contents(["user", [words]]), tools: declared({ type: "object", properties: {} }) },
    "400 * GenerateContentRequest.tools[0].function_declarations[0].parameters.properties"
  ],
  [
    "gemini-2.5-flash",
    { ...contents(["user", [words]]), tools: declared(strict) },
    '400 Invalid JSON payload received. Unknown name "additionalProperties"'
  ],
  [
    "gemini-2.5-flash",
    {
      ...contents(["user", [words]]),
      tools: [{ functionDeclarations: [{ name: "t", parametersJsonSchema: strict }] }]
    },
    "taken"
  ],
  ["gemini-2.5-flash", contents(["user", [words]], ["model", [functionCall]], ["user", [answered]]), "taken"],
  [
    "gemini-2.5-flash",
    contents(["user", [words]], ["model", [functionCall, functionCall]], ["user", [answered]]),
    "400 Please ensure that the number of function response parts"
  ],
  [
    "gemini-2.5-flash",
    contents(["user", [words]], ["model", [functionCall]], ["user", [words]]),
    "400 Please ensure that the number of function response parts"
  ],
  [
    "gemini-2.5-flash",
    contents(["user", [answered]]),
    "400 Please ensure that function response turn comes immediately after"
  ],
  [
    "gemini-2.5-flash",
    contents(
      ["user", [words]],
      ["model", [functionCall]],
      ["user", [{ functionResponse: { name: "t", response: "ok" } }]]
    ),
    "400 Invalid value at 'contents[2].parts[0].function_response.response'"
  ],
  [
    "gemini-3-flash",
    contents(["user", [words]], ["model", [functionCall]], ["user", [answered]]),
    "400 Function call is missing a thought_signature in functionCall parts."
  ],
  [
    "gemini-3-flash",
    contents(["user", [words]], ["model", [signed, functionCall]], ["user", [answered, answered]]),
    "taken"
  ],
  [
    "gemini-3-flash",
    contents(
      ["user", [words]],
      ["model", [{ ...functionCall, thoughtSignature: "skip_thought_signature_validator" }]],
      ["user", [answered]]
    ),
    "taken"
  ],
  [
    "gemini-3-flash",
    contents(["user", [words]], ["model", [functionCall]], ["user", [answered]], ["model", [words]], ["user", [words]]),
    "taken"
  ],
  [
    "gemini-3-flash",
    {
      ...contents(["user", [words]]),
      generationConfig: { thinkingConfig: { thinkingLevel: "LOW", thinkingBudget: 5 } }
    },
    "400 You can only set only one"
  ]
]

test.each(gemini)("of a request to %s, %j: %s", (model, body, expected) => {
  expect(said(GeminiContent, model, body, {}).slice(0, expected.length)).toBe(expected)
})

import { afterAll, beforeAll, expect, test } from "bun:test"
import Anthropic from "@anthropic-ai/sdk"
import { GoogleGenAI } from "@google/genai"
import OpenAI from "openai"
import type { Simulator } from "../../../src/simulator/Simulator.ts"
import { running } from "../Running.ts"

let simulator: Simulator
let stop: () => Promise<void>
beforeAll(async () => {
  ;({ simulator, stop } = await running())
})
afterAll(() => stop())

const parameters = { type: "object" as const, properties: { order_id: { type: "string" } }, required: ["order_id"] }
const name = "get_order_status"
const words = "What's the status of order #4821?"
// Bun's `toMatchObject` writes its matchers into what it looks at, so what is still needed is looked at as a copy.
const told = "The tool answered: shipped"

const openai = () => new OpenAI({ baseURL: `${simulator.url}/v1`, apiKey: "sk-test", maxRetries: 0 })

test("a call, its result and the answer, in OpenAI chat", async () => {
  const tools = [{ type: "function" as const, function: { name, parameters } }]
  const messages: Array<OpenAI.ChatCompletionMessageParam> = [{ role: "user", content: words }]
  const first = await openai().chat.completions.create({ model: "gpt-5-nano", messages, tools })
  const message = first.choices[0]?.message
  if (message === undefined) throw new Error("no message")
  messages.push(message, { role: "tool", tool_call_id: message.tool_calls?.[0]?.id ?? "", content: "shipped" })
  const second = await openai().chat.completions.create({ model: "gpt-5-nano", messages, tools })
  expect(second.choices[0]?.message.content).toBe(told)
})

test("a call with its encrypted reasoning, its result and the answer, in OpenAI responses", async () => {
  const tools = [{ type: "function" as const, name, parameters, strict: false }]
  const request = { model: "gpt-5.6-sol", tools, store: false, include: ["reasoning.encrypted_content" as const] }
  const input: Array<OpenAI.Responses.ResponseInputItem> = [{ role: "user", content: words }]
  const first = await openai().responses.create({ ...request, input })
  expect(first.output.map((item) => item.type)).toEqual(["reasoning", "function_call"])
  for (const item of first.output) {
    if (item.type === "reasoning" || item.type === "function_call") input.push(item)
    if (item.type === "function_call") {
      input.push({ type: "function_call_output", call_id: item.call_id, output: "shipped" })
    }
  }
  const second = await openai().responses.create({ ...request, input })
  expect(second.output_text).toBe(told)
})

test("thinking with its signature, and then a call, its result and the answer, in Anthropic's messages", async () => {
  const client = new Anthropic({ baseURL: simulator.url, apiKey: "sk-ant-test", maxRetries: 0 })
  const thinking = await client.messages
    .stream({ model: "think", max_tokens: 500, messages: [{ role: "user", content: words }] })
    .finalMessage()
  expect(structuredClone(thinking.content[0])).toMatchObject({
    type: "thinking",
    thinking: expect.stringContaining("I think")
  })

  const request = { model: "claude-opus-4-8", max_tokens: 500, tools: [{ name, input_schema: parameters }] }
  const call = await client.messages.stream({ ...request, messages: [{ role: "user", content: words }] }).finalMessage()
  const use = call.content[0]
  if (use?.type !== "tool_use") throw new Error("no call")
  const before = thinking.content.filter((block) => block.type === "thinking")
  const second = await client.messages.create({
    ...request,
    messages: [
      { role: "user", content: words },
      { role: "assistant", content: [...before, use] },
      { role: "user", content: [{ type: "tool_result", tool_use_id: use.id, content: "shipped" }] }
    ]
  })
  expect(second.content).toMatchObject([{ type: "text", text: told }])
  expect(second.stop_reason).toBe("end_turn")
})

test("a signed call, its result and the answer, in Google's generateContent", async () => {
  const client = new GoogleGenAI({ apiKey: "test", httpOptions: { baseUrl: simulator.url } })
  const config = { tools: [{ functionDeclarations: [{ name, parametersJsonSchema: parameters }] }] }
  const contents: Array<{ role: string; parts: Array<object> }> = [{ role: "user", parts: [{ text: words }] }]
  const first = await client.models.generateContent({ model: "gemini-3-flash", contents, config })
  const parts = first.candidates?.[0]?.content?.parts ?? []
  expect(structuredClone(parts[0])).toMatchObject({
    thoughtSignature: expect.any(String),
    functionCall: { name, id: expect.any(String) }
  })
  contents.push(
    { role: "model", parts },
    { role: "user", parts: [{ functionResponse: { name, response: { output: "shipped" } } }] }
  )
  const second = await client.models.generateContent({ model: "gemini-3-flash", contents, config })
  expect(second.text).toBe(told)
})

test("readable reasoning, apart from the text, where each language has it", async () => {
  const chat = await openai().chat.completions.create({ model: "think", messages: [{ role: "user", content: words }] })
  expect(chat.choices[0]?.message).toMatchObject({ reasoning_content: expect.stringContaining("I think") })
  expect(chat.usage?.completion_tokens_details?.reasoning_tokens).toBe(15)

  const response = await openai().responses.create({
    model: "think",
    input: words,
    reasoning: { summary: "auto" as const }
  })
  expect(response.output[0]).toMatchObject({
    type: "reasoning",
    summary: [{ type: "summary_text", text: expect.stringContaining("I think") }]
  })

  const google = new GoogleGenAI({ apiKey: "test", httpOptions: { baseUrl: simulator.url } })
  const config = { thinkingConfig: { includeThoughts: true } }
  const content = await google.models.generateContent({ model: "think", contents: words, config })
  expect(content.candidates?.[0]?.content?.parts?.[0]).toMatchObject({ thought: true })
  expect(content.usageMetadata?.thoughtsTokenCount).toBe(15)
})

test("a refusal and a filter, in each language's own way", async () => {
  const messages = [{ role: "user" as const, content: words }]
  const refused = await openai().chat.completions.create({ model: "refuse", messages })
  expect(refused.choices[0]).toMatchObject({ finish_reason: "stop", message: { content: null } })
  expect(refused.choices[0]?.message.refusal).toContain("can’t help")
  const filtered = await openai().chat.completions.create({ model: "filter:count=2", messages })
  expect(filtered.choices[0]).toMatchObject({ finish_reason: "content_filter", message: { content: "The quick" } })

  const response = await openai().responses.create({ model: "refuse", input: words })
  expect(response.output[0]).toMatchObject({ type: "message", content: [{ type: "refusal" }] })
  const incomplete = await openai().responses.create({ model: "filter", input: words })
  expect(incomplete.incomplete_details).toEqual({ reason: "content_filter" })

  const client = new Anthropic({ baseURL: simulator.url, apiKey: "sk-ant-test", maxRetries: 0 })
  const message = await client.messages.create({ model: "refuse", max_tokens: 99, messages })
  expect(message).toMatchObject({ stop_reason: "refusal", content: [] })

  const google = new GoogleGenAI({ apiKey: "test", httpOptions: { baseUrl: simulator.url } })
  const content = await google.models.generateContent({ model: "refuse", contents: words })
  expect(String(content.candidates?.[0]?.finishReason)).toBe("SAFETY")
})

test("JSON that fits the schema that was asked for, by `json` and by any model that is asked", async () => {
  const schema = {
    type: "object",
    properties: { title: { type: "string" }, pages: { type: "integer", minimum: 10 } },
    required: ["title", "pages"],
    additionalProperties: false
  }
  for (const model of ["json", "gpt-5-nano"]) {
    const stream = openai().chat.completions.stream({
      model,
      messages: [{ role: "user", content: "A book" }],
      response_format: { type: "json_schema", json_schema: { name: "book", strict: true, schema } }
    })
    const completion = await stream.finalChatCompletion()
    expect(completion.choices[0]?.message.content).toBe('{"title":"an example title","pages":10}')
  }
})

import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import Anthropic from "@anthropic-ai/sdk"
import { GoogleGenAI } from "@google/genai"
import OpenAI from "openai"
import type { Simulator } from "../../../src/simulator/Simulator.ts"
import { running } from "../Running.ts"

/** What an official SDK made of an answer. */
interface Read {
  readonly text: string
  readonly calls: ReadonlyArray<{ readonly name: string; readonly input: unknown }>
  readonly usage: { readonly input: number; readonly cached: number; readonly output: number }
  readonly finish: string
}

interface Question {
  readonly model: string
  readonly words: string
  readonly tools: boolean
}

type Ask = (question: Question) => Promise<Read>

let simulator: Simulator
let stop: () => Promise<void>
beforeAll(async () => {
  ;({ simulator, stop } = await running())
})
afterAll(() => stop())

const parameters = { type: "object" as const, properties: { order_id: { type: "string" } }, required: ["order_id"] }
const description = "Look up an order by ID"
const names = ["get_order_status", "get_order_price"]
// A small reading of JSON text, so that a broken one fails the test.
const input = (text: string): unknown => JSON.parse(text)

const openai = () => new OpenAI({ baseURL: `${simulator.url}/v1`, apiKey: "sk-test", maxRetries: 0 })
const anthropic = () => new Anthropic({ baseURL: simulator.url, apiKey: "sk-ant-test", maxRetries: 0 })
const google = () => new GoogleGenAI({ apiKey: "test", httpOptions: { baseUrl: simulator.url } })

const chatBody = ({ model, words, tools }: Question) => ({
  model,
  messages: [{ role: "user" as const, content: words }],
  ...(tools
    ? { tools: names.map((name) => ({ type: "function" as const, function: { name, description, parameters } })) }
    : {})
})

const readChat = (completion: OpenAI.ChatCompletion): Read => ({
  text: completion.choices[0]?.message.content ?? "",
  calls: (completion.choices[0]?.message.tool_calls ?? []).map((call) =>
    call.type === "function"
      ? { name: call.function.name, input: input(call.function.arguments) }
      : { name: "", input: "" }
  ),
  usage: {
    input: completion.usage?.prompt_tokens ?? -1,
    cached: completion.usage?.prompt_tokens_details?.cached_tokens ?? -1,
    output: completion.usage?.completion_tokens ?? -1
  },
  finish: completion.choices[0]?.finish_reason ?? ""
})

const responsesBody = ({ model, words, tools }: Question) => ({
  model,
  input: words,
  ...(tools
    ? { tools: names.map((name) => ({ type: "function" as const, name, description, parameters, strict: false })) }
    : {})
})

const readResponse = (response: OpenAI.Responses.Response): Read => ({
  text: response.output_text,
  calls: response.output.flatMap((item) =>
    item.type === "function_call" ? [{ name: item.name, input: input(item.arguments) }] : []
  ),
  usage: {
    input: response.usage?.input_tokens ?? -1,
    cached: response.usage?.input_tokens_details.cached_tokens ?? -1,
    output: response.usage?.output_tokens ?? -1
  },
  finish: response.status ?? ""
})

const messagesBody = ({ model, words, tools }: Question) => ({
  model,
  max_tokens: 1000,
  messages: [{ role: "user" as const, content: words }],
  ...(tools ? { tools: names.map((name) => ({ name, description, input_schema: parameters })) } : {})
})

const readMessage = (message: Anthropic.Message): Read => ({
  text: message.content.map((block) => (block.type === "text" ? block.text : "")).join(""),
  calls: message.content.flatMap((block) =>
    block.type === "tool_use" ? [{ name: block.name, input: block.input }] : []
  ),
  usage: {
    input: message.usage.input_tokens + (message.usage.cache_read_input_tokens ?? 0),
    cached: message.usage.cache_read_input_tokens ?? -1,
    output: message.usage.output_tokens
  },
  finish: message.stop_reason ?? ""
})

const geminiBody = ({ model, words, tools }: Question) => ({
  model,
  contents: words,
  ...(tools
    ? {
        config: {
          tools: [
            { functionDeclarations: names.map((name) => ({ name, description, parametersJsonSchema: parameters })) }
          ]
        }
      }
    : {})
})

type Chunk = Awaited<ReturnType<GoogleGenAI["models"]["generateContent"]>>

const readChunks = (chunks: ReadonlyArray<Chunk>): Read => {
  const last = chunks.at(-1)
  const parts = chunks.flatMap((chunk) => chunk.candidates?.[0]?.content?.parts ?? [])
  return {
    text: parts.map((part) => part.text ?? "").join(""),
    calls: parts.flatMap((part) =>
      part.functionCall === undefined ? [] : [{ name: part.functionCall.name ?? "", input: part.functionCall.args }]
    ),
    usage: {
      input: last?.usageMetadata?.promptTokenCount ?? -1,
      cached: last?.usageMetadata?.cachedContentTokenCount ?? -1,
      output: last?.usageMetadata?.candidatesTokenCount ?? -1
    },
    finish: last?.candidates?.[0]?.finishReason ?? ""
  }
}

const collected = async (stream: AsyncIterable<Chunk>): Promise<Read> => {
  const chunks: Array<Chunk> = []
  for await (const chunk of stream) chunks.push(chunk)
  return readChunks(chunks)
}

const ways: ReadonlyArray<
  readonly [string, { readonly stop: string; readonly tools: string; readonly length: string }, Ask]
> = [
  [
    "openai chat, whole",
    { stop: "stop", tools: "tool_calls", length: "length" },
    async (question) => readChat(await openai().chat.completions.create(chatBody(question)))
  ],
  [
    "openai chat, streamed",
    { stop: "stop", tools: "tool_calls", length: "length" },
    async (question) =>
      readChat(
        await openai()
          .chat.completions.stream({ ...chatBody(question), stream_options: { include_usage: true } })
          .finalChatCompletion()
      )
  ],
  [
    "openai responses, whole",
    { stop: "completed", tools: "completed", length: "incomplete" },
    async (question) => readResponse(await openai().responses.create(responsesBody(question)))
  ],
  [
    "openai responses, streamed",
    { stop: "completed", tools: "completed", length: "incomplete" },
    async (question) => readResponse(await openai().responses.stream(responsesBody(question)).finalResponse())
  ],
  [
    "anthropic, whole",
    { stop: "end_turn", tools: "tool_use", length: "max_tokens" },
    async (question) => readMessage(await anthropic().messages.create(messagesBody(question)))
  ],
  [
    "anthropic, streamed",
    { stop: "end_turn", tools: "tool_use", length: "max_tokens" },
    async (question) => readMessage(await anthropic().messages.stream(messagesBody(question)).finalMessage())
  ],
  [
    "google, whole",
    { stop: "STOP", tools: "STOP", length: "MAX_TOKENS" },
    async (question) => readChunks([await google().models.generateContent(geminiBody(question))])
  ],
  [
    "google, streamed",
    { stop: "STOP", tools: "STOP", length: "MAX_TOKENS" },
    async (question) => collected(await google().models.generateContentStream(geminiBody(question)))
  ]
]

const twelve = "The quick brown fox naïvely jumps over a lazy dog, pauses in"

describe.each(ways)("the official SDK reads %s", (_, finishes, ask) => {
  test("text and usage", async () => {
    const read = await ask({ model: "words:count=12:input=40:cached=30:output=25", words: "Go.", tools: false })
    expect(read).toEqual({
      text: twelve,
      calls: [],
      usage: { input: 40, cached: 30, output: 25 },
      finish: finishes.stop
    })
  })

  test("a tool call with arguments from the user's words", async () => {
    const read = await ask({ model: "tool", words: "What's the status of order #4821?", tools: true })
    expect(read.calls).toEqual([{ name: "get_order_status", input: { order_id: "4821" } }])
    expect(read.text).toBe("")
    expect(read.finish).toBe(finishes.tools)
  })

  test("two calls in parallel", async () => {
    const read = await ask({ model: "tools", words: 'Orders "a" and "b"', tools: true })
    expect(read.calls).toEqual([
      { name: "get_order_status", input: { order_id: "a" } },
      { name: "get_order_price", input: { order_id: "a" } }
    ])
  })

  test("reasoning apart from the text", async () => {
    const read = await ask({ model: "think", words: "Why?", tools: false })
    expect(read.text).toBe(twelve)
  })

  test("an answer cut by its length", async () => {
    const read = await ask({ model: "length:count=3", words: "Go.", tools: false })
    expect(read.text).toBe("The quick brown")
    expect(read.finish).toBe(finishes.length)
  })

  test("an empty answer", async () => {
    const read = await ask({ model: "empty", words: "Go.", tools: false })
    expect(read.text).toBe("")
    expect(read.calls).toEqual([])
    expect(read.finish).toBe(finishes.stop)
  })

  test("what the user said, with where to go next", async () => {
    const { text } = await ask({ model: "echo:pace=0ms", words: "Hello there", tools: false })
    expect(text).toContain("simulator")
    expect(text).toContain("“Hello there”")
    expect(text).toContain("sim/words")
    expect(text).toContain("OPENAI_API_KEY")
  })

  test("a model of another name, which calls a tool it is offered and else repeats", async () => {
    const called = await ask({ model: "some-model", words: "Order #7", tools: true })
    expect(called.calls).toEqual([{ name: "get_order_status", input: { order_id: "7" } }])
    const said = await ask({ model: "some-model", words: "Hello there", tools: false })
    expect(said.text).toBe("some-model, simulated. You said: “Hello there”")
  })
})

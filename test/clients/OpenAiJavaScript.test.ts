import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import OpenAI, { APIError } from "openai"
import OpenAI6, { APIError as APIError6 } from "openai-6"
import { providersAt, type Running, startGateway, startSimulator } from "../journey/stage/Processes.ts"
import { languages } from "./Programs.ts"

let simulator: Running
let gateway: Running

beforeAll(async () => {
  simulator = await startSimulator()
  gateway = await startGateway(providersAt(simulator.url))
})

afterAll(async () => {
  await gateway.stop()
  await simulator.stop()
})

const order = {
  type: "function",
  function: {
    name: "get_order_status",
    description: "Look up an order by ID",
    parameters: { type: "object", properties: { order_id: { type: "string" } }, required: ["order_id"] }
  }
} as const

/** What both versions of the SDK have in common; their own types know nothing of each other. */
interface Client {
  readonly chat: {
    readonly completions: {
      create(body: OpenAI.ChatCompletionCreateParamsStreaming): PromiseLike<AsyncIterable<OpenAI.ChatCompletionChunk>>
      create(body: OpenAI.ChatCompletionCreateParamsNonStreaming): PromiseLike<OpenAI.ChatCompletion>
      stream(body: Omit<OpenAI.ChatCompletionCreateParamsStreaming, "stream">): {
        finalChatCompletion(): Promise<OpenAI.ChatCompletion>
      }
    }
  }
}

interface Version {
  readonly version: string
  readonly make: () => Client
  readonly APIError: typeof APIError | typeof APIError6
}

const versions: ReadonlyArray<Version> = [
  {
    version: "openai 7",
    make: () => new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: "none-needed", maxRetries: 0 }),
    APIError
  },
  {
    version: "openai 6",
    make: () => new OpenAI6({ baseURL: `${gateway.url}/v1`, apiKey: "none-needed", maxRetries: 0 }),
    APIError: APIError6
  }
]

for (const { version, make, APIError } of versions) {
  describe(`the official JavaScript SDK, ${version}`, () => {
    for (const { language, text, tool } of languages) {
      test(`streams the same text as the whole answer (${language})`, async () => {
        const ask = { model: text, messages: [{ role: "user" as const, content: "Summarize this transcript." }] }
        let printed = ""
        for await (const chunk of await make().chat.completions.create({ ...ask, stream: true })) {
          printed += chunk.choices[0]?.delta.content
        }
        const whole = await make().chat.completions.create(ask)
        expect(printed).toContain("Summarize this transcript.")
        expect(whole.choices[0]?.message.content).toBe(printed)
        expect(whole.model).toBe(text)
        expect(whole.usage?.total_tokens).toBeGreaterThan(0)
      })

      test(`gathers one whole tool call (${language})`, async () => {
        const stream = make().chat.completions.stream({
          model: tool,
          messages: [{ role: "user", content: "What's the status of order #4821?" }],
          tools: [order]
        })
        const [choice] = (await stream.finalChatCompletion()).choices
        const [call, ...others] = choice?.message.tool_calls ?? []
        expect(others).toEqual([])
        expect(call).toMatchObject({ type: "function", function: { name: "get_order_status" } })
        expect(JSON.parse(call?.type === "function" ? call.function.arguments : "")).toEqual({ order_id: "4821" })
        expect(choice?.finish_reason).toBe("tool_calls")
      })

      test(`takes the tool's result back and answers with it (${language})`, async () => {
        const messages: Array<OpenAI.ChatCompletionMessageParam> = [
          { role: "user", content: "What's the status of order #4821?" }
        ]
        const asked = await make().chat.completions.create({ model: tool, messages, tools: [order] })
        const message = asked.choices[0]?.message
        const id = message?.tool_calls?.[0]?.id ?? ""
        if (message !== undefined) messages.push(message)
        messages.push({ role: "tool", tool_call_id: id, content: "shipped on Tuesday" })
        const answered = await make().chat.completions.create({ model: tool, messages, tools: [order] })
        expect(answered.choices[0]?.message.content).toContain("shipped on Tuesday")
      })
    }

    test("raises an error in mid-stream as an APIError with its code and request id", async () => {
      const stream = await make().chat.completions.create({
        model: "openai/words:count=20:cut=5",
        messages: [{ role: "user", content: "Hello" }],
        stream: true
      })
      let words = 0
      const failure = await (async () => {
        for await (const chunk of stream) if (chunk.choices[0]?.delta.content !== "") words++
      })().catch((error: unknown) => error)
      expect(failure).toBeInstanceOf(APIError)
      expect(failure).toMatchObject({ code: "provider_cut", error: { request_id: expect.any(String) } })
      expect(words).toBe(5)
    })
  })
}

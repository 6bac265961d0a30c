import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { type AIMessageChunk, HumanMessage, type BaseMessage } from "@langchain/core/messages"
import { tool } from "@langchain/core/tools"
import { ChatOpenAI, ChatOpenAICompletions } from "@langchain/openai"
import { z } from "zod"
import { objectOf } from "../../src/domain/Fields.ts"
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

const chatOf = (model: string) => {
  const fields = { model, apiKey: "none-needed", maxRetries: 0, configuration: { baseURL: `${gateway.url}/v1` } }
  // A name with one of these in it makes ChatOpenAI ask OpenAI's other endpoint, whatever `useResponsesApi` says.
  return /gpt-5\.(?:2-pro|6)/.test(model) ? new ChatOpenAICompletions(fields) : new ChatOpenAI(fields)
}

const getOrderStatus = tool(async ({ order_id }) => `order ${order_id} was shipped on Tuesday`, {
  name: "get_order_status",
  description: "Look up an order by ID",
  schema: z.object({ order_id: z.string() })
})

/** The chunks of a stream put together, as LangChain's own documentation does it. */
const gathered = async (stream: AsyncIterable<AIMessageChunk>) => {
  let whole: AIMessageChunk | undefined
  let count = 0
  for await (const chunk of stream) {
    whole = whole === undefined ? chunk : whole.concat(chunk)
    count++
  }
  if (whole === undefined) throw new Error("the stream had no chunk")
  return { whole, count }
}

describe("LangChain", () => {
  for (const { language, text, tool } of languages) {
    test(`invokes and streams to the same text and usage (${language})`, async () => {
      const prompt = "Summarize this transcript."
      const answer = await chatOf(text).invoke(prompt)
      const { whole, count } = await gathered(await chatOf(text).stream(prompt))
      expect(answer.text).toContain(prompt)
      expect(whole.text).toBe(answer.text)
      expect(count).toBeGreaterThan(3)
      const usage = objectOf(answer.usage_metadata)
      expect(usage["input_tokens"]).toBeGreaterThan(0)
      expect(usage["output_tokens"]).toBeGreaterThan(0)
      expect(objectOf(whole.usage_metadata)).toEqual(usage)
      for (const { response_metadata } of [answer, whole]) {
        expect(response_metadata["finish_reason"]).toBe("stop")
        expect(response_metadata["model_name"]).toBe(text)
      }
    })

    for (const manner of ["invoke", "stream"] as const) {
      test(`binds a tool, runs it and hands its result back (${manner}, ${language})`, async () => {
        const chat = chatOf(tool).bindTools([getOrderStatus])
        const ask = async (messages: Array<BaseMessage>): Promise<AIMessageChunk> =>
          manner === "invoke" ? chat.invoke(messages) : (await gathered(await chat.stream(messages))).whole
        const messages: Array<BaseMessage> = [new HumanMessage("What's the status of order #4821?")]
        const asked = await ask(messages)
        expect(asked.text).toBe("")
        expect(asked.invalid_tool_calls ?? []).toEqual([])
        expect(asked.tool_calls).toMatchObject([{ name: "get_order_status", args: { order_id: "4821" } }])
        expect(asked.response_metadata["finish_reason"]).toBe("tool_calls")
        messages.push(asked)
        for (const call of asked.tool_calls ?? [])
          messages.push(await getOrderStatus.invoke({ ...call, type: "tool_call" }))
        const answered = await ask(messages)
        expect(answered.text).toBe("The tool answered: order 4821 was shipped on Tuesday")
        expect(answered.tool_calls).toEqual([])
      })
    }
  }

  test("gets several calls of one answer with their arguments apart", async () => {
    const getWeather = tool(async ({ city }) => `rain in ${city}`, {
      name: "get_weather",
      description: "The weather of a city",
      schema: z.object({ city: z.string() })
    })
    const chat = chatOf("openai/tools").bindTools([getOrderStatus, getWeather])
    const { whole } = await gathered(await chat.stream("Look up 'first'."))
    expect(whole.tool_calls).toMatchObject([
      { name: "get_order_status", args: { order_id: "first" } },
      { name: "get_weather", args: { city: "first" } }
    ])
  })

  test("gives the object that a schema asks for", async () => {
    const schema = z.object({ id: z.string(), count: z.number() })
    const order = await chatOf("openai/json")
      .withStructuredOutput(schema, { name: "order" })
      .invoke("An order, please.")
    expect(order).toEqual({ id: expect.any(String), count: expect.any(Number) })
  })

  test("raises an error in mid-stream with its code, after the words that came before", async () => {
    let words = 0
    const failure = await (async () => {
      for await (const chunk of await chatOf("openai/words:count=20:cut=5").stream("Hello")) {
        if (chunk.text !== "") words++
      }
    })().catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(Error)
    expect(failure).toMatchObject({ code: "provider_cut", error: { request_id: expect.stringMatching(/./) } })
    expect(words).toBe(5)
  })

  test("raises an error before the headers with its status and code", async () => {
    const failureOf = (model: string) =>
      chatOf(model)
        .invoke("Hello")
        .catch((error: unknown) => error)
    expect(await failureOf("openai/words:status=429")).toMatchObject({ status: 429, code: "rate_limit_exceeded" })
    expect(await failureOf("no-such-model-at-all")).toMatchObject({ status: 404, code: "model_not_found" })
  })
})

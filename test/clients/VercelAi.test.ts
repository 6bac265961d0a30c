import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { createOpenAICompatible } from "@ai-sdk/openai-compatible"
import { APICallError, generateText, isStepCount, jsonSchema, Output, streamText, tool } from "ai"
import { z } from "zod"
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

const modelOf = (id: string) =>
  createOpenAICompatible({
    name: "gateway",
    baseURL: `${gateway.url}/v1`,
    apiKey: "none-needed",
    includeUsage: true,
    supportsStructuredOutputs: true
  })(id)

/** A tool that runs here, and what it was called with. */
const orders = () => {
  const asked: Array<unknown> = []
  const get_order_status = tool({
    description: "Look up an order by ID",
    inputSchema: z.object({ order_id: z.string() }),
    execute: async (input) => {
      asked.push(input)
      return `order ${input.order_id} was shipped on Tuesday`
    }
  })
  return { asked, tools: { get_order_status } }
}

describe("the Vercel AI SDK", () => {
  for (const { language, text, tool } of languages) {
    test(`streams the same text as the whole answer, with usage and a finish reason (${language})`, async () => {
      const prompt = "Summarize this transcript."
      const streamed = streamText({ model: modelOf(text), prompt, maxRetries: 0 })
      let printed = ""
      let pieces = 0
      for await (const piece of streamed.textStream) {
        printed += piece
        pieces++
      }
      const whole = await generateText({ model: modelOf(text), prompt, maxRetries: 0 })
      expect(printed).toContain(prompt)
      expect(pieces).toBeGreaterThan(3)
      expect(whole.text).toBe(printed)
      expect(await streamed.finishReason).toBe("stop")
      expect(whole.finishReason).toBe("stop")
      const { inputTokens, outputTokens, totalTokens } = await streamed.usage
      expect(inputTokens).toBeGreaterThan(0)
      expect(outputTokens).toBeGreaterThan(0)
      expect(totalTokens).toBe((inputTokens ?? 0) + (outputTokens ?? 0))
      expect(whole.usage).toMatchObject({ inputTokens, outputTokens, totalTokens })
      expect((await streamed.finalStep).response.modelId).toBe(text)
    })

    test(`calls a tool, runs it and tells its result in a second step (${language})`, async () => {
      const { asked, tools } = orders()
      const failures: Array<unknown> = []
      const result = streamText({
        model: modelOf(tool),
        prompt: "What's the status of order #4821?",
        tools,
        stopWhen: isStepCount(2),
        maxRetries: 0,
        onError: ({ error }) => void failures.push(error)
      })
      let printed = ""
      for await (const piece of result.textStream) printed += piece
      expect(failures).toEqual([])
      expect(asked).toEqual([{ order_id: "4821" }])
      const steps = await result.steps
      expect(steps.map((step) => step.finishReason)).toEqual(["tool-calls", "stop"])
      expect(steps[0]?.text).toBe("")
      expect(steps[0]?.toolCalls).toMatchObject([{ toolName: "get_order_status", input: { order_id: "4821" } }])
      expect(printed).toBe("The tool answered: order 4821 was shipped on Tuesday")
      expect(await result.text).toBe(printed)
      const tokens = steps.map((step) => step.usage.totalTokens ?? 0)
      expect(tokens[0]).toBeGreaterThan(0)
      expect((await result.usage).totalTokens).toBe(tokens.reduce((sum, one) => sum + one))
    })
  }

  test("calls two tools at once and keeps their arguments apart", async () => {
    const { asked, tools } = orders()
    const result = streamText({
      model: modelOf("openai/tools"),
      prompt: "Look up 'first' and 'second'.",
      tools: {
        ...tools,
        get_weather: tool({
          inputSchema: jsonSchema<{ readonly city: string }>({
            type: "object",
            properties: { city: { type: "string" } },
            required: ["city"]
          }),
          execute: async ({ city }) => `rain in ${city}`
        })
      },
      stopWhen: isStepCount(2),
      maxRetries: 0
    })
    expect(await result.text).toBe("The tools answered: order first was shipped on Tuesday; rain in first")
    expect(asked).toEqual([{ order_id: "first" }])
    const [first] = await result.steps
    expect(first?.toolCalls.map((call) => call.toolName)).toEqual(["get_order_status", "get_weather"])
  })

  test("shows reasoning apart from the text", async () => {
    const result = streamText({ model: modelOf("baseten/think"), prompt: "Think.", maxRetries: 0 })
    const text = await result.text
    const { reasoningText } = await result.finalStep
    expect(reasoningText).toContain("weigh two sides")
    expect(text).not.toContain("weigh two sides")
    expect(text).not.toBe("")
  })

  test("reads the JSON that a schema asks for", async () => {
    const result = streamText({
      model: modelOf("openai/json"),
      prompt: "An order, please.",
      output: Output.object({ schema: z.object({ id: z.string(), count: z.number() }) }),
      maxRetries: 0
    })
    expect(await result.output).toEqual({ id: expect.any(String), count: expect.any(Number) })
  })

  for (const { fault, code, type = "server_error" } of [
    { fault: "cut=5", code: "provider_cut" },
    { fault: "error-event=5", code: "provider_overloaded" },
    { fault: "error-event=5:code=rate_limit_exceeded", code: "rate_limit_exceeded", type: "rate_limit_error" }
  ]) {
    test(`tells an error in mid-stream (${fault})`, async () => {
      const failures: Array<unknown> = []
      let printed = ""
      const result = streamText({
        model: modelOf(`openai/words:count=20:${fault}`),
        prompt: "Hello",
        maxRetries: 0,
        onError: () => undefined
      })
      for await (const part of result.stream) {
        if (part.type === "text-delta") printed += part.text
        if (part.type === "error") failures.push(part.error)
      }
      expect(printed.split(" ")).toHaveLength(5)
      expect(failures).toHaveLength(1)
      expect(failures[0]).toBeInstanceOf(Error)
      expect(failures[0]).toMatchObject({ code, type, message: expect.stringMatching(/./) })
      expect(await result.finishReason).toBe("error")
    })
  }

  test("tells an error before the headers with its status, code and request id, and whether to try again", async () => {
    const failureOf = async (id: string) =>
      generateText({ model: modelOf(id), prompt: "Hello", maxRetries: 0 }).catch((error: unknown) => error)
    const limited = await failureOf("openai/words:status=429:retry-after=2")
    if (!APICallError.isInstance(limited)) throw limited
    expect(limited).toMatchObject({
      statusCode: 429,
      isRetryable: true,
      data: { error: { code: "rate_limit_exceeded" } },
      responseHeaders: { "retry-after": "2" }
    })
    const { error } = JSON.parse(limited.responseBody ?? "{}")
    expect(error.request_id).toBe(limited.responseHeaders?.["x-request-id"])
    expect(await failureOf("no-such-model-at-all")).toMatchObject({
      statusCode: 404,
      isRetryable: false,
      data: { error: { code: "model_not_found", param: "model" } }
    })
  })
})

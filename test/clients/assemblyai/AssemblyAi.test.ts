import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { type Fields, listOf, objectOf, textOf } from "../../../src/domain/Fields.ts"
import { providersAt, type Running, startSimulator } from "../../journey/stage/Processes.ts"
import { gatewayKey, startAssemblyAiGateway } from "./AssemblyAiGateway.ts"
import { callsProgram, modelsProgram, toolsProgram } from "./AssemblyAiPrograms.ts"
import { languages } from "../Programs.ts"
import { missingInPython, runPython } from "../Python.ts"
import { lastReceived } from "../SimulatorLog.ts"

const missing = missingInPython("assemblyai")
const uuid = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/

const order = {
  type: "function",
  function: {
    name: "get_order_status",
    description: "Look up an order by ID",
    parameters: { type: "object", properties: { order_id: { type: "string" } }, required: ["order_id"] }
  }
}
const hello = [{ role: "user", content: "Hello" }]

describe.skipIf(missing !== undefined)("AssemblyAI's own gateway client, from its Python SDK", () => {
  let simulator: Running
  let gateway: Running

  beforeAll(async () => {
    simulator = await startSimulator()
    gateway = await startAssemblyAiGateway(providersAt(simulator.url))
  })

  afterAll(async () => {
    await gateway.stop()
    await simulator.stop()
  })

  const run = (program: string, more: Readonly<Record<string, string>> = {}) =>
    runPython("assemblyai", program, { GATEWAY: gateway.url, GATEWAY_KEY: gatewayKey, ...more })

  const make = async (calls: ReadonlyArray<Fields>, more: Readonly<Record<string, string>> = {}) =>
    listOf(JSON.parse(await run(callsProgram, { CALLS: JSON.stringify(calls), ...more }))).map(objectOf)

  test("lists the models", async () => {
    const models = listOf(JSON.parse(await run(modelsProgram)).data).map(objectOf)
    expect(models.length).toBeGreaterThan(20)
    expect(models.find(({ id }) => id === "anthropic/claude-haiku-4-5")).toMatchObject({
      creator: "anthropic",
      context_length: 200_000,
      pricing: { global_: { prompt: 1, completions: 5 } }
    })
  })

  test("parses whole answers with all of AssemblyAI's additions", async () => {
    const calls = languages.map(({ text }) => ({ model: text, messages: hello, temperature: null, top_k: 5 }))
    for (const [at, { answer }] of (await make(calls)).entries()) {
      const { choices, usage, request, ...whole } = objectOf(answer)
      expect(listOf(choices)).toHaveLength(1)
      const { message, finish_reason } = objectOf(listOf(choices)[0])
      expect(finish_reason).toBe("stop")
      expect(textOf(objectOf(message)["content"])).toContain("Hello")
      expect(whole["request_id"]).toMatch(uuid)
      expect(whole).toMatchObject({ model: calls[at]?.model, http_status_code: 200, llm_status_code: 200 })
      // Nanoseconds: a provider on this machine takes between a tenth of a millisecond and some seconds.
      expect(whole["response_time"]).toBeGreaterThan(1e5)
      expect(whole["response_time"]).toBeLessThan(1e10)
      expect(request).toEqual({ model: calls[at]?.model, stream: false, temperature: null, top_k: 5 })
      const { input_tokens, output_tokens, ...counts } = objectOf(usage)
      expect(input_tokens).toBeGreaterThan(0)
      expect(output_tokens).toBeGreaterThan(0)
      expect(counts).toMatchObject({ prompt_tokens: input_tokens, completion_tokens: output_tokens })
    }
  })

  test("parses every chunk of a stream, and the usage where it is asked for", async () => {
    const ask = { messages: hello, stream: true }
    const calls = languages.flatMap(({ text }) => [
      { model: text, ...ask },
      { model: text, ...ask, stream_options: { include_usage: true } }
    ])
    for (const [at, one] of (await make(calls)).entries()) {
      expect(one["raised"]).toBeUndefined()
      const chunks = listOf(one["chunks"]).map(objectOf)
      const choices = chunks.flatMap((chunk) => listOf(chunk["choices"])).map(objectOf)
      expect(choices.map((choice) => textOf(objectOf(choice["delta"])["content"])).join("")).toContain("Hello")
      expect(choices.at(-1)?.["finish_reason"]).toBe("stop")
      expect(new Set(chunks.map(({ model }) => model))).toEqual(new Set([calls[at]?.model]))
      const usages = chunks.filter(({ usage }) => usage !== null)
      expect(usages).toHaveLength(at % 2)
      if (usages[0] === undefined) continue
      const { input_tokens, output_tokens, ...usage } = objectOf(usages[0]["usage"])
      expect(input_tokens).toBeGreaterThan(0)
      expect(usage).toMatchObject({ prompt_tokens: input_tokens, completion_tokens: output_tokens })
    }
  })

  test("parses what was read from and written to a prompt cache", async () => {
    const ask = { model: "anthropic/words:count=5:input=400:cached=100:written=50", messages: hello }
    const [whole, streamed] = await make([ask, { ...ask, stream: true, stream_options: { include_usage: true } }])
    const usage = {
      input_tokens: 400,
      prompt_tokens_details: {
        cached_tokens: 100,
        cache_write_tokens: 50,
        cache_creation: { ephemeral_5m_input_tokens: 50, ephemeral_1h_input_tokens: 0 }
      }
    }
    expect(whole).toMatchObject({ answer: { usage } })
    expect(listOf(streamed?.["chunks"]).at(-1)).toMatchObject({ choices: [], usage })
  })

  test("runs the documented loop of tools, and gathers a streamed call", async () => {
    const models = languages.map(({ tool }) => tool)
    const printed = await run(toolsProgram, { MODELS: JSON.stringify(models), TOOLS: JSON.stringify([order]) })
    const told = listOf(JSON.parse(printed)).map(objectOf)
    expect(told).toHaveLength(models.length)
    for (const { asked, streamed, text, finish } of told) {
      const call = { type: "function", name: "get_order_status" }
      expect(asked).toMatchObject([{ ...call, arguments: { order_id: "4821" } }])
      expect(streamed).toMatchObject([{ ...call, arguments: '{"order_id":"4821"}' }])
      expect(textOf(objectOf(listOf(streamed)[0])["id"])).not.toBe("")
      expect(text).toBe("The tool answered: shipped on Tuesday")
      expect(finish).toBe("tool_calls")
    }
    // The client gives its answers back with the fields of every kind of message; providers get those of an
    // assistant's.
    for (const { body } of await lastReceived(simulator.url, 3 * models.length)) {
      expect(JSON.stringify(body)).not.toContain('"tool_call_id":null')
    }
  })

  const limits: ReadonlyArray<readonly [string, (limit: number) => Fields]> = [
    ["openai/gpt-5-nano", (limit) => ({ max_completion_tokens: limit })],
    ["openai/gpt-5.2-pro", (limit) => ({ max_output_tokens: limit })],
    ["anthropic/claude-haiku-4-5", (limit) => ({ max_tokens: limit })],
    ["google/gemini-2.5-flash", (limit) => ({ generationConfig: { maxOutputTokens: limit } })],
    ["baseten/kimi-k3", (limit) => ({ max_tokens: limit })]
  ]

  test("asks for 1000 tokens at most where the caller names no limit, and for the caller's where it does", async () => {
    await make(
      limits.flatMap(([model]) => [
        { model, messages: hello },
        { model, messages: hello, max_tokens: 1500 }
      ])
    )
    const bodies = (await lastReceived(simulator.url, 2 * limits.length)).map(({ body }) => body)
    for (const [at, [, words]] of limits.entries()) {
      expect(bodies[2 * at]).toMatchObject(words(1000))
      expect(bodies[2 * at + 1]).toMatchObject(words(1500))
    }
  })

  test("has its errors raised with status, request id and reasons", async () => {
    const asked = (model: string, stream = false, more: Fields = {}) => ({ model, messages: hello, stream, ...more })
    const [wrong, wrongStream, limited, limitedStream, auth, unknown] = await make([
      asked("openai/gpt-5-nano", false, { max_tokens: 0 }),
      asked("openai/gpt-5-nano", true, { max_tokens: 0 }),
      asked("openai/words:status=429:retry-after=2"),
      asked("openai/words:status=429:retry-after=2", true),
      asked("anthropic/words:status=401"),
      asked("no-such-model-at-all")
    ])
    const raised = { class: "LLMGatewayError", status: 400, message: "invalid request body" }
    for (const one of [wrong, wrongStream]) {
      expect(one).toMatchObject({ raised })
      expect(objectOf(one?.["raised"])["errors"]).toEqual([expect.stringContaining("max_tokens")])
    }
    for (const one of [limited, limitedStream]) {
      expect(one).toMatchObject({ raised: { status: 429 }, headers: { "retry-after": "2" } })
      expect(objectOf(one?.["raised"])["errors"]).toEqual([expect.stringContaining("Rate limit reached")])
    }
    expect(auth).toMatchObject({ raised: { status: 502 } })
    expect(unknown).toMatchObject({ raised: { status: 404, message: expect.stringContaining("no-such-model-at-all") } })
    for (const one of [wrong, wrongStream, limited, limitedStream, auth, unknown]) {
      const { raised, headers } = objectOf(one)
      expect(objectOf(raised)["request_id"]).toMatch(uuid)
      expect(objectOf(raised)["request_id"]).toBe(objectOf(headers)["x-request-id"])
    }
  })

  test("does not take a stream that breaks for a whole one", async () => {
    const [broken] = await make([{ model: "openai/words:count=20:cut=5", messages: hello, stream: true }])
    // Before the failure: the role and five words. The error is no chunk, and the client says so in its own way.
    expect(listOf(broken?.["chunks"])).toHaveLength(6)
    expect(broken).toMatchObject({ raised: { class: "ValidationError" } })
  })

  test("has a wrong key refused in the words of AssemblyAI's key check", async () => {
    const [refused] = await make([{ model: "openai/gpt-5-nano", messages: hello }], { GATEWAY_KEY: "wrong" })
    expect(refused).toMatchObject({ raised: { class: "LLMGatewayError", status: 401, errors: null } })
    expect(objectOf(refused?.["raised"])["request_id"]).toMatch(uuid)
  })

  test("may use AssemblyAI's own fields", async () => {
    const called = { tool_call_id: "call_123", name: "get_order_status" }
    const items = [
      { role: "user", content: "What's the status of order #4821?" },
      { type: "function_call", ...called, arguments: '{"order_id":"4821"}' },
      { type: "function_call_output", ...called, output: '{"state":"lost"}' }
    ]
    const long = { role: "system", content: "Be brief.", cache_control: { type: "ephemeral", ttl: "5m" } }
    const named = [{ role: "user", content: "Hello", name: "ann" }]
    const models = languages.map(({ tool }) => tool)
    const calls = [
      ...models.map((model) => ({ model, messages: [], prompt: "A prompt." })),
      ...models.map((model) => ({ model, messages: items, tools: [order] })),
      ...models.map((model) => ({ model, messages: named })),
      { model: "openai/gpt-5-nano", messages: hello, reasoning: { effort: "low" } },
      { model: "anthropic/claude-sonnet-4-6", messages: hello, reasoning: { effort: "medium" }, max_tokens: 1000 },
      { model: "anthropic/claude-haiku-4-5", messages: [long, ...hello], cache_control: { type: "ephemeral" } },
      { model: "baseten/think", messages: hello }
    ]
    const told = await make(calls)
    expect(told.map(({ raised }) => raised)).toEqual(calls.map(() => undefined))
    const messages = told.map(({ answer }) => objectOf(objectOf(listOf(objectOf(answer)["choices"])[0])["message"]))
    const said = messages.map(({ content }) => textOf(content))
    for (const one of said.slice(0, 5)) expect(one).toContain("A prompt.")
    for (const one of said.slice(5, 10)) expect(one.replaceAll(" ", "")).toBe('Thetoolanswered:{"state":"lost"}')
    expect(messages.at(-1)).toMatchObject({ thinking: expect.stringContaining("weigh two sides") })

    const bodies = (await lastReceived(simulator.url, 9)).map(({ body }) => objectOf(body))
    const [chat, , anthropic, gemini, , low, medium, marked] = bodies
    expect(chat).toMatchObject({ messages: named })
    // Where a provider has no field for it, the name goes before the words.
    expect(JSON.stringify(anthropic)).toContain('"ann: Hello"')
    expect(JSON.stringify(gemini)).toContain('"ann: Hello"')
    expect(low).toMatchObject({ reasoning_effort: "low" })
    expect(medium).toMatchObject({ thinking: { type: "adaptive" }, output_config: { effort: "medium" } })
    expect(marked).toMatchObject({ system: [{ text: "Be brief.", cache_control: { type: "ephemeral", ttl: "5m" } }] })
  })

  test("is told which of AssemblyAI's fields are not served", async () => {
    const fields = {
      fallbacks: [{ model: "anthropic/claude-haiku-4-5" }],
      fallback_config: { retry: true, depth: 1 },
      zero_data_retention: true
    }
    const [told] = await make([{ model: "openai/gpt-5-nano", messages: hello, ...fields }])
    expect(told?.["raised"]).toBeUndefined()
    const dropped = textOf(objectOf(told?.["headers"])["x-gateway-dropped"]).split(", ")
    for (const name of dropped) expect(Object.keys(fields)).toContain(name)
    // What is not served is told; none of it may reach a provider, which would refuse it.
    const [received] = await lastReceived(simulator.url, 1)
    for (const name of Object.keys(fields)) expect(objectOf(received?.["body"])).not.toHaveProperty(name)
    expect(dropped).toContain("zero_data_retention")
  })
})

import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { type Fields, listOf, objectOf, parseJson } from "../../../src/domain/Fields.ts"
import { quickest } from "../../journey/stage/Asking.ts"
import { providersAt, type Running, startGateway, startSimulator } from "../../journey/stage/Processes.ts"
import { gatewayKey, startAssemblyAiGateway } from "./AssemblyAiGateway.ts"
import { languages } from "../Programs.ts"
import { lastReceived } from "../SimulatorLog.ts"

let simulator: Running
/** With `compatibility: assemblyai` and a key. */
let on: Running
/** As it comes. */
let off: Running

beforeAll(async () => {
  simulator = await startSimulator()
  const providers = providersAt(simulator.url)
  on = await startAssemblyAiGateway(providers)
  off = await startGateway(providers)
})

afterAll(async () => {
  await on.stop()
  await off.stop()
  await simulator.stop()
})

const additions = ["request_id", "request", "http_status_code", "llm_status_code", "response_time"]
const hello = [{ role: "user", content: "Hello" }]

const send = (gateway: Running, path: string, body?: Fields | string, authorization = gatewayKey) =>
  fetch(`${gateway.url}/v1/${path}`, {
    headers: { "content-type": "application/json", ...(authorization === "" ? {} : { authorization }) },
    ...(body === undefined ? {} : { method: "POST", body: typeof body === "string" ? body : JSON.stringify(body) })
  })

const bodyOf = async (answer: Response | Promise<Response>): Promise<Fields> => objectOf(await (await answer).json())

/** The parsed `data:` lines of a stream, and whether it ended with the end mark. */
const chunksOf = async (answer: Promise<Response>) => {
  const lines = (await (await answer).text()).split("\n\n").filter((line) => line !== "")
  const done = lines.at(-1) === "data: [DONE]"
  const chunks = (done ? lines.slice(0, -1) : lines).map((line) => objectOf(parseJson(line.slice("data: ".length))))
  return { chunks, done }
}

describe("compatibility: assemblyai", () => {
  for (const { language, text: model } of languages) {
    test(`adds AssemblyAI's fields to a whole answer, and only when it is on (${language})`, async () => {
      const asked = { model, messages: hello, tool_choice: "none", user: "u" }
      const [added, plain] = [
        await bodyOf(send(on, "chat/completions", asked)),
        await bodyOf(send(off, "chat/completions", asked))
      ]
      for (const name of additions) {
        expect(added).toHaveProperty(name)
        expect(plain).not.toHaveProperty(name)
      }
      for (const name of ["input_tokens", "output_tokens"]) {
        expect(objectOf(added["usage"])).toHaveProperty(name)
        expect(objectOf(plain["usage"])).not.toHaveProperty(name)
      }
      // All of OpenAI's own is there either way.
      for (const body of [added, plain]) {
        expect(body).toMatchObject({ object: "chat.completion", model, choices: [{ index: 0, finish_reason: "stop" }] })
      }
      expect(added["request"]).toEqual({ model, tool_choice: "none", user: "u" })
    })

    test(`names the totals of a stream's usage both ways, and only when it is on (${language})`, async () => {
      const asked = { model, messages: hello, stream: true, stream_options: { include_usage: true } }
      for (const gateway of [on, off]) {
        const { chunks, done } = await chunksOf(send(gateway, "chat/completions", asked))
        expect(done).toBe(true)
        const usage = objectOf(chunks.at(-1)?.["usage"])
        expect(usage["prompt_tokens"]).toBeGreaterThan(0)
        expect(usage["input_tokens"]).toBe(gateway === on ? usage["prompt_tokens"] : undefined)
        expect(usage["output_tokens"]).toBe(gateway === on ? usage["completion_tokens"] : undefined)
        for (const chunk of chunks) for (const name of additions) expect(chunk).not.toHaveProperty(name)
      }
    })
  }

  test("echoes neither the messages nor the prompt", async () => {
    const body = await bodyOf(send(on, "chat/completions", { model: "openai/gpt-5-nano", prompt: "Hello", seed: 1 }))
    expect(body["request"]).toEqual({ model: "openai/gpt-5-nano", seed: 1 })
  })

  test("limits an answer to 1000 tokens by default, and only when it is on", async () => {
    const asked = { model: "anthropic/claude-haiku-4-5", messages: hello }
    await send(on, "chat/completions", asked)
    await send(off, "chat/completions", asked)
    const limits = (await lastReceived(simulator.url, 2)).map(({ body }) => objectOf(body)["max_tokens"])
    // Anthropic wants a limit; without a word of the caller it is the model's own.
    expect(limits).toEqual([1000, 64_000])
  })

  const mistakes: ReadonlyArray<readonly [name: string, status: number, path: string, body: Fields | string]> = [
    [
      "a wrong field",
      400,
      "chat/completions",
      { model: "openai/gpt-5-nano", messages: [{ role: "usher", content: "" }] }
    ],
    ["neither messages nor prompt", 400, "chat/completions", { model: "openai/gpt-5-nano" }],
    ["no messages", 400, "chat/completions", { model: "openai/gpt-5-nano", messages: [] }],
    [
      "messages and a prompt",
      400,
      "chat/completions",
      { model: "openai/gpt-5-nano", messages: hello, prompt: "Hello" }
    ],
    ["broken JSON", 400, "chat/completions", "{"],
    ["an unknown model", 404, "chat/completions", { model: "no-such-model-at-all", messages: hello }],
    ["an unknown path", 404, "no-such-path", {}],
    ["the wrong method", 405, "models", {}],
    ["a provider's rate limit", 429, "chat/completions", { model: "openai/words:status=429", messages: hello }],
    ["a provider's fault", 502, "chat/completions", { model: "openai/words:status=500", messages: hello, stream: true }]
  ]
  for (const [name, status, path, body] of mistakes) {
    test(`tells ${name} in AssemblyAI's envelope when it is on, in OpenAI's when it is off`, async () => {
      const added = await send(on, path, body)
      const plain = await send(off, path, body)
      expect([added.status, plain.status]).toEqual([status, status])
      const theirs = await bodyOf(added)
      const error = objectOf((await bodyOf(plain))["error"])
      expect(Object.keys(theirs)).toEqual(["code", "message", "request_id", "metadata"])
      expect(theirs["code"]).toBe(status)
      expect(theirs["request_id"]).toBe(added.headers.get("x-request-id"))
      expect(theirs["metadata"]).toEqual({ errors: [error["message"]] })
      expect(theirs["message"]).toBe(status === 400 ? "invalid request body" : error["message"])
      expect(error["request_id"]).toBe(plain.headers.get("x-request-id"))
    })
  }

  test("tells a wrong or missing key in the envelope of AssemblyAI's key check", async () => {
    for (const authorization of ["wrong", "Bearer wrong", ""]) {
      const answer = await send(on, "chat/completions", { model: "openai/gpt-5-nano", messages: hello }, authorization)
      const body = await bodyOf(answer)
      expect(answer.status).toBe(401)
      expect(Object.keys(body)).toEqual(["error", "status", "request_id"])
      expect(body["status"]).toBe("error")
      expect(body["request_id"]).toBe(answer.headers.get("x-request-id"))
    }
  })

  test("takes the key bare or as a Bearer token, and shows the models without one", async () => {
    const asked = { model: "openai/gpt-5-nano", messages: hello }
    for (const authorization of [gatewayKey, `Bearer ${gatewayKey}`]) {
      expect((await send(on, "chat/completions", asked, authorization)).status).toBe(200)
    }
    const theirs = listOf((await bodyOf(send(on, "models", undefined, "")))["data"])
    const plain = listOf((await bodyOf(send(off, "models", undefined, "")))["data"])
    expect(theirs).toHaveLength(plain.length)
    for (const name of ["pricing", "top_provider", "default_provider", "retirement_date"]) {
      for (const model of theirs) expect(objectOf(model)).toHaveProperty(name)
      for (const model of plain) expect(objectOf(model)).not.toHaveProperty(name)
    }
  })

  test("ends a broken stream with the error that OpenAI's SDKs raise, and no end mark", async () => {
    const asked = { model: "openai/words:count=20:cut=5", messages: hello, stream: true }
    const { chunks, done } = await chunksOf(send(on, "chat/completions", asked))
    expect(done).toBe(false)
    expect(chunks).toHaveLength(7)
    expect(chunks.at(-1)).toMatchObject({ error: { code: "provider_cut", request_id: expect.stringMatching(/./) } })
  })
})

test("a body nested too deeply is refused at once in this dialect too, though its default maximum is filled in", async () => {
  const deep = `${"[".repeat(50_000)}${"]".repeat(50_000)}`
  const body = `{"model":"sim/echo","messages":[{"role":"user","content":"Hi"}],"x":${deep}}`
  const { answer, milliseconds } = await quickest(1000, async () => {
    const begun = performance.now()
    return { answer: await send(on, "chat/completions", body), milliseconds: performance.now() - begun }
  })
  expect(answer.status).toBe(400)
  expect(await bodyOf(answer)).toMatchObject({ code: 400, message: "invalid request body" })
  // Writing such a body again takes Bun two seconds.
  expect(milliseconds).toBeLessThan(1000)
})

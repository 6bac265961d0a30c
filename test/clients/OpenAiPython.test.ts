import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import OpenAI from "openai"
import { providersAt, type Running, startGateway, startSimulator } from "../journey/stage/Processes.ts"
import { languages, textProgram, toolProgram } from "./Programs.ts"
import { missingInPython, runPython } from "./Python.ts"

const missing = missingInPython("openai")

describe.skipIf(missing !== undefined)("the official Python SDK", () => {
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

  const run = (program: string) =>
    runPython("openai", program, { OPENAI_BASE_URL: `${gateway.url}/v1`, OPENAI_API_KEY: "none-needed" })

  /**
   * What the simulator says to the same question, asked without the gateway but by the model name that the gateway
   * used.
   */
  const direct = async (): Promise<string> => {
    const log = await fetch(`${simulator.url}/_simulator/log`)
    const entries: ReadonlyArray<{ readonly model: string; readonly path: string }> = JSON.parse(await log.text())
    const { model, path } = entries.at(-1) ?? { model: "", path: "" }
    const client = new OpenAI({ baseURL: `${simulator.url}/v1`, apiKey: "sim-openai-key" })
    const question = "Summarize this transcript."
    if (path.endsWith("/responses")) return (await client.responses.create({ model, input: question })).output_text
    const answer = await client.chat.completions.create({ model, messages: [{ role: "user", content: question }] })
    return answer.choices[0]?.message.content ?? ""
  }

  for (const { language, text, tool } of languages) {
    test(`prints the model's text and nothing else (${language})`, async () => {
      const printed = await run(textProgram(text))
      expect(printed).toContain("Summarize this transcript.")
      expect(printed).toBe(await direct())
    })

    test(`gets one whole tool call as it streams (${language})`, async () => {
      const { calls, finish, text: said } = JSON.parse(await run(toolProgram(tool)))
      expect(calls).toHaveLength(1)
      expect(calls[0]).toMatchObject({ type: "function", name: "get_order_status" })
      expect(calls[0].id).toBeString()
      expect(JSON.parse(calls[0].arguments)).toEqual({ order_id: "4821" })
      expect(finish).toBe("tool_calls")
      expect(said).toBe("")
    })
  }
})

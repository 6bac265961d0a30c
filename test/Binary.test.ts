import { afterAll, beforeAll, expect, test } from "bun:test"
import { mkdtempSync, readdirSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import OpenAI from "openai"
import { startProcess, startSimulator, type Running } from "./journey/stage/Processes.ts"
import { buildTo } from "./Program.ts"

const folder = mkdtempSync(join(tmpdir(), "llm-gateway-binary-"))
const binary = join(folder, "llm-gateway")
const emptyFolder = mkdtempSync(join(tmpdir(), "llm-gateway-empty-"))

beforeAll(() => {
  buildTo(binary)
}, 60_000)

afterAll(() => {
  rmSync(folder, { recursive: true })
  rmSync(emptyFolder, { recursive: true })
})

/** The binary in a folder with nothing beside it. */
const startBinary = (environment: Readonly<Record<string, string>>): Promise<Running> =>
  startProcess([binary], { PORT: "0", ...environment }, emptyFolder)

test("the binary answers with nothing beside it and leaves nothing behind", async () => {
  const gateway = await startBinary({})
  const client = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: "none-needed" })
  const answer = await client.chat.completions.create({
    model: "sim/echo",
    messages: [{ role: "user", content: "Hello binary" }]
  })
  expect(answer.choices[0]?.message.content).toContain("Hello binary")
  expect((await client.models.list()).data.map(({ id }) => id)).toContain("sim/echo")
  await gateway.stop()
  expect(readdirSync(emptyFolder)).toEqual([])
})

test("300 requests are under way at once, though Bun's own cap is 256", async () => {
  const simulator = await startSimulator()
  const gateway = await startBinary({ OPENAI_API_KEY: "sim-openai-key", OPENAI_BASE_URL: `${simulator.url}/v1` })
  const body = JSON.stringify({
    model: "openai/words:count=1:first=1500ms",
    messages: [{ role: "user", content: "Hi" }]
  })
  // The test's own process has the cap too, so the callers are several.
  const statuses = await Promise.all(Array.from({ length: 3 }, () => callers(gateway.url, body, 100)))
  expect(statuses.flat().filter((status) => status === 200)).toHaveLength(300)
  const log = await fetch(`${simulator.url}/_simulator/log`)
  const entries: ReadonlyArray<{ readonly at: number; readonly endedAt: number }> = JSON.parse(await log.text())
  const lastBegin = Math.max(...entries.map(({ at }) => at))
  const firstEnd = Math.min(...entries.map(({ endedAt }) => endedAt))
  expect(entries).toHaveLength(300)
  expect(lastBegin).toBeLessThan(firstEnd)
  await gateway.stop()
  await simulator.stop()
}, 20_000)

/** A process that asks `count` times at once and prints the statuses. */
const callers = async (url: string, body: string, count: number): Promise<ReadonlyArray<number>> => {
  const program = `const ask = () => fetch(${JSON.stringify(`${url}/v1/chat/completions`)}, { method: "POST", body: ${JSON.stringify(body)} }).then((answer) => answer.status)
console.log(JSON.stringify(await Promise.all(Array.from({ length: ${count} }, ask))))`
  const child = Bun.spawn(["bun", "-e", program], { stdout: "pipe" })
  return JSON.parse(await new Response(child.stdout).text())
}

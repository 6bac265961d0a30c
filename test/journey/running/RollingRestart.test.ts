import { afterAll, beforeAll, expect, test } from "bun:test"
import { running } from "../../simulator/Running.ts"
import { messages } from "../stage/Asking.ts"
import { startConfigured } from "../stage/Configured.ts"
import { KeptCaller } from "../stage/KeptCaller.ts"
import { providersAt, type Running } from "../stage/Processes.ts"

/** `RESTARTS=n` for more. */
const restarts = Number(process.env["RESTARTS"] ?? 8)
const callers = 50

let provider: Awaited<ReturnType<typeof running>>

beforeAll(async () => {
  provider = await running()
})

afterAll(() => provider.stop())

const freePort = async (): Promise<number> => {
  const server = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response() })
  const { port } = server
  await server.stop(true)
  if (port === undefined) throw new Error("no port is free")
  return port
}

/**
 * What the callers ask in turn: short and long streams, and whole answers. The longest takes more time than a gateway
 * has to stop.
 */
const asked = [
  { model: "openai/words:count=10:pace=15ms", stream: true },
  { model: "openai/words:count=5:first=150ms", stream: false },
  { model: "openai/words:count=3:first=100ms", stream: true },
  { model: "openai/words:count=30:pace=50ms", stream: true },
  { model: "openai/words:count=2:first=50ms", stream: false }
] as const

test("two gateways on one port are restarted in turn under load, and no caller is reset or cut off", async () => {
  const port = await freePort()
  const start = (): Promise<Running> =>
    startConfigured(
      { port, reusePort: true, timeouts: { acceptAfterStop: "400 millis", drain: "600 millis" } },
      { ...providersAt(provider.simulator.url), PORT: "" }
    )
  const gateways = await Promise.all([start(), start()])
  const outcomes = new Map<string, number>()
  const strange: Array<string> = []
  const load = new AbortController()

  const call = async (number: number): Promise<number> => {
    const caller = new KeptCaller(port)
    for (let turn = number; !load.signal.aborted; turn++) {
      const body = asked[turn % asked.length] ?? asked[0]
      const { outcome, text } = await caller.ask({ ...body, messages })
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
      const isTold = outcome === "told" && text.includes(`"code":"gateway_unavailable"`)
      if (!isTold && !["whole", "closed"].includes(outcome)) strange.push(`${outcome}: ${text.slice(-300)}`)
    }
    caller.close()
    return caller.connections
  }
  const called = Promise.all(Array.from({ length: callers }, (_, number) => call(number)))

  for (let restart = 0; restart < restarts; restart++) {
    const old = gateways[restart % 2]
    old?.process.kill("SIGTERM")
    // The new one begins while the old one ends, as a supervisor does it.
    const [code, replacement] = await Promise.all([old?.process.exited, start()])
    expect(code).toBe(0)
    expect(old?.printed()).not.toMatch(/\n\s+at |rror:/)
    gateways[restart % 2] = replacement
  }
  load.abort()
  const connections = await called
  for (const gateway of gateways) await gateway.stop()

  const total = [...outcomes.values()].reduce((sum, count) => sum + count, 0)
  console.log(
    `${restarts} restarts, ${callers} callers, ${total} requests over ${connections.reduce((sum, count) => sum + count, 0)} connections: ${[...outcomes].map(([outcome, count]) => `${count} ${outcome}`).join(", ")}`
  )
  expect(strange).toEqual([])
  expect(total).toBeGreaterThan(restarts * callers)
  expect(outcomes.get("told")).toBeGreaterThan(0)
}, 60_000)

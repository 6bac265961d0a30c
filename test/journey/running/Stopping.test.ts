import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { running } from "../../simulator/Running.ts"
import { messages, post, read, type Seen } from "../stage/Asking.ts"
import { startConfigured } from "../stage/Configured.ts"
import { aSecondMs, eventually } from "../stage/Eventually.ts"
import { type Fountain, numbersIn, startFountain } from "../stage/Fountain.ts"
import { providersAt, type Running, startGateway, startSimulator } from "../stage/Processes.ts"
import { requestText, wire } from "../stage/Wire.ts"

let provider: Awaited<ReturnType<typeof running>>
let fountain: Fountain

beforeAll(async () => {
  provider = await running()
  fountain = await startFountain()
})

afterAll(async () => {
  await provider.stop()
  fountain.stop()
})

/** Load balancers are given the least time that a test can see: those that look at the time set their own. */
const start = (drain = "2 seconds", acceptAfterStop = "50 millis"): Promise<Running> =>
  startConfigured(
    {
      timeouts: { drain, acceptAfterStop, headersAfter: "50 millis" },
      providers: { own: { baseUrl: fountain.baseUrl } }
    },
    providersAt(provider.simulator.url)
  )

const entryOf = (model: string) => provider.simulator.log.entries.findLast((entry) => entry.model === model)

/** What /readyz says on a connection of its own. */
const readiness = (gateway: Running): Promise<number | "no connection"> =>
  fetch(`${gateway.url}/readyz`, { keepalive: false }).then(
    ({ status }) => status,
    () => "no connection"
  )

const asked = async (gateway: Running, model: string) => {
  const response = await post(gateway, { model, messages })
  return { response, seen: await read(response) }
}

let counter = 0
const unique = (way: string): string => `words:count=20:output=${2000 + counter++}:${way}`

/** Asks, waits until the provider has the request, and gives what becomes of it. */
const underWay = async (gateway: Running, way: string, stream: boolean): Promise<{ readonly seen: Promise<Seen> }> => {
  const model = unique(way)
  const seen = post(gateway, { model: `openai/${model}`, stream, messages }).then((response) => read(response))
  seen.catch(() => {})
  await eventually(() => entryOf(model))
  return { seen }
}

describe("a gateway that is asked to stop", () => {
  test("by a person ends at once with 0 when nothing is under way", async () => {
    const gateway = await startGateway()
    const startedAt = performance.now()
    gateway.process.kill("SIGINT")
    expect(await gateway.process.exited).toBe(0)
    expect(performance.now() - startedAt).toBeLessThan(aSecondMs)
    expect(gateway.printed()).not.toMatch(/error|\n\s+at /i)
  })

  test("by a supervisor says so at /readyz at once and still takes new connections for the set time", async () => {
    const gateway = await start("20 seconds", "2 seconds")
    const startedAt = performance.now()
    gateway.process.kill("SIGTERM")
    await eventually(async () => ((await readiness(gateway)) === 503 ? true : undefined))
    expect(performance.now() - startedAt).toBeLessThan(1900)
    // An idle gateway does not end meanwhile, and whoever is still sent here is served, and told to go elsewhere.
    await Bun.sleep(100)
    const { response, seen } = await asked(gateway, "openai/words:count=3")
    expect([seen.status, seen.finish]).toEqual([200, "stop"])
    expect(response.headers.get("connection")).toBe("close")
    expect(await gateway.process.exited).toBe(0)
    const took = performance.now() - startedAt
    expect(took).toBeGreaterThan(2000)
    expect(took).toBeLessThan(10_000)
    expect(gateway.printed()).toContain("new requests are taken for 2 s more (timeouts.acceptAfterStop)")
  })

  test("ends at once when it is asked again, whatever it waits for", async () => {
    const gateway = await start("20 seconds", "10 seconds")
    const { seen } = await underWay(gateway, "first=30s", true)
    gateway.process.kill("SIGTERM")
    await eventually(async () => ((await readiness(gateway)) === 503 ? true : undefined))
    const startedAt = performance.now()
    gateway.process.kill("SIGINT")
    expect(await seen).toMatchObject({ done: false, error: { code: "gateway_unavailable" } })
    expect(await gateway.process.exited).toBe(0)
    expect(performance.now() - startedAt).toBeLessThan(5000)
  })

  test("lets streams and whole answers finish, to the last byte, and then ends with 0", async () => {
    const gateway = await start()
    const streams = await Promise.all(Array.from({ length: 5 }, () => underWay(gateway, "pace=15ms", true)))
    const wholes = await Promise.all(Array.from({ length: 5 }, () => underWay(gateway, "first=300ms", false)))
    gateway.process.kill("SIGTERM")
    for (const { seen } of streams) {
      expect(await seen).toMatchObject({ status: 200, done: true, finish: "stop", error: undefined })
    }
    for (const { seen } of wholes) expect(await seen).toMatchObject({ status: 200, finish: "stop" })
    expect(await gateway.process.exited).toBe(0)
  })

  test("answers what still comes on a kept connection, closes it, and takes no new one after the set time", async () => {
    const gateway = await start("2 seconds", "200 millis")
    const kept = await wire(gateway, "GET /readyz HTTP/1.1\r\nhost: localhost\r\n\r\n")
    await eventually(() => kept.got().includes(`"ready"`) || undefined)
    expect(kept.got()).not.toMatch(/^connection: close/im)
    const { seen } = await underWay(gateway, "first=600ms", true)
    gateway.process.kill("SIGTERM")
    await eventually(async () => ((await readiness(gateway)) === 503 ? true : undefined))
    kept.socket.write(requestText({ model: "openai/words:count=2", messages }))
    await eventually(() => kept.ended() || undefined)
    expect(kept.got().match(/HTTP\/1\.1 200/g)).toHaveLength(2)
    expect(kept.got()).toMatch(/^connection: close/im)
    await eventually(async () => ((await readiness(gateway)) === "no connection" ? true : undefined))
    expect((await seen).done).toBe(true)
    expect(await gateway.process.exited).toBe(0)
  })

  test("leaves no request without an answer that comes on a kept connection at that moment", async () => {
    const gateway = await start()
    const connections = await Promise.all(
      Array.from({ length: 40 }, () => wire(gateway, "GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n"))
    )
    await eventually(() => connections.every(({ got }) => got().includes(`"ok"`)) || undefined)
    gateway.process.kill("SIGINT")
    for (const { socket } of connections) socket.write(requestText({ model: "openai/words:count=2", messages }))
    await eventually(() => connections.every(({ ended }) => ended()) || undefined)
    for (const { got } of connections) expect(got().match(/HTTP\/1\.1 200/g)).toHaveLength(2)
    expect(await gateway.process.exited).toBe(0)
  })

  test("ends what takes too long with an error that says so, and closes its upstream connections", async () => {
    const gateway = await start("150 millis")
    const [whole, early, mid] = [
      await underWay(gateway, "first=30s", false),
      await underWay(gateway, "first=29s", true),
      await underWay(gateway, "pace=400ms", true)
    ]
    const entries = provider.simulator.log.entries.slice(-3)
    await Bun.sleep(80)
    gateway.process.kill("SIGTERM")
    expect(await whole.seen).toMatchObject({ status: 503, error: { code: "gateway_unavailable" } })
    for (const { seen } of [early, mid]) {
      expect(await seen).toMatchObject({ status: 200, done: false, error: { code: "gateway_unavailable" } })
    }
    expect(await gateway.process.exited).toBe(0)
    for (const entry of entries) await eventually(() => entry.closedByPeer)
  })

  test("waits for a caller who reads slowly, though the answer is done", async () => {
    const gateway = await start()
    const count = 1000
    const { socket, got, ended } = await wire(
      gateway,
      requestText({ model: `own/pour-${count}`, stream: true, messages })
    )
    socket.pause()
    await eventually(() => fountain.poured())
    await Bun.sleep(100)
    gateway.process.kill("SIGTERM")
    await Bun.sleep(150)
    socket.resume()
    await eventually(() => ended() || undefined)
    expect(numbersIn(got())).toHaveLength(count)
    expect(got().endsWith("data: [DONE]\n\n\r\n0\r\n\r\n")).toBe(true)
    expect(await gateway.process.exited).toBe(0)
  })

  test("tells a caller who reads slowly, too, that its answer was ended", async () => {
    const gateway = await start("100 millis")
    const { socket, got, ended } = await wire(gateway, requestText({ model: "own/pour-4000", stream: true, messages }))
    socket.pause()
    // The caller's side is full once the provider can send no more.
    let seen = -1
    await eventually(async () => {
      const before = seen
      seen = fountain.poured()?.bytes ?? -1
      await Bun.sleep(60)
      return (seen > 0 && seen === before) || undefined
    })
    gateway.process.kill("SIGTERM")
    await Bun.sleep(250)
    socket.resume()
    await eventually(() => ended() || undefined)
    const numbers = numbersIn(got())
    expect(numbers).toEqual(Array.from({ length: numbers.length }, (_, at) => at))
    expect(got()).toContain(`"code":"gateway_unavailable"`)
    expect(got()).not.toContain("[DONE]")
    expect(got().endsWith("\r\n0\r\n\r\n")).toBe(true)
    expect(await gateway.process.exited).toBe(0)
  })

  test("so does the simulator, at once", async () => {
    const simulator = await startSimulator()
    simulator.process.kill("SIGTERM")
    expect(await simulator.process.exited).toBe(0)
  })
})

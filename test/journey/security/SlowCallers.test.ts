import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { running } from "../../simulator/Running.ts"
import { ask, messages } from "../stage/Asking.ts"
import { startConfigured } from "../stage/Configured.ts"
import { eventually } from "../stage/Eventually.ts"
import { providersAt, type Running } from "../stage/Processes.ts"
import { requestText, statusIn, type Wire, wire } from "../stage/Wire.ts"

const bodyMs = 250

let provider: Awaited<ReturnType<typeof running>>
let gateway: Running

beforeAll(async () => {
  provider = await running()
  const configuration = {
    keys: ["caller-key-one"],
    admin: { keys: ["admin-key-one"] },
    timeouts: { body: `${bodyMs} millis` }
  }
  gateway = await startConfigured(configuration, providersAt(provider.simulator.url))
})

afterAll(async () => {
  await gateway.stop()
  await provider.stop()
})

const body = JSON.stringify({ model: "openai/words:count=2", messages })
const key = "authorization: Bearer caller-key-one"
const head = (path: string, ...lines: ReadonlyArray<string>) =>
  `POST ${path} HTTP/1.1\r\nhost: localhost\r\n${lines.join("\r\n")}\r\n\r\n`

const linesOf = (status: number): ReadonlyArray<string> =>
  gateway
    .printed()
    .split("\n")
    .filter((line) => line.includes(`"status":${status}`))

const closed = ({ ended }: Wire) => eventually(() => ended() || undefined)

describe("a body that comes too slowly", () => {
  for (const path of ["/v1/chat/completions", "/v1/route/explain"]) {
    for (const [name, text, drop] of [
      ["not at all", head(path, key, `content-length: ${body.length}`), ""],
      ["in part", head(path, key, `content-length: ${body.length}`) + body.slice(0, 20), ""],
      ["a byte now and then", head(path, key, `content-length: ${body.length}`), "{"],
      ["in chunks without end", `${head(path, key, "transfer-encoding: chunked")}5\r\n{"mod\r\n`, "1\r\n{\r\n"]
    ] as const) {
      test(`is a 408 that says so, and its connection is closed (${name}, ${path})`, async () => {
        const before = provider.simulator.log.entries.length
        const startedAt = performance.now()
        const caller = await wire(gateway, text)
        const dripping = drop === "" ? undefined : setInterval(() => caller.socket.write(drop), 20)
        expect(await eventually(() => statusIn(caller.got()))).toBe(408)
        expect(performance.now() - startedAt).toBeGreaterThanOrEqual(bodyMs - 5)
        await closed(caller)
        clearInterval(dripping)
        expect(caller.got().toLowerCase()).toContain("\r\nconnection: close\r\n")
        expect(caller.got()).toContain(`"code":"request_timeout"`)
        expect(caller.got()).toContain(`The body did not arrive within ${bodyMs / 1000} seconds (timeouts.body`)
        expect(provider.simulator.log.entries.length).toBe(before)
      })
    }
  }

  test("is told in the log as what it is", async () => {
    const lines = await eventually(() => (linesOf(408).length === 8 ? linesOf(408) : undefined))
    for (const line of lines) expect(line).toContain('"failure":"TooSlow"')
  })

  test("does not keep others waiting, nor is one that comes in time refused", async () => {
    const slow = await Promise.all(
      Array.from({ length: 100 }, () => wire(gateway, head("/v1/chat/completions", key, "content-length: 500")))
    )
    const seen = await ask(gateway, body, { authorization: "Bearer caller-key-one" })
    expect([seen.status, seen.milliseconds < bodyMs]).toEqual([200, true])
    const pieces = requestText(body, [key])
    const caller = await wire(gateway, pieces.slice(0, -10))
    setTimeout(() => caller.socket.write(pieces.slice(-10)), 50)
    expect(await eventually(() => statusIn(caller.got()))).toBe(200)
    caller.socket.destroy()
    for (const one of slow) await closed(one)
  })
})

describe("a caller that leaves in the middle of its body", () => {
  for (const [path, authorization] of [
    ["/v1/chat/completions", key],
    ["/v1/route/explain", key],
    ["/admin/keys", "authorization: Bearer admin-key-one"]
  ] as const) {
    test(`is no fault of the gateway (${path})`, async () => {
      const before = linesOf(499).length
      const { socket } = await wire(gateway, `${head(path, authorization, "content-length: 500")}{"canary`)
      // Until the gateway has begun to read.
      await Bun.sleep(30)
      socket.destroy()
      await eventually(() => linesOf(499).length === before + 1 || undefined)
      expect(linesOf(500)).toEqual([])
      expect(gateway.printed()).not.toContain("failed inside the gateway")
    })
  }
})

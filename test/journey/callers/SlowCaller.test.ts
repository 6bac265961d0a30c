import { readFileSync } from "node:fs"
import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { ask, messages } from "../stage/Asking.ts"
import { startConfigured } from "../stage/Configured.ts"
import { aSecondMs, eventually } from "../stage/Eventually.ts"
import { type Fountain, numbersIn, startFountain } from "../stage/Fountain.ts"
import type { Running } from "../stage/Processes.ts"
import { requestText, type Wire, wire } from "../stage/Wire.ts"

const mebibyte = 1024 * 1024
const idleMs = 200

let fountain: Fountain
let gateway: Running

beforeAll(async () => {
  fountain = await startFountain()
  const { baseUrl } = fountain
  gateway = await startConfigured(
    {
      defaults: { timeouts: { idle: `${idleMs} millis` } },
      providers: { openai: { baseUrl }, own: { baseUrl } },
      simulator: true
    },
    { OPENAI_API_KEY: "fountain-key" }
  )
})

afterAll(async () => {
  await gateway.stop()
  fountain.stop()
})

/** Resident memory of the gateway in bytes; nothing where the system does not tell. */
const memory = (): number | undefined => {
  try {
    const [, kibibytes] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${gateway.process.pid}/status`, "utf8")) ?? []
    return Number(kibibytes) * 1024
  } catch {
    return undefined
  }
}

const asking = (model: string) => requestText({ model, stream: true, messages })

/**
 * Asks and reads nothing; answers once the provider has not been able to send more for a while that is longer than the
 * idle limit.
 */
const stalled = async (model: string): Promise<{ readonly caller: Wire; readonly bytes: number }> => {
  const earlier = fountain.poured()
  const caller = await wire(gateway, asking(model))
  caller.socket.pause()
  let seen = { bytes: -1, at: performance.now() }
  const bytes = await eventually(() => {
    const now = performance.now()
    const latest = fountain.poured()
    const poured = latest === undefined || latest === earlier ? -1 : latest.bytes
    if (poured !== seen.bytes) seen = { bytes: poured, at: now }
    return poured > 0 && now - seen.at > idleMs * 1.5 ? poured : undefined
  }, 8000)
  return { caller, bytes }
}

/** Both lanes: events that go on as they came, and events that are written anew. */
const lanes = [
  ["relayed", "openai"],
  ["typed", "own"]
] as const

describe("a caller that does not read", () => {
  for (const [lane, provider] of lanes) {
    test(`holds the provider back, and then gets everything (${lane})`, async () => {
      // Twice, for the first may have to find room that is then there.
      await ask(gateway, { model: `${provider}/pour-400`, stream: true, messages })
      const before = memory()
      const { caller, bytes } = await stalled(`${provider}/pour-4000`)
      // The rest is what sockets hold on both ways.
      expect(bytes).toBeLessThan(40 * mebibyte)
      expect(fountain.poured()).toMatchObject({ total: 4000, closed: false })
      const during = memory()
      if (before !== undefined && during !== undefined) expect(during - before).toBeLessThan(48 * mebibyte)
      caller.socket.resume()
      await eventually(
        () => caller.got().endsWith("data: [DONE]\n\n\r\n0\r\n\r\n") || caller.ended() || undefined,
        15_000
      )
      expect(numbersIn(caller.got())).toEqual(Array.from({ length: 4000 }, (_, at) => at))
      expect(caller.got()).not.toContain(`"error"`)
      caller.socket.destroy()
    }, 30_000)

    test(`and goes away closes the provider's connection (${lane})`, async () => {
      const { caller } = await stalled(`${provider}/pour-4000`)
      expect(fountain.poured()?.closed).toBe(false)
      caller.socket.destroy()
      await eventually(() => fountain.poured()?.closed || undefined, aSecondMs)
    }, 30_000)

    test(`gets what came, and then the error that ended it (${lane})`, async () => {
      const { caller } = await stalled(`${provider}/break-1200`)
      caller.socket.resume()
      await eventually(() => caller.got().endsWith("\n\n\r\n0\r\n\r\n") || caller.ended() || undefined, 15_000)
      // What was still on its way to the gateway goes down with the connection; of the rest nothing is missing.
      const numbers = numbersIn(caller.got())
      expect(numbers).toEqual(Array.from({ length: numbers.length }, (_, at) => at))
      expect(numbers.length).toBeGreaterThan(1000)
      expect(caller.got()).toContain(`"code":"provider_cut"`)
      expect(caller.got()).not.toContain("[DONE]")
      expect(caller.got().endsWith("\r\n0\r\n\r\n")).toBe(true)
      caller.socket.destroy()
    }, 30_000)
  }

  test("does not hold others back", async () => {
    const { caller } = await stalled("own/pour-4000")
    const { content, milliseconds } = await ask(gateway, { model: "sim/words:count=2", messages })
    expect(content).toBe("The quick")
    expect(milliseconds).toBeLessThan(5000)
    caller.socket.destroy()
  }, 15_000)
})

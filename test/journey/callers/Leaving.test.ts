import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { running } from "../../simulator/Running.ts"
import { ask, messages, post } from "../stage/Asking.ts"
import { startConfigured } from "../stage/Configured.ts"
import { aSecondMs, eventually } from "../stage/Eventually.ts"
import { providersAt, type Running } from "../stage/Processes.ts"
import { requestText, wire } from "../stage/Wire.ts"

let provider: Awaited<ReturnType<typeof running>>
let gateway: Running

beforeAll(async () => {
  provider = await running()
  gateway = await startConfigured(
    { timeouts: { headersAfter: "60 millis", keepAlive: "20 millis" } },
    providersAt(provider.simulator.url)
  )
})

afterAll(async () => {
  await gateway.stop()
  await provider.stop()
})

const tools = [{ type: "function", function: { name: "f" } }]

/** Something that each of the four languages is asked for; the last one is the typed lane of the first. */
const languages = [
  ["openai-chat", "openai", {}],
  ["openai-responses", "openai", { tools }],
  ["anthropic-messages", "anthropic", {}],
  ["gemini-content", "google", {}],
  ["openai-chat", "baseten", {}]
] as const

/** When a caller leaves: the model's way of answering, and what the caller sees before it goes. */
const moments = [
  ["before the provider's headers", "headers=8s", "nothing"],
  ["before the first word", "first=8s", "nothing"],
  ["between comments, after early headers", "first=8s", "comments"],
  ["in mid-stream", "pace=40ms", "words"]
] as const

const entryOf = (model: string) => provider.simulator.log.entries.findLast((entry) => entry.model === model)

let counter = 0

/** A model's name of its own, by which its entry in the log is found. */
const unique = (way: string): string => `words:count=60:output=${1000 + counter++}:${way}`

/** Reads until it has seen what it waits for. */
const readUntil = async (response: Response, mark: string): Promise<void> => {
  if (response.body === null) throw new Error("There is no stream.")
  const reader = response.body.getReader()
  const decoder = new TextDecoder()
  let text = ""
  while (!text.includes(mark)) {
    const { done, value } = await reader.read()
    if (done) throw new Error(`The stream ended without ${mark}: ${text}`)
    text += decoder.decode(value, { stream: true })
  }
}

const closedAfter = async (model: string, leftAt: number): Promise<number> => {
  const closedAt = await eventually(() => entryOf(model)?.closedByPeer)
  return closedAt - leftAt
}

const unixNow = (): number => performance.timeOrigin + performance.now()

describe("a caller that goes away closes the upstream connection within a second", () => {
  for (const [language, name, more] of languages) {
    for (const [moment, way, sees] of moments) {
      test(`${moment} (${name}, ${language}, streamed)`, async () => {
        const model = unique(way)
        const caller = new AbortController()
        const asked = post(gateway, { model: `${name}/${model}`, stream: true, messages, ...more }, {}, caller.signal)
        asked.catch(() => {})
        if (sees === "nothing") await eventually(() => entryOf(model))
        else await readUntil(await asked, sees === "comments" ? ": keep-alive" : `"content":" brown"`)
        expect(entryOf(model)).toMatchObject({ language, outcome: "open" })
        const leftAt = unixNow()
        caller.abort()
        expect(await closedAfter(model, leftAt)).toBeLessThan(aSecondMs)
      })
    }

    for (const way of ["headers=8s", "first=8s", "pace=80ms"]) {
      test(`while it waits for a whole answer, ${way} (${name}, ${language})`, async () => {
        const model = unique(way)
        const caller = new AbortController()
        const asked = post(gateway, { model: `${name}/${model}`, messages, ...more }, {}, caller.signal)
        asked.catch(() => {})
        await eventually(() => entryOf(model))
        const leftAt = unixNow()
        caller.abort()
        expect(await closedAfter(model, leftAt)).toBeLessThan(aSecondMs)
      })
    }
  }

  for (const leave of ["destroy", "resetAndDestroy", "end"] as const) {
    test(`however the connection ends: ${leave}, at once after asking`, async () => {
      const model = unique("first=8s")
      const { socket } = await wire(gateway, requestText({ model: `openai/${model}`, stream: true, messages }))
      socket[leave]()
      const leftAt = unixNow()
      // Left before its request was read, it may never have been asked for at all.
      const outcome = await eventually(() => entryOf(model)?.closedByPeer, 300).catch(() => undefined)
      if (outcome === undefined) expect(entryOf(model)).toBeUndefined()
      else expect(outcome - leftAt).toBeLessThan(aSecondMs)
    })
  }

  test("in the middle of its own body it leaves nothing behind", async () => {
    const before = provider.simulator.log.entries.length
    const text = requestText({ model: "openai/words", messages })
    const { socket } = await wire(gateway, text.slice(0, -10))
    socket.destroy()
    expect((await ask(gateway, { model: "openai/words:count=2", messages })).content).toBe("The quick")
    expect(provider.simulator.log.entries.length).toBe(before + 1)
    expect(gateway.printed()).not.toContain("ERROR")
  })
})

describe("a connection to the provider", () => {
  for (const stream of [true, false]) {
    test(`is kept for the next request when the answer is whole (${stream ? "streamed" : "in one piece"})`, async () => {
      for (let at = 0; at < 5; at++) await ask(gateway, { model: "openai/words:count=3", stream, messages })
      const { entries } = provider.simulator.log
      expect(entries.slice(-5).map(({ outcome, closedByPeer }) => [outcome, closedByPeer])).toEqual(
        Array.from({ length: 5 }, () => ["answered", undefined])
      )
    })
  }
})

describe("many callers at once", () => {
  test("a hundred streams end whole, and leave nothing open", async () => {
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, at) => {
        const [, name, more] = languages[at % languages.length] ?? languages[0]
        return ask(gateway, { model: `${name}/words:count=12:pace=10ms:input=${at}`, stream: true, messages, ...more })
      })
    )
    for (const { status, content, done, error } of answers) {
      expect([status, done, error]).toEqual([200, true, undefined])
      expect(content).toBe("The quick brown fox naïvely jumps over a lazy dog, pauses in")
    }
    const health = await fetch(`${gateway.url}/healthz`)
    expect([health.status, await health.json()]).toEqual([200, { status: "ok" }])
    await eventually(() => provider.simulator.log.entries.every(({ endedAt }) => endedAt !== undefined) || undefined)
  })

  test("a hundred that leave in mid-stream leave nothing open", async () => {
    const names = await Promise.all(
      Array.from({ length: 100 }, async (_, at) => {
        const [, name, more] = languages[at % languages.length] ?? languages[0]
        const model = unique("pace=30ms")
        const caller = new AbortController()
        const asked = await post(
          gateway,
          { model: `${name}/${model}`, stream: true, messages, ...more },
          {},
          caller.signal
        )
        await readUntil(asked, "quick")
        caller.abort()
        return model
      })
    )
    for (const model of names) await eventually(() => entryOf(model)?.closedByPeer)
    expect((await fetch(`${gateway.url}/healthz`)).status).toBe(200)
    expect(gateway.printed()).not.toContain("ERROR")
  })
})

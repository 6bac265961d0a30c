import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { SseFrames, tooLong } from "../../../src/net/SseFrames.ts"
import { ask, messages, post } from "../stage/Asking.ts"
import { startConfigured } from "../stage/Configured.ts"
import { providersAt, type Running, startSimulator } from "../stage/Processes.ts"

let simulator: Running
let gateway: Running

beforeAll(async () => {
  // In a process of its own, so that what is measured is not our own loop.
  simulator = await startSimulator()
  gateway = await startConfigured(
    { timeouts: { headersAfter: "120 millis", keepAlive: "60 millis" } },
    providersAt(simulator.url)
  )
})

afterAll(async () => {
  await gateway.stop()
  await simulator.stop()
})

interface Word {
  /** When the provider sent it, and when it was here; Unix milliseconds. */
  readonly sentAt: number
  readonly receivedAt: number
}

const wordIn = (data: string): string | undefined => /"content":" ?(\d{13}\.\d{3})"/.exec(data)?.[1]

/** Reads a stream of the model `clock`, each of whose words is the time at which it was sent. */
const clock = async (url: string, model: string, more: object = {}): Promise<ReadonlyArray<Word>> => {
  const response = await post({ url }, { model, stream: true, messages, ...more })
  const frames = new SseFrames()
  const decoder = new TextDecoder()
  const words: Array<Word> = []
  for await (const value of response.body ?? []) {
    const receivedAt = performance.timeOrigin + performance.now()
    const events = frames.push(decoder.decode(value, { stream: true }))
    if (events === tooLong) break
    for (const data of events) {
      const sentAt = wordIn(data)
      if (sentAt !== undefined) words.push({ sentAt: Number(sentAt), receivedAt })
    }
  }
  return words
}

const median = (values: ReadonlyArray<number>): number =>
  values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN

const gap = (words: ReadonlyArray<Word>): number => median(words.map(({ sentAt, receivedAt }) => receivedAt - sentAt))

const four = [
  ["OpenAiChat, relayed", "openai/clock", {}],
  ["OpenAiResponses", "openai/clock", { tools: [{ type: "function", function: { name: "f" } }], tool_choice: "none" }],
  ["AnthropicMessages", "anthropic/clock", {}],
  ["GeminiContent", "google/clock", {}],
  ["OpenAiChat, typed", "baseten/clock", {}]
] as const

describe("it streams", () => {
  test("the first word leaves before the second is made, in all languages", async () => {
    await Promise.all(
      four.map(async ([language, model, more]) => {
        const words = await clock(gateway.url, `${model}:count=3:pace=120ms`, more)
        const early = words.slice(0, -1).filter(({ receivedAt }, at) => receivedAt < (words[at + 1]?.sentAt ?? 0))
        expect([language, words.length, early.length]).toEqual([language, 3, 2])
      })
    )
  })

  test("at the median a word takes less than 5 ms longer than without the gateway", async () => {
    // Each pair is measured at the same time, so that a machine that is busy is busy for both.
    const extras = await Promise.all(
      four.map(async ([, model, more]) => {
        const way = `clock:count=25:pace=15ms`
        const [direct, through] = await Promise.all([
          clock(simulator.url, way),
          clock(gateway.url, `${model}:count=25:pace=15ms`, more)
        ])
        expect([direct.length, through.length]).toEqual([25, 25])
        return gap(through) - gap(direct)
      })
    )
    expect(median(extras)).toBeLessThan(5)
  })
})

describe("a stream whose first word is slow", () => {
  test("gets its headers and comments in time, and then the whole answer, in all languages", async () => {
    await Promise.all(
      four.map(async ([language, model, more]) => {
        const startedAt = performance.now()
        const name = model.replace("clock", "words:count=3:first=420ms")
        const response = await post(gateway, { model: name, stream: true, messages, ...more })
        const headersAt = performance.now() - startedAt
        expect(headersAt).toBeGreaterThan(100)
        expect(headersAt).toBeLessThan(380)
        expect(response.headers.get("content-type")).toBe("text/event-stream; charset=utf-8")
        expect(response.headers.get("cache-control")).toContain("no-transform")
        expect(response.headers.get("x-request-id")).not.toBeNull()
        const text = await response.text()
        expect(text).toStartWith(": keep-alive\n\n: keep-alive\n\n")
        expect(text).toEndWith("data: [DONE]\n\n")
        const said = [...text.matchAll(/"content":"([^"]+)"/g)].map(([, word]) => word).join("")
        expect([language, said]).toEqual([language, "The quick brown"])
      })
    )
  })

  test("and that then fails ends with an error chunk, and with nothing behind it", async () => {
    const seen = await ask(gateway, { model: "openai/words:status=503:headers=250ms", stream: true, messages })
    expect([seen.status, seen.done, seen.finish, seen.content]).toEqual([200, false, undefined, ""])
    expect(seen.error).toMatchObject({ class: "Overloaded", code: "provider_overloaded" })
    expect(seen.comments).toBeGreaterThan(1)
    expect(seen.chunks).toHaveLength(1)
    expect(seen.text).toEndWith("\n\n")
  })

  test("is refused as JSON while its headers are not out", async () => {
    const once = { retries: { attempts: 0 } }
    const model = "openai/words:status=503:headers=20ms"
    const seen = await ask(gateway, { model, stream: true, messages, gateway: once })
    expect([seen.status, seen.headers.get("content-type")]).toEqual([503, "application/json"])
  })
})

describe("comments", () => {
  test("fill silences between words, and only silences", async () => {
    const quiet = await ask(gateway, { model: "openai/words:count=3:pace=200ms", stream: true, messages })
    expect(quiet.comments).toBeGreaterThanOrEqual(3)
    expect([quiet.content, quiet.done]).toEqual(["The quick brown", true])
    const lively = await ask(gateway, { model: "openai/words:count=30:pace=10ms", stream: true, messages })
    expect([lively.comments, lively.done]).toEqual([0, true])
  })

  test("do not stand in answers in one piece", async () => {
    const seen = await ask(gateway, { model: "openai/words:count=3:first=300ms", messages })
    expect([seen.status, seen.content, seen.comments]).toEqual([200, "The quick brown", 0])
  })
})

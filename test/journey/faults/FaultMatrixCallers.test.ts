import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { type Fields, listOf, objectOf } from "../../../src/domain/Fields.ts"
import { ask, messages, post } from "../stage/Asking.ts"
import { aSecondMs, eventually } from "../stage/Eventually.ts"
import { type Fountain, startFountain } from "../stage/Fountain.ts"
import { type InProcess, startInProcess } from "../stage/InProcess.ts"
import { type Running, startSimulator } from "../stage/Processes.ts"
import { requestText, wire } from "../stage/Wire.ts"

let simulator: Running
let fountain: Fountain
let gateway: InProcess

/** A provider for each case, so that no breaker is shared; more than there are cases. */
const providerCount = 60

beforeAll(async () => {
  simulator = await startSimulator()
  fountain = await startFountain()
  const primaries = Array.from({ length: providerCount }, (_, at) => ({
    name: `p${at}`,
    manner: at % 2 === 0 ? ("openai" as const) : ("baseten" as const),
    url: simulator.url,
    key: "primary-key"
  }))
  gateway = await startInProcess(
    [
      ...primaries,
      { name: "backup", manner: "anthropic", url: simulator.url, key: "backup-key" },
      { name: "fountain", manner: "baseten", url: fountain.baseUrl.replace(/\/v1$/, ""), key: "fountain-key" }
    ],
    { headersAfterMs: 60, keepAliveMs: 20 }
  )
})

afterAll(async () => {
  await gateway.stop()
  await simulator.stop()
  fountain.stop()
})

const logOf = async (number: number): Promise<ReadonlyArray<Fields>> => {
  const answer = await fetch(`${simulator.url}/_simulator/log?model=input%3D${number}`)
  return listOf(await answer.json()).map(objectOf)
}

/** Reads until it has seen a mark. */
const readUntil = async (response: Response, mark: string): Promise<void> => {
  const decoder = new TextDecoder()
  let text = ""
  const reader = response.body?.getReader()
  while (!text.includes(mark)) {
    const { done, value } = (await reader?.read()) ?? { done: true, value: undefined }
    if (done) throw new Error(`The stream ended without ${mark}: ${text}`)
    text += decoder.decode(value, { stream: true })
  }
}

interface Moment {
  readonly name: string
  readonly primary: string
  readonly backup: string
  /** What the caller of a stream has seen when it leaves; absent: nothing. */
  readonly sees?: string
  readonly only?: "stream"
  readonly steering?: Fields
  /** Requests at the primary and at the fallback when the caller leaves; more must never come. */
  readonly under: readonly [primary: number, backup: number]
}

const first = "first=5s"

const moments: ReadonlyArray<Moment> = [
  { name: "before the headers", primary: "headers=5s", backup: first, under: [1, 0] },
  { name: "before the first word", primary: first, backup: first, under: [1, 0] },
  { name: "between comments", primary: first, backup: first, sees: ": keep-alive", only: "stream", under: [1, 0] },
  {
    name: "in mid-stream",
    primary: "pace=40ms",
    backup: first,
    sees: `"content":" brown"`,
    only: "stream",
    under: [1, 0]
  },
  {
    name: "while its answer is held back",
    primary: "pace=100ms",
    backup: first,
    steering: { mid_stream: "hold" },
    under: [1, 0]
  },
  {
    name: "while the provider is left alone before another try",
    primary: "status=429:retry-after=3",
    backup: first,
    steering: { retries: { attempts: 2 } },
    under: [1, 0]
  },
  { name: "while the fallback is waited for", primary: "status=503", backup: first, under: [1, 1] },
  {
    name: "while the fallback answers",
    primary: "status=503",
    backup: "pace=40ms",
    sees: `"content":" brown"`,
    only: "stream",
    under: [1, 1]
  },
  { name: "while two race", primary: first, backup: first, steering: { race: true }, under: [1, 1] },
  {
    name: "while a hedge runs too",
    primary: first,
    backup: first,
    steering: { hedge: { after_ms: 30 } },
    under: [1, 1]
  }
]

let number = 1000

describe("a caller that leaves takes everything with it", () => {
  for (const moment of moments) {
    for (const stream of moment.only === "stream" ? [true] : [false, true]) {
      test(`${moment.name}, ${stream ? "streamed" : "whole"}`, async () => {
        const own = number++
        const before = gateway.counts()
        const caller = new AbortController()
        const asked = post(
          gateway,
          {
            model: `p${own - 1000}/words:count=60:input=${own}:${moment.primary}`,
            stream,
            messages,
            fallbacks: [{ model: `backup/words:count=60:input=${own}7:${moment.backup}` }],
            gateway: { retries: { attempts: 0 }, ...moment.steering }
          },
          {},
          caller.signal
        )
        asked.catch(() => {})
        const underWay = async () => {
          const log = await logOf(own)
          const primary = log.filter((entry) => !String(entry["model"]).includes(`input=${own}7`)).length
          return [primary, log.length - primary]
        }
        await eventually(async () => (Bun.deepEquals(await underWay(), moment.under) ? true : undefined))
        if (stream && moment.sees !== undefined) await readUntil(await asked, moment.sees)
        expect(gateway.counts().requests).toBe(before.requests + 1)
        const leftAt = performance.now()
        caller.abort()
        await eventually(async () => (await logOf(own)).every((entry) => entry["endedAt"] !== undefined) || undefined)
        await eventually(() => Bun.deepEquals(gateway.counts(), before) || undefined)
        expect(performance.now() - leftAt).toBeLessThan(aSecondMs)
        expect(await underWay()).toEqual([...moment.under])
      })
    }
  }
})

describe("a caller that does not read", () => {
  for (const [name, failing] of [
    ["holds a fallback back", ["p50/words:status=503"]],
    ["holds a fallback of a fallback back", ["p51/words:reset", "p52/words:status=503"]]
  ] as const) {
    test(`${name}, and takes everything with it when it leaves`, async () => {
      const before = gateway.counts()
      const [model, ...others] = failing
      const fallbacks = [...others, "fountain/pour-4000"]
      const body = { model, stream: true, messages, fallbacks }
      const caller = await wire(gateway, requestText(body))
      caller.socket.pause()
      let seen = -1
      // Nothing more is poured once all the sockets between are full.
      await eventually(async () => {
        const poured = fountain.poured()?.bytes ?? -1
        const isFull = poured > 0 && poured === seen
        seen = poured
        await Bun.sleep(150)
        return isFull || undefined
      }, 10_000)
      expect(fountain.poured()).toMatchObject({ total: 4000, closed: false })
      expect(gateway.counts().requests).toBe(before.requests + 1)
      caller.socket.destroy()
      await eventually(() => fountain.poured()?.closed || undefined, aSecondMs)
      await eventually(() => Bun.deepEquals(gateway.counts(), before) || undefined)
    }, 20_000)
  }
})

describe("of two that are asked at once", () => {
  for (const steering of [{ race: true }, { hedge: { after_ms: 20 } }]) {
    for (const stream of [false, true]) {
      const [way = ""] = Object.keys(steering)
      test(`the slower one is closed while the other still answers, and told as lost (${way}, ${stream ? "streamed" : "whole"})`, async () => {
        const own = number++
        const before = gateway.counts()
        const slow = `p${own - 1000}/words:count=3:input=${own}:first=5s`
        const quick = `backup/words:count=10:input=${own}7:pace=60ms:first=50ms`
        const body = { model: slow, stream, messages, fallbacks: [quick], gateway: { ...steering, trail: true } }
        const answer = ask(gateway, body)
        const atSlow = async () => (await logOf(own)).find(({ model }) => String(model).endsWith("first=5s"))
        const closed = await eventually(async () => {
          const entry = await atSlow()
          return entry?.["closedByPeer"] === undefined ? undefined : entry
        })
        // The winner has some of its words to go.
        expect((await logOf(own)).filter((entry) => entry["endedAt"] === undefined)).toHaveLength(1)
        expect(closed["piecesSent"]).toBe(0)
        const { content, chunks } = await answer
        expect(content.split(" ")).toHaveLength(10)
        const told = objectOf(chunks.findLast((chunk) => chunk["gateway"] !== undefined)?.["gateway"])
        expect(listOf(told["attempts"]).map((attempt) => objectOf(attempt)["outcome"])).toEqual(["lost", "answered"])
        await eventually(() => Bun.deepEquals(gateway.counts(), before) || undefined)
      })
    }
  }
})

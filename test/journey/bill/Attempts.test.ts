import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { type Fields, objectOf } from "../../../src/domain/Fields.ts"
import { messages, post, type Seen } from "../stage/Asking.ts"
import { eventually } from "../stage/Eventually.ts"
import { type Running, startSimulator } from "../stage/Processes.ts"
import { askTelling, type Kept, nanosOf, startKept, trailOf, usageOf } from "./Kept.ts"

const quick = "google/gemini-2.5-flash"
const slow = "openai/gpt-5.1"
const torn = "words:count=20:pace=2ms:cut=4"

let simulator: Running
let kept: Kept

beforeAll(async () => {
  simulator = await startSimulator()
  const models = {
    // $0.30 and $2.50 a million tokens: an answer of 100 and 10 tokens is 55000 nano-dollars.
    [quick]: { name: "gemini-2.5-flash:input=100:output=10" },
    [slow]: { name: "words:first=3s" },
    "openai/gpt-5.4": { name: "words:first=3s" },
    "openai/gpt-5-mini": { name: "words:status=503" },
    "openai/gpt-5-nano": { name: "words:status=503:times=1:input=100:output=10" },
    "openai/gpt-5.2": { name: torn },
    "google/gemini-2.5-pro": { name: `${torn}:input=100` },
    "anthropic/claude-haiku-4-5": { name: `${torn}:input=1000:cached=600:written=100:output=50` },
    "openai/gpt-4o": { name: "words:count=500:pace=5ms" },
    "anthropic/claude-sonnet-5": { name: "words:count=500:pace=5ms:input=1000:cached=600" }
  }
  kept = await startKept({ models }, simulator)
})

afterAll(async () => {
  await kept.stop()
  await simulator.stop()
})

const answered = { outcome: "answered", failure: null, usage_source: "provider", cost_total: 55_000 }
const refused = { outcome: "failed", failure: "Overloaded", status: 503, usage_source: null, cost_total: 0, input: 0 }
/** Stopped before it said a word: its input is all that is known to have been used. */
const unheard = { usage_source: "estimate", output: 0, cached_input: 0 }

interface Way {
  readonly name: string
  readonly body: Fields
  readonly rows: ReadonlyArray<Fields>
}

const ways: ReadonlyArray<Way> = [
  {
    name: "a fallback is billed, and what it stood in for is not",
    body: { model: "openai/gpt-5-mini", fallbacks: [quick] },
    rows: [
      { ...refused, kind: "first", target: "openai/gpt-5-mini" },
      { ...answered, kind: "fallback", target: quick }
    ]
  },
  {
    name: "a retry is billed, and what failed before it is not",
    body: { model: "openai/gpt-5-nano", gateway: { retries: { attempts: 1 } } },
    rows: [
      { ...refused, kind: "first", target: "openai/gpt-5-nano" },
      // $0.05 and $0.40.
      { ...answered, kind: "retry", target: "openai/gpt-5-nano", cost_total: 9_000 }
    ]
  },
  {
    name: "a hedge that wins is billed, and the first one as far as it came",
    body: { model: slow, fallbacks: [quick], gateway: { hedge: { after_ms: 30 } } },
    rows: [
      { ...unheard, kind: "first", outcome: "lost", target: slow },
      { ...answered, kind: "hedge", target: quick }
    ]
  },
  {
    name: "all who race are booked",
    body: { model: slow, fallbacks: [quick, "openai/gpt-5.4"], gateway: { race: true } },
    rows: [
      { ...unheard, kind: "race", outcome: "lost", target: slow },
      { ...answered, kind: "race", target: quick },
      { ...unheard, kind: "race", outcome: "lost", target: "openai/gpt-5.4" }
    ]
  },
  {
    name: "one that was too late is booked as what it may have used",
    body: { model: slow, fallbacks: [quick], gateway: { latency_threshold_ms: 30 } },
    rows: [
      { ...unheard, kind: "first", outcome: "failed", failure: "TimedOut", target: slow },
      { ...answered, kind: "fallback", target: quick }
    ]
  },
  {
    name: "one that broke off behind a gate is booked with what its provider had said",
    body: { model: "anthropic/claude-haiku-4-5", fallbacks: [quick], gateway: { mid_stream: "hold" } },
    rows: [
      { kind: "first", outcome: "failed", failure: "Cut", usage_source: "estimate", input: 300, cached_input: 600 },
      { ...answered, kind: "fallback", target: quick }
    ]
  }
]

describe("every attempt has its row", () => {
  for (const { name, body, rows } of ways) {
    test(name, async () => {
      const seen = await askTelling(kept.gateway, { messages, stream: true, ...body })
      expect([seen.status, seen.done]).toEqual([200, true])
      const booked = await kept.booked(seen)
      expect(booked).toMatchObject(
        rows.map((row, place) => ({ attempt: place + 1, request_outcome: "answered", ...row }))
      )
      // The answer tells its own cost, the trail that of each.
      expect(usageOf(seen)["cost"]).toBe(objectOf(trailOf(seen).find(isAnswered)?.["usage"])["cost"])
      expect(trailOf(seen).map(told)).toEqual(booked.map(inRow))
    })
  }
})

const isAnswered = ({ outcome }: Fields): boolean => outcome === "answered"

/** What the trail tells of an attempt that the ledger knows too. */
const told = ({ id, kind, target, outcome, usage }: Fields): Fields => {
  const { cost, is_estimated, prompt_tokens } = objectOf(usage)
  const used = usage === null ? "nothing" : is_estimated === true ? "estimate" : "provider"
  return { id, kind, target, outcome, used, tokens: prompt_tokens ?? 0, nanos: usage === null ? 0 : nanosOf(cost) }
}

const inRow = (row: Fields): Fields => ({
  id: row["id"],
  kind: row["kind"],
  target: row["target"],
  outcome: row["outcome"],
  used: row["usage_source"] ?? "nothing",
  tokens: Number(row["input"]) + Number(row["cached_input"]) + Number(row["cache_write_5m"]),
  nanos: row["cost_total"]
})

/** The tokens of the four words that came before a stream broke. */
const fewWords = (row: Fields | undefined): void => expect(Number(row?.["output"])).toBeWithin(4, 7)

describe("a stream that breaks off after its first words", () => {
  const ask = async (model: string): Promise<Fields> => {
    const seen = await askTelling(kept.gateway, { model, stream: true, messages })
    expect(seen.error).toMatchObject({ code: "provider_cut" })
    const [row, ...others] = await kept.booked(seen)
    expect(others).toEqual([])
    expect(row).toMatchObject({ outcome: "broken", failure: "Cut", request_outcome: "broken", request_failure: "Cut" })
    return row ?? {}
  }

  test("is booked with an estimate where its provider would have told its usage at the end", async () => {
    const row = await ask("openai/gpt-5.2")
    expect(row).toMatchObject({ usage_source: "estimate", cached_input: 0 })
    fewWords(row)
    // $1.75 and $14.
    expect(row["cost_total"]).toBe(Number(row["input"]) * 1_750 + Number(row["output"]) * 14_000)
  })

  test("is booked with the input that Anthropic told at its start, and an estimate of the rest", async () => {
    const row = await ask("anthropic/claude-haiku-4-5")
    expect(row).toMatchObject({ usage_source: "estimate", input: 300, cached_input: 600, cache_write_5m: 100 })
    fewWords(row)
    // $1, $0.10, $1.25 and $5.
    const input = 300 * 1_000 + 600 * 100 + 100 * 1_250
    expect(row["cost_total"]).toBe(input + Number(row["output"]) * 5_000)
  })

  test("is booked with what Gemini told beside its last words", async () => {
    const row = await ask("google/gemini-2.5-pro")
    // $1.25 and $10.
    expect(row).toMatchObject({ usage_source: "provider", input: 100, output: 4, cost_total: 125_000 + 40_000 })
  })
})

/** Asks for a stream, and leaves once so much of it has come. */
const leaveAfter = async (model: string, characters: number): Promise<Pick<Seen, "headers">> => {
  const leaving = new AbortController()
  const response = await post(kept.gateway, { model, stream: true, messages }, {}, leaving.signal)
  let length = 0
  for await (const bytes of response.body ?? []) {
    length += bytes.length
    if (length >= characters) break
  }
  leaving.abort()
  return response
}

describe("a caller who leaves", () => {
  test("in the middle pays for what had been said", async () => {
    const [openAi, anthropic] = await Promise.all([
      leaveAfter("openai/gpt-4o", 4_000),
      leaveAfter("anthropic/claude-sonnet-5", 4_000)
    ])
    const left = { outcome: "cancelled", failure: null, request_outcome: "cancelled", usage_source: "estimate" }
    const [row, ...others] = await kept.booked(openAi)
    expect(others).toEqual([])
    expect(row).toMatchObject({ ...left, cached_input: 0 })
    expect(Number(row?.["output"])).toBeWithin(8, 100)
    // $2.50 and $10.
    expect(row?.["cost_total"]).toBe(Number(row?.["input"]) * 2_500 + Number(row?.["output"]) * 10_000)
    const [other] = await kept.booked(anthropic)
    expect(other).toMatchObject({
      ...left,
      input: 400,
      cached_input: 600,
      cost_input: 800_000,
      cost_cached_input: 120_000
    })
    expect(Number(other?.["output"])).toBeWithin(8, 100)
  })

  test("before the first word is in the ledger and in the log, and no failure of anybody's", async () => {
    const leaving = new AbortController()
    const body = { model: slow, stream: true, messages, user: "left-early" }
    const asking = post(kept.gateway, body, { "x-client-request-id": "left-early" }, leaving.signal)
    const arrived = async () => {
      const log = await fetch(`${simulator.url}/_simulator/log?model=${encodeURIComponent("first=3s")}`)
      return (await log.text()).includes("left-early") ? true : undefined
    }
    await eventually(arrived)
    leaving.abort()
    await asking.catch(() => undefined)
    const row = await eventually(() => kept.rows().find((row) => row["end_user"] === "left-early"))
    expect(row).toMatchObject({ ...unheard, outcome: "cancelled", failure: null, request_failure: null })
    const lines = () => kept.gateway.printed().split("\n")
    const line = await eventually(() => lines().find((text) => text.includes(`"client_request_id":"left-early"`)))
    expect(JSON.parse(line)).toMatchObject({ status: 499, outcome: "cancelled", output_tokens: 0 })
    expect(JSON.parse(line)).not.toHaveProperty("failure")
  })
})

import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { type Fields, listOf, objectOf } from "../../../src/domain/Fields.ts"
import { ask, messages } from "../stage/Asking.ts"
import { type Running, startSimulator } from "../stage/Processes.ts"
import { askTelling, type Kept, nanosOf, startKept, trailOf, usageOf } from "./Kept.ts"

/** What an answer of a model of the catalog uses and costs: dollars of decimal text, worked out from its price list. */
interface Bill {
  readonly language: string
  readonly model: string
  /** The name by which the simulator is asked for it, which says what it is to report. */
  readonly name: string
  readonly fields?: Fields
  readonly input: number
  readonly cached: number
  readonly written: number
  readonly output: number
  readonly reasoning: number
  readonly cost: string
  readonly details: Readonly<Record<string, string>>
  readonly priceVersion: string
}

const tools = [{ type: "function", function: { name: "get_order", parameters: { type: "object" } } }]
const counts = { input: 1_000, cached: 600, written: 0, output: 50, reasoning: 20 }
const told = "input=1000:cached=600:output=50:reasoning=20"

// Of 1000 tokens 600 are read from the cache and 300, where that is counted, written to it; of 50, 20 are reasoning.
const bills: ReadonlyArray<Bill> = [
  {
    language: "openai-chat",
    model: "openai/gpt-5-nano",
    name: `gpt-5-nano:${told}`,
    ...counts,
    // $0.05, $0.005, $0.40 a million: 400 × 50, 600 × 5, 30 × 400 and 20 × 400 nano-dollars.
    cost: "0.000043",
    details: { input: "0.00002", cached_input: "0.000003", output: "0.000012", reasoning: "0.000008" },
    priceVersion: "2026-07-02"
  },
  {
    language: "openai-chat",
    model: "openai/gpt-5.4",
    name: "gpt-5.4:input=300000:output=10",
    input: 300_000,
    cached: 0,
    written: 0,
    output: 10,
    reasoning: 0,
    // Above 272000 tokens of input $5 and $22.50: 300000 × 5000, 10 × 22500.
    cost: "1.500225",
    details: { input: "1.5", output: "0.000225" },
    priceVersion: "2026-07-02 >272000"
  },
  {
    language: "openai-responses",
    model: "openai/gpt-5.6-luna",
    name: `gpt-5.6-luna:${told}:written=300`,
    fields: { tools, tool_choice: "none" },
    ...counts,
    written: 300,
    // $0.20, $0.02, $0.25 to write, $1.20: 100 × 200, 600 × 20, 300 × 250, 30 × 1200 and 20 × 1200.
    cost: "0.000167",
    details: {
      input: "0.00002",
      cached_input: "0.000012",
      cache_write_5m: "0.000075",
      output: "0.000036",
      reasoning: "0.000024"
    },
    priceVersion: "2026-07-30"
  },
  {
    language: "anthropic-messages",
    model: "anthropic/claude-haiku-4-5",
    name: `claude-haiku-4-5:${told}:written=300`,
    ...counts,
    written: 300,
    // $1, $0.10, $1.25, $5: 100 × 1000, 600 × 100, 300 × 1250, 30 × 5000 and 20 × 5000.
    cost: "0.000785",
    details: {
      input: "0.0001",
      cached_input: "0.00006",
      cache_write_5m: "0.000375",
      output: "0.00015",
      reasoning: "0.0001"
    },
    priceVersion: "2026-07-02"
  },
  {
    language: "gemini-content",
    model: "google/gemini-2.5-flash",
    name: `gemini-2.5-flash:${told}`,
    ...counts,
    // $0.30, $0.03, $2.50: 400 × 300, 600 × 30, 30 × 2500 and 20 × 2500.
    cost: "0.000263",
    details: { input: "0.00012", cached_input: "0.000018", output: "0.000075", reasoning: "0.00005" },
    priceVersion: "2026-07-02"
  },
  {
    language: "openai-chat",
    model: "baseten/kimi-k3",
    name: `moonshotai/Kimi-K3:${told}`,
    ...counts,
    // $3, $0.30, $15: 400 × 3000, 600 × 300, 30 × 15000 and 20 × 15000.
    cost: "0.00213",
    details: { input: "0.0012", cached_input: "0.00018", output: "0.00045", reasoning: "0.0003" },
    priceVersion: "2026-09-23"
  }
]

let simulator: Running
let kept: Kept

beforeAll(async () => {
  simulator = await startSimulator()
  const models = {
    ...Object.fromEntries(bills.map(({ model, name }) => [model, { name }])),
    // No price of cached input is known.
    "openai/gpt-5.2-pro": { name: `gpt-5.2-pro:${told}` },
    // Their host reports no usage.
    "openai/gpt-5-mini": { name: "gpt-5-mini:no-usage" },
    "anthropic/claude-sonnet-5": { name: "claude-sonnet-5:no-usage" }
  }
  kept = await startKept({ models, log: "off" }, simulator)
})

afterAll(async () => {
  await kept.stop()
  await simulator.stop()
})

/** OpenAI's `usage` of a bill, its details of the cache left out. */
const countedOf = ({ input, output, reasoning }: Bill): Fields => ({
  prompt_tokens: input,
  completion_tokens: output,
  total_tokens: input + output,
  completion_tokens_details: { reasoning_tokens: reasoning }
})

/** What the ledger is to have of it. */
const rowOf = ({ input, cached, written, output, reasoning, details, cost, priceVersion }: Bill): Fields => ({
  outcome: "answered",
  kind: "first",
  usage_source: "provider",
  input: input - cached - written,
  cached_input: cached,
  cache_write_5m: written,
  cache_write_1h: 0,
  output: output - reasoning,
  reasoning,
  cost_total: nanos(cost),
  cost_input: nanos(details["input"]),
  cost_cached_input: nanos(details["cached_input"]),
  cost_cache_write_5m: nanos(details["cache_write_5m"]),
  cost_output: nanos(details["output"]),
  cost_reasoning: nanos(details["reasoning"]),
  price_version: priceVersion
})

/** A class without tokens costs nothing. */
const nanos = (dollars = "0"): number => nanosOf(dollars)

/** Does a thing with a whole answer and with a streamed one, beside each other: the ledger gathers rows for a while. */
const bothWays = (look: (stream: boolean) => Promise<void>) => Promise.all([look(false), look(true)])

/** How an answer is asked for when its cost is of no interest. */
const plainly = (stream: boolean): Fields => (stream ? { stream, stream_options: { include_usage: true } } : {})

for (const bill of bills) {
  const { language, model, name, fields = {}, written, cost, details, priceVersion } = bill
  describe(`an answer of ${model} in ${language}`, () => {
    test("tells to the nano-dollar what it cost, in its usage, its trail and the ledger", async () => {
      await bothWays(async (stream) => {
        const seen = await askTelling(kept.gateway, { model, stream, messages, ...fields })
        expect(seen.status).toBe(200)
        const usage = usageOf(seen)
        const cache = { cached_tokens: bill.cached, cache_write_tokens: written }
        expect(usage).toMatchObject({ ...countedOf(bill), prompt_tokens_details: cache, cost, cost_details: details })
        expect(usage).not.toHaveProperty("is_estimated")
        const [attempt, ...others] = trailOf(seen)
        expect(others).toEqual([])
        expect(attempt).toMatchObject({ kind: "first", outcome: "answered", failure: null })
        expect(attempt?.["usage"]).toEqual({ ...usage, price_version: priceVersion })
        expect(await kept.booked(seen)).toMatchObject([{ ...rowOf(bill), stream: stream ? 1 : 0 }])
      })
      const log = await fetch(`${simulator.url}/_simulator/log?model=${encodeURIComponent(name)}`)
      expect(listOf(await log.json()).map((entry) => objectOf(entry)["language"])).toEqual([language, language])
    })

    test("costs the same where nobody asks for it, and tells nothing of it", async () => {
      await bothWays(async (stream) => {
        const seen = await ask(kept.gateway, { model, messages, ...plainly(stream), ...fields })
        const usage = usageOf(seen)
        // OpenAI itself leaves the writes out where there are none.
        const cache = { cached_tokens: bill.cached, ...(written === 0 ? {} : { cache_write_tokens: written }) }
        expect(usage).toMatchObject({ ...countedOf(bill), prompt_tokens_details: cache })
        for (const field of ["cost", "cost_details", "is_estimated"]) expect(usage).not.toHaveProperty(field)
        expect(await kept.booked(seen)).toMatchObject([rowOf(bill)])
      })
    })
  })
}

test("an answer whose cost is not known says null, and so does the ledger", async () => {
  // A model without a price, and a class of tokens without one.
  for (const model of ["openai/words:count=5", "openai/gpt-5.2-pro"]) {
    await bothWays(async (stream) => {
      const seen = await askTelling(kept.gateway, { model, stream, messages })
      expect(usageOf(seen)).toMatchObject({ cost: null, cost_details: null })
      expect(usageOf(seen)["total_tokens"]).toBeGreaterThan(0)
      expect(objectOf(trailOf(seen)[0]?.["usage"])).toMatchObject({ cost: null, price_version: null })
      expect(await kept.booked(seen)).toMatchObject([
        { usage_source: "provider", cost_total: null, cost_input: null, cost_output: null, price_version: null }
      ])
    })
  }
})

// Nano-dollars a token of input and of output.
const prices = [
  ["openai/gpt-5-mini", 250, 2_000],
  ["anthropic/claude-sonnet-5", 2_000, 10_000]
] as const
for (const [model, input, output] of prices) {
  test(`an answer whose provider counts nothing is counted by the gateway, which says so (${model})`, async () => {
    await bothWays(async (stream) => {
      const seen = await askTelling(kept.gateway, { model, stream, messages })
      const usage = usageOf(seen)
      const [read, written] = [Number(usage["prompt_tokens"]), Number(usage["completion_tokens"])]
      // "Hello" with what frames it, and a sentence of some ten words.
      expect(read).toBeWithin(1, 16)
      expect(written).toBeWithin(8, 40)
      expect(usage).toMatchObject({ is_estimated: true, total_tokens: read + written })
      const cost = read * input + written * output
      expect(nanosOf(usage["cost"])).toBe(cost)
      expect(await kept.booked(seen)).toMatchObject([
        { usage_source: "estimate", input: read, output: written, cost_total: cost }
      ])
    })
  })
}

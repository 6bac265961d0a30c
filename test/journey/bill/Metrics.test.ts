import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { type MetricFamily, parsePage, type Sample, valueOf } from "../../telemetry/metrics/PrometheusText.ts"
import { ask, messages, post, read } from "../stage/Asking.ts"
import { startConfigured } from "../stage/Configured.ts"
import { eventually } from "../stage/Eventually.ts"
import { providersAt, type Running, startSimulator } from "../stage/Processes.ts"
import { withKey } from "./Kept.ts"

const [key, narrowKey] = ["caller-key-one", "narrow-key-one"] as const
const chat = "/v1/chat/completions"

let simulator: Running
let gateway: Running
/** The address of the figures, as the banner tells it. */
let metrics = ""

const models = {
  "openai/gpt-5-nano": { name: "gpt-5-nano:input=1000:cached=600:output=50:reasoning=20" },
  "anthropic/claude-haiku-4-5": { name: "claude-haiku-4-5:input=1000:cached=600:written=300:output=50" },
  "google/gemini-2.5-flash": { name: "gemini-2.5-flash:input=100:output=10" },
  "openai/gpt-5-mini": { name: "words:status=503" },
  "openai/gpt-4o": { name: "words:status=429:times=1:input=100:output=10" },
  "openai/gpt-5.1": { name: "words:first=3s" },
  "google/gemini-2.5-pro": { name: "words:count=20:pace=2ms:cut=4:input=100" },
  "openai/gpt-4.1": { name: "words:count=4:pace=100ms" }
}

beforeAll(async () => {
  simulator = await startSimulator()
  const keys = [
    { name: "caller", key },
    { name: "narrow", key: narrowKey, models: ["anthropic/*"] }
  ]
  const configuration = { keys, models, metrics: { port: 0 }, log: "off" }
  gateway = await startConfigured(configuration, providersAt(simulator.url))
  metrics = await eventually(() => /^ {2}metrics (http:\S+\/metrics)$/m.exec(gateway.printed())?.[1])
})

afterAll(async () => {
  await gateway.stop()
  await simulator.stop()
})

type Page = ReadonlyMap<string, MetricFamily>

const page = async (): Promise<Page> => {
  const answer = await fetch(metrics)
  expect(answer.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8")
  return parsePage(await answer.text())
}

/** All series of a counter, by the values of their labels with blanks between them. */
const seriesOf = (page: Page, name: string, valueOf = ({ value }: Sample) => value): Record<string, number> =>
  Object.fromEntries(
    (page.get(name)?.samples ?? []).map((sample) => [Object.values(sample.labels).join(" "), valueOf(sample)])
  )

const nanosOf = ({ value }: Sample): number => Math.round(value * 1e9)

/** A page, once so many requests to the chat door have ended. */
const after = (requests: number): Promise<Page> =>
  eventually(async () => {
    const now = await page()
    const ended = now.get("gateway_requests_total")?.samples.filter(({ labels }) => labels["route"] === chat) ?? []
    const total = ended.reduce((sum, { value }) => sum + value, 0)
    expect(total).toBeLessThanOrEqual(requests)
    return total === requests ? now : undefined
  })

const asked = (body: object, headers = withKey(key)) => ask(gateway, { messages, ...body }, headers)

describe("after known traffic", () => {
  let counted: Page
  /** Requests to the chat door. */
  const traffic = 12

  beforeAll(async () => {
    await asked({ model: "openai/gpt-5-nano" })
    await asked({ model: "openai/gpt-5-nano", usage: { include: true } })
    await asked({ model: "anthropic/claude-haiku-4-5", stream: true })
    await asked({ model: "openai/gpt-5-mini", fallbacks: ["google/gemini-2.5-flash"] })
    await asked({ model: "openai/gpt-4o", stream: true, gateway: { retries: { attempts: 1 } } })
    const hedge = { fallbacks: ["google/gemini-2.5-flash"], gateway: { hedge: { after_ms: 30 } } }
    await asked({ model: "openai/gpt-5.1", stream: true, ...hedge })
    await asked({ model: "openai/some-unlisted-model" })
    await asked({ model: "google/gemini-2.5-pro", stream: true })
    await asked({ model: "openai/gpt-5-mini", gateway: { retries: { attempts: 0 } } })
    await asked({ model: "openai/gpt-5-nano", temperature: "hot" })
    await asked({ model: "openai/gpt-5-nano" }, withKey("nobody-key-one"))
    await asked({ model: "openai/gpt-5-nano" }, withKey(narrowKey))
    await fetch(`${gateway.url}/v1/models`, { headers: withKey(key) })
    await fetch(`${gateway.url}/v1/models/openai/gpt-5-nano`, { headers: withKey(key) })
    await fetch(`${gateway.url}/someones/own/words`)
    await fetch(`${gateway.url}/healthz`)
    counted = await after(traffic)
  })

  test("requests are counted by path, status, model and what became of them, and failures by their class", () => {
    expect(seriesOf(counted, "gateway_requests_total")).toEqual({
      [`${chat} 200 openai/gpt-5-nano answered`]: 2,
      [`${chat} 200 anthropic/claude-haiku-4-5 answered`]: 1,
      [`${chat} 200 google/gemini-2.5-flash answered`]: 2,
      [`${chat} 200 openai/gpt-4o answered`]: 1,
      [`${chat} 200 other answered`]: 1,
      [`${chat} 200 google/gemini-2.5-pro broken`]: 1,
      [`${chat} 503 openai/gpt-5-mini failed`]: 1,
      [`${chat} 400 none refused`]: 1,
      [`${chat} 401 none refused`]: 1,
      [`${chat} 403 openai/gpt-5-nano failed`]: 1,
      "/v1/models 200 none served": 1,
      "/v1/models/* 200 none served": 1,
      "other 404 none refused": 1,
      "/healthz 200 none served": 1
    })
    expect(seriesOf(counted, "gateway_failures_total")).toEqual({
      [`${chat} Cut`]: 1,
      [`${chat} Overloaded`]: 1,
      [`${chat} InvalidRequest`]: 1,
      [`${chat} UnknownKey`]: 1,
      [`${chat} Forbidden`]: 1,
      "other NotFound": 1
    })
  })

  test("attempts are counted by kind and outcome, and those that followed a failure by that", () => {
    expect(seriesOf(counted, "gateway_attempts_total")).toEqual({
      "openai openai/gpt-5-nano first answered none": 2,
      "anthropic anthropic/claude-haiku-4-5 first answered none": 1,
      "openai openai/gpt-5-mini first failed Overloaded": 2,
      "google google/gemini-2.5-flash fallback answered none": 1,
      "openai openai/gpt-4o first failed RateLimited": 1,
      "openai openai/gpt-4o retry answered none": 1,
      "openai openai/gpt-5.1 first lost none": 1,
      "google google/gemini-2.5-flash hedge answered none": 1,
      "openai other first answered none": 1,
      "google google/gemini-2.5-pro first broken Cut": 1
    })
    expect(seriesOf(counted, "gateway_fallbacks_total")).toEqual({ "google Overloaded": 1 })
    expect(seriesOf(counted, "gateway_retries_total")).toEqual({ "openai RateLimited": 1 })
    expect(seriesOf(counted, "gateway_hedges_total")).toEqual({ "google won": 1 })
  })

  test("tokens are counted by class, and what they cost to the nano-dollar", () => {
    const tokens = seriesOf(counted, "gateway_tokens_total")
    // The model that lost the hedge, and the one that is not listed, told nothing or what it liked.
    for (const name of ["openai/gpt-5.1 input", "other input", "other output"]) {
      expect(tokens[name]).toBeGreaterThan(0)
      delete tokens[name]
    }
    expect(tokens).toEqual({
      "openai/gpt-5-nano input": 800,
      "openai/gpt-5-nano cached_input": 1_200,
      "openai/gpt-5-nano output": 60,
      "openai/gpt-5-nano reasoning": 40,
      "anthropic/claude-haiku-4-5 input": 100,
      "anthropic/claude-haiku-4-5 cached_input": 600,
      "anthropic/claude-haiku-4-5 cache_write_5m": 300,
      "anthropic/claude-haiku-4-5 output": 50,
      "google/gemini-2.5-flash input": 200,
      "google/gemini-2.5-flash output": 20,
      "openai/gpt-4o input": 100,
      "openai/gpt-4o output": 10,
      "google/gemini-2.5-pro input": 100,
      "google/gemini-2.5-pro output": 4
    })
    const cost = seriesOf(counted, "gateway_cost_dollars_total", nanosOf)
    // $1.25 a million tokens.
    const lost = valueOf(counted, "gateway_tokens_total", { model: "openai/gpt-5.1", class: "input" }) ?? 0
    expect(cost).toEqual({
      "openai/gpt-5-nano input": 800 * 50,
      "openai/gpt-5-nano cached_input": 1_200 * 5,
      "openai/gpt-5-nano output": 60 * 400,
      "openai/gpt-5-nano reasoning": 40 * 400,
      "anthropic/claude-haiku-4-5 input": 100 * 1_000,
      "anthropic/claude-haiku-4-5 cached_input": 600 * 100,
      "anthropic/claude-haiku-4-5 cache_write_5m": 300 * 1_250,
      "anthropic/claude-haiku-4-5 output": 50 * 5_000,
      "google/gemini-2.5-flash input": 200 * 300,
      "google/gemini-2.5-flash output": 20 * 2_500,
      "openai/gpt-4o input": 100 * 2_500,
      "openai/gpt-4o output": 10 * 10_000,
      "openai/gpt-5.1 input": lost * 1_250,
      "google/gemini-2.5-pro input": 100 * 1_250,
      "google/gemini-2.5-pro output": 4 * 10_000
    })
    expect(seriesOf(counted, "gateway_unpriced_attempts_total")).toEqual({ other: 1 })
    expect(seriesOf(counted, "gateway_estimated_attempts_total")).toEqual({ "openai/gpt-5.1": 1 })
  })

  test("times are counted once a request: those of streams, those of all, and the gateway's own share", () => {
    const counts = (name: string) =>
      Object.fromEntries(
        (counted.get(name)?.samples ?? [])
          .filter((sample) => sample.name === `${name}_count`)
          .map(({ labels, value }) => [Object.values(labels).join(" "), value])
      )
    expect(counts("gateway_ttft_seconds")).toEqual({
      "anthropic/claude-haiku-4-5": 1,
      "openai/gpt-4o": 1,
      "google/gemini-2.5-flash": 1,
      "google/gemini-2.5-pro": 1
    })
    expect(counts("gateway_output_token_seconds")).toEqual({
      "anthropic/claude-haiku-4-5": 1,
      "openai/gpt-4o": 1,
      "google/gemini-2.5-flash": 1
    })
    expect(counts("gateway_overhead_seconds")).toEqual({ [chat]: 8 })
    const requests = counts("gateway_request_seconds")
    const total = Object.values(requests).reduce((sum, count) => sum + count, 0)
    expect([total, requests[`${chat} openai/gpt-5-nano`]]).toEqual([traffic + 4, 3])
    // The hedge waited 30 ms; nothing here takes a minute.
    const sum = valueOf(counted, "gateway_ttft_seconds_sum", { model: "google/gemini-2.5-flash" }) ?? 0
    expect(sum).toBeWithin(0.03, 3)
  })
})

test("a request is in flight until its answer has ended", async () => {
  const inFlight = async () => valueOf(await page(), "gateway_requests_in_flight")
  expect(await inFlight()).toBe(0)
  const response = await post(gateway, { model: "openai/gpt-4.1", stream: true, messages }, withKey(key))
  expect(await inFlight()).toBe(1)
  expect((await read(response)).done).toBe(true)
  await eventually(async () => ((await inFlight()) === 0 ? true : undefined))
})

describe("the figures", () => {
  test("ask for no key on their own listener, where nothing else is, and are nowhere else", async () => {
    const { origin } = new URL(metrics)
    expect((await fetch(`${origin}/v1/models`, { headers: withKey(key) })).status).toBe(404)
    expect((await fetch(`${origin}/admin/config`)).status).toBe(404)
    expect((await fetch(metrics, { method: "POST" })).status).toBe(405)
    expect((await fetch(`${gateway.url}/metrics`, { headers: withKey(key) })).status).toBe(404)
  })
})

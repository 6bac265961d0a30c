import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { running } from "../../simulator/Running.ts"
import { ask, messages } from "../stage/Asking.ts"
import { startConfigured } from "../stage/Configured.ts"
import { explain, firstOf } from "./Explaining.ts"
import { providersAt, type Running, startGateway } from "../stage/Processes.ts"
import { promptAtMost } from "../stage/PromptAtMost.ts"

let provider: Awaited<ReturnType<typeof running>>
let gateway: Running

beforeAll(async () => {
  provider = await running()
  gateway = await startGateway(providersAt(provider.simulator.url))
})

afterAll(async () => {
  await gateway.stop()
  await provider.stop()
})

describe("an explanation tells", () => {
  test("who is left out, and why", async () => {
    const { model, targets, left_out } = await explain(gateway, {
      model: "openai/gpt-5-nano",
      messages,
      fallbacks: ["anthropic/claude-haiku-4-5", "baseten/kimi-k3", "google/gemini-2.5-flash"],
      fallback_config: { depth: 2 },
      provider: { ignore: ["anthropic"] }
    })
    expect(model).toBe("openai/gpt-5-nano")
    expect(targets.map(({ target }) => target)).toEqual(["openai/gpt-5-nano", "baseten/kimi-k3"])
    expect(left_out).toEqual([
      { model: "anthropic/claude-haiku-4-5", reason: "provider.ignore names anthropic" },
      { model: "google/gemini-2.5-flash", reason: "fallback_config.depth is 2" }
    ])
  })

  test("the timers that are in force", async () => {
    const explanation = await explain(gateway, {
      model: "openai/gpt-4o-mini",
      messages,
      fallbacks: ["openai/gpt-4.1"],
      gateway: { timeout_ms: { connect: 111, headers: 222, idle: 444, total: 555 }, latency_threshold_ms: 333 }
    })
    const timeouts = {
      connect: 111,
      headers: 222,
      first_content: 333,
      silence: 444,
      idle: 444,
      total: 555,
      deadline: 120_000
    }
    expect(explanation.targets.map(({ timeouts_ms }) => timeouts_ms)).toEqual([timeouts, timeouts])
    // What has no content within a time must be seen to have none.
    expect(firstOf(explanation).asked_as_stream).toBe(true)

    const usual = firstOf(await explain(gateway, { model: "openai/gpt-4o-mini", stream: true, messages }))
    expect(usual.timeouts_ms).toMatchObject({ connect: 3000, first_content: null, idle: 30_000, total: null })
    expect(usual.retries).toEqual({ attempts: 1, backoff_ms: 500 })
    expect([usual.hedge, usual.race, usual.mid_stream, usual.trail]).toEqual([null, false, "error", false])
    expect(usual.on).toContain("Overloaded")
    expect(usual.on).not.toContain("ContentRefused")
  })

  test("retries, hedges and the rest, of each target by itself", async () => {
    const { targets } = await explain(gateway, {
      model: "openai/gpt-4o-mini",
      messages,
      gateway: {
        retries: { attempts: 2, backoff_ms: 50 },
        hedge: { after_ms: "p95", max_extra_cost_usd: 0.25 },
        on: ["Overloaded"],
        mid_stream: "hold",
        trail: true
      },
      fallbacks: [{ model: "baseten/kimi-k3", gateway: { retries: { attempts: 0 }, race: true, on: ["RateLimited"] } }]
    })
    const [first, second] = targets
    expect(first).toMatchObject({
      retries: { attempts: 2, backoff_ms: 50 },
      hedge: { after_ms: "p95", max_extra_cost_usd: 0.25 },
      race: false,
      on: ["Overloaded"],
      mid_stream: "hold",
      trail: true
    })
    expect(second).toMatchObject({ retries: { attempts: 0 }, hedge: null, race: true, on: ["RateLimited"] })
  })

  test("why a target cannot be asked, and of the others all the same", async () => {
    const explanation = await explain(gateway, {
      model: "anthropic/claude-haiku-4-5",
      messages,
      seed: 1,
      provider: { require_parameters: true },
      fallbacks: ["openai/gpt-4o-mini"]
    })
    const [first, second] = explanation.targets
    expect(first).toMatchObject({ provider_request: null, dropped: [] })
    expect(first?.error).toMatchObject({ class: "Unable", code: "unsupported_parameter", param: "seed" })
    expect(first?.error).not.toHaveProperty("request_id")
    expect(second).toMatchObject({ error: null, provider_request: { body: { seed: 1 } } })
  })

  test("what it may cost, and why that is not known", async () => {
    const at = await startConfigured(
      {
        models: {
          "openai/gpt-4o-mini": { prices: [{ from: "2026-01-01", input: 1, output: 2 }] },
          "my-server/one": { maxOutputTokens: 10 }
        },
        providers: { "my-server": { baseUrl: `${provider.simulator.url}/v1` } }
      },
      providersAt(provider.simulator.url)
    )
    try {
      const body = { model: "openai/gpt-4o-mini", messages, max_tokens: 100 }
      const input = promptAtMost(body, "openai")
      const { estimated_cost: cost } = firstOf(await explain(at, body))
      expect(cost).toMatchObject({ input_tokens: input, output_tokens_at_most: 100 })
      expect(cost.usd_at_most).toBe(((input * 1000 + 100 * 2000) / 1e9).toFixed(9).replace(/0+$/, ""))

      const threefold = firstOf(await explain(at, { ...body, n: 3 })).estimated_cost
      expect(threefold.output_tokens_at_most).toBe(300)

      const unpriced = firstOf(await explain(at, { model: "my-server/one", messages })).estimated_cost
      expect(unpriced).toMatchObject({ output_tokens_at_most: 10, usd_at_most: null })
      expect(unpriced.note).toContain("price of this model is not known")
      const endless = firstOf(await explain(at, { model: "my-server/two", messages })).estimated_cost
      expect(endless).toMatchObject({ output_tokens_at_most: null, usd_at_most: null })
      expect(endless.note).toContain("how long the answer may be")
    } finally {
      await at.stop()
    }
  })

  test("that the breakers keep a place shut, and of another model there that they do not", async () => {
    const body = {
      model: "baseten/words:status=429:retry-after=30",
      messages,
      gateway: { retries: { attempts: 0 } }
    }
    expect(firstOf(await explain(gateway, body)).places).toMatchObject([{ available: true }])
    expect((await ask(gateway, body)).status).toBe(429)
    expect(firstOf(await explain(gateway, body)).places).toMatchObject([{ available: false }])
    expect(firstOf(await explain(gateway, { ...body, model: "baseten/words" })).places).toMatchObject([
      { available: true }
    ])
  })

  test("what a route of gateway.yaml and AssemblyAI's defaults make of a request", async () => {
    const at = await startConfigured(
      {
        compatibility: "assemblyai",
        defaults: { deadline: "7 seconds" },
        routes: {
          support: {
            targets: ["openai/gpt-4o-mini", { model: "anthropic/claude-haiku-4-5", overrides: { temperature: 0.1 } }],
            retries: { attempts: 3 }
          }
        }
      },
      providersAt(provider.simulator.url)
    )
    try {
      const { model, targets } = await explain(at, { model: "route/support", messages })
      expect(model).toBe("route/support")
      expect(targets).toMatchObject([
        { target: "openai/gpt-4o-mini", provider_request: { body: { max_tokens: 1000 } } },
        {
          target: "anthropic/claude-haiku-4-5",
          provider_request: { body: { max_tokens: 1000, temperature: 0.1 } },
          retries: { attempts: 3 },
          timeouts_ms: { deadline: 7000 }
        }
      ])
    } finally {
      await at.stop()
    }
  })
})

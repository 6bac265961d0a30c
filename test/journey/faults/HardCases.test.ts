import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import OpenAI, { InternalServerError } from "openai"
import { type Fields, listOf, objectOf } from "../../../src/domain/Fields.ts"
import { limitsOf, policyOf } from "../../../src/routing/planning/Policy.ts"
import { missingInPython, runPython } from "../../clients/Python.ts"
import { ask, messages, post } from "../stage/Asking.ts"
import { eventually } from "../stage/Eventually.ts"
import { type InProcess, type Manner, startInProcess } from "../stage/InProcess.ts"
import { type Middleman, type Muse, startImpatientProxy, startMuse } from "../stage/Middlemen.ts"
import { type Running, startSimulator } from "../stage/Processes.ts"

/** All long times are this much shorter than they are told, in the same proportions. */
const scale = 1 / 20
const seconds = (length: number): number => Math.round(length * 1000 * scale)

let simulator: Running
let muse: Muse
let gateway: InProcess
let proxy: Middleman

beforeAll(async () => {
  simulator = await startSimulator()
  muse = await startMuse()
  const place = (name: string, manner: Manner, url = simulator.url) => ({ name, manner, url, key: "any-key" })
  gateway = await startInProcess(
    [
      ...(["openai", "anthropic", "google", "baseten"] as const).map((manner) => place(manner, manner)),
      place("overflowing", "openai"),
      place("probed", "baseten"),
      place("down-a", "openai"),
      place("down-b", "anthropic"),
      place("backup", "anthropic"),
      place("muse", "baseten", muse.url)
    ],
    { headersAfterMs: seconds(10), keepAliveMs: seconds(5) }
  )
  proxy = await startImpatientProxy(gateway.url, seconds(60))
})

afterAll(async () => {
  proxy.stop()
  await gateway.stop()
  muse.stop()
  await simulator.stop()
})

const logOf = async (model: string): Promise<ReadonlyArray<Fields>> => {
  const answer = await fetch(`${simulator.url}/_simulator/log?model=${encodeURIComponent(model)}`)
  return listOf(await answer.json()).map(objectOf)
}

const modelsIn = (chunks: ReadonlyArray<Fields>): ReadonlyArray<unknown> => [
  ...new Set(chunks.map((chunk) => chunk["model"]))
]

describe("a role chunk, a ping, fifteen seconds of nothing and then an error", () => {
  for (const manner of ["openai", "anthropic", "google", "baseten"] as const) {
    for (const stream of [true, false]) {
      test.concurrent(`show the caller only the fallback (${manner}, ${stream ? "streamed" : "whole"})`, async () => {
        const backup = manner === "anthropic" ? "baseten" : "anthropic"
        const seen = await ask(gateway, {
          model: `${manner}/words:count=8:role-only=${seconds(15)}ms`,
          stream,
          messages,
          fallbacks: [{ model: `${backup}/words:count=3` }],
          gateway: { trail: true }
        })
        expect([seen.status, seen.content, seen.finish, seen.done]).toEqual([200, "The quick brown", "stop", stream])
        expect(modelsIn(seen.chunks)).toEqual([`${backup}/words:count=3`])
        // Kept alive meanwhile, and by nothing else than comments.
        if (stream) expect(seen.text.startsWith(": keep-alive\n\n")).toBe(true)
        const trail = listOf(objectOf(seen.chunks.at(-1)?.["gateway"])["attempts"]).map(objectOf)
        expect(trail.map(({ kind, outcome }) => [kind, outcome])).toEqual([
          ["first", "failed"],
          ["fallback", "answered"]
        ])
        expect(trail[0]?.["first_content_ms"]).toBeNull()
      })
    }
  }
})

describe("ninety seconds of reasoning out of sight, behind a proxy that cuts after sixty of silence", () => {
  for (const [signs, everyMs] of [
    ["with signs of life", seconds(15)],
    ["in complete silence", 0]
  ] as const) {
    test.concurrent(`end with the answer of the one attempt, ${signs}`, async () => {
      const model = `muse-${seconds(90)}-${everyMs}`
      const body = { model: `muse/${model}`, stream: true, messages, gateway: { trail: true } }
      const { content, done, error, chunks } = await ask(proxy, body)
      expect([content, done, error]).toEqual(["At last.", true, undefined])
      expect(listOf(objectOf(chunks.at(-1)?.["gateway"])["attempts"])).toHaveLength(1)
      expect(muse.requests(model)).toBe(1)
    })
  }

  test.concurrent("would be cut off without the comments", async () => {
    const impatient = await startImpatientProxy(muse.url, seconds(60))
    const body = { model: `muse-${seconds(91)}-0`, stream: true, messages }
    await expect(post(impatient, body).then((response) => response.text())).rejects.toThrow()
    impatient.stop()
  })

  test("fit into the usual limits of a model that may reason, which has two minutes", () => {
    const usual = { policy: policyOf([], true), mayThink: true, leftMs: 120_000, targetsLeft: 1 }
    expect(limitsOf({ ...usual, streams: true })).toMatchObject({ contentMs: undefined, totalMs: undefined })
    expect(limitsOf({ ...usual, streams: true }).silenceMs).toBeGreaterThan(90_000)
    const whole = limitsOf({ ...usual, streams: false })
    expect(Math.min(whole.headersMs, whole.silenceMs)).toBeGreaterThan(90_000)
  })
})

describe("a hundred prompts that are too long and a hundred callers that leave", () => {
  test.concurrent("say nothing against a model: the next request is answered there at once", async () => {
    const model = "overflowing/words:count=20:pace=20ms:code=context_length_exceeded:times=100"
    const fallbacks = [{ model: "backup/words:count=4" }]
    const overflows = await Promise.all(
      Array.from({ length: 100 }, (_, at) => ask(gateway, { model, stream: at % 2 === 0, messages, fallbacks }))
    )
    // A stream whose headers are out early on a busy machine has no status of its own any more.
    for (const { error } of overflows) expect(error?.["class"]).toBe("ContextTooLong")
    const callers = Array.from({ length: 100 }, (_, at) => {
      const caller = new AbortController()
      post(gateway, { model, stream: at % 2 === 0, messages, fallbacks }, {}, caller.signal).catch(() => {})
      return caller
    })
    await eventually(async () => ((await logOf(model.slice(12))).length === 200 ? true : undefined), 10_000)
    for (const caller of callers) caller.abort()
    const { content, headers } = await ask(gateway, { model, messages, fallbacks })
    expect([content.split(" ").length, headers.get("x-gateway-target"), headers.get("x-gateway-attempts")]).toEqual([
      20,
      model,
      "1"
    ])
    const admin = objectOf(await (await fetch(`${gateway.url}/admin/targets`)).json())
    const breakers = listOf(admin["breakers"]).map(objectOf)
    expect(breakers.filter(({ name }) => String(name).includes("overflowing"))).toEqual([])
  }, 30_000)
})

describe("a caller that leaves during the probe of a breaker that is half open", () => {
  test.concurrent("gives the probe's place to the next, who finds the provider back", async () => {
    const model = "probed/words:count=3:first=400ms:status=503:times=5"
    const once = { model, messages, gateway: { retries: { attempts: 0 } } }
    for (let at = 0; at < 5; at++) expect((await ask(gateway, once)).status).toBe(503)
    const shutAt = performance.now()
    // It waits until the breaker is half open, for there is nowhere else to go.
    const caller = new AbortController()
    const probing = post(gateway, once, {}, caller.signal)
    probing.catch(() => {})
    await eventually(async () => ((await logOf(model.slice(7))).length === 6 ? true : undefined), 10_000)
    caller.abort()
    const { content, headers, milliseconds } = await ask(gateway, once)
    // At once, not when the place would have been free anyway.
    expect(milliseconds).toBeLessThan(5000)
    expect([content, headers.get("x-gateway-attempts")]).toEqual(["The quick brown", "1"])
    expect(performance.now() - shutAt).toBeLessThan(30_000)
    // Nobody else was let through meanwhile.
    expect((await logOf(model.slice(7))).map(({ outcome }) => outcome).slice(5)).toEqual(["answered", "answered"])
  }, 30_000)
})

describe("all targets answer 503, and the SDK tries again by itself", () => {
  const asked = (number: number) => ({
    model: `down-a/words:status=503:input=${number}`,
    fallbacks: [{ model: `down-b/words:status=503:input=${number}7` }]
  })
  /** With one more attempt at each, as the request says: four in all, whatever the SDK would like. */
  const steering = { retries: { attempts: 1, backoff_ms: 5 } }

  for (const [number, stream] of [
    [2000, false],
    [2001, true]
  ] as const) {
    test.concurrent(`openai-node makes no more than was promised, ${stream ? "streamed" : "whole"}`, async () => {
      const client = new OpenAI({ apiKey: "any", baseURL: `${gateway.url}/v1`, maxRetries: 2 })
      const body = { ...asked(number), messages: [{ role: "user" as const, content: "Hello" }], gateway: steering }
      const answer = client.chat.completions.create({ ...body, stream })
      await expect(Promise.resolve(answer)).rejects.toBeInstanceOf(InternalServerError)
      expect((await logOf(`input=${number}`)).map((entry) => entry["status"])).toEqual([503, 503, 503, 503])
    })
  }

  test.concurrent.skipIf(missingInPython("openai") !== undefined)("and so does openai-python", async () => {
    const { model, fallbacks } = asked(2002)
    const program = `
import json
from openai import OpenAI, InternalServerError
client = OpenAI(max_retries=2)
for stream in [False, True]:
  try: client.chat.completions.create(model=${JSON.stringify(model)}, messages=[{"role": "user", "content": "Hello"}], stream=stream,
    extra_body=json.loads(${JSON.stringify(JSON.stringify({ fallbacks, gateway: steering }))}))
  except InternalServerError as error: print(error.response.headers["x-should-retry"], error.response.headers["x-gateway-attempts"])
`
    const printed = await runPython("openai", program, { OPENAI_API_KEY: "any", OPENAI_BASE_URL: `${gateway.url}/v1` })
    expect(printed.trim().split("\n")).toEqual(["false 4", "false 4"])
    expect(await logOf("input=2002")).toHaveLength(8)
  })
})

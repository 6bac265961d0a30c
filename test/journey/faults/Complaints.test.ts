import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import OpenAI, { APIError } from "openai"
import { type Fields, listOf, objectOf } from "../../../src/domain/Fields.ts"
import { ask, messages, type Seen } from "../stage/Asking.ts"
import { type InProcess, type Manner, startInProcess } from "../stage/InProcess.ts"
import { type Running, startSimulator } from "../stage/Processes.ts"

let simulator: Running
let gateway: InProcess
/** A model that two providers have under one name. */
const sharedModel = "words:count=3:input=9000"

beforeAll(async () => {
  simulator = await startSimulator()
  const place = (name: string, manner: Manner, url = simulator.url) => ({ name, manner, url, key: "any-key" })
  gateway = await startInProcess(
    [
      // One for each question, so that no breaker and no retry budget is shared.
      ...Array.from({ length: 100 }, (_, at) => place(`p${at}`, "openai")),
      place("backup", "anthropic"),
      { ...place("one-host", "baseten", "http://127.0.0.1:1"), models: [sharedModel] },
      { ...place("other-host", "baseten"), models: [sharedModel] }
    ],
    { headersAfterMs: 3000, keepAliveMs: 500 }
  )
})

afterAll(async () => {
  await gateway.stop()
  await simulator.stop()
})

let asked = 0

/** The next primary with this misbehaviour, a healthy fallback, and what the provider saw of both. */
const places = (options: string, script = "words:count=8") => {
  const number = 1000 + asked
  const primary = `p${asked++}/${script}:input=${number}:${options}`
  const backup = `backup/words:count=3:input=${number}7`
  const log = async (): Promise<ReadonlyArray<Fields>> => {
    const answer = await fetch(`${simulator.url}/_simulator/log?model=input%3D${number}`)
    return listOf(await answer.json()).map(objectOf)
  }
  const tries = async () => {
    const models = (await log()).map(({ model }) => String(model))
    const atBackup = models.filter((model) => model.includes(`input=${number}7`)).length
    return [models.length - atBackup, atBackup]
  }
  return { primary, backup, fallbacks: [{ model: backup }], log, tries }
}

const fromBackup = "The quick brown"

const expectBackup = (seen: Seen, backup: string): void => {
  expect([seen.status, seen.content, seen.finish, seen.error]).toEqual([200, fromBackup, "stop", undefined])
  expect([...new Set(seen.chunks.map(({ model }) => model))]).toEqual([backup])
}

/** A complaint, shown for streams and for whole answers. */
const complaint = (name: string, show: (stream: boolean) => Promise<void>): void => {
  describe(name, () => {
    for (const stream of [true, false]) test.concurrent(stream ? "streamed" : "whole", () => show(stream), 20_000)
  })
}

complaint("1: fallbacks work for whole answers and not for streams, or not in every language", async (stream) => {
  const tools = [{ type: "function", function: { name: "f", parameters: { type: "object", properties: {} } } }]
  // With tools a new model of OpenAI's is asked through /responses.
  for (const [more, language] of [
    [{}, "openai-chat"],
    [{ tools }, "openai-responses"]
  ] as const) {
    const { primary, backup, fallbacks, log } = places("status=500")
    expectBackup(await ask(gateway, { model: primary, stream, messages, fallbacks, ...more }), backup)
    expect((await log()).map((entry) => entry["language"])).toEqual([language, "anthropic-messages"])
  }
})

complaint("2: a stream that is cut, stalls or is garbled sends nothing to the fallback", async (stream) => {
  for (const options of ["cut=3", "silent-after=3", "garbled=4", "truncate", "cut=0", "broken-json"]) {
    const { primary, backup, fallbacks, tries } = places(options)
    const steering = { mid_stream: "hold", timeout_ms: { headers: 3000, idle: 1000 } }
    expectBackup(await ask(gateway, { model: primary, stream, messages, fallbacks, gateway: steering }), backup)
    expect(await tries()).toEqual([1, 1])
  }
})

complaint(
  "3: status 200 and an error in its stream counts as an answer, and a second failure leaks both",
  async (stream) => {
    const one = places("error-event")
    expectBackup(await ask(gateway, { model: one.primary, stream, messages, fallbacks: one.fallbacks }), one.backup)
    const two = places("error-event")
    const alsoBad = `${two.backup}:error-event`
    const seen = await ask(gateway, { model: two.primary, stream, messages, fallbacks: [{ model: alsoBad }] })
    // Nothing of either was sent before it was sure.
    expect([seen.status, seen.headers.get("content-type"), seen.error?.["class"]]).toEqual([
      503,
      "application/json",
      "Overloaded"
    ])
    expect(listOf(seen.error?.["attempts"]).map((attempt) => objectOf(attempt)["target"])).toEqual([
      two.primary,
      alsoBad
    ])
  }
)

complaint("4: an error after the first event, which says only that the answer has begun, is final", async (stream) => {
  const tools = [{ type: "function", function: { name: "f", parameters: { type: "object", properties: {} } } }]
  for (const more of [{}, { tools }]) {
    const { primary, backup, fallbacks } = places("role-only=50ms")
    expectBackup(await ask(gateway, { model: primary, stream, messages, fallbacks, ...more }), backup)
  }
})

complaint("5: no timeout while headers are waited for, none for a stream that drips", async (stream) => {
  for (const [options, timeouts, stage] of [
    ["hang", { headers: 300 }, /did not begin to answer within 300 ms/],
    ["first=5s", { first_content: 300 }, /had no content within 300 ms/],
    ["silent-after=3", { idle: 300, headers: 300 }, /sent nothing for 300 ms|did not begin to answer within 300 ms/],
    ["trickle=20ms", { total: 400 }, /was not whole within 400 ms/]
  ] as const) {
    const { primary, tries } = places(options)
    const seen = await ask(gateway, { model: primary, stream, messages, gateway: { timeout_ms: timeouts } })
    expect(seen.error).toMatchObject({ class: "TimedOut", message: expect.stringMatching(stage) })
    expect(seen.milliseconds).toBeLessThan(4000)
    expect(await tries()).toEqual([1, 0])
  }
})

// By itself, since it looks at what the processor does meanwhile.
describe("6: a rate limit in mid-stream without a fallback spins for ever", () => {
  for (const stream of [true, false]) {
    test(stream ? "streamed" : "whole", async () => {
      const { primary, tries } = places("error-event=3:code=rate_limit_exceeded")
      const steering = { retries: { attempts: 3, backoff_ms: 5 } }
      const seen = await ask(gateway, { model: primary, stream, messages, gateway: steering })
      expect([seen.error?.["class"], seen.done]).toEqual(["RateLimited", false])
      // A stream that has begun is not tried again; a whole answer is, as often as was said.
      expect(await tries()).toEqual([stream ? 1 : 4, 0])
      const used = process.cpuUsage()
      await Bun.sleep(200)
      const { user, system } = process.cpuUsage(used)
      // Microseconds; a loop without end would take all of the time.
      expect(user + system).toBeLessThan(120_000)
    })
  }
})

complaint("7: an answer that is continued elsewhere says things twice, or is refused as a prefill", async (stream) => {
  const plain = places("cut=3:pace=10ms")
  const seen = await ask(gateway, { model: plain.primary, stream, messages, fallbacks: plain.fallbacks })
  if (stream) {
    expect(["The quick brown".startsWith(seen.content), seen.error?.["class"]]).toEqual([true, "Cut"])
    expect(await plain.tries()).toEqual([1, 0])
  } else expectBackup(seen, plain.backup)
  const held = places("cut=3:pace=10ms")
  const backup = `${held.backup}:prefill-refused`
  const body = {
    model: held.primary,
    stream,
    messages,
    fallbacks: [{ model: backup }],
    gateway: { mid_stream: "hold" }
  }
  expectBackup(await ask(gateway, body), backup)
  const asked = objectOf((await held.log()).at(-1)?.["body"])
  expect(listOf(asked["messages"]).map((message) => objectOf(message)["role"])).toEqual(["user"])
})

complaint("8: an answer that breaks off ends as if it were whole", async (stream) => {
  const { primary } = places("cut=3:pace=10ms")
  const client = new OpenAI({ apiKey: "any", baseURL: `${gateway.url}/v1`, maxRetries: 0 })
  const read = async (): Promise<string> => {
    const body = { model: primary, messages: [{ role: "user" as const, content: "Hello" }] }
    if (!stream) return (await client.chat.completions.create(body)).choices[0]?.message.content ?? ""
    let text = ""
    for await (const { choices } of await client.chat.completions.create({ ...body, stream })) {
      text += choices[0]?.delta.content ?? ""
      expect(choices[0]?.finish_reason).toBeNull()
    }
    return text
  }
  await expect(read()).rejects.toBeInstanceOf(APIError)
})

complaint("9: fallbacks that the request switches off are used all the same", async (stream) => {
  for (const options of ["status=503", "cut=3", "garbled=3", "reset"]) {
    for (const off of [{ disable_fallbacks: true }, { provider: { allow_fallbacks: false } }]) {
      const { primary, fallbacks, tries } = places(options)
      const steering = { mid_stream: "hold", retries: { attempts: 0 } }
      const seen = await ask(gateway, { model: primary, stream, messages, fallbacks, gateway: steering, ...off })
      expect(seen.error).toBeDefined()
      expect(await tries()).toEqual([1, 0])
    }
  }
})

complaint("10: a fallback does nothing until something else is configured too, and nobody says so", async (stream) => {
  const { primary, backup, tries } = places("status=500")
  const body = { model: primary, stream, messages, fallbacks: [backup] }
  expectBackup(await ask(gateway, body), backup)
  expect(await tries()).toEqual([1, 1])
  const explained = await fetch(`${gateway.url}/v1/route/explain`, { method: "POST", body: JSON.stringify(body) })
  const targets = listOf(objectOf(await explained.json())["targets"]).map(objectOf)
  expect(targets.map(({ target, kind }) => [target, kind])).toEqual([
    [primary, "first"],
    [backup, "fallback"]
  ])
})

complaint(
  "11: a 503 goes straight to the caller, though another try or another host of the model would do",
  async (stream) => {
    const { primary, tries } = places("status=503:times=1")
    const { content, headers } = await ask(gateway, { model: primary, stream, messages })
    expect([content.split(" ").length, headers.get("x-gateway-attempts")]).toEqual([8, "2"])
    expect(await tries()).toEqual([2, 0])
    const shared = await ask(gateway, { model: sharedModel, stream, messages })
    expect([shared.content, shared.headers.get("x-gateway-target")]).toEqual([fromBackup, `other-host/${sharedModel}`])
  }
)

complaint("12: only another provider of the same model can stand in, not another model", async (stream) => {
  const { primary, backup, log } = places("status=500")
  const fallbacks = [{ model: backup, max_tokens: 77, messages: [{ role: "user", content: "Shorter, please." }] }]
  const body = { model: primary, stream, messages, max_tokens: 500, fallbacks }
  expectBackup(await ask(gateway, body), backup)
  expect(objectOf((await log()).at(-1)?.["body"])).toMatchObject({
    max_tokens: 77,
    messages: [{ role: "user", content: [{ type: "text", text: "Shorter, please." }] }]
  })
})

complaint("15: what breaks while the body is read is not tried again", async (stream) => {
  for (const options of stream ? ["cut=0", "broken-json"] : ["cut=3", "long-length", "truncate", "broken-json"]) {
    const { primary, tries } = places(`${options}:times=1`)
    const { content, error } = await ask(gateway, { model: primary, stream, messages })
    expect([content.split(" ").length, error]).toEqual([8, undefined])
    expect(await tries()).toEqual([2, 0])
  }
})

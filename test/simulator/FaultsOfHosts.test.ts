import { afterAll, beforeAll, expect, test } from "bun:test"
import type { Simulator } from "../../src/simulator/Simulator.ts"
import { eventsOf, languages, post, raw, running } from "./Running.ts"

let simulator: Simulator
let stop: () => Promise<void>
beforeAll(async () => {
  ;({ simulator, stop } = await running())
})
afterAll(() => stop())

const chat = languages.find((asking) => asking.language === "openai-chat")
const tools = ["a", "b"].map((letter) => ({
  type: "function",
  function: { name: `tool_${letter}`, parameters: { type: "object", properties: { [letter]: { type: "string" } } } }
}))

const deltas = async (model: string): Promise<ReadonlyArray<string>> => {
  if (chat === undefined) return []
  const seen = await raw(simulator, chat.path(model, true), { ...chat.body(model, true), tools })
  return eventsOf(seen)
}

test.each([
  ["no-done", /\[DONE\]/, 0],
  ["empty-choices", /"id":"".*"choices":\[\]/, 1],
  ["usage-in-extra-chunk", /"choices":\[\],"usage":\{/, 1],
  ["usage-with-finish", /"finish_reason":"tool_calls".*"usage":\{/, 1],
  ["tool-no-index", /"tool_calls":\[\{"index"/, 0],
  [
    "tool-reused-index",
    /"index":0,"id":"call_[^"]+","type":"function","function":\{"name":"tool_[ab]","arguments":"\{\\"/,
    2
  ],
  ["tool-new-id-same-index", /\{"index":0,"id":"call_/, 2],
  ["tool-new-id-same-index", /\{"index":1,/, 0],
  ["tool-object-arguments", /"arguments":\{"/, 2],
  ["tool-name-in-pieces", /"name":"too"/, 2],
  ["tool-name-in-pieces", /"name":"l_[ab]"/, 2],
  ["tool-no-id", /"id":"call_/, 0],
  ["finish-stop-with-tools", /"finish_reason":"stop"/, 1]
])("chat with %s: %p is in %d chunks", async (fault, pattern, count) => {
  const events = await deltas(`tools:${fault}`)
  expect(events.filter((data) => /"tool_calls":/.test(data))).not.toBeEmpty()
  expect(events.filter((data) => pattern.test(data))).toHaveLength(count)
})

test("bare tells an error as a bare string", async () => {
  const response = await post(simulator, "/v1/chat/completions", {
    model: "words:code=model_not_found:bare",
    messages: [{ role: "user", content: "x" }]
  })
  expect(response.status).toBe(404)
  expect(await response.json()).toEqual({ error: expect.stringContaining("does not exist") })
})

test("a blocked prompt is Google's 200 without candidates", async () => {
  const response = await post(simulator, "/v1beta/models/words:code=content_policy:generateContent", {
    contents: [{ parts: [{ text: "x" }] }]
  })
  expect(response.status).toBe(200)
  expect(await response.json()).toMatchObject({ promptFeedback: { blockReason: "PROHIBITED_CONTENT" } })
})

test("Gemini without alt=sse streams a JSON list, errors included", async () => {
  const ask = async (model: string) => {
    const body = { contents: [{ parts: [{ text: "x" }] }] }
    const response = await post(simulator, `/v1beta/models/${model}:streamGenerateContent`, body)
    return response.json()
  }
  expect(await ask("words:count=3:pace=1ms")).toHaveLength(4)
  expect(await ask("words:count=3:error-event=1")).toEqual([
    expect.objectContaining({ candidates: expect.anything() }),
    { error: expect.objectContaining({ status: "UNAVAILABLE" }) }
  ])
})

test.each(["words:status=503:times=2", "words:reset:times=2", "words:first=400ms:times=2"])(
  "%s is healthy from the third request on",
  async (model) => {
    if (chat === undefined) throw new Error("no chat")
    const outcomes: Array<string> = []
    for (let at = 0; at < 3; at++) {
      const began = performance.now()
      const seen = await raw(simulator, chat.path(model, true), chat.body(model, true))
      const first = (simulator.log.entries.at(-1)?.firstContentAt ?? 0) - performance.timeOrigin - began
      outcomes.push(seen.status === 200 && first < 390 ? "healthy" : "not")
    }
    expect(outcomes).toEqual(["not", "not", "healthy"])
  }
)

test("prefill-refused refuses a conversation that ends with the assistant, and only that", async () => {
  const model = "words:count=2:prefill-refused"
  const user = { role: "user", content: "x" }
  const prefilled = [user, { role: "assistant", content: "The" }]
  const statuses = await Promise.all(
    [[user], prefilled].map(
      async (messages) => (await post(simulator, "/v1/chat/completions", { model, messages })).status
    )
  )
  expect(statuses).toEqual([200, 400])
})

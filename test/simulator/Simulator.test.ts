import { afterAll, beforeAll, beforeEach, expect, test } from "bun:test"
import { connect } from "node:net"
import { Effect } from "effect"
import { type Simulator, SimulatorError, start } from "../../src/simulator/Simulator.ts"
import { languages, post, raw, running } from "./Running.ts"

let simulator: Simulator
let stop: () => Promise<void>
beforeAll(async () => {
  ;({ simulator, stop } = await running())
})
afterAll(() => stop())
beforeEach(() => simulator.log.clear())

const body = (model: string, stream = false) => ({
  model,
  stream,
  messages: [{ role: "user", content: "x" }]
})

/** Waits until something is so; the test's own time limit is the end of patience. */
const until = async (isSo: () => boolean): Promise<void> => {
  while (!isSo()) await new Promise((done) => setImmediate(done))
}

test("the clock's words are the times at which they are sent, one by one", async () => {
  const response = await post(simulator, "/v1/chat/completions", body("clock:count=5:pace=15ms", true))
  const decoder = new TextDecoder()
  const gaps: Array<number> = []
  const stamps: Array<number> = []
  for await (const chunk of response.body ?? []) {
    const at = performance.timeOrigin + performance.now()
    for (const [, stamp] of decoder.decode(chunk).matchAll(/"content":" ?(\d+\.\d{3})"/g)) {
      stamps.push(Number(stamp))
      gaps.push(at - Number(stamp))
    }
  }
  expect(stamps).toHaveLength(5)
  const steps = stamps.slice(1).map((stamp, at) => stamp - (stamps[at] ?? 0))
  for (const step of steps) expect(step).toBeGreaterThan(10)
  for (const gap of gaps) expect(gap).toBeGreaterThan(-1)
  expect(gaps.toSorted((one, other) => one - other)[2]).toBeLessThan(15)
})

test("a whole text that repeats the clock's words has the same times", async () => {
  const response = await post(simulator, "/v1/responses", { model: "clock:count=3:pace=5ms", stream: true, input: "x" })
  const text = await response.text()
  const spoken = [...text.matchAll(/"delta":"([^"]*)"/g)].map(([, delta]) => delta).join("")
  expect(spoken).toMatch(/^\d+\.\d{3} \d+\.\d{3} \d+\.\d{3}$/)
  expect(text).toContain(`"text":"${spoken}"`)
})

test("the log tells what came and what became of it, without credentials", async () => {
  await post(simulator, "/v1/chat/completions?key=secret-in-query", body("words:count=4"), {
    authorization: "Bearer secret-a",
    "x-api-key": "secret-b",
    "x-goog-api-key": "secret-c",
    "x-custom": "kept"
  }).then((response) => response.text())
  await until(() => simulator.log.entries[0]?.endedAt !== undefined)
  const [entry] = simulator.log.entries
  expect(entry).toMatchObject({
    language: "openai-chat",
    model: "words:count=4",
    body: body("words:count=4"),
    status: 200,
    outcome: "answered",
    piecesSent: 4,
    path: "/v1/chat/completions?key=<redacted>"
  })
  expect(entry?.headers).toMatchObject({ authorization: "<redacted>", "x-custom": "kept" })
  expect(entry).not.toHaveProperty("closedByPeer")
  const served = await (await fetch(`${simulator.url}/_simulator/log`)).text()
  expect(served).not.toContain("secret")
  expect(JSON.parse(served)).toEqual(JSON.parse(JSON.stringify(simulator.log.entries)))
})

test("the log is shown for some models alone", async () => {
  await post(simulator, "/v1/chat/completions", body("words:count=1:input=71"))
  await post(simulator, "/v1/chat/completions", body("words:count=1:input=72"))
  const served = await fetch(`${simulator.url}/_simulator/log?model=input%3D71`)
  expect(await served.json()).toMatchObject([{ model: "words:count=1:input=71" }])
})

test("inside a gateway nobody is shown what others asked", async () => {
  const hidden = await running(false)
  await post(hidden.simulator, "/v1/chat/completions", body("words:count=1"))
  const read = await fetch(`${hidden.simulator.url}/_simulator/log`)
  const cleared = await fetch(`${hidden.simulator.url}/_simulator/log`, { method: "DELETE" })
  expect([read.status, cleared.status]).toEqual([404, 404])
  expect(hidden.simulator.log.entries).toHaveLength(1)
  await hidden.stop()
})

test("DELETE clears the log and the counts of faults", async () => {
  const ask = async () => (await post(simulator, "/v1/chat/completions", body("words:status=500:times=1"))).status
  expect([await ask(), await ask()]).toEqual([500, 200])
  await fetch(`${simulator.url}/_simulator/log`, { method: "DELETE" })
  expect(simulator.log.entries).toEqual([])
  expect([await ask(), await ask()]).toEqual([500, 200])
})

test.each([
  ["before the headers", "words:hang"],
  ["before the first content", "words:first=60s"],
  ["in mid-stream", "words:pace=5ms:count=10000"],
  ["while nothing more comes", "words:silent-after=2"],
  ["while comments come without end", "words:comments"]
])("a client that leaves %s is noticed at once", async (_, model) => {
  const leaving = new AbortController()
  const response = fetch(`${simulator.url}/v1/chat/completions`, {
    method: "POST",
    body: JSON.stringify(body(model, true)),
    signal: leaving.signal
  }).then(
    (answer) => answer.text(),
    () => "aborted"
  )
  await until(() => simulator.log.entries.length > 0)
  const at = performance.timeOrigin + performance.now()
  leaving.abort()
  await response.catch(() => "aborted")
  await until(() => simulator.log.entries[0]?.closedByPeer !== undefined)
  expect((simulator.log.entries[0]?.closedByPeer ?? 0) - at).toBeLessThan(1000)
})

test("a connection is kept for the next request", async () => {
  const text = JSON.stringify(body("words:count=1"))
  const request = `POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: ${text.length}\r\n\r\n${text}`
  const answers = await new Promise<number>((done) => {
    let seen = ""
    const socket = connect(simulator.port, "127.0.0.1", () => socket.write(request))
    socket.on("data", (chunk) => {
      const before = seen.split("chat.completion").length
      seen += String(chunk)
      const count = seen.split("chat.completion").length - 1
      if (count === 3) {
        socket.destroy()
        done(count)
      } else if (count >= before) socket.write(request)
    })
  })
  expect(answers).toBe(3)
})

test.each([
  ["/v1/models", {}, "words"],
  ["/v1/models", { "anthropic-version": "2023-06-01" }, '"type":"model"'],
  ["/v1beta/models", {}, '"name":"models/words"'],
  ["/_simulator/models", {}, '"retry-after"']
])("GET %s lists what there is", async (path, headers, part) => {
  const response = await fetch(simulator.url + path, { headers })
  expect(response.status).toBe(200)
  expect(await response.text()).toContain(part)
})

test("an option that is not known is a 400 in the language's own form that names it", async () => {
  const answers = await Promise.all(
    languages.map((asking) => raw(simulator, asking.path("words:cuut=3", false), asking.body("words:cuut=3", false)))
  )
  for (const answer of answers) {
    expect(answer.status).toBe(400)
    expect(answer.body).toContain("'cuut'")
  }
})

test.each([
  ["no JSON", "{", /parse the JSON/],
  ["a list", "[]", /parse the JSON/],
  ["no model", "{}", /model parameter/]
])("a body with %s is a 400", async (_, text, message) => {
  const response = await fetch(`${simulator.url}/v1/chat/completions`, { method: "POST", body: text })
  expect(response.status).toBe(400)
  expect(await response.text()).toMatch(message)
})

test("a schema nested deeper than the stack is a 400, and what follows is answered", async () => {
  const depth = 100_000
  const schema = `${'{"properties":{"a":'.repeat(depth)}{}${"}}".repeat(depth)}`
  const tools = `[{"functionDeclarations":[{"name":"t","parameters":${schema}}]}]`
  const response = await fetch(`${simulator.url}/v1beta/models/words:generateContent`, {
    method: "POST",
    body: `{"contents":[{"parts":[{"text":"x"}]}],"tools":${tools}}`
  })
  expect(response.status).toBe(400)
  expect((await fetch(`${simulator.url}/_simulator/log`)).status).toBe(200)
  expect((await post(simulator, "/v1/chat/completions", body("words"))).status).toBe(200)
})

test("another path is a 404 that tells the paths", async () => {
  const response = await fetch(`${simulator.url}/v1/embeddings`, { method: "POST", body: "{}" })
  expect(response.status).toBe(404)
  expect(await response.text()).toContain("/v1/chat/completions")
})

test("closing the scope ends what is being sent and frees the port", async () => {
  const { simulator: other, stop: stopOther } = await running()
  const pending = ["words:hang", "words:first=60s", "words:silent-after=1"].map((model) =>
    post(other, "/v1/chat/completions", body(model, true)).then(
      (response) =>
        response.text().then(
          () => "whole",
          () => "broken"
        ),
      () => "broken"
    )
  )
  await until(() => other.log.entries.length === 3)
  await stopOther()
  expect(await Promise.all(pending)).toEqual(["broken", "broken", "broken"])
  const again = await Effect.runPromise(Effect.scoped(Effect.map(start({ port: other.port }), ({ port }) => port)))
  expect(again).toBe(other.port)
})

test("a port that is taken is an error that says so", async () => {
  const error = await Effect.runPromise(Effect.scoped(Effect.flip(start({ port: simulator.port }))))
  expect(error).toBeInstanceOf(SimulatorError)
  expect(error.message).toContain(String(simulator.port))
})

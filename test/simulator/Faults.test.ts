import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from "node:zlib"
import { parseJson } from "../../src/domain/Fields.ts"
import type { Simulator } from "../../src/simulator/Simulator.ts"
import { type Asking, languages, post, raw, running, type Seen } from "./Running.ts"

let simulator: Simulator
let stop: () => Promise<void>
beforeAll(async () => {
  ;({ simulator, stop } = await running())
})
afterAll(() => stop())

const ask = (asking: Asking, model: string, stream: boolean, quietMs?: number): Promise<Seen> =>
  raw(simulator, asking.path(model, stream), asking.body(model, stream), quietMs)

/** What undoes the chunks of HTTP: they are one line of size and the bytes. */
const unchunked = ({ bytes }: Seen): string => {
  const parts: Array<Buffer> = []
  let at = 0
  while (at < bytes.length) {
    const line = bytes.indexOf("\r\n", at)
    if (line < 0) break
    const size = Number.parseInt(bytes.subarray(at, line).toString(), 16)
    parts.push(bytes.subarray(line + 2, line + 2 + size))
    at = line + 2 + size + 2
  }
  return Buffer.concat(parts).toString()
}

/** The data of each event. */
const eventsOf = (seen: Seen): ReadonlyArray<string> =>
  unchunked(seen)
    .split(/\r?\n\r?\n/)
    .flatMap((event) => event.split(/\r?\n/).filter((line) => line.startsWith("data: ")))
    .map((line) => line.slice(6))

/** Whether the transport said that the body is whole. */
const isWhole = (seen: Seen): boolean => seen.body.endsWith("0\r\n\r\n")

/** How many words of a twelve word answer came. */
const wordsIn = (seen: Seen): number =>
  ["The", " quick", " brown", " fox", " naïvely", " jumps", " over", " a", " lazy", " dog,"].filter((word) =>
    eventsOf(seen).some((data) => data.includes(`"${word}"`))
  ).length

const hasFinish = (seen: Seen): boolean =>
  /"finish_reason":"|"stop_reason":"|"finishReason":"|response\.completed/.test(seen.body)

describe.each(languages)("in $language, streamed", (asking) => {
  test("a healthy stream is whole and ends with its finish", async () => {
    const seen = await ask(asking, "words:count=10", true)
    expect(seen).toMatchObject({ status: 200, left: "end" })
    expect([wordsIn(seen), isWhole(seen), hasFinish(seen)]).toEqual([10, true, true])
    expect(seen.headers).toContain("content-type: text/event-stream")
  })

  test.each([
    ["reset", { status: 0, body: "", left: "reset" }],
    ["hang", { status: 0, body: "", left: "quiet" }]
  ])("%s", async (fault, expected) => {
    expect(await ask(asking, `words:${fault}`, true)).toMatchObject(expected)
  })

  test.each([
    ["cut=4", "end"],
    ["cut=4:pace=2ms", "end"],
    ["rst=4:pace=2ms", "reset"],
    ["silent-after=4", "quiet"]
  ] as const)("%s: four words, then %s, and no end", async (fault, left) => {
    const seen = await ask(asking, `words:count=10:${fault}`, true)
    expect(seen.left).toBe(left)
    expect([wordsIn(seen), isWhole(seen), hasFinish(seen)]).toEqual([4, false, false])
  })

  test("first=… sends the headers and the signs of life at once and the first content later", async () => {
    const seen = await ask(asking, "words:count=10:first=60ms", true)
    const at = performance.timeOrigin + performance.now()
    const entry = simulator.log.entries.at(-1)
    expect([wordsIn(seen), isWhole(seen)]).toEqual([10, true])
    expect((entry?.firstContentAt ?? 0) - (entry?.at ?? at)).toBeGreaterThanOrEqual(59)
    const early = await ask(asking, "words:count=10:first=60s", true, 50)
    expect(early).toMatchObject({ status: 200, left: "quiet" })
    expect(wordsIn(early)).toBe(0)
  })

  test("headers=… sends nothing until then", async () => {
    expect(await ask(asking, "words:headers=60s", true, 50)).toMatchObject({ status: 0, left: "quiet" })
  })

  test("garbled=N breaks that event and no other", async () => {
    const seen = await ask(asking, "words:count=10:garbled=5", true)
    const broken = eventsOf(seen).map((data) => data !== "[DONE]" && parseJson(data) === undefined)
    expect(broken.filter(Boolean)).toHaveLength(1)
    expect(broken[4]).toBe(true)
    expect(isWhole(seen)).toBe(true)
  })

  test.each([0, 3])("error-event=%d tells the provider's error inside a 200", async (at) => {
    const seen = await ask(asking, `words:count=10:error-event=${at}:code=rate_limit_exceeded`, true)
    expect(seen.status).toBe(200)
    expect([wordsIn(seen), isWhole(seen), hasFinish(seen)]).toEqual([at, true, false])
    expect(eventsOf(seen).filter((data) => data.includes('"error":{'))).not.toBeEmpty()
  })

  test("role-only gives signs of life, a pause and the error", async () => {
    const seen = await ask(asking, "words:role-only=20ms", true)
    expect(wordsIn(seen)).toBe(0)
    expect(unchunked(seen)).toMatch(/^(: keep-alive|event: ping|:\r)/m)
    expect(eventsOf(seen).at(-1)).toContain("error")
  })

  test("no-finish ends the transport without an end of the answer", async () => {
    const seen = await ask(asking, "words:count=10:no-finish", true)
    expect([wordsIn(seen), isWhole(seen), hasFinish(seen)]).toEqual([10, true, false])
    expect(seen.body).not.toContain("[DONE]")
    expect(seen.body).not.toContain("message_stop")
  })

  test("double-finish tells the finish twice", async () => {
    const events = eventsOf(await ask(asking, "words:count=2:double-finish", true))
    const finishes = events.filter((data) =>
      /"finish_reason":"|"stop_reason":"|"finishReason":"|"type":"response.completed"/.test(data)
    )
    expect(finishes).toHaveLength(2)
  })

  test.each(["one-byte", "split-utf8", "crlf"])("%s changes the writes, not what is written", async (fault) => {
    const healthy = await ask(asking, "words:count=6:first=1ms", true)
    const seen = await ask(asking, `words:count=6:first=1ms:${fault}`, true)
    const masked = (data: ReadonlyArray<string>) =>
      data.map((text) => text.replaceAll(/sim[0-9a-f]{4,20}|:\d{10}\b|words:[^"]*/g, "…"))
    expect(masked(eventsOf(seen))).toEqual(masked(eventsOf(healthy)))
    expect(isWhole(seen)).toBe(true)
    if (fault === "crlf") expect(unchunked(seen).replaceAll("\r\n", "")).not.toContain("\n")
    else expect(seen.body.split("\r\n").length).toBeGreaterThan(healthy.body.split("\r\n").length)
  })

  test("truncate ends the transport well, inside an event", async () => {
    const seen = await ask(asking, "words:count=10:truncate", true)
    expect([isWhole(seen), hasFinish(seen)]).toEqual([true, false])
    expect(/\n\r?\n$/.test(unchunked(seen))).toBe(false)
  })

  test("comments and endless-line never end, and stop when the client leaves", async () => {
    for (const fault of ["comments", "endless-line"]) {
      const path = asking.path(`words:${fault}`, true)
      const leaving = new AbortController()
      const response = await fetch(simulator.url + path, {
        method: "POST",
        signal: leaving.signal,
        headers: { "anthropic-version": "2023-06-01" },
        body: JSON.stringify(asking.body(`words:${fault}`, true))
      })
      let length = 0
      for await (const chunk of response.body ?? []) {
        length += chunk.length
        if (length > 200_000) break
      }
      leaving.abort()
      expect(length).toBeGreaterThan(200_000)
    }
  })

  test("trickle sends byte by byte", async () => {
    const path = asking.path("words:trickle=2ms", true)
    const seen = await raw(simulator, path, asking.body("words:trickle=2ms", true), 100, 150)
    expect(seen.status).toBe(200)
    expect(seen.reads).toBeGreaterThan(10)
    expect(unchunked(seen).length).toBeLessThan(100)
  })

  test("giant sends one event of that size", async () => {
    const seen = await ask(asking, "words:count=1:giant=200000", true)
    const lengths = eventsOf(seen).map((data) => data.length)
    expect(lengths.filter((length) => length > 200_000)).not.toBeEmpty()
  })
})

describe.each(languages)("in $language, whole", (asking) => {
  const problemStatus = (expected: number) =>
    // Google's bad key is a 400, and Anthropic's empty account a 402.
    asking.language === "gemini-content" && expected === 401 ? 400 : expected

  test.each([400, 401, 403, 404, 429, 500, 502, 503, 504, 529])(
    "status=%d in the language's own words",
    async (status) => {
      const response = await post(
        simulator,
        asking.path(`words:status=${status}`, false),
        asking.body(`words:status=${status}`, false),
        {
          "anthropic-version": "2023-06-01"
        }
      )
      expect(response.status).toBe(status)
      expect(await response.json()).toMatchObject({ error: { message: expect.any(String) } })
      expect(response.headers.get("retry-after")).toBeNull()
    }
  )

  test.each([
    ["context_length_exceeded", 400, /context window|prompt is too long|exceeds the maximum number of tokens/],
    ["invalid_api_key", 401, /API key|x-api-key/],
    ["rate_limit_exceeded", 429, /[Rr]ate limit|quota/],
    ["server_error", 500, /error/]
  ] as const)("code=%s has its own status", async (code, status, message) => {
    const seen = await ask(asking, `words:code=${code}`, false)
    expect(seen.status).toBe(problemStatus(status))
    expect(seen.body).toMatch(message)
  })

  test("retry-after is a header, or Google's RetryInfo", async () => {
    const [seconds, date, absurd] = await Promise.all(
      ["2", "date", "1000000000"].map((value) => ask(asking, `words:status=429:retry-after=${value}`, false))
    )
    if (asking.language === "gemini-content") {
      expect(seconds?.body).toContain('"retryDelay":"2s"')
      expect(absurd?.body).toContain('"retryDelay":"1000000000s"')
      return
    }
    expect(seconds?.headers).toContain("retry-after: 2\r\n")
    expect(date?.headers).toMatch(/retry-after: \w{3}, \d\d \w{3} \d{4} [\d:]+ gmt/)
    expect(absurd?.headers).toContain("retry-after: 1000000000")
  })

  test.each([
    ["html", 502, "text/html", /^<html>/],
    ["html:status=503", 503, "text/html", /^<html>/],
    ["empty-body", 200, "application/json", /^$/],
    ["empty-body:status=500", 500, "application/json", /^$/],
    ["wrong-type", 200, "text/plain", /^\{/],
    ["wrong-type:status=500", 500, "text/plain", /^\{/],
    ["error-event", 200, "application/json", /"error":\{/]
  ] as const)("%s", async (fault, status, type, body) => {
    const seen = await ask(asking, `words:${fault}`, false)
    expect(seen.status).toBe(status)
    expect(seen.headers).toContain(`content-type: ${type}`)
    expect(seen.body).toMatch(body)
  })

  test.each(["broken-json", "truncate"])("%s is a whole body that is no JSON", async (fault) => {
    const seen = await ask(asking, `words:count=5:${fault}`, false)
    expect(seen.headers).toContain(`content-length: ${Buffer.byteLength(seen.body)}`)
    expect(parseJson(seen.body)).toBeUndefined()
  })

  test.each([
    ["long-length", "more"],
    ["short-length", "less"]
  ])("%s: content-length says %s than comes, and the connection is closed", async (fault) => {
    const seen = await ask(asking, `words:count=5:${fault}`, false)
    const said = Number(/content-length: (\d+)/.exec(seen.headers)?.[1])
    expect(Math.sign(said - Buffer.byteLength(seen.body))).toBe(fault === "long-length" ? 1 : -1)
    expect(seen.left).toBe("end")
  })

  test.each([
    ["reset", 0, "reset"],
    ["hang", 0, "quiet"],
    ["cut=2", 200, "end"],
    ["rst=2", 200, "reset"],
    ["silent-after=2", 200, "quiet"]
  ] as const)("%s", async (fault, status, left) => {
    const seen = await ask(asking, `words:count=5:${fault}`, false)
    expect(seen).toMatchObject({ status, left })
    expect(parseJson(seen.body)).toBeUndefined()
  })

  test.each([
    ["gzip", gunzipSync],
    ["br", brotliDecompressSync],
    ["zstd", zstdDecompressSync]
  ] as const)("%s compresses unasked", async (encoding, unpack) => {
    const response = await fetch(simulator.url + asking.path(`words:count=5:${encoding}`, false), {
      method: "POST",
      headers: { "anthropic-version": "2023-06-01", "accept-encoding": "identity" },
      body: JSON.stringify(asking.body(`words:count=5:${encoding}`, false)),
      decompress: false
    })
    expect(response.headers.get("content-encoding")).toBe(encoding)
    expect(unpack(Buffer.from(await response.arrayBuffer())).toString()).toContain("The quick brown fox naïvely")
  })

  test("first and pace delay a whole answer until it would be said", async () => {
    const began = performance.now()
    const seen = await ask(asking, "words:count=5:first=20ms:pace=10ms", false)
    expect(seen.status).toBe(200)
    expect((simulator.log.entries.at(-1)?.firstContentAt ?? 0) - performance.timeOrigin - began).toBeGreaterThanOrEqual(
      58
    )
  })
})

test("gzip-bomb is small and unpacks to a quarter of a gibibyte", async () => {
  const response = await fetch(`${simulator.url}/v1/chat/completions`, {
    method: "POST",
    body: JSON.stringify({ model: "words:gzip-bomb", messages: [{ role: "user", content: "x" }] }),
    decompress: false
  })
  const packed = Buffer.from(await response.arrayBuffer())
  expect(packed.length).toBeLessThan(400_000)
  expect(gunzipSync(packed).length).toBe(256 * 1024 * 1024)
})

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

test.each(["words:status=503:times=2", "words:reset:times=2", "words:first=40ms:times=2"])(
  "%s is healthy from the third request on",
  async (model) => {
    if (chat === undefined) throw new Error("no chat")
    const outcomes: Array<string> = []
    for (let at = 0; at < 3; at++) {
      const began = performance.now()
      const seen = await raw(simulator, chat.path(model, true), chat.body(model, true), 80)
      const first = (simulator.log.entries.at(-1)?.firstContentAt ?? 0) - performance.timeOrigin - began
      outcomes.push(seen.status === 200 && first < 39 ? "healthy" : "not")
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

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

/** Those that end by themselves may take their time on a busy machine. */
const patience = (model: string): number => (/:(?:hang|silent-after=\d+|open-end)$/.test(model) ? 500 : 3000)

const ask = (asking: Asking, model: string, stream: boolean, quietMs = patience(model)): Promise<Seen> =>
  raw(simulator, asking.path(model, stream), asking.body(model, stream), quietMs)

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

import { describe, expect, test } from "bun:test"
import { RequestLines } from "../../../src/telemetry/log/RequestLine.ts"
import type { RequestEnd } from "../../../src/telemetry/RequestEnd.ts"
import { attempt, end, failed, record, refused, spending, trace } from "../Ends.ts"

const lineOf = (one: RequestEnd): string => new RequestLines().lineOf(one)
const read = (one: RequestEnd): unknown => JSON.parse(lineOf(one))

test("a line says of an answered request all that there is to say", () => {
  const attempts = [failed(), attempt({ kind: "fallback" })]
  expect(read(end({ clientRequestId: "c-1", record: record({ attempts }) }))).toEqual({
    time: "2026-07-02T08:00:00.250Z",
    request_id: trace.requestId,
    client_request_id: "c-1",
    trace_id: "0af7651916cd43dd8448eb211c80319c",
    key: "voice",
    team: "speech",
    method: "POST",
    route: "/v1/chat/completions",
    status: 200,
    model: "gpt-5",
    target: "openai/gpt-5#main",
    attempts: 2,
    outcome: "answered",
    stream: true,
    ms: 1251,
    first_content_ms: 250,
    overhead_ms: 0.21,
    input_tokens: 900,
    output_tokens: 100,
    cached_tokens: 512,
    cost_usd: "0.0012345"
  })
})

test("a line of a refused request has nothing that is not known", () => {
  expect(read(refused({ caller: { name: "" } }))).toEqual({
    time: "2026-07-02T08:00:00.250Z",
    request_id: trace.requestId,
    trace_id: "0af7651916cd43dd8448eb211c80319c",
    method: "POST",
    route: "/v1/chat/completions",
    status: 401,
    failure: "UnknownKey",
    stream: false,
    ms: 0.4
  })
})

test("tokens and cost are those of all attempts", () => {
  const attempts = [attempt({ outcome: "lost" }), attempt({ kind: "hedge" })]
  expect(read(end({ record: record({ attempts }) }))).toMatchObject({
    input_tokens: 1800,
    output_tokens: 200,
    cached_tokens: 1024,
    cost_usd: "0.002469"
  })
})

test("a cost that is not known in part is not known", () => {
  const { cost: _cost, ...unpriced } = spending
  const attempts = [attempt(), attempt({ kind: "hedge", spending: unpriced })]
  expect(read(end({ record: record({ attempts }) }))).toMatchObject({ input_tokens: 1800, cost_usd: null })
})

test("a request that used nothing has no cost", () => {
  const line = read(
    end({ status: 503, record: record({ attempts: [failed()], outcome: "failed", failure: "Overloaded" }) })
  )
  expect(line).toMatchObject({ failure: "Overloaded", outcome: "failed", attempts: 1 })
  expect(line).not.toHaveProperty("cost_usd")
  expect(line).not.toHaveProperty("target")
})

test("times are right around the ends of seconds", () => {
  const lines = new RequestLines()
  const times = [0, 0.9, 749.999, 750, 1_749.9, 1_750, 60_000].map(
    (ms) => JSON.parse(lines.lineOf(end({ receivedAt: 1_782_979_200_250 + ms }))).time
  )
  expect(times).toEqual(
    [250, 250, 999, 1_000, 1_999, 2_000, 60_250].map((ms) => new Date(1_782_979_200_000 + ms).toISOString())
  )
})

describe("words of callers cannot break a line or fill the log", () => {
  // Line feeds of every kind that some reader of lines knows, quotes, an escape for terminals, turns of direction.
  const evil = 'x\n{"status":200}\r\n\u2028\u2029\u0085\u000b\u000c\u001b[31m"\\\u202e\u0000\ufeff'
  for (const [where, one] of [
    ["model", end({ record: record({ model: evil }) })],
    ["target", end({ record: record({ attempts: [attempt({ target: evil })] }) })],
    ["client_request_id", end({ clientRequestId: evil })],
    ["method", end({ method: evil })],
    ["key", refused({ caller: { name: evil } })],
    ["team", refused({ caller: { name: "a", team: evil } })]
  ] as const) {
    test(`in ${where}`, () => {
      const line = lineOf(one)
      // oxlint-disable-next-line no-control-regex -- they are what must not be there
      expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202e\ufeff]/)
      expect(JSON.parse(line)[where]).toStartWith('x\ufffd{"status":200}')
      expect(JSON.parse(line).status).not.toBeUndefined()
    })
  }

  test("a long one is cut", () => {
    const line = lineOf(end({ record: record({ model: "m".repeat(1_000_000) }) }))
    expect(line.length).toBeLessThan(1_000)
  })

  test("one that is cut within a character is still JSON", () => {
    const line = lineOf(end({ record: record({ model: `${"m".repeat(199)}😀` }) }))
    expect(Buffer.from(line).toString()).toBe(line)
  })
})

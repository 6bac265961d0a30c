import { describe, expect, test } from "bun:test"
import { nanosText, type Span, spansOf } from "../../../src/telemetry/otlp/Spans.ts"
import type { RequestEnd } from "../../../src/telemetry/RequestEnd.ts"
import { attempt, end, failed, record, refused, trace } from "../Ends.ts"

const spans = (one: RequestEnd): ReadonlyArray<Span> => {
  let made = 0
  return spansOf(one, { hostOf: (provider) => `${provider}.example`, newSpanId: () => `${++made}`.padStart(16, "a") })
}

const attributes = (span: Span | undefined) =>
  Object.fromEntries(span?.attributes.map(({ key, value }) => [key, Object.values(value)[0]]) ?? [])

test("a request is a server's span under the caller's, an attempt a client's under that", () => {
  const [server, first, second] = spans(
    end({ record: record({ attempts: [failed(), attempt({ kind: "fallback" })] }) })
  )
  expect([server?.kind, first?.kind, second?.kind]).toEqual([2, 3, 3])
  expect(new Set([server?.traceId, first?.traceId, second?.traceId])).toEqual(
    new Set(["0af7651916cd43dd8448eb211c80319c"])
  )
  expect(server?.parentSpanId).toBe("b7ad6b7169203331")
  // The one that the answer's `traceparent` names.
  expect(server?.spanId).toBe("81595f806cf5a4f7")
  expect([first?.parentSpanId, second?.parentSpanId]).toEqual(["81595f806cf5a4f7", "81595f806cf5a4f7"])
  expect(first?.spanId).not.toBe(second?.spanId)
  expect([server?.name, first?.name]).toEqual(["POST /v1/chat/completions", "chat gpt-5"])
})

test("spans have the times at which it was", () => {
  const [server, client] = spans(end())
  expect([server?.startTimeUnixNano, server?.endTimeUnixNano]).toEqual(["1782979200250000000", "1782979201501000000"])
  expect([client?.startTimeUnixNano, client?.endTimeUnixNano]).toEqual(["1782979200250250000", "1782979201500000000"])
  expect(nanosText(1_782_979_200_250.125)).toBe("1782979200250125000")
})

test("attributes have OpenTelemetry's names", () => {
  const [server, client] = spans(end())
  expect(attributes(server)).toEqual({
    "http.request.method": "POST",
    "http.route": "/v1/chat/completions",
    "http.response.status_code": 200,
    "gen_ai.operation.name": "chat",
    "gen_ai.request.model": "gpt-5",
    "gen_ai.response.model": "openai/gpt-5",
    "gen_ai.provider.name": "openai",
    "gen_ai.usage.input_tokens": 900,
    "gen_ai.usage.output_tokens": 100,
    "gen_ai.usage.cache_read.input_tokens": 512,
    "gen_ai.usage.cache_creation.input_tokens": 0,
    "gateway.request.id": trace.requestId,
    "gateway.outcome": "answered",
    "gateway.attempts": 1,
    "gateway.key.name": "voice",
    "gateway.team": "speech",
    "gateway.overhead_ms": 0.21
  })
  expect(attributes(client)).toMatchObject({
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "openai",
    "gen_ai.system": "openai",
    "gen_ai.request.model": "gpt-5",
    "gen_ai.usage.input_tokens": 900,
    "gen_ai.usage.output_tokens": 100,
    "server.address": "openai.example",
    "gateway.attempt.kind": "first",
    "gateway.attempt.outcome": "answered",
    "gateway.target": "openai/gpt-5#main",
    "gateway.cost_nano_dollars": 1_234_500
  })
})

describe("a span is an error when the gateway or a provider failed, not when the caller did", () => {
  const status = (one: RequestEnd) => spans(one).map((span) => [span.status.code, attributes(span)["error.type"]])
  for (const [what, one, expected] of [
    [
      "an answer",
      end(),
      [
        [0, undefined],
        [0, undefined]
      ]
    ],
    ["a wrong key", refused(), [[0, "UnknownKey"]]],
    ["a fault", refused({ status: 500, failure: "Internal" }), [[2, "Internal"]]],
    [
      "a provider that failed",
      end({ status: 503, record: record({ outcome: "failed", failure: "Overloaded", attempts: [failed()] }) }),
      [
        [2, "Overloaded"],
        [2, "Overloaded"]
      ]
    ],
    [
      "a stream that broke",
      end({
        record: record({
          outcome: "broken",
          failure: "Cut",
          attempts: [attempt({ outcome: "broken", failure: { class: "Cut", message: "" } })]
        })
      }),
      [
        [2, "Cut"],
        [2, "Cut"]
      ]
    ],
    [
      "a caller who left",
      end({ status: 499, record: record({ outcome: "cancelled", attempts: [attempt({ outcome: "cancelled" })] }) }),
      [
        [0, undefined],
        [0, "cancelled"]
      ]
    ]
  ] as const) {
    test(what, () => expect(status(one)).toEqual(expected.map((pair) => [...pair])))
  }
})

test("a method of a caller's own is not told", () => {
  const [server] = spans(refused({ method: "SECRET" }))
  expect(server?.name).toBe("_OTHER /v1/chat/completions")
})

test("an attempt that ended before it was sent takes no time", () => {
  const [, client] = spans(end({ record: record({ attempts: [failed({ sentMs: 50, endedMs: 40 })] }) }))
  expect(client?.endTimeUnixNano).toBe(client?.startTimeUnixNano ?? "")
})

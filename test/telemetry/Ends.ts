import { Context, Effect, Layer } from "effect"
import { tokenCountsOf } from "../../src/catalog/Cost.ts"
import type { Spending } from "../../src/domain/usage/Cost.ts"
import type { RequestRecord } from "../../src/domain/usage/RequestRecord.ts"
import type { AttemptRecord } from "../../src/domain/routing/Trail.ts"
import { noUsage } from "../../src/domain/usage/Usage.ts"
import type { RequestEnd } from "../../src/telemetry/RequestEnd.ts"
import { Telemetry, type TelemetryOptions } from "../../src/telemetry/Telemetry.ts"
import type { Trace } from "../../src/telemetry/Trace.ts"

export const trace: Trace = {
  requestId: "7f3e787f-a23a-4dda-8159-5f806cf5a4f7",
  traceparent: "00-0af7651916cd43dd8448eb211c80319c-81595f806cf5a4f7-01",
  parentSpanId: "b7ad6b7169203331"
}

/** 2026-07-02T08:00:00.250Z */
export const receivedAt = 1_782_979_200_250

export const spending: Spending = {
  usage: { ...noUsage, inputTokens: 900, cachedTokens: 512, outputTokens: 100, reasoningTokens: 30 },
  source: "provider",
  cost: {
    total: 1_234_500,
    byClass: { input: 388_000, cachedInput: 46_500, output: 560_000, reasoning: 240_000 },
    priceVersion: "2026-07-02"
  }
}

export const attempt = (some: Partial<AttemptRecord> = {}): AttemptRecord => ({
  id: "7f3e787f/1",
  kind: "first",
  target: "openai/gpt-5#main",
  provider: "openai",
  model: "openai/gpt-5",
  queuedMs: 0,
  sentMs: 0.25,
  headersMs: 180,
  firstContentMs: 250,
  firstTextMs: 250,
  endedMs: 1_250,
  outcome: "answered",
  spending,
  dropped: [],
  ...some
})

export const failed = (some: Partial<AttemptRecord> = {}): AttemptRecord => {
  const { spending: _spending, firstContentMs: _content, firstTextMs: _text, ...rest } = attempt()
  return {
    ...rest,
    outcome: "failed",
    endedMs: 40,
    failure: { class: "Overloaded", message: "words", status: 529 },
    ...some
  }
}

export const record = (some: Partial<RequestRecord> = {}): RequestRecord => ({
  id: trace.requestId,
  receivedAt,
  caller: { keyId: "k1", name: "voice", team: "speech", tags: ["a"], quotas: [] },
  model: "gpt-5",
  stream: true,
  labels: { tags: ["a"] },
  configuration: "c0ffee",
  outcome: "answered",
  endedMs: 1_251,
  attempts: [attempt()],
  ...some
})

export const end = (some: Partial<RequestEnd> = {}): RequestEnd => ({
  trace,
  method: "POST",
  route: "/v1/chat/completions",
  status: 200,
  receivedAt,
  headersMs: 251,
  endedMs: 1_251,
  overheadMs: 0.21,
  stream: true,
  record: record(),
  ...some
})

/** A request that was refused before it reached the engine. */
export const refused = (some: Partial<RequestEnd> = {}): RequestEnd => {
  const { record: _record, overheadMs: _overhead, ...rest } = end()
  return { ...rest, status: 401, failure: "UnknownKey", stream: false, endedMs: 0.4, ...some }
}

export const models: ReadonlySet<string> = new Set(["openai/gpt-5", "anthropic/claude-sonnet-5"])

export const options: TelemetryOptions = {
  version: "0.1.0",
  isModel: (id) => models.has(id),
  tokensOf: tokenCountsOf,
  log: "off"
}

/** Telemetry that is there until the test's scope closes. */
export const telemetryWith = (some: Partial<TelemetryOptions> = {}) =>
  Effect.map(Layer.build(Telemetry.layer({ ...options, ...some })), (context) => Context.get(context, Telemetry))

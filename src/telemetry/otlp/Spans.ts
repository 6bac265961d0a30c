import { OtlpResource, type OtlpTracer } from "effect/observability"
import type { AttemptRecord } from "../../domain/routing/Trail.ts"
import { answering, outcomeOf } from "../metrics/Labels.ts"
import type { RequestEnd } from "../RequestEnd.ts"
import { spanIdOf, traceIdOf } from "../Trace.ts"
import { bareModel, errorTypeOf, operationOf, providerNameOf } from "./GenAi.ts"

/** A span as OTLP has it. */
export type Span = OtlpTracer.TraceData["resourceSpans"][number]["scopeSpans"][number]["spans"][number]

/** What spans need from outside. */
export interface SpanParts {
  /** The host of a provider's address. */
  readonly hostOf: (provider: string, region: string | undefined) => string | undefined
  /** Sixteen random hexadecimal digits. */
  readonly newSpanId: () => string
}

/** OTLP's numbers. */
const kinds = { server: 2, client: 3 } as const
const statuses = { unset: { code: 0 }, error: { code: 2 } } as const

/** Longest text of a caller in an attribute, in characters. */
const mostCharacters = 200

/** Milliseconds since 1970 in nanoseconds, which a number does not hold. */
export const nanosText = (ms: number): string => {
  const whole = Math.floor(ms)
  return `${whole}${String(Math.floor((ms - whole) * 1e6)).padStart(6, "0")}`
}

const methods: ReadonlySet<string> = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])

const methodOf = ({ method }: RequestEnd): string => (methods.has(method) ? method : "_OTHER")

/**
 * A request as spans, made after the fact: the server's, under the caller's, and one under it for each attempt. No
 * words of prompts, answers or failures.
 */
export const spansOf = (end: RequestEnd, parts: SpanParts): ReadonlyArray<Span> => {
  const operation = operationOf(end.route)
  const attempts = end.record?.attempts ?? []
  return [serverSpan(end, operation), ...attempts.map((attempt) => clientSpan(end, attempt, operation, parts))]
}

const serverSpan = (end: RequestEnd, operation: string | undefined): Span => {
  const { trace, record } = end
  const failure = record?.failure ?? end.failure
  const answer = answering(end)
  const caller = record?.caller ?? end.caller
  const isError = end.status >= 500 || (failure !== undefined && end.status < 400)
  return {
    ...times(end.receivedAt, 0, end.endedMs),
    traceId: traceIdOf(trace),
    spanId: spanIdOf(trace),
    parentSpanId: trace.parentSpanId,
    name: `${methodOf(end)} ${end.route}`,
    kind: kinds.server,
    attributes: attributesOf({
      "http.request.method": methodOf(end),
      "http.route": end.route,
      "http.response.status_code": end.status,
      "gen_ai.operation.name": record === undefined ? undefined : operation,
      "gen_ai.request.model": record?.model.slice(0, mostCharacters),
      "gen_ai.response.model": answer?.model.slice(0, mostCharacters),
      "gen_ai.provider.name": answer === undefined ? undefined : providerNameOf(answer.provider),
      ...usageOf(answer),
      "error.type": failure ?? (end.status >= 500 ? String(end.status) : undefined),
      "gateway.request.id": trace.requestId,
      "gateway.outcome": outcomeOf(end),
      "gateway.attempts": record?.attempts.length,
      "gateway.key.name": caller?.name || undefined,
      "gateway.team": caller?.team,
      "gateway.overhead_ms": end.overheadMs
    }),
    status: isError ? statuses.error : statuses.unset
  }
}

const clientSpan = (
  { trace, receivedAt }: RequestEnd,
  attempt: AttemptRecord,
  operation: string | undefined,
  { hostOf, newSpanId }: SpanParts
): Span => {
  const { provider, outcome, failure, spending } = attempt
  const model = bareModel(attempt).slice(0, mostCharacters)
  const providerName = providerNameOf(provider)
  return {
    ...times(receivedAt, attempt.sentMs, attempt.endedMs),
    traceId: traceIdOf(trace),
    spanId: newSpanId(),
    parentSpanId: spanIdOf(trace),
    name: operation === undefined ? model : `${operation} ${model}`,
    kind: kinds.client,
    attributes: attributesOf({
      "gen_ai.operation.name": operation,
      "gen_ai.provider.name": providerName,
      // The name that it had before 2025, which many a viewer still goes by.
      "gen_ai.system": providerName,
      "gen_ai.request.model": model,
      ...usageOf(attempt),
      "server.address": hostOf(provider, attempt.region),
      "http.response.status_code": failure?.status,
      "error.type": errorTypeOf(attempt),
      "gateway.attempt.id": attempt.id,
      "gateway.attempt.kind": attempt.kind,
      "gateway.attempt.outcome": outcome,
      "gateway.target": attempt.target.slice(0, mostCharacters),
      "gateway.queued_ms": attempt.sentMs - attempt.queuedMs,
      "gateway.first_content_ms":
        attempt.firstContentMs === undefined ? undefined : attempt.firstContentMs - attempt.sentMs,
      "gateway.cost_nano_dollars": spending?.cost?.total
    }),
    status: outcome === "failed" || outcome === "broken" ? statuses.error : statuses.unset
  }
}

const usageOf = (attempt: AttemptRecord | undefined): Attributes => {
  const usage = attempt?.spending?.usage
  return usage === undefined
    ? {}
    : {
        "gen_ai.usage.input_tokens": usage.inputTokens,
        "gen_ai.usage.output_tokens": usage.outputTokens,
        "gen_ai.usage.cache_read.input_tokens": usage.cachedTokens,
        "gen_ai.usage.cache_creation.input_tokens": usage.cacheWriteTokens
      }
}

type Attributes = Readonly<Record<string, string | number | undefined>>

const attributesOf = (attributes: Attributes): Span["attributes"] => {
  const known: Span["attributes"] = []
  for (const key of Object.keys(attributes)) {
    const value = attributes[key]
    if (value !== undefined) known.push({ key, value: OtlpResource.unknownToAttributeValue(value) })
  }
  return known
}

/** What is the same in all spans is here too: nothing was dropped, and there are no events and links. */
const times = (receivedAt: number, fromMs: number, toMs: number) => ({
  startTimeUnixNano: nanosText(receivedAt + fromMs),
  endTimeUnixNano: nanosText(receivedAt + Math.max(fromMs, toMs)),
  droppedAttributesCount: 0,
  events: [],
  droppedEventsCount: 0,
  links: [],
  droppedLinksCount: 0
})

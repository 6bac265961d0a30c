import { usdText } from "../../domain/usage/Money.ts"
import type { RequestRecord } from "../../domain/usage/RequestRecord.ts"
import { answering } from "../metrics/Labels.ts"
import type { RequestEnd } from "../RequestEnd.ts"
import { traceIdOf } from "../Trace.ts"

/** Longest text of a caller in a line, in characters. */
const mostCharacters = 200

/**
 * Characters that JSON lets stand and that some readers of lines take for an end of line, or a terminal for an order:
 * C1, line separators, turns of direction.
 */
// oxlint-disable-next-line no-control-regex -- they are what it is for
const unprintable = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g

/** Somebody else's text as a line takes it. */
const printable = (text: string): string =>
  (text.length > mostCharacters ? `${text.slice(0, mostCharacters)}…` : text).replace(unprintable, "\ufffd")

/** What load balancers and Prometheus look at every few seconds: lines of it would bury all others. */
const looks: ReadonlySet<string> = new Set(["/healthz", "/readyz", "/metrics"])

/** Whether a request has a line: all have, but looks at the process that found it well. */
export const isLogged = ({ route, status }: Pick<RequestEnd, "route" | "status">): boolean =>
  status >= 400 || !looks.has(route)

/** A time that is told in milliseconds, with as many digits as say something. */
const rounded = (ms: number, digits: 10 | 1000): number => Math.round(ms * digits) / digits

/**
 * Writes one request as one line of JSON, without its end. These fields are all that is ever told of a request: no
 * words of a prompt, an answer or a provider, no header, no tag, no end user. What is not known is left out, as JSON
 * does with `undefined`; an object that always has the same fields is written faster than one that is put together of
 * spreads.
 */
export class RequestLines {
  #second = 0
  #secondText = ""

  lineOf(end: RequestEnd): string {
    const { trace, record, clientRequestId, overheadMs } = end
    const { name, team } = record?.caller ?? end.caller ?? nobody
    const answer = answering(end)
    const spent = record === undefined ? undefined : spentOn(record)
    return JSON.stringify({
      time: this.#timeOf(end.receivedAt),
      request_id: trace.requestId,
      client_request_id: clientRequestId === undefined ? undefined : printable(clientRequestId),
      trace_id: traceIdOf(trace),
      key: name === "" ? undefined : printable(name),
      team: team === undefined ? undefined : printable(team),
      method: printable(end.method),
      route: end.route,
      status: end.status,
      // As the caller asked for it; the target is where the answer came from.
      model: record === undefined ? undefined : printable(record.model),
      target: answer === undefined ? undefined : printable(answer.target),
      attempts: record?.attempts.length,
      outcome: record?.outcome,
      failure: end.failure ?? record?.failure,
      stream: end.stream,
      ms: rounded(end.endedMs, 10),
      first_content_ms: answer?.firstContentMs === undefined ? undefined : rounded(answer.firstContentMs, 10),
      overhead_ms: overheadMs === undefined ? undefined : rounded(overheadMs, 1000),
      input_tokens: spent?.input,
      output_tokens: spent?.output,
      cached_tokens: spent?.cached,
      cost_usd: spent?.cost
    })
  }

  /** When the request came, as ISO 8601 has it. */
  #timeOf(ms: number): string {
    const second = Math.floor(ms / 1000)
    if (second !== this.#second) {
      this.#second = second
      this.#secondText = new Date(second * 1000).toISOString().slice(0, 20)
    }
    return `${this.#secondText}${String(Math.floor(ms) % 1000).padStart(3, "0")}Z`
  }
}

const nobody: { readonly name: string; readonly team?: string } = { name: "" }

/**
 * Tokens and cost of all attempts together, which is what is billed; null where a price is not known, nothing where
 * nothing was used.
 */
const spentOn = ({ attempts }: RequestRecord) => {
  let input = 0
  let output = 0
  let cached = 0
  let nanos: number | undefined = 0
  let isNothing = true
  for (const { spending } of attempts) {
    if (spending === undefined) continue
    isNothing = false
    input += spending.usage.inputTokens
    output += spending.usage.outputTokens
    cached += spending.usage.cachedTokens
    nanos = nanos === undefined || spending.cost === undefined ? undefined : nanos + spending.cost.total
  }
  return isNothing ? undefined : { input, output, cached, cost: nanos === undefined ? null : usdText(nanos) }
}

/** The ids of one request, for the answer's headers, the log and the trace. */
export interface Trace {
  /** Ours, unique. */
  readonly requestId: string
  /** W3C `traceparent` of our part: the caller's trace, or a new one. */
  readonly traceparent: string
  /** The caller's span, where the trace is the caller's. */
  readonly parentSpanId?: string
}

/** Whether a trace is recorded. `parentSampled`: whether the caller records it; absent where the trace begins here. */
export type Sampler = (traceId: string, parentSampled: boolean | undefined) => boolean

const traceparent = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/

const sampledFlag = 1

/**
 * Continues the caller's trace where it sent one that is valid; begins one where not. The sampler decides what the
 * answer's `traceparent` says of recording; without one the caller's word is passed on.
 */
export const traceOf = (callers: string | null, sampler?: Sampler): Trace => {
  // Begins with the time, so that rows of the ledger come in the order of its index; 74 random bits are left, 62 of
  // them in the half that names the span.
  const requestId = Bun.randomUUIDv7()
  const random = requestId.replaceAll("-", "")
  const match = callers === null ? null : traceparent.exec(callers)
  const [, trace, parent, flags = "00"] = match ?? []
  const span = random.slice(16)
  // All zeros is what W3C calls invalid.
  if (trace === undefined || /^0+$/.test(trace) || parent === undefined || /^0+$/.test(parent)) {
    return { requestId, traceparent: `00-${random}-${span}-${sampler?.(random, undefined) === true ? "01" : "00"}` }
  }
  const theirs = Number.parseInt(flags, 16)
  const ours = sampler === undefined ? flags : withSampled(theirs, sampler(trace, (theirs & sampledFlag) === 1))
  return { requestId, traceparent: `00-${trace}-${span}-${ours}`, parentSpanId: parent }
}

const withSampled = (flags: number, sampled: boolean): string =>
  ((flags & ~sampledFlag) | (sampled ? sampledFlag : 0)).toString(16).padStart(2, "0")

/** The trace that a `traceparent` of ours is of. */
export const traceIdOf = ({ traceparent }: Trace): string => traceparent.slice(3, 35)

/** Our span in it. */
export const spanIdOf = ({ traceparent }: Trace): string => traceparent.slice(36, 52)

/**
 * Whether a request's trace is recorded, from what its `traceparent` says; the same whether or not the sampler was
 * asked when the request came.
 */
export const isSampled = ({ traceparent, parentSpanId }: Trace, sampler: Sampler): boolean => {
  const flagged = (Number.parseInt(traceparent.slice(53), 16) & sampledFlag) === 1
  return sampler(traceparent.slice(3, 35), parentSpanId === undefined ? undefined : flagged)
}

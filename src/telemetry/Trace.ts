/** The ids of one request, for the answer's headers, the log and the trace. */
export interface Trace {
  /** Ours, unique. */
  readonly requestId: string
  /** W3C `traceparent` of our part: the caller's trace, or a new one. */
  readonly traceparent: string
}

const traceparent = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/

/** Continues the caller's trace where it sent one that is valid; begins one where not. */
export const traceOf = (callers: string | null): Trace => {
  const requestId = crypto.randomUUID()
  // A UUID is 122 random bits: enough for the ids of both.
  const random = requestId.replaceAll("-", "")
  const match = callers === null ? null : traceparent.exec(callers)
  const [, trace, parent, flags] = match ?? []
  // All zeros is what W3C calls invalid.
  const continued = trace !== undefined && !/^0+$/.test(trace) && parent !== undefined && !/^0+$/.test(parent)
  const span = random.slice(16)
  return {
    requestId,
    traceparent: continued ? `00-${trace}-${span}-${flags ?? "00"}` : `00-${random}-${span}-00`
  }
}

import { describe, expect, test } from "bun:test"
import { spanIdOf, traceIdOf, traceOf } from "../../src/telemetry/Trace.ts"

const trace = "0af7651916cd43dd8448eb211c80319c"
const span = "b7ad6b7169203331"
const whole = /^00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})$/

describe("a trace that is valid is continued", () => {
  for (const flags of ["00", "01", "ff"]) {
    test(`with its flags ${flags}, under a span of ours`, () => {
      const [, continued, ours, theirs] = whole.exec(traceOf(`00-${trace}-${span}-${flags}`).traceparent) ?? []
      expect([continued, theirs]).toEqual([trace, flags])
      expect(ours).not.toBe(span)
      expect(traceOf(`00-${trace}-${span}-${flags}`).parentSpanId).toBe(span)
    })
  }
})

describe("a trace that is not valid is begun anew, and not sampled", () => {
  for (const value of [
    null,
    "",
    trace,
    `00-${trace}-${span}`,
    `00-${trace}-${span}-01-more`,
    `00-${trace.toUpperCase()}-${span}-01`,
    `00-${"0".repeat(32)}-${span}-01`,
    `00-${trace}-${"0".repeat(16)}-01`,
    `ff-${trace}-${span}-01`,
    `00-${trace}-${span}-01\n`,
    `00-${trace}-${span}-01, 00-${trace}-${span}-01`
  ]) {
    test(JSON.stringify(value), () => {
      const [, begun, , flags] = whole.exec(traceOf(value).traceparent) ?? []
      expect(flags).toBe("00")
      expect(begun).not.toBe(trace)
      expect(traceOf(value).parentSpanId).toBeUndefined()
    })
  }
})

describe("a sampler decides what is said of recording, and leaves the other flags", () => {
  for (const [flags, samples, said] of [
    ["00", true, "01"],
    ["01", false, "00"],
    ["02", true, "03"],
    ["ff", false, "fe"]
  ] as const) {
    test(`${flags} becomes ${said}`, () => {
      const { traceparent } = traceOf(`00-${trace}-${span}-${flags}`, () => samples)
      expect(traceparent.slice(-2)).toBe(said)
    })
  }

  test("it is asked with the caller's word, or none", () => {
    const asked: Array<unknown> = []
    const sampler = (_: string, parentSampled: boolean | undefined) => asked.push(parentSampled) > 0
    expect(traceOf(null, sampler).traceparent.slice(-2)).toBe("01")
    traceOf(`00-${trace}-${span}-00`, sampler)
    traceOf(`00-${trace}-${span}-03`, sampler)
    expect(asked).toEqual([undefined, false, true])
  })
})

test("the ids in a traceparent are ours", () => {
  const made = traceOf(`00-${trace}-${span}-01`)
  expect(`00-${traceIdOf(made)}-${spanIdOf(made)}-01`).toBe(made.traceparent)
})

test("request ids and traces do not repeat", () => {
  const traces = Array.from({ length: 1000 }, () => traceOf(null))
  expect(new Set(traces.map(({ requestId }) => requestId)).size).toBe(1000)
  expect(new Set(traces.map(({ traceparent }) => traceparent)).size).toBe(1000)
})

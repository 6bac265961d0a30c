import { describe, expect, test } from "bun:test"
import { samplerOf } from "../../../src/telemetry/otlp/Samplers.ts"
import { isSampled, traceOf } from "../../../src/telemetry/Trace.ts"

const traceId = "0af7651916cd43dd8448eb211c80319c"

describe("a sampler heeds the caller as its name says", () => {
  for (const [name, argument, root, sampledParent, otherParent] of [
    [undefined, undefined, true, true, false],
    ["always_on", undefined, true, true, true],
    ["always_off", undefined, false, false, false],
    ["parentbased_always_on", undefined, true, true, false],
    ["parentbased_always_off", undefined, false, true, false],
    ["traceidratio", "0", false, false, false],
    ["traceidratio", "1", true, true, true],
    ["traceidratio", undefined, true, true, true],
    ["parentbased_traceidratio", "0", false, true, false],
    ["xray", undefined, true, true, false]
  ] as const) {
    test(`${name} ${argument}`, () => {
      const { sampler } = samplerOf(name, argument)
      expect([undefined, true, false].map((parent) => sampler(traceId, parent))).toEqual([
        root,
        sampledParent,
        otherParent
      ])
    })
  }
})

test("a ratio takes that share of the traces that begin here, the same ones each time", () => {
  const { sampler } = samplerOf("parentbased_traceidratio", "0.25")
  const traces = Array.from({ length: 4_000 }, () => traceOf(null))
  const taken = traces.filter((trace) => isSampled(trace, sampler))
  expect(taken.length).toBeGreaterThan(850)
  expect(taken.length).toBeLessThan(1_150)
  expect(traces.filter((trace) => isSampled(trace, sampler))).toEqual(taken)
})

describe("a decision is the same at the beginning and at the end", () => {
  for (const name of ["parentbased_traceidratio", "traceidratio", "always_off", "parentbased_always_on"]) {
    for (const callers of [null, `00-${traceId}-b7ad6b7169203331-01`, `00-${traceId}-b7ad6b7169203331-00`]) {
      test(`${name} after ${callers}`, () => {
        const { sampler } = samplerOf(name, "0.5")
        for (let turn = 0; turn < 20; turn++) {
          const trace = traceOf(callers, sampler)
          expect(trace.traceparent.endsWith("01")).toBe(isSampled(trace, sampler))
        }
      })
    }
  }
})

for (const [name, argument] of [
  ["xray", undefined],
  ["traceidratio", "2"],
  ["parentbased_traceidratio", "half"]
] as const) {
  test(`${name} ${argument} is told as a mistake`, () => expect(samplerOf(name, argument).mistake).toBeString())
}

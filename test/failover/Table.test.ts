import { expect, test } from "bun:test"
import type { ScenarioResult } from "./Running.ts"
import { type Scenario, scenarios } from "./Scenarios.ts"
import type { Verdict } from "./Scoring.ts"
import { isAsPromised, promised, summary, table } from "./Table.ts"

const row = (scenario: Scenario, verdict: Verdict): ScenarioResult => ({
  scenario,
  verdict,
  trials: scenario.trials.map((trial) => ({
    trial,
    way: "streamed",
    score: { verdict, notes: verdict === "pass" ? [] : ["a reason"] },
    primaryTries: 2,
    fallbackTries: 1,
    endedMs: 1234
  }))
})

const all = scenarios(1)
const passing = all.map((scenario) => row(scenario, "pass"))

test("there are sixteen scenarios, in order", () => {
  expect(all.map(({ number }) => number)).toEqual(Array.from({ length: 16 }, (_, at) => at + 1))
})

test("the last line of a table counts its verdicts", () => {
  expect(table("hold", passing)).toEndWith("\n16 pass, 0 partial, 0 safe, 0 fail")
  const mixed = all.map((scenario, at) =>
    row(scenario, at < 2 ? "partial" : at < 5 ? "safe" : at < 6 ? "fail" : "pass")
  )
  expect(summary(mixed)).toBe("10 pass, 2 partial, 3 safe, 1 fail")
})

test("a row tells tries and time, and the reasons of what is no pass", () => {
  const [first, second] = all
  if (first === undefined || second === undefined) throw new Error("There are no scenarios.")
  const lines = table("stream", [row(first, "pass"), row(second, "safe")]).split("\n")
  expect(lines[2]).toMatch(/^ 1 {2}429 with Retry-After: 2 once, then healthy +pass +2 +1 +1\.2 s$/)
  expect(lines[3]).toMatch(/^ 2 .*safe/)
  expect(lines[4]).toBe("      2, streamed: safe: a reason")
})

test("only a stream that its caller is reading may end in an error, and no other verdict is as promised", () => {
  expect(isAsPromised("hold", passing)).toBe(true)
  expect(isAsPromised("stream", passing)).toBe(false)
  const streaming = all.map((scenario) => row(scenario, [8, 9, 14].includes(scenario.number) ? "safe" : "pass"))
  expect(isAsPromised("stream", streaming)).toBe(true)
  expect(isAsPromised("hold", streaming)).toBe(false)
  expect(isAsPromised("hold", [])).toBe(false)
  expect([promised("stream", 14), promised("stream", 10), promised("hold", 14)]).toEqual(["safe", "pass", "pass"])
})

import { expect, test } from "bun:test"
import { breakerLine } from "../../src/telemetry/BreakerLine.ts"

for (const [change, line] of [
  [
    { name: "openai/gpt-5#main", state: "open", until: 6_400, reason: "RateLimited" },
    "breaker: openai/gpt-5#main is not asked for 5 s (RateLimited)"
  ],
  [
    { name: "own@http://host/v1?key=secret", state: "open", until: 1_100, reason: "Unreachable" },
    "breaker: own@http://host/v1 is not asked for 1 s (Unreachable)"
  ],
  [{ name: "own/m", state: "open", reason: "Unauthorized" }, "breaker: own/m is not asked (Unauthorized)"],
  [{ name: "own/m", state: "half-open", reason: "Overloaded" }, "breaker: own/m is tried with one request"],
  [{ name: "own/m", state: "closed", reason: "Overloaded" }, "breaker: own/m is asked again"]
] as const) {
  test(line, () => expect(breakerLine(change, 1_000)).toBe(line))
}

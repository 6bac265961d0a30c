import { expect, test } from "bun:test"
import { Result } from "effect"
import { type Behaviour, healthy, isOver, parse } from "../../src/simulator/Behaviour.ts"

const understood = (model: string): Behaviour => Result.getOrThrow(parse(model))
const refused = (model: string): string => {
  const result = parse(model)
  return Result.isFailure(result) ? result.failure.message : "understood"
}

test.each([
  ["echo", { script: "echo", name: "echo" }],
  ["sim/echo", { script: "echo", model: "echo" }],
  ["words:count=60:first=200ms:pace=1.5s", { counts: { count: 60 }, durations: { first: 200, pace: 1500 } }],
  ["words:for=1m", { durations: { for: 60_000 } }],
  ["words:cut=40", { counts: { cut: 40 } }],
  ["words:cut:at=40", { counts: { cut: 40, at: 40 } }],
  ["words:at=7:silent-after", { counts: { "silent-after": 7, at: 7 } }],
  ["words:error-event", { counts: { "error-event": 0 } }],
  ["words:giant:at=3", { counts: { giant: 16_777_216, at: 3 } }],
  ["words:role-only", { durations: { "role-only": 15_000 } }],
  ["words:trickle=5ms", { durations: { trickle: 5 } }],
  ["words:status=429:retry-after=2", { counts: { status: 429 }, retryAfter: "2" }],
  ["words:retry-after=1000000000:status=429", { retryAfter: "1000000000" }],
  ["words:code=insufficient_quota", { code: "insufficient_quota" }],
  ["tools:tool-no-index:no-done", { flags: new Set(["tool-no-index", "no-done"]) }],
  ["gpt-5-nano", { script: "any", name: "gpt-5-nano" }],
  ["gpt-5-nano:cut=2", { script: "any", name: "gpt-5-nano", counts: { cut: 2 } }],
  ["llama3:8b", { script: "any", name: "llama3:8b", model: "llama3:8b" }]
])("%s is read", (model, expected) => {
  expect(understood(model)).toMatchObject(expected)
})

test.each([
  ["words:cuut=3", "no option 'cuut'"],
  ["words:constructor", "no option 'constructor'"],
  ["words:first=200", "'first' needs a value such as first=200ms"],
  ["words:first", "'first' needs a value"],
  ["words:count=many", "'count' needs a value"],
  ["words:giant=1000000000", "'giant' is at most 67108864"],
  ["words:first=100000m", "'first' is at most"],
  ["words:reset=1", "'reset' takes no value"],
  ["words:status=200", "'status' is an error status"],
  ["words:code=oops", "'code' is one of"],
  ["words:retry-after=soon", "'retry-after' is a number of seconds"],
  ["gpt-5-nano:first=fast", "'first' needs a value"]
])("%s is refused, naming the option", (model, message) => {
  expect(refused(model)).toContain(message)
})

test("what is over is healthy: the faults go, the size and the pace stay", () => {
  const behaviour = understood("words:count=3:pace=5ms:status=503:reset:trickle:code=overloaded:times=1")
  expect(healthy(behaviour)).toEqual({
    ...understood("words:count=3:pace=5ms:times=1"),
    model: behaviour.model
  })
})

test("where delays were all there was, they are what goes", () => {
  expect(healthy(understood("words:first=20s:times=1")).durations).toEqual({})
})

test.each([
  ["words:times=2", 2, 0, false],
  ["words:times=2", 3, 0, true],
  ["words:for=60s", 100, 59_999, false],
  ["words:for=60s", 2, 60_000, true],
  ["words", 1000, 1_000_000, false]
])("%s, request %d after %d ms: over is %p", (model, nth, since, over) => {
  expect(isOver(understood(model), nth, since)).toBe(over)
})

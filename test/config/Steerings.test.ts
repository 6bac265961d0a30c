import { describe, expect, test } from "bun:test"
import { loadFrom, settingsFrom } from "./Loading.ts"

describe("the defaults of all requests", () => {
  test("are nothing but what the file says", async () => {
    expect((await settingsFrom(undefined)).defaults).toEqual({})
    expect((await settingsFrom("version: 1\n")).defaults).toEqual({})
  })

  test("say every setting", async () => {
    const text = [
      "version: 1",
      "defaults:",
      "  latencyThreshold: 3 seconds",
      "  deadline: 1.5 minutes",
      "  timeouts: { connect: 2 seconds, headers: 20 seconds, firstContent: 3000 millis, idle: 15 seconds, total: 10 minutes }",
      "  on: [RateLimited, Overloaded, ContextTooLong]",
      "  retries: { attempts: 2, backoff: 250 millis }",
      "  hedge: { after: 800 millis, maxExtraCostUsd: 0.01 }",
      "  race: false",
      "  midStream: hold",
      "  trail: true"
    ].join("\n")
    expect((await settingsFrom(text)).defaults).toEqual({
      deadlineMs: 90_000,
      timeouts: { connectMs: 2000, headersMs: 20_000, firstContentMs: 3000, idleMs: 15_000, totalMs: 600_000 },
      on: ["RateLimited", "Overloaded", "ContextTooLong"],
      retries: { attempts: 2, backoffMs: 250 },
      hedge: { after: 800, maxExtraCost: 10_000_000 },
      race: false,
      midStream: "hold",
      trail: true
    })
  })

  const cases: ReadonlyArray<readonly [string, object]> = [
    ["{}", {}],
    ["{ latencyThreshold: 2 seconds }", { timeouts: { firstContentMs: 2000 } }],
    ["{ timeouts: { idle: 1 second, firstContent: 4 seconds } }", { timeouts: { idleMs: 1000, firstContentMs: 4000 } }],
    ["{ timeouts: {} }", {}],
    ["{ on: [] }", { on: [] }],
    ["{ retries: { attempts: 0 } }", { retries: { attempts: 0 } }],
    ["{ retries: { attempts: '3' } }", { retries: { attempts: 3 } }],
    ["{ hedge: { after: p95 } }", { hedge: { after: "p95" } }],
    // One nano-dollar, and a sum that floating point does not hold exactly.
    ["{ hedge: { after: p95, maxExtraCostUsd: 0.000000001 } }", { hedge: { after: "p95", maxExtraCost: 1 } }],
    ["{ hedge: { after: 1 second, maxExtraCostUsd: '1.1' } }", { hedge: { after: 1000, maxExtraCost: 1_100_000_000 } }],
    ["{ race: 'true', trail: 'false' }", { race: true, trail: false }],
    ["{ race: false, hedge: { after: p95 } }", { race: false, hedge: { after: "p95" } }]
  ]
  test.each(cases)("%s", async (written, expected) => {
    const { defaults } = await settingsFrom(`version: 1\ndefaults: ${written}\n`)
    expect<object>(defaults).toEqual(expected)
  })

  test("may come from the environment", async () => {
    const text =
      'version: 1\ndefaults: { deadline: "${DEADLINE}", race: "${RACE}", retries: { attempts: "${TRIES}" } }\n'
    const { defaults } = await settingsFrom(text, { DEADLINE: "9 seconds", RACE: "true", TRIES: "1" })
    expect(defaults).toMatchObject({ deadlineMs: 9000, race: true, retries: { attempts: 1 } })
  })

  const duration = 'must be a duration in words from 1 milli to 24 days, such as "30 seconds" or "500 millis"'
  const costs = "must be a number from 0 to 1000 with 9 decimals at most"
  const mistakes: ReadonlyArray<readonly [string, ReadonlyArray<string>]> = [
    ["deadline: 120", [`gateway.yaml:3:13 defaults.deadline: ${duration}`]],
    ["latencyThreshold: 0", [`gateway.yaml:3:21 defaults.latencyThreshold: ${duration}`]],
    ["latencyThreshold: 0 seconds", [`gateway.yaml:3:21 defaults.latencyThreshold: ${duration}`]],
    ["deadline: -1 seconds", [`gateway.yaml:3:13 defaults.deadline: ${duration}`]],
    ["retries: {attempts: 1, backoff: -5 millis}", [`gateway.yaml:3:35 defaults.retries.backoff: ${duration}`]],
    ["latencyThreshold: 3s", [`gateway.yaml:3:21 defaults.latencyThreshold: ${duration}`]],
    [
      "latencythreshold: x",
      ['gateway.yaml:3:3 defaults.latencythreshold: unknown setting; did you mean "latencyThreshold"?']
    ],
    [
      "{latencyThreshold: 3 seconds, timeouts: {firstContent: 4 seconds}}",
      [
        "gateway.yaml:3:22 defaults.latencyThreshold: is not the same as timeouts.firstContent, which means the same; leave one of them out"
      ]
    ],
    [
      "timeouts: {drain: 1 second, conect: 1 second, idle: 0 seconds}",
      [
        "gateway.yaml:3:14 defaults.timeouts.drain: is not written here, but under timeouts",
        'gateway.yaml:3:31 defaults.timeouts.conect: unknown setting; did you mean "connect"?',
        `gateway.yaml:3:55 defaults.timeouts.idle: ${duration}`
      ]
    ],
    [
      "on: [RateLimited, rate_limitd, Slow, 429]",
      [
        'gateway.yaml:3:21 defaults.on[1]: is not a class of failures (GET /v1/errors lists them); did you mean "RateLimited"?',
        "gateway.yaml:3:34 defaults.on[2]: is not a class of failures (GET /v1/errors lists them)",
        "gateway.yaml:3:40 defaults.on[3]: is not a class of failures (GET /v1/errors lists them)"
      ]
    ],
    ["on: Overloaded", ["gateway.yaml:3:7 defaults.on: expected a list, found text"]],
    ["retries: 2", ["gateway.yaml:3:12 defaults.retries: expected a mapping, found a number"]],
    ["retries: {backoff: 1 second}", ["gateway.yaml:3:3 defaults.retries.attempts: is missing"]],
    ["retries: {attempts: 11}", ["gateway.yaml:3:23 defaults.retries.attempts: must be a whole number from 0 to 10"]],
    [
      "hedge: {after: p99}",
      ['gateway.yaml:3:18 defaults.hedge.after: must be p95, or a duration in words such as "800 millis"']
    ],
    [
      "hedge: {after: 800}",
      ['gateway.yaml:3:18 defaults.hedge.after: must be p95, or a duration in words such as "800 millis"']
    ],
    ["hedge: {after: p95, maxExtraCostUsd: -1}", [`gateway.yaml:3:40 defaults.hedge.maxExtraCostUsd: ${costs}`]],
    ["hedge: {after: p95, maxExtraCostUsd: 1001}", [`gateway.yaml:3:40 defaults.hedge.maxExtraCostUsd: ${costs}`]],
    ["hedge: {after: p95, maxExtraCostUsd: 1e-10}", [`gateway.yaml:3:40 defaults.hedge.maxExtraCostUsd: ${costs}`]],
    ["hedge: {after: p95, maxExtraCostUsd: .inf}", [`gateway.yaml:3:40 defaults.hedge.maxExtraCostUsd: ${costs}`]],
    ["hedge: {after: p95, maxExtraCostUsd: 1 USD}", [`gateway.yaml:3:40 defaults.hedge.maxExtraCostUsd: ${costs}`]],
    ["race: sometimes", ["gateway.yaml:3:9 defaults.race: must be true or false"]],
    [
      "{race: true, hedge: {after: p95}}",
      [
        "gateway.yaml:3:16 defaults.hedge: stands beside race, which starts all targets at once, so that none is left for later; leave one out"
      ]
    ],
    ["midStream: retry", ["gateway.yaml:3:14 defaults.midStream: must be error or hold"]]
  ]
  test.each(mistakes)("%s is refused", async (written, expected) => {
    expect((await loadFrom(`version: 1\ndefaults:\n  ${written}\n`)).mistakes).toEqual([...expected])
  })
})

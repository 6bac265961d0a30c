import { describe, expect, test } from "bun:test"
import { Redacted } from "effect"
import { join } from "node:path"
import { loadFrom, settingsFrom } from "../Loading.ts"

describe("keys of callers", () => {
  test("may say what they are good for", async () => {
    const { keys } = await settingsFrom(`version: 1
data: data
keys:
  - plain-key-one
  - name: research
    key: plain-key-two
    team: science
    tags: [a, b=1, a]
    models: [openai/*]
    tools: []
    expires: 2027-01-31
    requestsPerMinute: 60
    tokensPerMinute: "100000"
    requestsAtOnce: 4
    budget: { day: 0.1, month: "100.5", total: 1000, zone: Europe/Berlin, unknownPrices: allow }
`)
    expect(keys.map((key) => ({ ...key, key: Redacted.value(key.key) }))).toEqual([
      { name: "key-1c20cd99d54f", key: "plain-key-one" },
      {
        name: "research",
        key: "plain-key-two",
        team: "science",
        tags: ["a", "b=1"],
        models: ["openai/*"],
        tools: [],
        expiresAt: Date.parse("2027-01-31T00:00:00Z"),
        allowance: {
          requestsPerMinute: 60,
          tokensPerMinute: 100_000,
          requestsAtOnce: 4,
          perDay: 100_000_000,
          perMonth: 100_500_000_000,
          inTotal: 1e12,
          zone: "Europe/Berlin",
          unknownPrices: "allow"
        }
      }
    ])
  })

  test("have names that stay with them, whatever their places", async () => {
    const namesOf = async (list: string) => {
      const { keys } = await settingsFrom(`version: 1\nkeys: [${list}]`, { ASSEMBLYAI_API_KEY: "key-of-assemblyai" })
      return new Map(keys.map(({ name, key }) => [Redacted.value(key), name]))
    }
    const [before, after] = [
      await namesOf('plain-key-one, plain-key-two, "${ASSEMBLYAI_API_KEY}", {name: mine, key: plain-key-three}'),
      await namesOf('{name: mine, key: another-key}, "${ASSEMBLYAI_API_KEY}", plain-key-two')
    ]
    expect(before.get("plain-key-two")).toMatch(/^key-[0-9a-f]{12}$/)
    expect(after.get("plain-key-two")).toBe(before.get("plain-key-two") ?? "")
    expect(new Set(before.values()).size).toBe(4)
    expect(after.get("key-of-assemblyai")).toBe("assemblyai")
    expect(after.get("another-key")).toBe("mine")
  })

  test("count an amount to the nano-dollar, however small", async () => {
    const { keys } = await settingsFrom(
      "version: 1\ndata: d\nkeys: [{name: a, key: plain-key-one, budget: {day: 0.000000001, total: 0}}]"
    )
    expect(keys[0]?.allowance).toEqual({ perDay: 1, inTotal: 0, zone: "UTC", unknownPrices: "refuse" })
  })

  test("name AssemblyAI's key when it is let in by its variable, and no other", async () => {
    const environment = { ASSEMBLYAI_API_KEY: "key-of-assemblyai", OTHER: "another-key" }
    const { keys } = await settingsFrom(
      'version: 1\nkeys: ["${OTHER}", "${ASSEMBLYAI_API_KEY}", {name: mine, key: "x${ASSEMBLYAI_API_KEY}"}]',
      environment
    )
    expect(keys.map(({ name }) => name)).toEqual([expect.stringMatching(/^key-[0-9a-f]{12}$/), "assemblyai", "mine"])
    expect(keys.map(({ key }) => Redacted.value(key))[1]).toBe("key-of-assemblyai")
    const { mistakes } = await loadFrom(
      'version: 1\nkeys: ["${ASSEMBLYAI_API_KEY}", {name: assemblyai, key: plain-key-one}]',
      environment
    )
    expect(mistakes).toEqual(["gateway.yaml:2:40 keys[1].name: another key is named assemblyai"])
  })
})

test("teams have limits of their own, and one without limits none", async () => {
  const { teams } = await settingsFrom(`version: 1
data: data
teams:
  science: { requestsPerMinute: 600, budget: { month: 50 } }
  empty: {}
`)
  expect([...teams]).toEqual([
    ["science", { requestsPerMinute: 600, perMonth: 50_000_000_000, zone: "UTC", unknownPrices: "refuse" }]
  ])
})

describe("the data folder", () => {
  test("is named as the file sees it, and as the shell does in the environment, which wins", async () => {
    const { data, file = "" } = await settingsFrom("version: 1\ndata: kept/here\n")
    expect(data).toBe(join(file, "..", "kept/here"))
    expect((await settingsFrom("version: 1\ndata: kept\n", { DATA: "elsewhere" })).data).toBe(
      join(process.cwd(), "elsewhere")
    )
    expect((await settingsFrom(undefined, { DATA: "/var/lib/gateway" })).data).toBe("/var/lib/gateway")
    expect((await settingsFrom("version: 1\n", { DATA: "" })).data).toBeUndefined()
  })

  test("does not make the same file another configuration elsewhere", async () => {
    const text = "version: 1\ndata: kept\n"
    const [here, there] = [await settingsFrom(text), await settingsFrom(text)]
    expect(here.data).not.toBe(there.data)
    expect(here.fingerprint).toBe(there.fingerprint)
    expect(here.fingerprint).not.toBe((await settingsFrom("version: 1\ndata: other\n")).fingerprint)
  })

  test("in the environment is enough for budgets", async () => {
    const text = "version: 1\nteams: {a: {budget: {day: 1}}}"
    expect((await settingsFrom(text, { DATA: "/data" })).teams.size).toBe(1)
  })
})

test("what else the gateway does has its defaults", async () => {
  expect(await settingsFrom("version: 1\n")).toMatchObject({
    teams: new Map(),
    log: "requests",
    idempotency: { keepMs: 86_400_000 },
    limits: { outputTokens: 4096, budgetWaitMs: 10_000 }
  })
  expect((await settingsFrom("version: 1\n")).metrics).toBeUndefined()
})

test("and its settings", async () => {
  const text = `version: 1
log: off
idempotency: { keep: 90 minutes }
limits: { outputTokens: 512, budgetWait: 2 seconds }
metrics: { host: "::1", port: 9464 }
`
  expect(await settingsFrom(text)).toMatchObject({
    log: "off",
    idempotency: { keepMs: 5_400_000 },
    limits: { outputTokens: 512, budgetWaitMs: 2_000, depth: 64 },
    metrics: { host: "::1", port: 9464 }
  })
})

describe("every one of them changes the fingerprint:", () => {
  for (const text of [
    "log: off",
    "idempotency: {keep: 1 hour}",
    "limits: {outputTokens: 1}",
    "limits: {budgetWait: 1 second}",
    "metrics: {port: 0}",
    "teams: {a: {requestsAtOnce: 1}}",
    "data: d"
  ]) {
    test(text, async () => {
      const [plain, changed] = await Promise.all([settingsFrom("version: 1\n"), settingsFrom(`version: 1\n${text}\n`)])
      expect(changed.fingerprint).not.toBe(plain.fingerprint)
    })
  }
})

describe("a mistake has its line and its reason:", () => {
  const needsData = 'needs "data: FOLDER" at the top of the file, where what was spent is kept'
  const amount = "must be a number from 0 to 1000000 with 9 decimals at most"
  const cases: ReadonlyArray<readonly [string, ReadonlyArray<string>]> = [
    ["data: ''", ["2:7 data: must be the name of a folder"]],
    ["keys:\n  - {name: a, key: abcdefgh, budget: {day: 5}}", [`3:30 keys[0].budget: ${needsData}`]],
    ["teams: {a: {budget: {month: 5}}}", [`2:13 teams.a.budget: ${needsData}`]],
    ["data: d\nteams: {a: {budget: {}}}", ["3:13 teams.a.budget: says no amount; write day, month or total"]],
    ["data: d\nteams: {a: {budget: {day: -1}}}", [`3:27 teams.a.budget.day: ${amount}`]],
    ["data: d\nteams: {a: {budget: {day: 0.0000000001}}}", [`3:27 teams.a.budget.day: ${amount}`]],
    ["data: d\nteams: {a: {budget: {day: 5 USD}}}", [`3:27 teams.a.budget.day: ${amount}`]],
    [
      "data: d\nteams: {a: {budget: {day: 1, zone: Berlin}}}",
      ['3:36 teams.a.budget.zone: must be the name of a time zone, such as "Europe/Berlin"']
    ],
    [
      "data: d\nteams: {a: {budget: {day: 1, unknownPrices: maybe}}}",
      ["3:45 teams.a.budget.unknownPrices: must be refuse or allow"]
    ],
    ["data: d\nteams: {a: {budget: {perDay: 1}}}", ["3:22 teams.a.budget.perDay: unknown setting"]],
    [
      "teams: {a: {requestPerMinute: 1}}",
      ['2:13 teams.a.requestPerMinute: unknown setting; did you mean "requestsPerMinute"?']
    ],
    ["teams: {a: {requestsAtOnce: 0}}", ["2:29 teams.a.requestsAtOnce: must be a whole number from 1 to 100000"]],
    ["teams: {a b: {}}", ['2:9 teams["a b"]: must be letters, digits, dots and dashes, 64 at most']],
    [
      "keys: [{name: a, key: abcdefgh, expires: soon}]",
      [
        '2:42 keys[0].expires: must be a day such as "2027-01-31" (its beginning, UTC) or a time such as "2027-01-31T18:00:00Z"'
      ]
    ],
    [
      "keys: [{name: a, key: abcdefgh, models: []}]",
      ["2:41 keys[0].models: is an empty list; name a model, or leave models out to allow all"]
    ],
    [
      "keys: [{name: a, key: abcdefgh, models: [a b]}]",
      ['2:42 keys[0].models[0]: must be a name, with * for any part, such as "openai/*"']
    ],
    [
      "keys: [{name: a, key: abcdefgh, tags: ['a,b']}]",
      ["2:40 keys[0].tags[0]: must be a text of at most 128 characters without commas"]
    ],
    [
      "limits: {requestsPerMinute: 5}",
      ["2:10 limits.requestsPerMinute: is not written here, but under a key of keys, or teams"]
    ],
    ["limits: {outputTokens: 0}", ["2:24 limits.outputTokens: must be a whole number from 1 to 10000000"]],
    ["log: all", ["2:6 log: must be requests or off"]],
    ["metrics: {}", ["2:1 metrics.port: is missing"]],
    ["metrics: {port: 8787}", ["2:17 metrics.port: is the gateway's own port; leave metrics out, or choose another"]],
    [
      "metrics: {port: 9000}\nadmin: {keys: [abcdefgh], port: 9000}",
      ["2:17 metrics.port: is the port of the admin paths; choose another"]
    ],
    [
      "metrics: {host: 'http://a', port: 1}",
      ["2:17 metrics.host: must be an address such as 127.0.0.1, without http:// or a path"]
    ],
    ["admin: {keys: [{name: a, key: abcdefgh, team: b}]}", ["2:41 admin.keys[0].team: unknown setting"]]
  ]
  for (const [text, mistakes] of cases) {
    test(text, async () => {
      expect((await loadFrom(`version: 1\n${text}\n`)).mistakes).toEqual(mistakes.map((line) => `gateway.yaml:${line}`))
    })
  }
})

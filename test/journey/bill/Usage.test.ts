import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { type Fields, listOf, objectOf } from "../../../src/domain/Fields.ts"
import { messages, type Seen } from "../stage/Asking.ts"
import { eventually } from "../stage/Eventually.ts"
import { type Running, startSimulator } from "../stage/Processes.ts"
import { admin } from "../stage/Reconfigured.ts"
import { askTelling, type Kept, nanosOf, startKept, trailOf, withKey } from "./Kept.ts"

const adminKey = "admin-key-one"
const [alice, bob, carol] = ["alice-key-one", "bob-key-one", "carol-key-one"] as const

let simulator: Running
let kept: Kept
/** What was asked, by the key that asked it. */
const answers: Record<string, Array<Seen>> = { alice: [], bob: [], carol: [] }

const nano = "openai/gpt-5-nano"
const haiku = "anthropic/claude-haiku-4-5"

const traffic: ReadonlyArray<readonly [name: string, key: string, body: Fields, headers?: Record<string, string>]> = [
  ["alice", alice, { model: nano, user: "someone", metadata: { project: "x", run: 7 } }],
  [
    "alice",
    alice,
    { model: nano, stream: true, user: "someone", safety_identifier: "hash-of-someone", session_id: "s1" }
  ],
  [
    "alice",
    alice,
    { model: haiku, stream: true, metadata: { project: "x" } },
    { "x-gateway-tags": "night, batch ,night" }
  ],
  ["alice", alice, { model: haiku, fallbacks: [nano], gateway: { race: true } }],
  ["bob", bob, { model: "openai/gpt-5-mini", fallbacks: ["google/gemini-2.5-flash"] }, { "x-gateway-tags": "night" }],
  ["bob", bob, { model: "openai/words:count=3" }],
  ["carol", carol, { model: "openai/gpt-5.1", stream: true }]
]

beforeAll(async () => {
  simulator = await startSimulator()
  const configuration = {
    log: "off",
    admin: { keys: [adminKey] },
    keys: [
      { name: "alice", key: alice, team: "red", tags: ["voice"] },
      { name: "bob", key: bob, team: "red" },
      { name: "carol", key: carol }
    ],
    models: {
      [nano]: { name: "gpt-5-nano:input=1000:cached=600:output=50:reasoning=20" },
      [haiku]: { name: "claude-haiku-4-5:input=1000:cached=600:written=300:output=50" },
      "google/gemini-2.5-flash": { name: "gemini-2.5-flash:input=100:output=10" },
      "openai/gpt-5-mini": { name: "gpt-5-mini:status=503" },
      "openai/gpt-5.1": { name: "words:no-usage" }
    }
  }
  kept = await startKept(configuration, simulator)
  for (const [name, key, body, headers] of traffic) {
    const seen = await askTelling(kept.gateway, { messages, ...body }, { ...withKey(key), ...headers })
    expect(seen.status).toBe(200)
    answers[name]?.push(seen)
  }
  const attempts = Object.values(answers).flat().flatMap(trailOf).length
  await eventually(() => (kept.rows().length === attempts ? true : undefined))
})

afterAll(async () => {
  await kept.stop()
  await simulator.stop()
})

/** All attempts of answers, as these told them. */
const attemptsOf = (...names: ReadonlyArray<string>): ReadonlyArray<Fields> =>
  names.flatMap((name) => answers[name] ?? []).flatMap(trailOf)

const tokensIn = ({ usage }: Fields): number => Number(objectOf(usage)["total_tokens"] ?? 0)
const costIn = ({ usage }: Fields): number => {
  const cost = objectOf(usage)["cost"] ?? undefined
  return cost === undefined ? 0 : nanosOf(cost)
}
const sum = (attempts: ReadonlyArray<Fields>, of: (attempt: Fields) => number): number =>
  attempts.reduce((total, attempt) => total + of(attempt), 0)

/** What a report is to say of attempts: exactly what their answers said. */
const talliedOf = (attempts: ReadonlyArray<Fields>) => ({
  attempts: attempts.length,
  tokens: sum(attempts, tokensIn),
  nanos: sum(attempts, costIn),
  unknown: attempts.filter(({ usage }) => usage !== null && objectOf(usage)["cost"] === null).length,
  estimated: attempts.filter(({ usage }) => objectOf(usage)["is_estimated"] === true).length
})

const tallied = (tally: Fields) => ({
  attempts: tally["attempts"],
  tokens: objectOf(tally["tokens"])["total"],
  nanos: nanosOf(tally["cost"]),
  unknown: tally["unknown_cost_attempts"],
  estimated: tally["estimated_attempts"]
})

const groupsOf = (report: Fields, name: string) =>
  Object.fromEntries(
    listOf(report["data"])
      .map(objectOf)
      .map((group) => [String(group[name]), group])
  )

const everybody = ["alice", "bob", "carol"]

describe("a caller's own usage", () => {
  const own = async (key: string, query = ""): Promise<{ readonly status: number; readonly body: Fields }> => {
    const response = await fetch(`${kept.gateway.url}/v1/usage${query}`, { headers: withKey(key) })
    return { status: response.status, body: objectOf(await response.json()) }
  }

  for (const [name, key, requests] of [
    ["alice", alice, 4],
    ["bob", bob, 2],
    ["carol", carol, 1]
  ] as const) {
    test(`is the sum of what its answers said, and of no others (${name})`, async () => {
      const { body } = await own(key)
      const totals = objectOf(body["totals"])
      expect(tallied(totals)).toEqual(talliedOf(attemptsOf(name)))
      expect(totals["requests"]).toBe(requests)
      expect(body["data"]).toEqual([])
    })
  }

  test("is split by model, each with what its answers said", async () => {
    const { body } = await own(alice, "?by=model")
    const groups = groupsOf(body, "model")
    expect(Object.keys(groups).sort()).toEqual([haiku, nano])
    for (const model of [haiku, nano]) {
      const attempts = attemptsOf("alice").filter(({ target }) => target === model)
      expect(tallied(groups[model] ?? {})).toEqual(talliedOf(attempts))
    }
  })

  test("cannot be asked of somebody else", async () => {
    expect(await own(alice, "?key=bob")).toMatchObject({ status: 400, body: { error: { param: "key" } } })
    expect((await own("nobody-key-one")).status).toBe(401)
  })
})

describe("everybody's usage", () => {
  test("adds up by whatever it is split", async () => {
    const all = talliedOf(attemptsOf(...everybody))
    for (const by of ["key", "team", "model", "provider", "day", "key,model,day"]) {
      const { body } = await admin(kept.gateway, `usage?by=${by}`, adminKey)
      expect(tallied(objectOf(body["totals"]))).toEqual(all)
      const groups = listOf(body["data"]).map(objectOf)
      expect(sum(groups, (group) => Number(group["attempts"]))).toBe(all.attempts)
      expect(sum(groups, (group) => Number(objectOf(group["tokens"])["total"]))).toBe(all.tokens)
      const known = groups.filter((group) => group["cost"] !== null)
      expect(sum(known, (group) => nanosOf(group["cost"]))).toBe(all.nanos)
    }
  })

  test("is told by key and by team", async () => {
    const byKey = groupsOf((await admin(kept.gateway, "usage?by=key", adminKey)).body, "key_name")
    for (const name of everybody) expect(tallied(byKey[name] ?? {})).toEqual(talliedOf(attemptsOf(name)))
    const byTeam = groupsOf((await admin(kept.gateway, "usage?by=team", adminKey)).body, "team")
    expect(tallied(byTeam["red"] ?? {})).toEqual(talliedOf(attemptsOf("alice", "bob")))
    const { body } = await admin(kept.gateway, "usage?team=red", adminKey)
    expect(tallied(objectOf(body["totals"]))).toEqual(talliedOf(attemptsOf("alice", "bob")))
  })

  test("tells what became of attempts and what that cost: those that failed nothing", async () => {
    const { body } = await admin(kept.gateway, "usage", adminKey)
    const totals = objectOf(body["totals"])
    const attempts = attemptsOf(...everybody)
    const of = (outcome: string) => attempts.filter((attempt) => attempt["outcome"] === outcome)
    expect(totals["attempts_by_outcome"]).toMatchObject({ answered: traffic.length, lost: 1, failed: 1, broken: 0 })
    const costs = objectOf(totals["cost_by_outcome"])
    expect(nanosOf(costs["answered"])).toBe(sum(of("answered"), costIn))
    expect(nanosOf(costs["lost"])).toBe(sum(of("lost"), costIn))
    expect(costs["failed"]).toBe("0")
    expect(totals).toMatchObject({ cost_is_partial: true, unknown_cost_attempts: 1 })
  })

  test("is split by the tags of the key, of the header and of the metadata", async () => {
    const groups = groupsOf((await admin(kept.gateway, "usage?by=tag", adminKey)).body, "tag")
    const requests = Object.fromEntries(Object.entries(groups).map(([tag, group]) => [tag, group["requests"]]))
    expect(requests).toMatchObject({ voice: 4, "project=x": 2, "run=7": 1, night: 2, batch: 1 })
    const tagged = [answers["alice"]?.[2], answers["bob"]?.[0]].flatMap((seen) =>
      seen === undefined ? [] : trailOf(seen)
    )
    expect(tallied(groups["night"] ?? {})).toEqual(talliedOf(tagged))
  })
})

test("rows say who it was for, and in which session", () => {
  const rows = kept.rows().filter((row) => row["key_name"] === "alice")
  expect(rows.map((row) => [row["end_user"], row["session_id"], row["team"]])).toEqual([
    ["someone", null, "red"],
    ["hash-of-someone", "s1", "red"],
    ...Array.from({ length: 3 }, () => [null, null, "red"])
  ])
})

test("a log that is off has no line of all this", () => {
  expect(kept.gateway.printed()).toContain("The gateway listens on")
  expect(kept.gateway.printed()).not.toContain("request_id")
})

test("on the command line usage is a table, CSV, JSON, a statement of a month, and what caches saved", async () => {
  const month = new Date(Number(kept.rows()[0]?.["received_at"])).toISOString().slice(0, 7)
  const usage = async (...words: ReadonlyArray<string>): Promise<string> => {
    const { output, errors, code } = await kept.command("usage", ...words)
    expect([code, errors]).toEqual([0, ""])
    return output
  }
  const [table, csv, json, statement, cache] = await Promise.all([
    usage("--by", "key"),
    usage("--by", "key", "--format", "csv"),
    usage("--by", "key", "--by", "model", "--format", "json"),
    usage("--month", month, "--format", "json"),
    usage("--cache", "--format", "json", "--key", "alice")
  ])
  const all = talliedOf(attemptsOf(...everybody))

  const cells = (name: string) =>
    table
      .split("\n")
      .find((line) => line.startsWith(`${name} `))
      ?.split(/ {2,}/) ?? []
  expect(cells("alice").slice(1, 3)).toEqual(["4", "5"])
  expect(cells("total").slice(1, 3)).toEqual(["7", String(all.attempts)])
  const costOf = (name: string) => /\$([\d.]+)/.exec(cells(name).join(" "))?.[1]
  for (const name of everybody) expect(nanosOf(costOf(name))).toBe(talliedOf(attemptsOf(name)).nanos)
  expect(nanosOf(costOf("total"))).toBe(all.nanos)
  expect(table).toContain("?: the price of 1 attempt is not known; no sum has it.")

  const [heads = [], ...rows] = csv
    .trimEnd()
    .split("\r\n")
    .map((line) => line.split(","))
  const column = (name: string) => rows.map((row) => row[heads.indexOf(name)])
  expect(column("key_name").toSorted()).toEqual(everybody)
  expect(column("cost_usd").reduce((total, cost) => total + nanosOf(cost), 0)).toBe(all.nanos)
  expect(column("tokens").reduce((total, tokens) => total + Number(tokens), 0)).toBe(all.tokens)

  const report = objectOf(JSON.parse(json))
  expect(tallied(objectOf(report["totals"]))).toEqual(all)
  expect(listOf(report["data"])).toHaveLength(6)

  const bill = objectOf(JSON.parse(statement))
  expect(bill).toMatchObject({ currency: "USD", markup: "0" })
  expect(tallied(objectOf(bill["totals"]))).toEqual(all)
  const lines = listOf(bill["data"]).flatMap((account) => listOf(objectOf(account)["lines"]).map(objectOf))
  const priced = lines.filter((line) => line["cost"] !== null)
  expect(sum(priced, (line) => nanosOf(line["cost"]))).toBe(all.nanos)
  expect(sum(lines, (line) => Number(line["quantity"]))).toBe(all.tokens)

  // The race's loser, if its provider had not counted yet, is no hit: an estimate knows nothing of caches.
  const hits = attemptsOf("alice").filter(({ usage }) => usage !== null && objectOf(usage)["is_estimated"] !== true)
  const saved = objectOf(objectOf(JSON.parse(cache))["totals"])
  expect(saved).toMatchObject({ requests: 4, requests_with_hit: 4, request_hit_rate: 1, token_hit_rate: 0.6 })
  expect(saved["cached_input_tokens"]).toBe(hits.length * 600)
  // Of each thousand tokens 600 were read for a tenth of the price, and 300 of Anthropic's written for a quarter more.
  const read = sum(hits, ({ target }) => 600 * (target === nano ? 45 : 900))
  const written = sum(hits, ({ target }) => (target === nano ? 0 : 300 * 250))
  expect(nanosOf(saved["saved_by_reading"])).toBe(read)
  expect(nanosOf(saved["added_by_writing"])).toBe(written)
  expect(objectOf(saved["median_first_content_ms"])["with_hit"]).toBeGreaterThan(0)
})

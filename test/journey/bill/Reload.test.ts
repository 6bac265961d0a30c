import { afterAll, beforeAll, beforeEach, expect, test } from "bun:test"
import { objectOf, textOf } from "../../../src/domain/Fields.ts"
import { ask, messages, post, read, type Seen } from "../stage/Asking.ts"
import { type Running, startSimulator } from "../stage/Processes.ts"
import { askTelling, codeOf, type Kept, startKept, usageOf, withKey } from "./Kept.ts"

const [alice, bob, adminKey] = ["alice-key-one", "bob-key-one", "admin-key-one"] as const
const nano = "openai/gpt-5-nano"

const start = {
  keys: [
    { name: "alice", key: alice, team: "red" },
    { name: "bob", key: bob, team: "red" }
  ],
  admin: { keys: [adminKey] },
  // $0.05 and $0.40 a million tokens: an answer is 54000 nano-dollars.
  models: { [nano]: { name: `gpt-5-nano:input=1000:output=10` } },
  log: "off"
}

let simulator: Running
let kept: Kept

beforeAll(async () => {
  simulator = await startSimulator()
  kept = await startKept(start, simulator)
})

beforeEach(async () => {
  await kept.reload(start)
})

afterAll(async () => {
  await kept.stop()
  await simulator.stop()
})

/** Changes the settings of the running gateway, and waits until it says that it has them. */
const change = async (settings: object): Promise<void> => {
  expect(await kept.reload({ ...start, ...settings })).toContain("was read again")
}

const asked = (key: string, body: object = {}): Promise<Seen> =>
  ask(kept.gateway, { model: nano, messages, ...body }, withKey(key))

const statuses = async (...keys: ReadonlyArray<string>): Promise<ReadonlyArray<number>> => {
  const seen: Array<number> = []
  for (const key of keys) seen.push((await asked(key)).status)
  return seen
}

test("keys come, go and change hands at once, and an answer under way ends as it began", async () => {
  expect(await statuses(alice, bob, "carol-key-one")).toEqual([200, 200, 401])
  const body = { model: "openai/words:count=6:pace=30ms", messages, stream: true }
  const running = await post(kept.gateway, body, withKey(alice))
  await change({
    keys: [
      { name: "bob", key: bob },
      { name: "carol", key: "carol-key-one" }
    ]
  })
  expect(await statuses(alice, bob, "carol-key-one")).toEqual([401, 200, 200])
  expect((await read(running)).done).toBe(true)
})

test("what a key may ask changes at once", async () => {
  expect(await statuses(alice)).toEqual([200])
  await change({ keys: [{ name: "alice", key: alice, models: ["anthropic/*"], tools: [] }] })
  expect(codeOf(await asked(alice))).toBe("model_not_allowed")
  expect((await asked(alice, { model: "anthropic/claude-haiku-4-5" })).status).toBe(200)
})

test("a key's limit holds at once, is told in headers, and is gone when it is taken away", async () => {
  await change({ keys: [{ name: "alice", key: alice, requestsPerMinute: 2 }, start.keys[1]] })
  const seen = [await asked(alice), await asked(alice), await asked(alice)]
  expect(seen.map(({ status }) => status)).toEqual([200, 200, 429])
  expect(seen.map(({ headers }) => headers.get("x-ratelimit-remaining-requests"))).toEqual(["1", "0", "0"])
  expect(seen[2]?.error).toMatchObject({ code: "rate_limit_exceeded", type: "rate_limit_error", class: "OverLimit" })
  expect(Number(seen[2]?.headers.get("retry-after"))).toBeWithin(1, 61)
  expect(await statuses(bob)).toEqual([200])
  await change({ keys: [{ name: "alice", key: alice, requestsPerMinute: 100 }] })
  expect(await statuses(alice, alice)).toEqual([200, 200])
  await kept.reload(start)
  const free = await asked(alice)
  expect([free.status, free.headers.get("x-ratelimit-remaining-requests")]).toEqual([200, null])
})

test("a team's limit holds at once for all its keys together, those that were created too", async () => {
  const response = await fetch(`${kept.gateway.url}/admin/keys`, {
    method: "POST",
    headers: withKey(adminKey),
    body: JSON.stringify({ name: "created", team: "blue" })
  })
  const created = textOf(objectOf(await response.json())["secret"])
  const keys = [...start.keys, { name: "dora", key: "dora-key-one", team: "blue" }]
  await change({ keys, teams: { blue: { requestsPerMinute: 2 }, red: { requestsPerMinute: 1000 } } })
  expect(await statuses(created, "dora-key-one", created, "dora-key-one", alice)).toEqual([200, 200, 429, 429, 200])
  await change({ keys, teams: { blue: { requestsPerMinute: 1000 } } })
  expect(await statuses(created, "dora-key-one")).toEqual([200, 200])
})

test("a budget that is set begins with what the ledger knows, and a greater one lets callers in again", async () => {
  const erin = (total: number) => ({ keys: [{ name: "erin", key: "erin-key-one", budget: { total } }] })
  await change({ keys: [{ name: "erin", key: "erin-key-one" }] })
  const first = await askTelling(kept.gateway, { model: nano, messages }, withKey("erin-key-one"))
  expect(usageOf(first)["cost"]).toBe("0.000054")
  await kept.booked(first)
  await change(erin(0.000054))
  const refused = await asked("erin-key-one", { max_tokens: 10 })
  expect([refused.status, codeOf(refused)]).toEqual([429, "insufficient_quota"])
  expect(refused.headers.get("x-should-retry")).toBe("false")
  await change(erin(0.01))
  expect((await asked("erin-key-one", { max_tokens: 10 })).status).toBe(200)
})

test("settings that are wrong change nothing", async () => {
  const wrong = await kept.reload({ ...start, keys: [{ name: "bob", key: bob, requestsPerMinute: 0 }] })
  expect(wrong).toContain("was not taken")
  expect(await statuses(alice, bob, bob)).toEqual([200, 200, 200])
})

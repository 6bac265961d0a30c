import { Database } from "bun:sqlite"
import { afterAll, beforeAll, expect, test } from "bun:test"
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { asText, objectOf } from "../../../src/domain/Fields.ts"
import { usdText } from "../../../src/domain/usage/Money.ts"
import { program } from "../../Program.ts"
import { ask } from "../stage/Asking.ts"
import { eventually } from "../stage/Eventually.ts"
import { type Running, startProcess, startSimulator } from "../stage/Processes.ts"
import { tableIn, windowsIn } from "./Books.ts"

/**
 * Far less than the ten seconds after which a process is taken for dead that is merely silent, and enough for a busy
 * machine.
 */
const soonMs = 4000

const model = "main/words:count=3:input=5"
/** What one answer costs, in nano-dollars. */
const price = 5 * 1000 + 3 * 2000
const answers = 100

const folder = mkdtempSync(join(tmpdir(), "gateway-restart-"))
const started: Array<Running> = []
let simulator: Running

beforeAll(async () => {
  simulator = await startSimulator()
}, 60_000)

afterAll(async () => {
  for (const gateway of started) gateway.process.kill("SIGKILL")
  await simulator.stop()
  rmSync(folder, { recursive: true, force: true })
})

const start = async (data: string): Promise<Running> => {
  const file = `${data}.yaml`
  const configuration = {
    version: 1,
    data,
    log: "off",
    keys: [{ name: "paid", key: "secret-of-paid", budget: { total: usdText(answers * price) } }],
    providers: { main: { baseUrl: `${simulator.url}/v1`, key: "key-of-provider" } },
    models: { [model]: { prices: [{ from: "2026-01-01", input: 1, output: 2 }] } }
  }
  writeFileSync(file, JSON.stringify(configuration))
  const gateway = await startProcess([program(), "--config", file], { PORT: "0" })
  started.push(gateway)
  return gateway
}

const kill = async ({ process }: Running): Promise<void> => {
  process.kill("SIGKILL")
  await process.exited
}

const order = (gateway: Running) => {
  const body = { model, user: "somebody", messages: [{ role: "user", content: "Hello" }], max_tokens: 3 }
  return ask(gateway, body, { authorization: "Bearer secret-of-paid" })
}

const buy = async (gateway: Running): Promise<void> => {
  const seen = await order(gateway)
  expect([seen.status, seen.error]).toEqual([200, undefined])
  expect(seen.milliseconds).toBeLessThan(soonMs)
}

const processesIn = (data: string): ReadonlyArray<string> => {
  using open = new Database(join(data, "gateway.sqlite"), { readonly: true })
  return open
    .query("SELECT id FROM processes ORDER BY id")
    .all()
    .map((row) => asText(objectOf(row)["id"]) ?? "")
}

/** The last sign of life of each process. */
const beatsIn = (data: string): ReadonlyMap<string, number> => {
  using open = new Database(join(data, "gateway.sqlite"), { readonly: true })
  const rows = open.query("SELECT id, heartbeat_at FROM processes").all().map(objectOf)
  return new Map(rows.map((row) => [asText(row["id"]) ?? "", Number(row["heartbeat_at"])]))
}

/** Until one process has looked at the others so often. */
const looked = async (data: string, process: string, times: number): Promise<void> => {
  for (let time = 0; time < times; time++) {
    const before = beatsIn(data).get(process)
    await eventually(() => (beatsIn(data).get(process) === before ? undefined : true), soonMs)
  }
}

const locksIn = (data: string): ReadonlyArray<string> =>
  readdirSync(join(data, "processes"))
    .map((name) => name.replace(".lock", ""))
    .sort()

test("after a kill and a start at once the first request that costs money need not wait, and nothing of the budget is lost", async () => {
  const data = join(folder, "alone")
  const first = await start(data)
  await buy(first)
  // It has leased all of the budget now, and nothing tells of its end but that it is not there.
  await kill(first)
  const [dead] = processesIn(data)
  const second = await start(data)
  await buy(second)
  expect(processesIn(data)).toHaveLength(1)
  expect(processesIn(data)).not.toContain(dead)
  expect(locksIn(data)).toEqual(processesIn(data))
  let bought = 2
  while ((await order(second)).status === 200) bought++
  await second.stop()
  expect(windowsIn(data)).toEqual([{ scope: expect.any(String), spent: bought * price }])
  expect(tableIn(data).filter((row) => row.outcome === "answered")).toHaveLength(bought)
  // Before one is sent there must be as much as it may cost, which is some times what it costs.
  expect(bought).toBeLessThanOrEqual(answers)
  expect(bought).toBeGreaterThan(answers - 10)
  // Whoever stops leaves nothing that the next one would have to wait for.
  expect([processesIn(data), locksIn(data)]).toEqual([[], []])
}, 60_000)

test("one that lives keeps what it has while another one is killed beside it and its heir starts", async () => {
  const data = join(folder, "beside")
  const living = await start(data)
  await buy(living)
  const [its] = processesIn(data)
  const other = await start(data)
  await buy(other)
  await kill(other)
  const heir = await start(data)
  const processes = processesIn(data)
  expect(processes).toHaveLength(2)
  expect(processes).toContain(its ?? "")
  for (let bought = 0; bought < 3; bought++) {
    await buy(heir)
    await buy(living)
  }
  // Nor later, when each has looked at the other some times; and who is killed while another one lives is noticed as
  // soon.
  for (const process of processes) await looked(data, process, 2)
  expect(processesIn(data)).toEqual(processes)
  await kill(heir)
  await eventually(() => (processesIn(data).length === 1 ? true : undefined), soonMs)
  expect(processesIn(data)).toEqual([its ?? ""])
  await buy(living)
  await living.stop()
  expect(windowsIn(data)).toEqual([{ scope: expect.any(String), spent: 9 * price }])
}, 60_000)

test("one that stands still is not taken for dead by those that come, and goes on with what it had", async () => {
  const data = join(folder, "still")
  const still = await start(data)
  await buy(still)
  const [its] = processesIn(data)
  still.process.kill("SIGSTOP")
  const other = await start(data)
  const second = processesIn(data).find((id) => id !== its)
  await looked(data, second ?? "", 2)
  expect(processesIn(data)).toContain(its ?? "")
  still.process.kill("SIGCONT")
  await buy(still)
  await eventually(async () => ((await order(other)).status === 200 ? true : undefined), soonMs)
  await other.stop()
  await still.stop()
  expect(windowsIn(data)).toEqual([{ scope: expect.any(String), spent: 3 * price }])
}, 60_000)

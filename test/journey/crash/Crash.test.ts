import { afterAll, beforeAll, expect, test } from "bun:test"
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { usdText } from "../../../src/domain/usage/Money.ts"
import { eventually } from "../stage/Eventually.ts"
import { program } from "../../Program.ts"
import { type Running, startSimulator } from "../stage/Processes.ts"
import { journalsIn, type Received, receivedBy, type Row, tableIn, windowsIn } from "./Books.ts"
import { Lane } from "./Lane.ts"
import { type Acknowledged, Load, models } from "./Load.ts"
import { contradictions, prices } from "./Reconciling.ts"

/** How often gateways are killed; more are for an evening. */
const kills = Number(process.env["KILLS"] ?? 50)

/** Every so many kills, one that is only starting is killed besides. */
const startingEvery = 8

/** After so many kills it is read what the simulator received: it forgets the oldest of more than 10,000. */
const readEvery = 25

/** Longest that the first answer of a gateway may take, in milliseconds. */
const startMs = 20_000

/** Keys whose money is limited, used one after another, and the nano-dollars that each may spend in all. */
const purses = ["purse-1", "purse-2", "purse-3", "purse-4"] as const
const purse = 600_000

const folder = mkdtempSync(join(tmpdir(), "gateway-crash-"))
const data = join(folder, "data")
const received = new Map<number, Received>()
let simulator: Running
let command: ReadonlyArray<string>

const secretOf = (name: string): string => `secret-of-${name}`

beforeAll(async () => {
  simulator = await startSimulator()
  const provider = { baseUrl: `${simulator.url}/v1`, key: "key-of-provider" }
  const facts = { prices: [{ from: "2026-01-01", input: prices.input / 1000, output: prices.output / 1000 }] }
  const configuration = {
    version: 1,
    data,
    log: "off",
    limits: { budgetWait: "50 millis" },
    keys: [
      { name: "free", key: secretOf("free") },
      ...purses.map((name) => ({ name, key: secretOf(name), budget: { total: usdText(purse) } }))
    ],
    providers: { main: provider, spare: provider },
    models: Object.fromEntries(models.flatMap((model) => [`main/${model}`, `spare/${model}`]).map((id) => [id, facts]))
  }
  const file = join(folder, "gateway.yaml")
  writeFileSync(file, JSON.stringify(configuration))
  command = [program(), "--config", file]
}, 60_000)

afterAll(async () => {
  await simulator.stop()
  rmSync(folder, { recursive: true, force: true })
})

/** Kills the gateways of a lane while they are asked, as long as there is a number for another one. */
const killAgainAndAgain = async (lane: Lane, load: Load, next: () => number | undefined): Promise<void> => {
  for (let nth = next(); nth !== undefined; nth = next()) {
    await lane.start()
    const before = load.acknowledged.length
    await eventually(() => (load.acknowledged.length > before ? true : undefined), startMs)
    // Before the first rows are stored, while they are, and after.
    await Bun.sleep((nth * 37) % 190)
    await lane.kill()
    if (nth % startingEvery === 0) await lane.killStarting(50 + ((nth * 7) % 60))
    if (nth % readEvery === 0) await receivedBy(simulator.url, received)
  }
  await lane.close()
}

/** Spends what can be had of a budget. */
const spendAll = async (load: Load, gateway: Running, name: string): Promise<void> => {
  let last: Acknowledged | undefined
  do last = await load.ask(gateway, secretOf(name))
  while (last !== undefined && last.attempts > 0)
}

const idsOf = ({ requestId, attempts }: Acknowledged): ReadonlyArray<string> =>
  Array.from({ length: attempts }, (_, at) => `${requestId}/${at + 1}`)

const noJournals = { ids: [], segments: 0, unreadable: 0 }

const costOf = (rows: ReadonlyArray<Row>): number => rows.reduce((sum, { cost_total: cost }) => sum + (cost ?? 0), 0)

test(
  `what was acknowledged is booked once, although gateways were killed ${kills} times`,
  async () => {
    let killed = 0
    const next = () => (killed < kills ? killed++ : undefined)
    const purseNow = () => purses[Math.floor((killed / kills) * purses.length) % purses.length] ?? purses[0]
    const secrets = { free: secretOf("free"), paid: () => secretOf(purseNow()) }
    const lanes = ["a", "b"].map((name) => ({ lane: new Lane(command), load: new Load(name), callers: 16 }))
    // Stays while the others come and go, takes over what they leave, and is killed last.
    const last = { lane: new Lane(command), load: new Load("c"), callers: 2 }
    await last.lane.start()
    const loads = [...lanes, last].map(({ lane, load, callers }) => load.run(lane.gateway, callers, secrets))
    await Promise.all(lanes.map(({ lane, load }) => killAgainAndAgain(lane, load, next)))
    await last.lane.close()
    await Promise.all(loads)
    const acknowledged = [...lanes, last].flatMap(({ load }) => load.acknowledged)

    // Nobody is there: all is in the table or in a journal.
    const before = tableIn(data)
    const journals = journalsIn(data)
    const kept = new Set([...before.map(({ id }) => id), ...journals.ids])
    expect(journals.unreadable).toBe(0)
    expect(acknowledged.flatMap(idsOf).filter((id) => !kept.has(id))).toEqual([])

    // The next one takes all of it over, and nothing comes in besides but what it answers itself.
    const left = join(folder, "left")
    cpSync(join(data, "journal"), left, { recursive: true })
    const finishing = await new Lane(command).start()
    const spending = new Load("d")
    for (const name of purses) await spendAll(spending, finishing, name)
    await finishing.stop()
    acknowledged.push(...spending.acknowledged)
    const rows = tableIn(data)
    const windows = windowsIn(data)
    expect(new Set(rows.map(({ id }) => id))).toEqual(new Set([...kept, ...spending.acknowledged.flatMap(idsOf)]))
    expect(journalsIn(data)).toEqual(noJournals)

    // As after a death between the storing of a journal and its deletion: what is stored again is stored already.
    cpSync(left, join(data, "journal"), { recursive: true })
    expect(journalsIn(data).ids.length).toBeGreaterThan(0)
    await (await new Lane(command).start()).stop()
    expect(journalsIn(data)).toEqual(noJournals)
    expect(tableIn(data)).toEqual(rows)
    expect(windowsIn(data)).toEqual(windows)

    await receivedBy(simulator.url, received)
    expect(contradictions({ acknowledged, rows, received: received.values() })).toEqual([])

    // What counts as spent is what is booked, and that is no more than may be.
    expect(windows).toHaveLength(purses.length)
    for (const { spent, scope } of windows) {
      expect(spent).toBe(costOf(rows.filter(({ key_id: id }) => scope === `key:${id}`)))
      expect(spent).toBeGreaterThan(0)
      expect(spent).toBeLessThanOrEqual(purse)
    }

    if (process.env["KILLS"] === undefined) return
    const asked = [...lanes, last].reduce((sum, { load }) => sum + load.asked, spending.asked)
    console.log(
      `${kills} kills: ${asked} asked, ${acknowledged.length} acknowledged (${lanes.map(({ load }) => load.acknowledged.length).join(" and ")} by those killed), ${received.size} received, ${rows.length} rows,`,
      `${kept.size - before.length} of them in journals alone at the end; spent`,
      windows.map(({ spent }) => spent).join(", ")
    )
  },
  // A start and a life take a third of a second, on a busy machine some times as long.
  60_000 + kills * 2_000
)

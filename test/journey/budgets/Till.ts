import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { asNumber, type Fields, listOf, objectOf, textOf } from "../../../src/domain/Fields.ts"
import { nanosOfUsd } from "../../../src/domain/keys/KeyRules.ts"
import { usdText } from "../../../src/domain/usage/Money.ts"
import { ask, type Seen } from "../stage/Asking.ts"
import { startConfigured } from "../stage/Configured.ts"
import { eventually } from "../stage/Eventually.ts"
import { type Running, startSimulator } from "../stage/Processes.ts"

/** How long is waited for what must come, in milliseconds: long enough for a busy machine. */
export const patienceMs = 15_000

/** A caller's key, and the nano-dollars that it may spend in all. */
export interface Budget {
  readonly name: string
  readonly nanos: number
}

/** Gateways that share one folder, and the simulator that is all their providers. */
export interface Till {
  readonly gateways: readonly [Running, ...ReadonlyArray<Running>]
  readonly simulator: Running
  readonly stop: () => Promise<void>
}

/** The header with a budget's key. */
export const keyOf = ({ name }: Pick<Budget, "name">) => ({ authorization: `Bearer secret-of-${name}` })

/** A budget as a key of `gateway.yaml`. */
export const budgetKey = ({ name, nanos }: Budget) => ({
  name,
  key: `secret-of-${name}`,
  budget: { total: usdText(nanos) }
})

/** Providers by these names, each of which is the simulator. */
export const simulatedProviders = (names: ReadonlyArray<string>, { url }: Pick<Running, "url">) =>
  Object.fromEntries(names.map((name) => [name, { baseUrl: `${url}/v1`, key: `key-of-${name}` }]))

/** Starts a simulator and so many gateways that share a folder. */
export const startTill = async (count: number, configuration: (simulator: Running) => object): Promise<Till> => {
  const folder = mkdtempSync(join(tmpdir(), "gateway-till-"))
  const simulator = await startSimulator()
  const all = { data: folder, log: "off", ...configuration(simulator) }
  const [first, ...more] = await Promise.all(Array.from({ length: count }, () => startConfigured(all)))
  if (first === undefined) throw new Error("at least one gateway is needed")
  return {
    gateways: [first, ...more],
    simulator,
    stop: async () => {
      await Promise.all([first, ...more].map((gateway) => gateway.stop()))
      await simulator.stop()
      rmSync(folder, { recursive: true, force: true })
    }
  }
}

/** Sends all bodies at once, to the gateways in turn. */
export const askAll = (
  { gateways }: Pick<Till, "gateways">,
  key: Pick<Budget, "name">,
  bodies: ReadonlyArray<object>
): Promise<ReadonlyArray<Seen>> =>
  Promise.all(bodies.map((body, nth) => ask(gateways[nth % gateways.length] ?? gateways[0], body, keyOf(key))))

/** What a provider bills for one request: its prompt, and every word that it sent. */
export interface Billed {
  readonly inputTokens: number
  readonly outputTokens: number
  /** The longest answer that was asked for, in tokens. */
  readonly maximum: number | undefined
}

/**
 * What the simulator received for the models whose names contain `part`; their `input` option says the length of the
 * prompt.
 */
export const billedBy = async ({ url }: Running, part: string): Promise<ReadonlyArray<Billed>> => {
  const response = await fetch(`${url}/_simulator/log?model=${encodeURIComponent(part)}`)
  return listOf(await response.json())
    .map(objectOf)
    .map(({ body, model, piecesSent }) => {
      const asked = objectOf(body)
      return {
        inputTokens: Number(/:input=(\d+)/.exec(textOf(model))?.[1]),
        outputTokens: Number(piecesSent),
        maximum: asNumber(asked["max_completion_tokens"]) ?? asNumber(asked["max_tokens"])
      }
    })
}

/** `totals` of what the ledger has of a key, once so many of its requests are in it. */
export const bookedOf = ({ url }: Running, key: Pick<Budget, "name">, requests: number): Promise<Fields> =>
  eventually(async () => {
    const response = await fetch(`${url}/v1/usage`, { headers: keyOf(key) })
    const totals = objectOf(objectOf(await response.json())["totals"])
    return Number(totals["requests"]) >= requests ? totals : undefined
  }, patienceMs)

/** Nano-dollars of dollars in a report. */
export const nanosOf = (usd: unknown): number => nanosOfUsd(textOf(usd)) ?? Number.NaN

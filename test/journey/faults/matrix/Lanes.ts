import { expect } from "bun:test"
import { type Fields, listOf, objectOf } from "../../../../src/domain/Fields.ts"
import { ask, messages, type Seen } from "../../stage/Asking.ts"
import { eventually } from "../../stage/Eventually.ts"
import { type InProcess, type Manner, type ProviderAt, startInProcess } from "../../stage/InProcess.ts"
import { type Running, startSimulator } from "../../stage/Processes.ts"
import { expectAnswer, expectFailure, expectFiltered } from "../ProviderFaults.ts"
import { attemptsIn, type Cell, expectNoSecret, type Right, rightFor } from "./Cell.ts"

/** Long enough for a busy machine, and short enough for the faults of time to be quick. Milliseconds. */
const limitsOfSilence = { headers: 1200, idle: 1200 }
const limits = { headers: 5000, idle: 5000 }
const patience = { headersAfterMs: 600, keepAliveMs: 50 }
/**
 * How long what was started may take to go once the answer is there: a connection lingers for a quarter of a second.
 */
const settlingMs = 3000

/** The other languages answer for a primary, so that nothing can pass by being sent on as it came. */
const backups: Readonly<Record<Manner, Manner>> = {
  openai: "anthropic",
  anthropic: "google",
  google: "baseten",
  baseten: "anthropic"
}

const keyOf = (name: string): string => `canary-key-of-${name}`

/**
 * Gateways in this process, each of which takes one cell at a time, before one simulator that is a process of its own.
 */
export class Lanes {
  readonly #simulator: Running
  readonly #idle: Array<InProcess>
  readonly #all: ReadonlyArray<InProcess>
  readonly #waiting: Array<(gateway: InProcess) => void> = []
  readonly #numbers: ReadonlyMap<Cell, number>

  private constructor(simulator: Running, gateways: ReadonlyArray<InProcess>, numbers: ReadonlyMap<Cell, number>) {
    this.#simulator = simulator
    this.#idle = [...gateways]
    this.#all = gateways
    this.#numbers = numbers
  }

  /** Every cell has a provider of its own in each gateway: neither a breaker nor a retry budget is shared. */
  static async start(cells: ReadonlyArray<Cell>, count: number): Promise<Lanes> {
    const simulator = await startSimulator()
    // Of four digits, so that none is a part of another.
    const numbers = new Map(cells.map((cell, at) => [cell, 1000 + at]))
    const providers = cells.map(({ manner, row }, at): ProviderAt => {
      const name = `p${1000 + at}`
      return { name, manner, url: row.url ?? simulator.url, key: keyOf(name) }
    })
    for (const manner of new Set(Object.values(backups))) {
      providers.push({ name: `backup-${manner}`, manner, url: simulator.url, key: keyOf("backup") })
    }
    const gateways = await Promise.all(Array.from({ length: count }, () => startInProcess(providers, patience)))
    return new Lanes(simulator, gateways, numbers)
  }

  async stop(): Promise<void> {
    await Promise.all(this.#all.map((gateway) => gateway.stop()))
    await this.#simulator.stop()
  }

  /** Asks, and throws unless everything is as the page demands, afterwards too. */
  async meet(cell: Cell): Promise<void> {
    const gateway = this.#idle.pop() ?? (await new Promise<InProcess>((resolve) => this.#waiting.push(resolve)))
    try {
      await this.#meet(cell, gateway)
    } finally {
      const next = this.#waiting.shift()
      if (next === undefined) this.#idle.push(gateway)
      else next(gateway)
    }
  }

  async #meet(cell: Cell, gateway: InProcess): Promise<void> {
    const { row, manner, way, fallback } = cell
    const number = this.#numbers.get(cell) ?? 0
    const [script = "", ...options] = row.model.split(":")
    const named = (tokens: number) => [script, `input=${tokens}`, ...options].join(":")
    const primary = `p${number}/${named(number)}`
    // Its number begins with the cell's, which finds both in the log.
    const backup = `backup-${backups[manner]}/words:count=8:input=${number}7`
    const before = gateway.counts()
    const seen = await ask(gateway, {
      model: primary,
      messages,
      ...(way === "whole" ? {} : { stream: true, stream_options: { include_usage: true } }),
      ...(fallback ? { fallbacks: [{ model: backup }] } : {}),
      ...row.asked,
      gateway: {
        timeout_ms: row.silent === true ? limitsOfSilence : limits,
        retries: { attempts: row.retries ?? 1, backoff_ms: 5 },
        // The relay lane is for answers that need not be looked into, so OpenAI's tell no trail.
        trail: manner !== "openai",
        ...(way === "held" ? { mid_stream: "hold" } : {}),
        ...row.steering
      }
    })
    try {
      const right = rightFor(cell)
      this.#judge(cell, right, seen, primary, backup)
      expectNoSecret(seen, [keyOf(`p${number}`), keyOf("backup")])
      if (row.url === undefined) await this.#askAgain(cell, gateway, number)
      await this.#compareLog(cell, right, number, primary, backup)
      await eventually(
        () => (JSON.stringify(gateway.counts()) === JSON.stringify(before) ? true : undefined),
        settlingMs
      ).catch(() => expect(gateway.counts()).toEqual(before))
    } catch (error) {
      throw new Error(`${seen.status} after ${Math.round(seen.milliseconds)} ms: ${seen.text.slice(0, 400)}`, {
        cause: error
      })
    }
  }

  #judge({ row, way, manner }: Cell, right: Right, seen: Seen, primary: string, backup: string): void {
    const stream = way !== "whole"
    if (right.seen === "fallback" || right.seen === "primary") {
      const isPrimary = right.seen === "primary"
      if (right.filtered) expectFiltered(seen, stream)
      else if (isPrimary && row.answer !== undefined) row.answer(seen, stream)
      else expectAnswer(seen, stream)
      expect(seen.chunks[0]?.["model"]).toBe(isPrimary ? primary : backup)
      if (!isPrimary) {
        const usage = seen.chunks.map((chunk) => objectOf(chunk["usage"])).findLast((one) => "prompt_tokens" in one)
        expect(usage?.["prompt_tokens"]).toBe(Number(/input=(\d+)$/.exec(backup)?.[1]))
      }
    } else {
      expectFailure(seen, right.seen)
      if (typeof right.seen[1] === "number" || right.seen[1].said === "") expect(seen.content).toBe("")
      if (row.retryAfter !== undefined && seen.status !== 200) {
        const told = seen.headers.get("retry-after")
        if (row.retryAfter === null) expect(told).toBeNull()
        else expect(told).toMatch(row.retryAfter)
      }
    }
    if (row.silent === true && stream) expect(seen.comments).toBeGreaterThan(0)
    const answered = (at: number) => right.seen === "primary" && at === right.primaryTries - 1
    const tries = [
      ...Array.from({ length: right.primaryTries }, (_, at) => ({
        target: primary,
        failure: answered(at) ? undefined : right.failure
      })),
      ...Array.from({ length: right.fallbackTries }, () => ({ target: backup, failure: undefined }))
    ]
    const told = attemptsIn(seen)
    if (told !== undefined || manner !== "openai") expect(told).toEqual(tries)
    // Headers that went out early to keep the stream alive know nothing of the attempts.
    const counted = seen.headers.get("x-gateway-attempts")
    if (counted !== null || !stream) expect(Number(counted)).toBe(tries.length)
  }

  /** Each attempt is one in the provider's own log, and none of its connections is in use any more. */
  async #compareLog({ row }: Cell, right: Right, number: number, primary: string, backup: string): Promise<void> {
    const nameOf = (id: string) => id.slice(id.indexOf("/") + 1)
    const log = await eventually(async () => {
      const entries = await this.#log(number)
      return entries.every((entry) => entry["endedAt"] !== undefined) ? entries : undefined
    }, settlingMs)
    const tries = (name: string) => log.filter((entry) => entry["model"] === name).length
    const reached = row.url === undefined ? right.primaryTries : 0
    expect([tries(nameOf(primary)), tries(nameOf(backup))]).toEqual([reached, right.fallbackTries])
  }

  /** The next answer of the same provider is whole: nothing of the fault clings to a connection or a breaker. */
  async #askAgain({ way }: Cell, gateway: InProcess, number: number): Promise<void> {
    const model = `p${number}/words:count=3:input=${number}8`
    const { content, error } = await ask(gateway, { model, messages, stream: way !== "whole" })
    expect([content, error]).toEqual(["The quick brown", undefined])
  }

  async #log(number: number): Promise<ReadonlyArray<Fields>> {
    const answer = await fetch(`${this.#simulator.url}/_simulator/log?model=input%3D${number}`)
    return listOf(await answer.json()).map(objectOf)
  }
}

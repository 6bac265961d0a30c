import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Context, Effect, Exit, Layer, Scope } from "effect"
import type { RequestRecord } from "../src/domain/usage/RequestRecord.ts"
import { noUsage } from "../src/domain/usage/Usage.ts"
import { Ledger } from "../src/ledger/Ledger.ts"
import * as Store from "../src/store/Store.ts"

/**
 * What the ledger costs a request and how much it can take: `bun bench/ledger.ts [SECONDS]`.
 * 1. `book`: into the journal and the mailbox, which is all that a request waits for.
 * 2. Rows a second from the mailbox into the database, as fast as it goes.
 * 3. Requests that come at a pace: the processor's share (`book` included), and by how much the event loop was late,
 *    which is how long a request may have to wait for rows that are stored.
 *
 * 2026-11-22, Bun 1.4.5, one of two cores of an Intel Xeon VM with other work on both (load 4; the first line of the
 * paces is its own lateness), `taskset -c 1 bun bench/ledger.ts 2`:
 *
 * 0 tags: book 3.6 µs; 16000 rows a second into the store (with less other work: 2.4 µs and 31000)
 * 2 tags: book 3.0 µs; 13100 rows a second into the store (2.8 µs and 25000)
 * 0 a second: 3% of a core, turns of 1 ms took p50 1.09, p99 1.23, p99.9 5.81, at most 6.36 ms; deepest 0
 * 1000 a second: 11% of a core, turns of 1 ms took p50 1.09, p99 3.52, p99.9 8.60, at most 8.77 ms; deepest 111
 * 5000 a second: 22% of a core, turns of 1 ms took p50 1.09, p99 3.79, p99.9 5.98, at most 7.14 ms; deepest 676
 * 10000 a second: 39% of a core, turns of 1 ms took p50 1.09, p99 4.94, p99.9 8.51, at most 8.68 ms; deepest 1908
 */

const seconds = Number(process.argv[2] ?? 3)

let made = 0
const record = (tags: ReadonlyArray<string>): RequestRecord => {
  made++
  const id = Bun.randomUUIDv7()
  return {
    id,
    receivedAt: Date.now(),
    caller: { keyId: `key-${made % 50}`, name: "a key", team: `team-${made % 5}`, tags: [], quotas: [] },
    model: "gpt-4o",
    stream: true,
    labels: { endUser: `user-${made % 1000}`, tags },
    configuration: "0123456789abcdef",
    outcome: "answered",
    endedMs: 812.345,
    attempts: [
      {
        id: `${id}/1`,
        kind: "first",
        target: "openai/gpt-4o#main",
        provider: "openai",
        model: "openai/gpt-4o",
        queuedMs: 0.123,
        sentMs: 0.456,
        headersMs: 210.789,
        firstContentMs: 215.123,
        firstTextMs: 215.123,
        endedMs: 812.123,
        outcome: "answered",
        dropped: [],
        spending: {
          usage: { ...noUsage, inputTokens: 1200, cachedTokens: 1024, outputTokens: 150 },
          source: "provider",
          cost: {
            total: 3_220_000,
            byClass: { input: 440_000, cachedInput: 1_280_000, output: 1_500_000 },
            priceVersion: "2026-07-02"
          }
        }
      }
    ]
  }
}

const pass = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

const at = (sorted: ReadonlyArray<number>, part: number): string =>
  (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN).toFixed(2)

const empty = async (ledger: Ledger["Service"]): Promise<void> => {
  while (ledger.depth() > 0) await pass()
}

/** Books so many at once, and gives the microseconds of each and the rows a second until all are stored. */
const burst = async (ledger: Ledger["Service"], count: number, tags: ReadonlyArray<string>) => {
  const records = Array.from({ length: count }, () => record(tags))
  const began = performance.now()
  for (const each of records) ledger.book(each)
  const booked = performance.now()
  // Rows are gathered first: what counts is the time from when the first of them is stored.
  while (ledger.depth() === count) await pass()
  const storing = performance.now()
  const left = ledger.depth()
  await empty(ledger)
  return { microseconds: ((booked - began) / count) * 1000, rows: left / ((performance.now() - storing) / 1000) }
}

/** Books so many a second, and tells how late the event loop was, which is looked at all the time. */
const pace = async (ledger: Ledger["Service"], perSecond: number): Promise<string> => {
  const gaps: Array<number> = []
  const began = performance.now()
  const processor = process.cpuUsage()
  let booked = 0
  let deepest = 0
  for (let last = began; last < began + seconds * 1000;) {
    // A millisecond of sleep, so that the processor's share is that of the work.
    await Bun.sleep(1)
    const now = performance.now()
    gaps.push(now - last)
    for (const due = ((now - began) / 1000) * perSecond; booked < due; booked++) ledger.book(record([]))
    deepest = Math.max(deepest, ledger.depth())
    last = performance.now()
  }
  await empty(ledger)
  const { user, system } = process.cpuUsage(processor)
  const share = ((user + system) / 1000 / (performance.now() - began)) * 100
  const sorted = gaps.sort((a, b) => a - b)
  return `${share.toFixed(0)}% of a core, turns of 1 ms took p50 ${at(sorted, 0.5)}, p99 ${at(sorted, 0.99)}, p99.9 ${at(sorted, 0.999)}, at most ${at(sorted, 1)} ms; deepest ${deepest}`
}

const folder = mkdtempSync(join(tmpdir(), "llm-gateway-bench-"))
const scope = await Effect.runPromise(Scope.make())
try {
  const layer = Ledger.layer({ folder, room: Infinity }).pipe(Layer.provide(Store.layer({ folder })))
  const ledger = Context.get(await Effect.runPromise(Scope.provide(Layer.build(layer), scope)), Ledger)
  for (let round = 0; round < 4; round++) await burst(ledger, 5000, [])
  for (const tags of [[], ["plan=gold", "web"]]) {
    const runs: Array<{ readonly microseconds: number; readonly rows: number }> = []
    for (let round = 0; round < 7; round++) runs.push(await burst(ledger, 5000, tags))
    const books = runs.map(({ microseconds }) => microseconds).sort((a, b) => a - b)
    const rows = runs.map(({ rows }) => rows).sort((a, b) => a - b)
    console.log(
      `${tags.length} tags: book ${at(books, 0.5)} µs; ${Math.round(Number(at(rows, 0.5)))} rows a second into the store`
    )
  }
  for (const perSecond of [0, 1000, 5000, 10_000])
    console.log(`${perSecond} a second: ${await pace(ledger, perSecond)}`)
} finally {
  await Effect.runPromise(Scope.close(scope, Exit.void))
  rmSync(folder, { recursive: true })
}

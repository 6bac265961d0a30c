import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { startProcesses } from "./Processes.ts"
import { interleaved, type Measured, warmUp } from "./Rounds.ts"

/**
 * What it costs a request to be booked and logged: `bun bench/books.ts [ROUNDS] [SECONDS]`. The same gateway without a
 * ledger and lines, with a ledger, with lines, and with both; medians of interleaved rounds on one core, load and
 * upstream on the other. With one caller there is time between two requests, as there is in production; with 64 there
 * is none, and what is done beside the requests takes its share of the core.
 *
 * 2026-11-23, Bun 1.4.5, two shared cores of an Intel Xeon VM, `bun bench/books.ts 5 1.2`. What a request waits for is
 * the one write into the journal; the rest of what the ledger costs is rows that are stored between requests.
 *
 * one caller        answers/s    p50 µs    p99 µs    CPU µs
 * neither                3844       221       843     136.6
 * ledger                 3348       241      1662     179.1
 * lines                  3639       233      1107     153.4
 * ledger and lines       3242       244      1911     191.0
 *
 * 64 callers
 * neither               18026      3092     10225      53.1
 * ledger                12725      4428     16144      74.5
 * lines                 13768      3666     15456      61.8
 * ledger and lines      11590      4837     17185      82.7
 */

const rounds = Number(process.argv[2] ?? 5)
const milliseconds = Number(process.argv[3] ?? 2) * 1000

const row = (name: string, { perSecond, p50, p99, processor }: Measured): string =>
  [
    name.padEnd(16),
    ...[perSecond, p50, p99].map((figure) => figure.toFixed(0).padStart(10)),
    processor.toFixed(1).padStart(10)
  ].join("")

const folder = mkdtempSync(join(tmpdir(), "gateway-books-"))
const processes = await startProcesses()
try {
  const { gateway, another } = processes
  const logging = "bench/loggingGateway.yaml"
  const programs = [
    { ...gateway, name: "neither" },
    await another("ledger", { DATA: join(folder, "ledger") }),
    await another("lines", {}, logging),
    await another("ledger and lines", { DATA: join(folder, "both") }, logging)
  ]
  await warmUp(processes, programs, { kind: "json", callers: 64, milliseconds: 3000 })
  for (const callers of [1, 64]) {
    const measured = await interleaved(processes, programs, { kind: "json", callers, milliseconds }, rounds)
    console.log(`\nJSON, callers: ${callers}\n${"".padEnd(16)} answers/s    p50 µs    p99 µs    CPU µs`)
    for (const [at, each] of measured.entries()) console.log(row(programs[at]?.name ?? "", each))
  }
} finally {
  processes.stop()
  rmSync(folder, { recursive: true, force: true })
}

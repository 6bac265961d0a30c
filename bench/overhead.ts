import type { LoadOrder } from "./load/Load.ts"
import { type Processes, startProcesses } from "./Processes.ts"
import { interleaved, type Measured, warmUp } from "./Rounds.ts"
import { streamedDeltas } from "./load/Sample.ts"

/**
 * How much the gateway costs beside a proxy written straight onto Bun (`plain-proxy/`): `bun bench/overhead.ts [ROUNDS]
 * [SECONDS]`. Linux only. The measured program has core 0, the mock upstream and the load have core 1; medians of
 * interleaved rounds, to be compared within one table only. In paced streams the gateway's first event comes later by
 * design: it waits for content, the proxy passes on the role.
 *
 * 2026-11-23, Bun 1.4.5, two shared cores of an Intel Xeon VM, `bun bench/overhead.ts 5 1.2`:
 *
 *                            answers/s             p50 µs            CPU µs an answer
 *                      plain  gateway ratio    plain  gateway    plain  gateway ratio
 * JSON, 64 callers       32893    20038  0.61     1937     2839     29.3     49.8  1.70
 * bulk streams, 32       13153     7125  0.54     2350     4176     75.2    138.0  1.84
 * paced streams, 100       280      282  1.01        -        -    725.0    975.0  1.34
 * JSON, one caller        5446     4414  0.81      167      198     91.1    132.2  1.45
 * bulk streams, one       3835     2449  0.64      233      362    159.5    285.7  1.79
 */

const rounds = Number(process.argv[2] ?? 5)
const milliseconds = Number(process.argv[3] ?? 2) * 1000

interface Question {
  readonly title: string
  readonly order: Omit<LoadOrder, "port">
}

const questions: ReadonlyArray<Question> = [
  { title: "JSON, 64 callers", order: { kind: "json", callers: 64, milliseconds } },
  {
    title: `streams of ${streamedDeltas} deltas in one write, 32 callers`,
    order: { kind: "bulk", callers: 32, milliseconds }
  },
  {
    title: `streams of ${streamedDeltas} deltas, one each 5 ms, 100 callers`,
    order: { kind: "paced", callers: 100, milliseconds }
  },
  { title: "JSON, one caller", order: { kind: "json", callers: 1, milliseconds } },
  { title: "streams in one write, one caller", order: { kind: "bulk", callers: 1, milliseconds } }
]

const row = (name: string, { perSecond, p50, p99, firstP50, processor }: Measured, direct?: Measured): string =>
  [
    name.padEnd(9),
    perSecond.toFixed(0).padStart(9),
    p50.toFixed(0).padStart(9),
    p99.toFixed(0).padStart(9),
    (firstP50 === 0 ? "-" : firstP50.toFixed(0)).padStart(9),
    (direct === undefined ? "-" : (p50 - direct.p50).toFixed(0)).padStart(10),
    processor.toFixed(1).padStart(11)
  ].join("")

const heading = ["", "answers/s", "p50 µs", "p99 µs", "first µs", "added p50", "CPU µs each"]

const ask = async (processes: Processes, { title, order }: Question): Promise<void> => {
  const { upstream, plain, gateway } = processes
  const [direct, plainly, ours] = await interleaved(processes, [upstream, plain, gateway], order, rounds)
  if (direct === undefined || plainly === undefined || ours === undefined) return
  console.log(`\n${title}`)
  console.log(heading.map((text, at) => (at === 0 ? text.padEnd(9) : text.padStart(at < 5 ? 9 : at + 5))).join(""))
  console.log(row("direct", direct))
  console.log(row("plain", plainly, direct))
  console.log(row("gateway", ours, direct))
  console.log(
    `gateway/plain: answers/s ${(ours.perSecond / plainly.perSecond).toFixed(2)}, CPU ${(ours.processor / plainly.processor).toFixed(2)}`
  )
}

const processes = await startProcesses()
try {
  for (const kind of ["json", "bulk"] as const) {
    await warmUp(processes, [processes.plain, processes.gateway], { kind, callers: 64, milliseconds: 5000 })
  }
  for (const question of questions) await ask(processes, question)
} finally {
  processes.stop()
}

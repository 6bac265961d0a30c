import { startProcesses } from "./Processes.ts"
import { interleaved, warmUp } from "./Rounds.ts"

/**
 * How much more processor time a whole answer costs the gateway than the plain proxy; ends with 1 when that is too
 * much. For every change, so it is short: `bun bench/processor-time.ts`. Processor time and not speed, because what
 * else runs on the machine moves it less. Needs Linux.
 */

/** Twice the ratio of 2026-11-22, which was 1.85 (Bun 1.4.5, two shared cores of an Intel Xeon VM). */
const most = 3.7

const processes = await startProcesses()
try {
  const { plain, gateway } = processes
  const order = { kind: "json", callers: 64, milliseconds: 1000 } as const
  await warmUp(processes, [plain, gateway], { ...order, milliseconds: 2500 })
  const [plainly, ours] = await interleaved(processes, [plain, gateway], order, 3)
  const ratio = (ours?.processor ?? Number.NaN) / (plainly?.processor ?? Number.NaN)
  console.log(`processor-time ratio gateway/plain: ${ratio.toFixed(2)}`)
  // Not `>`: a ratio that could not be measured is no pass.
  if (!(ratio <= most)) {
    console.error(`It may be ${most.toFixed(2)} at most (bench/processor-time.ts says why).`)
    process.exitCode = 1
  }
} finally {
  processes.stop()
}

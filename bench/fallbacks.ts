import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { freePort, listens, startProcesses } from "./Processes.ts"
import { median, warmUp } from "./Rounds.ts"
import { answerBody, requestBody } from "./load/Sample.ts"

/**
 * What fallbacks cost: `bun bench/fallbacks.ts [ROUNDS]`.
 * 1. From a provider's failure to the arrival of the next provider's request: both providers are in this process, so
 *    that one clock sees both.
 * 2. What a request without trouble pays for naming two fallbacks: the same load with and without them, in turn.
 *
 * Linux only.
 *
 * 2026-11-23, Bun 1.4.5, two shared cores of an Intel Xeon VM, `bun bench/fallbacks.ts 5`:
 *
 * from failure to the next request, ms: median 0.39, p90 0.91
 * 1 caller:   p50 223 µs without, 251 µs with two fallbacks; CPU 143 and 209 µs an answer
 * 64 callers: p50 2976 µs without, 4053 µs with two fallbacks; CPU 52 and 67 µs an answer
 */

const rounds = Number(process.argv[2] ?? 7)

/** Requests whose first target fails, one after another. */
const failures = 300
/** Of these, the first are for the JIT. */
const unmeasured = 100

const switchover = async (): Promise<void> => {
  let failedAt = 0
  const gaps: Array<number> = []
  const primary = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: async (request) => {
      await request.text()
      // As in life: the next target's request can be made ready while the first one works.
      await Bun.sleep(5)
      failedAt = performance.now()
      return Response.json({ error: { message: "overloaded", type: "server_error" } }, { status: 503 })
    }
  })
  const backup = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: () => {
      gaps.push(performance.now() - failedAt)
      return new Response(answerBody, { headers: { "content-type": "application/json" } })
    }
  })
  const folder = mkdtempSync(join(tmpdir(), "llm-gateway-bench-"))
  const file = join(folder, "gateway.yaml")
  const provider = (port: number | undefined) => ({ baseUrl: `http://127.0.0.1:${port}/v1`, models: "any" })
  const configuration = { version: 1, providers: { primary: provider(primary.port), backup: provider(backup.port) } }
  writeFileSync(file, JSON.stringify(configuration))
  const port = freePort()
  const gateway = Bun.spawn([process.execPath, "src/main.ts", "--config", file], {
    cwd: new URL("..", import.meta.url).pathname,
    env: { PATH: process.env["PATH"], PORT: String(port) },
    stdout: "ignore",
    stderr: "inherit"
  })
  try {
    await listens(port)
    for (let at = 0; at < failures; at++) {
      // Another model each time: a breaker would soon spare the failing one.
      const fields = { ...JSON.parse(requestBody("json")), model: `primary/m-${at}`, fallbacks: ["backup/m"] }
      const response = await fetch(`http://127.0.0.1:${port}/v1/chat/completions`, {
        method: "POST",
        body: JSON.stringify(fields)
      })
      const text = await response.text()
      if (response.status !== 200) throw new Error(text)
    }
  } finally {
    gateway.kill()
    await Promise.all([primary.stop(true), backup.stop(true)])
    rmSync(folder, { recursive: true })
  }
  const sorted = gaps.slice(unmeasured).toSorted((one, other) => one - other)
  const at = (part: number) => sorted[Math.floor(sorted.length * part)]?.toFixed(2)
  console.log(`from failure to the next request, ms: median ${at(0.5)}, p90 ${at(0.9)}, of ${sorted.length}`)
}

const freeOfTrouble = async (): Promise<void> => {
  const processes = await startProcesses()
  const { gateway } = processes
  try {
    await warmUp(processes, [gateway], { kind: "json", callers: 64, milliseconds: 3000 })
    for (const callers of [1, 64]) {
      const taken = [false, true].map((fallbacks) => ({
        fallbacks,
        p50: new Array<number>(),
        processor: new Array<number>()
      }))
      for (let round = 0; round < rounds; round++) {
        for (const { fallbacks, p50, processor } of round % 2 === 0 ? taken : taken.toReversed()) {
          const before = gateway.processorSeconds()
          const { port } = gateway
          const result = await processes.load({ port, kind: "json", callers, milliseconds: 1000, fallbacks })
          p50.push(result.p50)
          processor.push(((gateway.processorSeconds() - before) / result.answers) * 1e6)
        }
      }
      for (const { fallbacks, p50, processor } of taken) {
        const times = `p50 ${median(p50).toFixed(0)} µs, CPU ${median(processor).toFixed(1)} µs an answer`
        console.log(
          `${callers} ${callers === 1 ? "caller" : "callers"}, ${fallbacks ? "two" : "no"} fallbacks: ${times}`
        )
      }
    }
  } finally {
    processes.stop()
  }
}

await switchover()
await freeOfTrouble()

import type { FloodOrder, FloodResult } from "./load/Flood.ts"
import type { LoadResult } from "./load/Load.ts"
import { startProcesses } from "./Processes.ts"
import { median } from "./Rounds.ts"

/**
 * What good traffic feels of a flood of keys that are none: `bun bench/badKeys.ts [ROUNDS]`. Rounds beside at least
 * 10,000 bad keys over 16 connections and rounds without take turns; the gateway, which writes its line for each of
 * them, has one core, and the load, the flood and the upstream share the other. One caller leaves the gateway time
 * between two requests; sixteen leave none, as do keys that come as fast as they are refused: then they share the core.
 *
 * 2026-11-23, Bun 1.4.5, two shared cores of an Intel Xeon VM, `bun bench/badKeys.ts 5`; least–most (median):
 *
 * callers  flood                  refused/s   p50 ms               p99 ms               answers/s
 * 1        none                          0    0.20–0.24 (0.23)     0.57–3.92 (0.83)      3741
 * 1        4,000 a second             4000    0.22–0.24 (0.23)     0.74–3.24 (0.92)      3653
 * 1        as fast as it goes        49860    1.05–1.32 (1.08)     3.08–4.96 (3.49)       839
 * 16       none                          0    0.83–0.88 (0.84)     3.69–4.50 (3.91)     16670
 * 16       4,000 a second             4000    0.95–1.04 (0.99)     4.54–5.12 (4.70)     14259
 * 16       as fast as it goes        24377    1.81–2.01 (1.86)     5.42–6.42 (5.71)      8048
 */

const rounds = Number(process.argv[2] ?? 7)
const connections = 16
const milliseconds = 2_500
const leastKeys = 10_000

/** Both last as long as the load beside which they run. */
const floods: ReadonlyArray<{ readonly name: string; readonly order?: Omit<FloodOrder, "port" | "connections"> }> = [
  { name: "none" },
  { name: "4,000 a second", order: { keys: leastKeys, perSecond: 4_000 } },
  { name: "as fast as it goes", order: { milliseconds } }
]

const processes = await startProcesses()
const flooder = Bun.spawn([process.execPath, "bench/load/flooder.ts"], {
  cwd: new URL("..", import.meta.url).pathname,
  stdout: "inherit",
  stderr: "inherit",
  ipc: (message: { readonly result: FloodResult } | { readonly error: string }) => {
    if ("result" in message) told?.resolve(message.result)
    else told?.reject(new Error(message.error))
  }
})
let told: PromiseWithResolvers<FloodResult> | undefined
const flood = (order: FloodOrder): Promise<FloodResult> => {
  told = Promise.withResolvers()
  flooder.send(order)
  return told.promise
}

/** The spread of a figure over the rounds, in milliseconds. */
const spread = (of: (result: LoadResult) => number, results: ReadonlyArray<LoadResult>): string => {
  const values = results.map((result) => of(result) / 1000)
  const [least, middle, most] = [Math.min(...values), median(values), Math.max(...values)]
  return `${least.toFixed(2)}–${most.toFixed(2)} (${middle.toFixed(2)})`.padStart(22)
}

try {
  const { port } = await processes.another("gateway", {}, "bench/loggingGateway.yaml")
  await processes.load({ port, kind: "json", callers: 64, milliseconds: 3_000 })
  await flood({ port, connections, keys: leastKeys })
  console.log("callers  flood                  refused/s   p50 ms (median)      p99 ms (median)      answers/s")
  for (const callers of [1, 16]) {
    const results = floods.map((): Array<LoadResult> => [])
    const speeds = floods.map((): Array<number> => [])
    for (let round = 0; round < rounds; round++) {
      for (const [at, { order }] of floods.entries()) {
        const flooding = order === undefined ? undefined : flood({ port, connections, ...order })
        results[at]?.push(await processes.load({ port, kind: "json", callers, milliseconds }))
        const { refused, others, seconds } = (await flooding) ?? { refused: 0, others: 0, seconds: 1 }
        if (others > 0) throw new Error(`${others} bad keys were not refused.`)
        if (order !== undefined && refused < leastKeys) throw new Error(`Only ${refused} bad keys were tried.`)
        speeds[at]?.push(refused / seconds)
      }
    }
    for (const [at, { name }] of floods.entries()) {
      const of = results[at] ?? []
      const answers = median(of.map(({ answers, seconds }) => answers / seconds))
        .toFixed(0)
        .padStart(10)
      const speed = median(speeds[at] ?? [])
        .toFixed(0)
        .padStart(9)
      console.log(
        `${String(callers).padEnd(9)}${name.padEnd(22)}${speed} ${spread(({ p50 }) => p50, of)}${spread(({ p99 }) => p99, of)}${answers}`
      )
    }
  }
} finally {
  flooder.kill()
  processes.stop()
}

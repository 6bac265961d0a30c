import { readFileSync } from "node:fs"
import { callerKey, upstreamKey } from "./load/Sample.ts"
import type { LoadOrder, LoadResult } from "./load/Load.ts"

/** A program that listens. */
export interface Program {
  readonly name: string
  readonly port: number
  /** Processor time so far in seconds, of all its threads, in user and kernel. */
  readonly processorSeconds: () => number
}

/** What takes part in a measurement. */
export interface Processes {
  readonly upstream: Program
  readonly plain: Program
  readonly gateway: Program
  /** Starts another gateway, with more in its environment, or with a file of its own. */
  readonly another: (name: string, environment: Readonly<Record<string, string>>, config?: string) => Promise<Program>
  readonly load: (order: LoadOrder) => Promise<LoadResult>
  readonly stop: () => void
}

const root = new URL("..", import.meta.url).pathname

/**
 * What is measured has a core for itself; all else shares another. Without `taskset` or a second core the system
 * decides.
 */
const measuredCore = "0"
const otherCore = "1"

const canPin = navigator.hardwareConcurrency > 1 && Bun.which("taskset") !== null

const pinned = (core: string, command: ReadonlyArray<string>): Array<string> =>
  canPin ? ["taskset", "-c", core, ...command] : [...command]

/** A port that nothing listens on at the moment. */
export const freePort = (): number => {
  const server = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response() })
  const { port } = server
  void server.stop(true)
  if (port === undefined) throw new Error("No free port.")
  return port
}

/** Linux counts in ticks of 10 ms whatever the kernel's own clock. */
const ticksPerSecond = 100

const processorSeconds = (pid: number): number => {
  const stat = readFileSync(`/proc/${pid}/stat`, "latin1")
  // The name in parentheses may hold spaces; the fields that count follow it: user and kernel time are the 12th and
  // 13th.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ")
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond
}

/** Longest start of a program, in milliseconds. */
const startMs = 10_000

/** Waits until something listens on a port of this machine. */
export const listens = async (port: number): Promise<void> => {
  const giveUpAt = performance.now() + startMs
  while (performance.now() < giveUpAt) {
    try {
      const socket = await Bun.connect({ hostname: "127.0.0.1", port, socket: { data() {} } })
      socket.end()
      return
    } catch {
      await Bun.sleep(20)
    }
  }
  throw new Error(`Nothing listens on port ${port}.`)
}

/** Starts the upstream, the plain proxy, the gateway and the load, each a process of its own. */
export const startProcesses = async (): Promise<Processes> => {
  const ports = { upstream: freePort(), plain: freePort(), gateway: freePort() }
  const upstreamUrl = `http://127.0.0.1:${ports.upstream}`
  const running: Array<Bun.Subprocess> = []
  const start = async (
    name: string,
    port: number,
    core: string,
    command: ReadonlyArray<string>,
    environment: Readonly<Record<string, string>> = {}
  ): Promise<Program> => {
    const child = Bun.spawn(pinned(core, [process.execPath, ...command]), {
      cwd: root,
      env: { PATH: process.env["PATH"], ...environment },
      stdin: "ignore",
      stdout: "ignore",
      stderr: "inherit"
    })
    running.push(child)
    await listens(port)
    return { name, port, processorSeconds: () => processorSeconds(child.pid) }
  }
  const stop = () => {
    for (const child of running) child.kill("SIGKILL")
  }
  try {
    const upstream = await start("upstream", ports.upstream, otherCore, ["bench/upstream.ts", String(ports.upstream)])
    const plainly = ["bench/plain-proxy/main.ts", String(ports.plain), upstreamUrl]
    const plain = await start("plain", ports.plain, measuredCore, plainly)
    const gatewayAt = (
      port: number,
      name: string,
      environment: Readonly<Record<string, string>>,
      config = "bench/gateway.yaml"
    ): Promise<Program> =>
      start(name, port, measuredCore, ["src/main.ts", "--config", config], {
        PORT: String(port),
        OPENAI_BASE_URL: `${upstreamUrl}/v1`,
        OPENAI_API_KEY: upstreamKey,
        BENCH_KEY: callerKey,
        ...environment
      })
    const gateway = await gatewayAt(ports.gateway, "gateway", {})
    let told: PromiseWithResolvers<LoadResult> | undefined
    const loader = Bun.spawn(pinned(otherCore, [process.execPath, "bench/load/loader.ts"]), {
      cwd: root,
      stdin: "ignore",
      stdout: "inherit",
      stderr: "inherit",
      ipc: (message: { readonly result: LoadResult } | { readonly error: string }) => {
        if ("result" in message) told?.resolve(message.result)
        else told?.reject(new Error(message.error))
      }
    })
    running.push(loader)
    const load = (order: LoadOrder): Promise<LoadResult> => {
      told = Promise.withResolvers()
      loader.send(order)
      return told.promise
    }
    const another: Processes["another"] = (...said) => gatewayAt(freePort(), ...said)
    return { upstream, plain, gateway, another, load, stop }
  } catch (error) {
    stop()
    throw error
  }
}

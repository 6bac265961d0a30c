import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { program, root } from "../../Program.ts"

/** The gateway as its users start it, in a process of its own. */
export interface GatewayProcess {
  /** Ends in `/v1`. */
  readonly baseUrl: string
  readonly stop: () => Promise<void>
}

/** Starts the gateway with a configuration, and waits until it says where it listens. */
export const startGateway = async (configuration: object): Promise<GatewayProcess> => {
  const folder = mkdtempSync(join(tmpdir(), "gateway-recordings-"))
  const file = join(folder, "gateway.yaml")
  // JSON is YAML.
  writeFileSync(file, JSON.stringify(configuration))
  const child = Bun.spawn([program(), "--config", file], {
    cwd: root,
    // Nothing of the developer's own keys and addresses.
    env: { PATH: process.env["PATH"] ?? "", HOME: folder, PORT: "0" },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe"
  })
  const stop = async (): Promise<void> => {
    child.kill("SIGKILL")
    await child.exited
    rmSync(folder, { recursive: true, force: true })
  }
  const complaints = new Response(child.stderr).text()
  const reader = child.stdout.getReader()
  const decoder = new TextDecoder()
  let said = ""
  for (;;) {
    const { done, value } = await reader.read()
    if (done) {
      await stop()
      throw new Error(`The gateway did not start.\n${said}\n${await complaints}`)
    }
    said += decoder.decode(value, { stream: true })
    const address = /http:\/\/127\.0\.0\.1:\d+/.exec(said)?.[0]
    if (address === undefined) continue
    // A pipe that nobody empties would stop the gateway once it is full.
    const drained = (async () => {
      while (!(await reader.read()).done);
    })()
    return { baseUrl: `${address}/v1`, stop: () => stop().then(() => drained) }
  }
}

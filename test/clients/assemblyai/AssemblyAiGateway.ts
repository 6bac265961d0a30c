import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type Running, startGateway } from "../../journey/stage/Processes.ts"

/** The key of the gateway below. */
export const gatewayKey = "a-key-that-only-these-tests-know"

/** A gateway with a key and `compatibility: assemblyai`, from a file as an operator would write it. */
export const startAssemblyAiGateway = async (providers: Readonly<Record<string, string>>): Promise<Running> => {
  const folder = await mkdtemp(join(tmpdir(), "gateway-assemblyai-"))
  const file = join(folder, "gateway.yaml")
  const lines = [
    "version: 1",
    "compatibility: assemblyai",
    'keys: ["${GATEWAY_KEY}"]',
    // What a client makes of one failure; that it is tried again is shown elsewhere.
    "defaults: { retries: { attempts: 0 } }"
  ]
  await Bun.write(file, lines.join("\n"))
  try {
    return await startGateway({ ...providers, GATEWAY_KEY: gatewayKey }, "--config", file)
  } finally {
    // It is read once, before the gateway listens.
    await rm(folder, { recursive: true })
  }
}

import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type Running, startGateway } from "./Processes.ts"

/** Writes `gateway.yaml` into a folder of its own. */
export const configurationFile = (text: string): { readonly file: string; readonly remove: () => void } => {
  const folder = mkdtempSync(join(tmpdir(), "gateway-journey-"))
  const file = join(folder, "gateway.yaml")
  writeFileSync(file, text)
  return { file, remove: () => rmSync(folder, { recursive: true, force: true }) }
}

/** Starts the gateway with a configuration of its own; JSON is YAML. */
export const startConfigured = async (
  configuration: object,
  environment: Readonly<Record<string, string>> = {}
): Promise<Running> => {
  const { file, remove } = configurationFile(JSON.stringify({ version: 1, ...configuration }))
  try {
    return await startGateway(environment, "--config", file)
  } finally {
    // It is read once, at the start.
    remove()
  }
}

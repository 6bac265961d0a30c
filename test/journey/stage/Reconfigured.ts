import { renameSync, writeFileSync } from "node:fs"
import { asObject, type Fields, objectOf } from "../../../src/domain/Fields.ts"
import { configurationFile } from "./Configured.ts"
import { eventually } from "./Eventually.ts"
import { type Running, startGateway } from "./Processes.ts"

/** A gateway whose `gateway.yaml` can be changed while it runs. */
export interface Reconfigured {
  readonly gateway: Running
  readonly file: string
  /** Writes the file over. */
  readonly write: (configuration: object | string) => void
  /** Puts another file in its place, as editors do. */
  readonly replace: (configuration: object) => void
  /** Writes the file over, sends SIGHUP, and waits for the line that tells what became of it. */
  readonly reload: (configuration: object | string) => Promise<string>
  /** Removes the file and its folder. */
  readonly remove: () => void
  readonly stop: () => Promise<void>
}

/** JSON is YAML. */
const textOf = (configuration: object | string): string =>
  typeof configuration === "string" ? configuration : JSON.stringify({ version: 1, ...configuration })

/** Lines that end a reload, one way or the other. */
const outcomes = /^.*(?:was read again|was not taken|runs with already|no file to read again).*$/gm

/** Starts it. */
export const startReconfigured = async (
  configuration: object,
  environment: Readonly<Record<string, string>> = {}
): Promise<Reconfigured> => {
  const { file, remove } = configurationFile(textOf(configuration))
  const gateway = await startGateway(environment, "--config", file)
  const write = (next: object | string) => writeFileSync(file, textOf(next))
  const told = () => gateway.printed().match(outcomes) ?? []
  return {
    gateway,
    file,
    write,
    replace: (next) => {
      writeFileSync(`${file}.new`, textOf(next))
      renameSync(`${file}.new`, file)
    },
    reload: async (next) => {
      const before = told().length
      write(next)
      gateway.process.kill("SIGHUP")
      return eventually(() => told()[before])
    },
    remove,
    stop: async () => {
      await gateway.stop()
      remove()
    }
  }
}

/** Reads one of the admin paths; without a key, `undefined` is sent. */
export const admin = async (
  { url }: Pick<Running, "url">,
  path: string,
  key?: string
): Promise<{ readonly status: number; readonly body: Fields; readonly headers: Headers }> => {
  const response = await fetch(`${url}/admin/${path}`, {
    headers: key === undefined ? {} : { authorization: `Bearer ${key}` }
  })
  return { status: response.status, body: objectOf(asObject(await response.json())), headers: response.headers }
}

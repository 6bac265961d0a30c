import { Database } from "bun:sqlite"
import { dirname, join } from "node:path"
import { asText, type Fields, objectOf } from "../../../src/domain/Fields.ts"
import { ask, type Seen } from "../stage/Asking.ts"
import { eventually } from "../stage/Eventually.ts"
import { program, root } from "../../Program.ts"
import { providersAt, type Running, startGateway } from "../stage/Processes.ts"
import { type Reconfigured, startReconfigured } from "../stage/Reconfigured.ts"

/** What a command has printed, and how it ended. */
export interface Printed {
  readonly output: string
  readonly errors: string
  readonly code: number
}

/** A gateway that keeps its ledger and its keys in a folder of its own, in front of a simulator. */
export interface Kept extends Reconfigured {
  /** Another process with the same file and folder, on a port of its own. */
  readonly another: (environment?: Readonly<Record<string, string>>) => Promise<Running>
  /** Runs a command of the program with the same file. */
  readonly command: (...words: ReadonlyArray<string>) => Promise<Printed>
  /** Rows of the ledger in the order of sending, as they are in the database; all or those of a request. */
  readonly rows: (requestId?: string) => ReadonlyArray<Fields>
  /** The rows of a request, once they are there. */
  readonly booked: (seen: Pick<Seen, "headers">) => Promise<ReadonlyArray<Fields>>
}

/** Starts one; `configuration` is `gateway.yaml` without `version` and `data`. */
export const startKept = async (
  configuration: object,
  simulator: Pick<Running, "url">,
  more: Readonly<Record<string, string>> = {}
): Promise<Kept> => {
  const environment = { ...providersAt(simulator.url), ...more }
  const keeping = (written: object) => ({ data: "data", ...written })
  const whole = (next: object | string) => (typeof next === "string" ? next : keeping(next))
  const running = await startReconfigured(keeping(configuration), environment)
  const database = join(dirname(running.file), "data", "gateway.sqlite")
  const rows = (requestId?: string): ReadonlyArray<Fields> => {
    using open = new Database(database, { readonly: true })
    const order = "ORDER BY received_at, request_id, attempt"
    const found =
      requestId === undefined
        ? open.query(`SELECT * FROM attempts ${order}`).all()
        : open.query(`SELECT * FROM attempts WHERE request_id = ? ${order}`).all(requestId)
    return found.map(objectOf)
  }
  return {
    ...running,
    write: (next) => running.write(whole(next)),
    reload: (next) => running.reload(whole(next)),
    another: (others = {}) => startGateway({ ...environment, ...others }, "--config", running.file),
    command: (...words) => run([...words, "--config", running.file]),
    rows,
    booked: ({ headers }) => {
      const id = headers.get("x-request-id") ?? ""
      return eventually(() => {
        const found = rows(id)
        // They are stored together.
        return found.length === 0 ? undefined : found
      })
    }
  }
}

/** Runs the program to its end; its environment has nothing of the tests' own. */
const run = async (words: ReadonlyArray<string>): Promise<Printed> => {
  const { PATH = "", HOME = "" } = process.env
  const child = Bun.spawn([program(), ...words], {
    cwd: root,
    env: { PATH, HOME },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe"
  })
  const [output, errors, code] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited])
  return { output, errors, code }
}

/** A header that shows a key. */
export const withKey = (key: string): Readonly<Record<string, string>> => ({ authorization: `Bearer ${key}` })

/** The `usage` of an answer, whole or streamed. */
export const usageOf = ({ chunks }: Pick<Seen, "chunks">): Fields =>
  objectOf(chunks.map((chunk) => chunk["usage"]).findLast((usage) => usage !== undefined && usage !== null))

/** What `gateway.trail` tells of each attempt, whole or streamed. */
export const trailOf = ({ chunks }: Pick<Seen, "chunks">): ReadonlyArray<Fields> => {
  const told = chunks.map((chunk) => objectOf(chunk["gateway"])["attempts"]).find(Array.isArray)
  return (told ?? []).map(objectOf)
}

/** Dollars of decimal text in whole nano-dollars; throws on what is none. */
export const nanosOf = (dollars: unknown): number => {
  const [, whole, decimals = ""] = /^(\d+)(?:\.(\d{1,9}))?$/.exec(asText(dollars) ?? "") ?? []
  if (whole === undefined) throw new Error(`${JSON.stringify(dollars)} is no amount.`)
  return Number(`${whole}${decimals.padEnd(9, "0")}`)
}

/** Asks, wants to know the cost and every attempt, and reads the answer to its end. */
export const askTelling = (
  gateway: Pick<Running, "url">,
  body: Fields,
  headers: Readonly<Record<string, string>> = {}
): Promise<Seen> => {
  const steering = { ...objectOf(body["gateway"]), trail: true }
  return ask(gateway, { usage: { include: true }, ...body, gateway: steering }, headers)
}

/** The code of an error. */
export const codeOf = ({ error }: Pick<Seen, "error">): string | undefined => asText(error?.["code"])

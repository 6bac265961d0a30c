import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { at, numberAt, objectAt, parsed, textAt } from "./Json.ts"

/**
 * The doors of providers that the gateway calls; recordings of other kinds (token counts, caches, native Ollama) are
 * not for it.
 */
export const kinds = ["chat", "messages", "generate_content", "stream_generate_content", "responses"] as const
export type Kind = (typeof kinds)[number]

/** One exchange with a live provider, as a public project recorded it. */
export interface Recording {
  readonly id: string
  readonly provider: string
  readonly kind: Kind
  /** The answer is a server-sent event stream. */
  readonly stream: boolean
  /** The body that was sent, where the recorder kept it. */
  readonly request: unknown
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

const isKind = (value: string): value is Kind => kinds.some((kind) => kind === value)

const folder = process.env["RECORDINGS"]

const headersOf = (response: unknown): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(objectAt(response, "headers")).flatMap(([name, value]) =>
      typeof value === "string" ? [[name.toLowerCase(), value] as const] : []
    )
  )

const recordingOf = (file: unknown): ReadonlyArray<Recording> => {
  const kind = textAt(file, "kind")
  const status = numberAt(file, "response", "status")
  if (!isKind(kind) || status === undefined) return []
  return [
    {
      id: textAt(file, "id"),
      provider: textAt(file, "provider"),
      kind,
      stream: at(file, "features", "stream") === true,
      request: parsed(textAt(file, "request", "body")),
      status,
      headers: headersOf(at(file, "response")),
      body: textAt(file, "response", "body")
    }
  ]
}

const load = (): ReadonlyArray<Recording> => {
  if (folder === undefined || folder === "") return []
  return readdirSync(folder)
    .filter((name) => name.endsWith(".json"))
    .sort()
    .flatMap((name) => recordingOf(parsed(readFileSync(join(folder, name), "utf8"))))
}

/** Every recording that the gateway could meet; none when `RECORDINGS` names no folder. */
export const recordings: ReadonlyArray<Recording> = load()

/** Why there are no recordings, or `undefined` when there are. */
export const absent: string | undefined =
  folder === undefined || folder === ""
    ? "RECORDINGS is not set: no recorded traffic is replayed."
    : recordings.length === 0
      ? `RECORDINGS=${folder} holds no recordings: no recorded traffic is replayed.`
      : undefined

if (absent !== undefined) console.warn(`skipped: ${absent}`)

/** A recording that holds a model's answer (be it a failed one) as an event stream. */
export const isAnsweredStream = (recording: Recording): boolean => recording.stream && recording.status < 300

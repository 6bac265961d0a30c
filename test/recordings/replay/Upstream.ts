import type { Recording } from "../Recordings.ts"
import { textAt } from "../Json.ts"

/** Headers that belong to the recorded connection, not to the answer. */
const connectionHeaders = ["connection", "content-encoding", "content-length", "keep-alive", "transfer-encoding"]

/** A server that plays recordings to whoever asks for a model with a recording's id, in whichever provider's way. */
export interface Upstream {
  readonly port: number
  /** How often each recording was asked for. */
  readonly asked: ReadonlyMap<string, number>
  readonly stop: () => Promise<void>
}

/** Gemini names the model in the path (`/v1beta/models/NAME:generateContent`), everyone else in the body. */
const modelOf = async (request: Request): Promise<string> => {
  const inPath = /\/models\/([^/:]+):/.exec(new URL(request.url).pathname)?.[1]
  if (inPath !== undefined) return decodeURIComponent(inPath)
  const body: unknown = await request.json()
  return textAt(body, "model")
}

const contentType = ({ headers, stream }: Recording): string => {
  const recorded = headers["content-type"] ?? ""
  // Some recorders left it out, or wrote that of their own storage.
  if (stream) return recorded.includes("event-stream") ? recorded : "text/event-stream"
  return recorded.includes("json") ? recorded : "application/json"
}

const headersOf = (recording: Recording): Headers => {
  const headers = new Headers()
  for (const [name, value] of Object.entries(recording.headers)) {
    if (connectionHeaders.includes(name)) continue
    headers.set(name, value)
  }
  headers.set("content-type", contentType(recording))
  return headers
}

/** Starts the server on a free port. Recordings can be named after it was started. */
export const startUpstream = (recordings: ReadonlyMap<string, Recording>): Upstream => {
  const asked = new Map<string, number>()
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    idleTimeout: 0,
    fetch: async (request) => {
      const model = await modelOf(request)
      asked.set(model, (asked.get(model) ?? 0) + 1)
      const recording = recordings.get(model)
      if (recording === undefined) return new Response(`no recording ${model}`, { status: 418 })
      return new Response(recording.body, { status: recording.status, headers: headersOf(recording) })
    }
  })
  return { port: server.port ?? 0, asked, stop: () => server.stop(true) }
}

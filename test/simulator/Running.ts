import { connect } from "node:net"
import { Effect, Exit, Scope } from "effect"
import { type Simulator, start } from "../../src/simulator/Simulator.ts"

/** A simulator for the tests of a file, and what stops it. */
export const running = async (
  showsLog = true
): Promise<{ readonly simulator: Simulator; readonly stop: () => Promise<void> }> => {
  const scope = Scope.makeUnsafe()
  const simulator = await Effect.runPromise(Scope.provide(start({ port: 0, showsLog }), scope))
  return { simulator, stop: () => Effect.runPromise(Scope.close(scope, Exit.void)) }
}

/** What came over a bare socket, and how the connection was left. */
export interface Seen {
  readonly status: number
  readonly headers: string
  readonly body: string
  readonly bytes: Buffer
  /** `quiet`: still open, with nothing coming for as long as was waited. */
  readonly left: "end" | "reset" | "quiet"
  /** How many reads brought it. */
  readonly reads: number
}

/** Asks over a bare socket and watches until the connection is closed, quiet for `quietMs`, or `mostMs` have gone. */
export const raw = (
  simulator: Simulator,
  path: string,
  body: unknown,
  quietMs = 1500,
  mostMs = 10_000
): Promise<Seen> =>
  new Promise((done) => {
    const chunks: Array<Buffer> = []
    const text = JSON.stringify(body)
    const finish = (left: Seen["left"]): void => {
      clearTimeout(timer)
      clearTimeout(most)
      socket.destroy()
      const whole = Buffer.concat(chunks)
      const split = whole.indexOf("\r\n\r\n")
      const head = whole.subarray(0, Math.max(split, 0)).toString()
      const bytes = split < 0 ? Buffer.alloc(0) : whole.subarray(split + 4)
      done({
        status: Number(/^HTTP\/1\.1 (\d+)/.exec(head)?.[1] ?? 0),
        headers: head.toLowerCase(),
        body: bytes.toString(),
        bytes,
        left,
        reads: chunks.length
      })
    }
    const quiet = (): void => finish("quiet")
    let timer = setTimeout(quiet, quietMs)
    const most = setTimeout(quiet, mostMs)
    const socket = connect(simulator.port, "127.0.0.1", () => {
      socket.write(
        `POST ${path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\nanthropic-version: 2023-06-01\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(text)}\r\n\r\n${text}`
      )
    })
    socket.on("data", (chunk: Buffer) => {
      chunks.push(chunk)
      clearTimeout(timer)
      timer = setTimeout(quiet, quietMs)
    })
    socket.on("end", () => finish("end"))
    socket.on("error", () => finish("reset"))
  })

/** A POST with fetch. */
export const post = (simulator: Simulator, path: string, body: unknown, headers: Record<string, string> = {}) =>
  fetch(simulator.url + path, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body)
  })

/** The same question in each language. */
export interface Asking {
  readonly language: string
  readonly path: (model: string, stream: boolean) => string
  readonly body: (model: string, stream: boolean) => Record<string, unknown>
}

const user = { role: "user", content: "Say something." }

export const languages: ReadonlyArray<Asking> = [
  {
    language: "openai-chat",
    path: () => "/v1/chat/completions",
    body: (model, stream) => ({ model, stream, messages: [user] })
  },
  {
    language: "openai-responses",
    path: () => "/v1/responses",
    body: (model, stream) => ({ model, stream, input: [user] })
  },
  {
    language: "anthropic-messages",
    path: () => "/v1/messages",
    body: (model, stream) => ({ model, stream, max_tokens: 1000, messages: [user] })
  },
  {
    language: "gemini-content",
    path: (model, stream) => `/v1beta/models/${model}:${stream ? "streamGenerateContent?alt=sse" : "generateContent"}`,
    body: () => ({ contents: [{ role: "user", parts: [{ text: "Say something." }] }] })
  }
]

/** What undoes the chunks of HTTP: they are one line of size and the bytes. */
export const unchunked = ({ bytes }: Seen): string => {
  const parts: Array<Buffer> = []
  let at = 0
  while (at < bytes.length) {
    const line = bytes.indexOf("\r\n", at)
    if (line < 0) break
    const size = Number.parseInt(bytes.subarray(at, line).toString(), 16)
    parts.push(bytes.subarray(line + 2, line + 2 + size))
    at = line + 2 + size + 2
  }
  return Buffer.concat(parts).toString()
}

/** The data of each event. */
export const eventsOf = (seen: Seen): ReadonlyArray<string> =>
  unchunked(seen)
    .split(/\r?\n\r?\n/)
    .flatMap((event) => event.split(/\r?\n/).filter((line) => line.startsWith("data: ")))
    .map((line) => line.slice(6))

/** Whether the transport said that the body is whole. */
export const isWhole = (seen: Seen): boolean => seen.body.endsWith("0\r\n\r\n")

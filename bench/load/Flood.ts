import { headOf, joined } from "./HttpBytes.ts"

/**
 * Requests with keys that are none, over connections that are kept: each asks again as soon as it is refused, or when
 * its turn comes.
 */
export interface FloodOrder {
  readonly port: number
  readonly connections: number
  /** How many keys are tried in all, none of them twice; as many as there is time for, unless it is said. */
  readonly keys?: number
  /** No key is tried later than that. */
  readonly milliseconds?: number
  /** So many a second; as fast as they are refused, unless it is said. */
  readonly perSecond?: number
}

/** What became of a flood. */
export interface FloodResult {
  /** How many were answered with 401. */
  readonly refused: number
  /** How many were answered with anything else. */
  readonly others: number
  readonly seconds: number
}

/** The answer as far as it came. */
interface Waiting {
  bytes: Buffer | undefined
}

const body = JSON.stringify({ model: "gpt-4.1-mini", messages: [{ role: "user", content: "Let me in" }] })

const requestOf = (key: string): string =>
  `POST /v1/chat/completions HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer ${key}\r\n` +
  `content-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`

/** Tries keys of the form that created ones have. */
export const flood = async ({
  port,
  connections,
  keys = Infinity,
  milliseconds = Infinity,
  perSecond
}: FloodOrder): Promise<FloodResult> => {
  const startedAt = performance.now()
  const over = Promise.withResolvers<void>()
  let [asked, refused, others] = [0, 0, 0]
  let active = connections

  const ask = (socket: Bun.Socket<Waiting>): void => {
    if (asked >= keys || performance.now() - startedAt >= milliseconds) {
      active -= 1
      if (active === 0) over.resolve()
      return
    }
    const dueMs = perSecond === undefined ? 0 : startedAt + (asked / perSecond) * 1000 - performance.now()
    asked += 1
    socket.data.bytes = undefined
    const send = () => void socket.write(requestOf(`lgw_${crypto.randomUUID()}`))
    if (dueMs <= 0) send()
    else setTimeout(send, dueMs)
  }
  const take = (socket: Bun.Socket<Waiting>, piece: Buffer): void => {
    const bytes = joined(socket.data.bytes, piece)
    socket.data.bytes = bytes
    const head = headOf(bytes)
    if (head === undefined || bytes.length < head.bodyAt + (head.length ?? 0)) return
    if (head.text.startsWith("HTTP/1.1 401 ")) refused += 1
    else others += 1
    ask(socket)
  }
  const connect = () =>
    Bun.connect<Waiting>({
      hostname: "127.0.0.1",
      port,
      data: { bytes: undefined },
      socket: {
        open(socket) {
          socket.data = { bytes: undefined }
          socket.setNoDelay(true)
          ask(socket)
        },
        data: take,
        close: () => over.reject(new Error("A connection was closed before the flood was over.")),
        error: (_, error) => over.reject(error)
      }
    })
  const sockets = await Promise.all(Array.from({ length: connections }, connect))
  await over.promise
  for (const socket of sockets) socket.terminate()
  return { refused, others, seconds: (performance.now() - startedAt) / 1000 }
}

import { connect, type Socket } from "node:net"
import type { Running } from "./Processes.ts"

/** A bare connection to the gateway, for what no HTTP client would send. */
export interface Wire {
  readonly socket: Socket
  /** What has come so far, byte for byte. */
  readonly got: () => string
  /** The other side has closed. */
  readonly ended: () => boolean
}

/** Connects, and sends a text as it is (Latin-1, so that each character is a byte). */
export const wire = async (gateway: Pick<Running, "url">, text: string): Promise<Wire> => {
  const { hostname, port } = new URL(gateway.url)
  const pieces: Array<string> = []
  let ended = false
  const socket = connect(Number(port), hostname)
  socket.on("data", (bytes) => {
    pieces.push(bytes.toString("latin1"))
  })
  socket.on("error", () => {
    ended = true
  })
  socket.on("close", () => {
    ended = true
  })
  await new Promise<void>((resolve, reject) => {
    socket.once("connect", resolve)
    socket.once("error", reject)
  })
  socket.write(text, "latin1")
  return { socket, got: () => pieces.join(""), ended: () => ended }
}

/** A request as bytes; `head` lines stand before the length of the body. */
export const requestText = (body: unknown, head: ReadonlyArray<string> = []): string => {
  const text = Buffer.from(typeof body === "string" ? body : JSON.stringify(body)).toString("latin1")
  const lines = ["POST /v1/chat/completions HTTP/1.1", "host: localhost", ...head, `content-length: ${text.length}`]
  return `${lines.join("\r\n")}\r\n\r\n${text}`
}

/** The status of the first answer in what came, once its head is whole. */
export const statusIn = (text: string): number | undefined => {
  const [, status] = /^HTTP\/1\.1 (\d{3}) [^]*?\r\n\r\n/.exec(text) ?? []
  return status === undefined ? undefined : Number(status)
}

import type { Socket } from "bun"
import { chunked, headOf, joined, lastChunk } from "./load/HttpBytes.ts"
import { answerBody, modelOf, streamEvents } from "./load/Sample.ts"

/**
 * A mock of OpenAI's chat completions with fixed answers: `bun bench/upstream.ts PORT`.
 * It writes ready bytes to raw sockets, because whatever it costs is taken from the processor that the load needs.
 */

/** Between two events of a paced stream, in milliseconds. */
const paceMs = 5

const json = Buffer.from(
  `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(answerBody)}\r\n\r\n${answerBody}`
)
const streamHead =
  "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\ntransfer-encoding: chunked\r\n\r\n"
const bulk = Buffer.from(streamHead + chunked(streamEvents.join("")) + lastChunk)
const paced = streamEvents.map((event) => Buffer.from(chunked(event)))

interface Connection {
  /** Bytes of a request that is not whole yet. */
  pending: Buffer | undefined
}

const pace = (socket: Socket<Connection>): void => {
  let at = 0
  socket.write(streamHead)
  const timer = setInterval(() => {
    const event = paced[at++]
    // A write to a socket whose other side has left gives a negative number.
    const written = socket.write(event ?? lastChunk)
    if (event === undefined || written < 0) clearInterval(timer)
  }, paceMs)
}

const pacedMark = `"model":"${modelOf.paced}"`

const answer = (socket: Socket<Connection>, body: Buffer): void => {
  if (body.indexOf('"stream":true') < 0) socket.write(json)
  else if (body.indexOf(pacedMark) < 0) socket.write(bulk)
  else pace(socket)
}

Bun.listen<Connection>({
  hostname: "127.0.0.1",
  port: Number(process.argv[2]),
  data: { pending: undefined },
  socket: {
    open(socket) {
      socket.data = { pending: undefined }
      socket.setNoDelay(true)
    },
    data(socket, piece) {
      const bytes = joined(socket.data.pending, piece)
      const head = headOf(bytes)
      const end = head === undefined ? Number.POSITIVE_INFINITY : head.bodyAt + (head.length ?? 0)
      if (head === undefined || bytes.length < end) {
        socket.data.pending = bytes
        return
      }
      socket.data.pending = undefined
      answer(socket, bytes.subarray(head.bodyAt, end))
    }
  }
})

import { createServer } from "node:http"

/** What a fountain has poured for one request. */
export interface Poured {
  bytes: number
  readonly total: number
  closed: boolean
}

/** A provider that sends as fast as it is read, and counts what it could send. */
export interface Fountain {
  /** Ends in `/v1`. */
  readonly baseUrl: string
  /** The latest request. */
  readonly poured: () => Poured | undefined
  readonly stop: () => void
}

/** Characters of text in each event. */
const textLength = 16 * 1024

const event = (at: number, delta: object, finish: string | null): string =>
  `data: ${JSON.stringify({ id: "chatcmpl-1", object: "chat.completion.chunk", created: 1, model: "m", choices: [{ index: 0, delta, finish_reason: finish }], n: at })}\n\n`

/**
 * Starts one. The model's name says what it does: `pour-<events>` sends so many events of 16 KiB, each beginning with
 * its number, and ends well; `break-<events>` closes the connection after them.
 */
export const startFountain = async (): Promise<Fountain> => {
  let latest: Poured | undefined
  const server = createServer((request, response) => {
    let body = ""
    request.on("data", (bytes) => {
      body += String(bytes)
    })
    request.on("end", () => {
      const [, way, count] = /"model":"(pour|break)-(\d+)"/.exec(body) ?? []
      const total = Number(count)
      const poured: Poured = { bytes: 0, total, closed: false }
      latest = poured
      response.writeHead(200, { "content-type": "text/event-stream" })
      response.on("close", () => {
        poured.closed = true
      })
      let at = 0
      const pour = (): void => {
        while (at < total) {
          const text = event(at, { content: `${at}:`.padEnd(textLength, "x") }, null)
          at += 1
          poured.bytes += text.length
          if (response.write(text)) continue
          response.once("drain", pour)
          return
        }
        if (way === "break") {
          response.socket?.end()
          return
        }
        response.end(`${event(at, {}, "stop")}data: [DONE]\n\n`)
      }
      pour()
    })
  })
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve())
  })
  const address = server.address()
  const port = typeof address === "object" && address !== null ? address.port : 0
  return {
    baseUrl: `http://127.0.0.1:${port}/v1`,
    poured: () => latest,
    stop: () => {
      server.closeAllConnections()
      server.close()
    }
  }
}

/** The numbers of the events in what a caller received, in order. */
export const numbersIn = (text: string): ReadonlyArray<number> =>
  [...text.matchAll(/"content":"(\d+):x/g)].map(([, number]) => Number(number))

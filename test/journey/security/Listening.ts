import type { Simulator } from "../../../src/simulator/Simulator.ts"
import { place, type Place } from "./Places.ts"

/** A server of the test that writes down all that it is sent: address, headers and body as they came. */
export interface Listening {
  /** Without a path. */
  readonly url: string
  readonly port: number
  readonly heard: Place
  /** How many requests there were. */
  readonly count: () => number
  readonly stop: () => Promise<void>
}

const linesOf = (headers: Headers): string => [...headers].map(([name, value]) => `${name}: ${value}`).join("\n")

const listening = (answer: (request: Request, body: string) => Response | Promise<Response>): Listening => {
  const heard = place()
  let count = 0
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: async (request) => {
      count += 1
      const body = await request.text()
      heard.add(`${request.method} ${decodeURIComponent(request.url)}`, linesOf(request.headers), body)
      return answer(request, body)
    }
  })
  const port = server.port ?? 0
  return { url: `http://127.0.0.1:${port}`, port, heard, count: () => count, stop: () => server.stop(true) }
}

/** An error as the careless write it: with all headers, and with the request. */
const echo = (status: number, text: string): Response =>
  Response.json(
    { type: "error", error: { message: text, type: text, code: text, param: text, status: text }, request_id: text },
    { status, headers: { "retry-after": "x" } }
  )

const broken = (text: string): Response => {
  const error = { message: text, type: text, code: text, status: text }
  const chunk = { id: "1", object: "chat.completion.chunk", created: 1, model: "m" }
  const first = {
    ...chunk,
    choices: [{ index: 0, delta: { role: "assistant", content: "Hello" }, finish_reason: null }]
  }
  return new Response(`data: ${JSON.stringify(first)}\n\ndata: ${JSON.stringify({ error })}\n\n`, {
    headers: { "content-type": "text/event-stream" }
  })
}

/**
 * A provider in front of the simulator. A model named `echo-500` (or any other status) is answered with an error that
 * repeats all that was sent, the credentials included; `echo-stream` does so after its first word.
 */
export const provider = (simulator: Simulator): Listening =>
  listening((request, body) => {
    const url = new URL(request.url)
    const echoed = new Headers(request.headers)
    // Its own name, which it knows without us.
    echoed.delete("host")
    const said = `${linesOf(echoed)}\n${body}`
    const [, asked] = /echo-(\d{3}|stream)/.exec(decodeURIComponent(url.pathname) + body) ?? []
    if (asked === "stream") return broken(said)
    if (asked !== undefined) return echo(Number(asked), said)
    return fetch(`${simulator.url}${url.pathname}${url.search}`, { method: request.method, headers: echoed, body })
  })

/**
 * An OTLP collector that refuses its first batches, and repeats in its refusal what it was sent. What is told of
 * requests is in `told`, without the headers.
 */
export const collector = (refused = 2): Listening & { readonly told: Place } => {
  const told = place()
  let left = refused
  const all = listening((request, body) => {
    // The gateway sends them as plain JSON.
    told.add(body)
    if (left === 0) return Response.json({})
    left -= 1
    return new Response(`${linesOf(request.headers)}\n${request.url}`, { status: 400 })
  })
  return { ...all, told }
}

/** An HTTP proxy that lets nobody through and repeats what it was sent. */
export const proxy = (): Listening => {
  const heard = place()
  let count = 0
  const server = Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      data: (socket, bytes) => {
        count += 1
        heard.add(bytes.toString("latin1"))
        socket.end(
          `HTTP/1.1 407 ${bytes.toString("latin1").replaceAll(/\s+/g, " ")}\r\n\r\n${bytes.toString("latin1")}`
        )
      }
    }
  })
  const { port } = server
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    heard,
    count: () => count,
    stop: async () => server.stop(true)
  }
}

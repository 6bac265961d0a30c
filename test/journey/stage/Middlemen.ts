import { createServer as createHttpServer } from "node:http"
import { type AddressInfo, connect, createServer, type Socket } from "node:net"

/** A server between or behind the parties, for the tests of a file. */
export interface Middleman {
  /** `http://127.0.0.1:PORT`. */
  readonly url: string
  readonly stop: () => void
}

const addressOf = (address: AddressInfo | string | null): string =>
  `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`

/** A proxy as those in front of many gateways: it cuts a connection over which nothing has gone for `silenceMs`. */
export const startImpatientProxy = async (target: string, silenceMs: number): Promise<Middleman> => {
  const { hostname, port } = new URL(target)
  const sockets = new Set<Socket>()
  const server = createServer((caller) => {
    const gateway = connect(Number(port), hostname)
    const cut = (): void => {
      clearTimeout(timer)
      caller.destroy()
      gateway.destroy()
    }
    let timer = setTimeout(cut, silenceMs)
    const pass = (from: Socket, to: Socket): void => {
      sockets.add(from)
      from.on("data", (bytes) => {
        clearTimeout(timer)
        timer = setTimeout(cut, silenceMs)
        to.write(bytes)
      })
      from.on("end", () => to.end())
      from.on("error", cut)
      from.on("close", () => {
        sockets.delete(from)
        cut()
      })
    }
    pass(caller, gateway)
    pass(gateway, caller)
  })
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve())
  })
  return {
    url: addressOf(server.address()),
    stop: () => {
      for (const socket of sockets) socket.destroy()
      server.close()
    }
  }
}

/** A provider whose models reason out of sight before they answer, and what it has seen. */
export interface Muse extends Middleman {
  readonly requests: (model: string) => number
}

const event = (delta: object, finish: string | null): string =>
  `data: ${JSON.stringify({ id: "chatcmpl-1", object: "chat.completion.chunk", created: 1, model: "m", choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`

/**
 * Starts one. The model's name says how long it reasons and how often it sends a comment meanwhile, in milliseconds:
 * `muse-1500-200`; `muse-1500-0` is silent.
 */
export const startMuse = async (): Promise<Muse> => {
  const requests = new Map<string, number>()
  const server = createHttpServer((request, response) => {
    let body = ""
    request.on("data", (bytes) => {
      body += String(bytes)
    })
    request.on("end", () => {
      const [, model = "", length, every] = /"model":"(muse-(\d+)-(\d+))"/.exec(body) ?? []
      requests.set(model, (requests.get(model) ?? 0) + 1)
      response.writeHead(200, { "content-type": "text/event-stream" })
      response.write(event({ role: "assistant", content: "" }, null))
      const signs = Number(every) === 0 ? undefined : setInterval(() => response.write(": ping\n\n"), Number(every))
      const thought = setTimeout(() => {
        clearInterval(signs)
        response.end(`${event({ content: "At last." }, null)}${event({}, "stop")}data: [DONE]\n\n`)
      }, Number(length))
      response.on("close", () => {
        clearInterval(signs)
        clearTimeout(thought)
      })
    })
  })
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve())
  })
  return {
    url: addressOf(server.address()),
    requests: (model) => requests.get(model) ?? 0,
    stop: () => {
      server.closeAllConnections()
      server.close()
    }
  }
}

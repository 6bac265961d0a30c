import { connect, type Socket } from "node:net"
import type { Fields } from "../../../src/domain/Fields.ts"
import { requestText } from "./Wire.ts"

/** How one request ended, for its caller. */
export interface Ended {
  /**
   * `whole`: to its end; `told`: with an error that SDKs raise, before or after the headers; `closed`: the connection
   * was closed in order before anything of an answer came, so that any client asks again; `cut`: in the middle; or the
   * system's name of what went wrong.
   */
  readonly outcome: "whole" | "told" | "closed" | "cut" | (string & {})
  readonly text: string
}

/**
 * A caller with one connection, which it keeps as long as it is let: what an SDK's pool does, without its own second
 * tries.
 */
export class KeptCaller {
  readonly #port: number
  #socket: Socket | undefined
  /** Connections that were made. */
  connections = 0

  constructor(port: number) {
    this.#port = port
  }

  /** Asks, and waits for the end. */
  ask(body: Fields & { readonly stream: boolean }): Promise<Ended> {
    return new Promise((resolve) => {
      const socket = this.#socket ?? this.#connect()
      let text = ""
      const end = (outcome: string, keeps: boolean): void => {
        socket.removeAllListeners()
        socket.on("error", () => {})
        if (!keeps) {
          this.#socket = undefined
          socket.destroy()
        }
        resolve({ outcome, text })
      }
      socket.on("data", (bytes) => {
        text += bytes.toString()
        if (isWhole(text)) end(outcomeOf(text, body.stream), !/^connection: close\r$/im.test(text))
      })
      socket.on("error", (error) => end("code" in error ? String(error.code) : error.message, false))
      socket.on("close", () => end(text === "" ? "closed" : "cut", false))
      socket.write(requestText(body))
    })
  }

  close(): void {
    this.#socket?.destroy()
  }

  #connect(): Socket {
    this.connections += 1
    const socket = connect(this.#port, "127.0.0.1")
    socket.setNoDelay(true)
    this.#socket = socket
    return socket
  }
}

/** Whether the answer is there to its last byte, by HTTP's own count. */
const isWhole = (text: string): boolean => {
  const split = text.indexOf("\r\n\r\n")
  if (split < 0) return false
  const length = /^content-length: (\d+)\r$/im.exec(text.slice(0, split + 2))?.[1]
  return length === undefined
    ? text.endsWith("\r\n0\r\n\r\n")
    : Buffer.byteLength(text.slice(split + 4)) >= Number(length)
}

const outcomeOf = (text: string, stream: boolean): string => {
  // The one form that all official SDKs raise as an `APIError`.
  if (/"error":\{"message":"[^"]+","type":"[^"]+","param":(?:null|"[^"]*"),"code":"[^"]+"/.test(text)) return "told"
  if (!text.startsWith("HTTP/1.1 200 ")) return "neither an answer nor an error"
  return text.includes(stream ? "data: [DONE]\n\n" : `"finish_reason":"stop"`) ? "whole" : "cut"
}

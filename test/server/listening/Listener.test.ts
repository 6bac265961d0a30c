import { connect } from "node:net"
import { expect, test } from "bun:test"
import { Effect } from "effect"
import { listen } from "../../../src/server/listening/Listener.ts"

test("a connection that nobody uses is closed, one whose request may take its time is not", async () => {
  let answered = 0
  const { server, port } = await Effect.runPromise(
    listen({
      host: "127.0.0.1",
      port: 0,
      reusePort: false,
      idleSeconds: 1,
      report: () => {},
      answer: (request, server) => {
        if (request.method === "POST") server.timeout(request, 0)
        answered += 1
        return new Response()
      }
    })
  )
  const closed: Array<string> = []
  const open = (name: string, text: string) => {
    const socket = connect(port, "127.0.0.1", () => socket.write(text))
    return new Promise<void>((resolve) => {
      socket.on("data", () => {})
      socket.on("close", () => {
        closed.push(name)
        resolve()
      })
    })
  }
  const free = open("free", "POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n")
  const line = "GET / HTTP/1.1\r\nhost: x\r\n"
  await Promise.all([open("idle", `${line}\r\n`), open("half a request", `${line}\r\n${line}`)])
  expect(answered).toBe(3)
  expect(closed.toSorted()).toEqual(["half a request", "idle"])
  await server.stop(true)
  await free
})

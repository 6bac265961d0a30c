import { connect } from "node:net"
import { describe, expect, test } from "bun:test"
import { TurnEnd } from "../../src/net/TurnEnd.ts"
import { SseStream } from "../../src/server/Sse.ts"

interface Served {
  readonly server: Bun.Server<undefined>
  /** Reads nothing until it is told to. */
  readonly caller: ReturnType<typeof connect>
  readonly got: () => string
  readonly ended: Promise<void>
}

/** Serves one stream on a real socket to a caller that does not read yet. */
const serve = async (stream: SseStream): Promise<Served> => {
  const server = Bun.serve({ port: 0, hostname: "127.0.0.1", idleTimeout: 0, fetch: () => new Response(stream.body) })
  const pieces: Array<string> = []
  const caller = connect(server.port ?? 0, "127.0.0.1")
  caller.on("data", (bytes) => {
    pieces.push(bytes.toString("latin1"))
  })
  const ended = new Promise<void>((resolve) => {
    caller.on("close", () => resolve())
    caller.on("error", () => resolve())
  })
  await new Promise<void>((resolve) => {
    caller.once("connect", () => resolve())
  })
  caller.write("GET / HTTP/1.1\r\nhost: localhost\r\n\r\n")
  caller.pause()
  while (server.pendingRequests === 0) await Bun.sleep(1)
  return { server, caller, got: () => pieces.join(""), ended }
}

const length = 12 * 1024 * 1024

describe("a stream to one caller", () => {
  test("sends what was written before anyone read, in order", async () => {
    const stream = new SseStream(() => {}, new TurnEnd())
    void stream.write("one ")
    void stream.write("")
    void stream.write("two ")
    stream.end("three")
    expect(await new Response(stream.body).text()).toBe("one two three")
  })

  test("takes nothing more once it is ended", async () => {
    const stream = new SseStream(() => {}, new TurnEnd())
    stream.end("all")
    expect(stream.write("more")).toBeUndefined()
    stream.end("more")
    expect(await new Response(stream.body).text()).toBe("all")
  })

  test("makes its writer wait for a caller who is slow, and gives all to a server that stops meanwhile", async () => {
    const stream = new SseStream(() => {}, new TurnEnd())
    const { server, caller, got, ended } = await serve(stream)
    const text = "x".repeat(length)
    const waiting = stream.write(text)
    expect(waiting).toBeInstanceOf(Promise)
    stream.end("the end")
    const stopped = server.stop(false)
    await Bun.sleep(50)
    caller.resume()
    await stopped
    await Promise.race([ended, Bun.sleep(500)])
    expect(got().match(/x/g)?.length).toBe(length)
    expect(got().endsWith("the end\r\n0\r\n\r\n")).toBe(true)
    await server.stop(true)
  })

  test("tells when its caller goes away, and then is silent", async () => {
    const { promise: gone, resolve } = Promise.withResolvers<void>()
    const stream = new SseStream(resolve, new TurnEnd())
    const { server, caller } = await serve(stream)
    await stream.write("one")
    caller.destroy()
    await gone
    expect(stream.write("two")).toBeUndefined()
    stream.end("three")
    await server.stop(true)
  })
})

import { afterEach, beforeAll, afterAll, beforeEach, describe, expect, test } from "bun:test"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { connect, createServer, type Socket } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { eventually } from "../../journey/stage/Eventually.ts"
import { ask, okay, startHttp, startServer } from "../http/Asking.ts"
import { authority, certificate, privateKey } from "../http/Certificates.ts"

const folder = mkdtempSync(join(tmpdir(), "llm-gateway-proxy-"))
const authorityFile = join(folder, "authority.pem")
beforeAll(() => writeFileSync(authorityFile, authority))
afterAll(() => rmSync(folder, { recursive: true }))

/** A proxy that passes everything on to one port of this machine; what it was asked stands in `heads`. */
const startProxy = async (port: number, say?: (socket: Socket) => void) => {
  const heads: Array<string> = []
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on("error", () => {})
    socket.on("close", () => sockets.delete(socket))
    socket.once("data", (bytes) => {
      const [head = ""] = bytes.toString("latin1").split("\r\n\r\n")
      heads.push(head)
      if (say !== undefined) return say(socket)
      const server = connect(port, "127.0.0.1")
      server.on("error", () => socket.destroy())
      socket.on("close", () => server.destroy())
      if (head.startsWith("CONNECT ")) socket.write("HTTP/1.1 200 Connection established\r\nx-proxy: 1\r\n\r\n")
      else server.write(bytes)
      socket.pipe(server)
      server.pipe(socket)
    })
  })
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve))
  const address = server.address()
  const own = typeof address === "object" && address !== null ? address.port : 0
  const stop = (): void => {
    for (const socket of sockets) socket.destroy()
    server.close()
  }
  return { port: own, heads, sockets, stop }
}

let secure: Awaited<ReturnType<typeof startServer>>
let stops: Array<() => unknown>

beforeEach(async () => {
  stops = []
  const answer = ({ socket }: { readonly socket: Socket }): void => void socket.write(okay("hello"))
  secure = await startServer(answer, { tls: { key: privateKey, cert: certificate } })
  stops.push(secure.stop)
})

afterEach(async () => {
  for (const stop of stops) await stop()
})

/** A client all of whose requests go through a proxy on this port. */
const through = async (port: number, authorization?: string) => {
  const http = await startHttp(undefined, () => ({ hostname: "127.0.0.1", port, authorization }))
  stops.push(http.stop)
  return http
}

test("a server without TLS is asked for through the proxy by its whole address", async () => {
  const plain = await startServer(({ socket }) => void socket.write(okay("hello")))
  const proxy = await startProxy(plain.port)
  stops.push(plain.stop, proxy.stop)
  const http = await through(proxy.port, "Basic abc")
  for (let at = 0; at < 2; at++) {
    expect((await ask(http.post, "http://api.example.com/v1/x?y=1", { body: "é" }).over).body()).toBe("hello")
  }
  expect(plain.visitors[0]?.requests[0]).toBe(
    `POST http://api.example.com/v1/x?y=1 HTTP/1.1\r\nhost: api.example.com\r\nproxy-authorization: Basic abc\r\ncontent-length: 2\r\n\r\n${Buffer.from("é").toString("latin1")}`
  )
  expect(http.counts()).toEqual({ open: 1, idle: 1, inFlight: 0 })
  expect(proxy.heads).toHaveLength(1)
})

test("a server with TLS is reached through a tunnel in which the proxy sees nothing, and which is kept", async () => {
  const proxy = await startProxy(secure.port)
  stops.push(proxy.stop)
  const program = `
    import { ask, startHttp } from ${JSON.stringify(join(import.meta.dir, "..", "http", "Asking.ts"))}
    const http = await startHttp(undefined, () => ({ hostname: "127.0.0.1", port: ${proxy.port}, authorization: "Basic abc" }))
    const told = []
    for (const body of ["{}", "x".repeat(4_000_000)]) {
      const { fault, body: said } = await ask(http.post, "https://localhost:8443/", { body }).over
      told.push(fault() ?? said())
    }
    console.log(JSON.stringify([told, http.counts()]))
    await http.stop()`
  const child = Bun.spawn(["bun", "-e", program], {
    env: { PATH: process.env["PATH"] ?? "", NODE_EXTRA_CA_CERTS: authorityFile },
    stdout: "pipe"
  })
  const printed: unknown = JSON.parse(await new Response(child.stdout).text())
  expect(printed).toEqual([["hello", "hello"], { open: 1, idle: 1, inFlight: 0 }])
  expect(proxy.heads).toEqual([
    "CONNECT localhost:8443 HTTP/1.1\r\nhost: localhost:8443\r\nproxy-authorization: Basic abc"
  ])
  expect(secure.visitors.map(({ requests }) => requests.length)).toEqual([2])
}, 10_000)

describe("through a proxy a fault is told too", () => {
  test("a certificate that nobody vouches for: the request was not sent", async () => {
    const proxy = await startProxy(secure.port)
    stops.push(proxy.stop)
    const http = await through(proxy.port)
    const told = await ask(http.post, "https://localhost:8443/").over
    expect([told.order, told.fault()]).toEqual([["fault"], { stage: "tls", code: "UNABLE_TO_VERIFY_LEAF_SIGNATURE" }])
    await eventually(() => http.counts().open === 0 || undefined)
    expect(secure.visitors.flatMap(({ requests }) => requests)).toEqual([])
  })

  for (const [name, answer, code] of [
    ["a refusal", "HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n", "PROXY_407"],
    ["no HTTP", "SSH-2.0-x\r\n\r\n", "PROXY_GARBLED"],
    ["more than was asked for", "HTTP/1.1 200 OK\r\n\r\nhello", "PROXY_GARBLED"],
    ["a head without end", `HTTP/1.1 200 OK\r\n${"a: b\r\n".repeat(12_000)}`, "PROXY_GARBLED"]
  ] as const) {
    test(`${name} instead of a tunnel`, async () => {
      const proxy = await startProxy(0, (socket) => void socket.write(answer))
      stops.push(proxy.stop)
      const http = await through(proxy.port)
      const told = await ask(http.post, "https://api.example.com/").over
      expect([told.order, told.fault()]).toEqual([["fault"], { stage: "connect", code }])
      await eventually(() => (http.counts().open === 0 && proxy.sockets.size === 0) || undefined)
    })
  }

  test("a proxy that closes, or is not there", async () => {
    const proxy = await startProxy(0, (socket) => socket.destroy())
    stops.push(proxy.stop)
    const http = await through(proxy.port)
    expect((await ask(http.post, "https://api.example.com/").over).fault()).toEqual({
      stage: "connect",
      code: "closed"
    })
    const nowhere = await through(1)
    const fault = { stage: "connect", code: "ECONNREFUSED" } as const
    expect((await ask(nowhere.post, "https://api.example.com/").over).fault()).toEqual(fault)
    expect((await ask(nowhere.post, "http://api.example.com/").over).fault()).toEqual(fault)
    expect([http.counts().open, nowhere.counts().open]).toEqual([0, 0])
  })

  test("a proxy that cannot be used: nothing goes past it", async () => {
    const http = await startHttp(undefined, () => "unusable")
    stops.push(http.stop)
    expect((await ask(http.post, `https://localhost:${secure.port}/`).over).fault()).toEqual({
      stage: "request",
      code: "ERR_UNSUPPORTED_PROXY"
    })
    expect(secure.visitors).toEqual([])
  })
})

test("a request that is let go while its tunnel is made closes that at once", async () => {
  const proxy = await startProxy(0, () => {})
  stops.push(proxy.stop)
  const http = await through(proxy.port)
  const told = ask(http.post, "https://api.example.com/")
  await eventually(() => proxy.heads.length === 1 || undefined)
  told.call.close()
  expect(http.counts()).toEqual({ open: 0, idle: 0, inFlight: 0 })
  await eventually(() => proxy.sockets.size === 0 || undefined)
  expect(told.order).toEqual([])
})

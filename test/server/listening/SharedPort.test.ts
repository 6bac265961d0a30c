import { afterEach, describe, expect, test } from "bun:test"
import { connect, type Socket } from "node:net"
import { wayOut } from "../../../src/server/listening/SharedPort.ts"

const servers: Array<Bun.Server<undefined>> = []
const sockets: Array<Socket> = []
const others: Array<Bun.Subprocess> = []

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy()
  for (const server of servers.splice(0)) await server.stop(true)
  for (const other of others.splice(0)) other.kill()
})

/** Listens in this process. */
const listen = (): number => {
  const fetch = () => new Response("here")
  const server = Bun.serve({ hostname: "127.0.0.1", port: 0, reusePort: true, fetch })
  servers.push(server)
  return server.port ?? 0
}

/** Listens in another process. */
const listenElsewhere = async (port: number): Promise<void> => {
  const program = `Bun.serve({ hostname: "127.0.0.1", port: ${port}, reusePort: true, fetch: () => new Response("elsewhere") }); console.log("up")`
  const other = Bun.spawn(["bun", "-e", program], { stdout: "pipe" })
  others.push(other)
  await other.stdout.getReader().read()
}

const connected = (port: number): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => resolve(socket))
    sockets.push(socket)
    socket.on("error", reject)
  })

/** Who answers on a connection: the last word of what comes. */
const asked = (socket: Socket): Promise<string> =>
  new Promise((resolve, reject) => {
    socket.once("data", (bytes) => resolve(bytes.toString().split("\r\n").at(-1) ?? ""))
    socket.once("error", reject)
    socket.write("GET / HTTP/1.1\r\nhost: localhost\r\n\r\n")
  })

const answered = async (port: number, count: number): Promise<ReadonlySet<string>> => {
  const answers = Array.from({ length: count }, async () => asked(await connected(port)))
  // Whoever is turned away hears nothing; its system knocks again after a second.
  const waited = answers.map((answer) => Promise.race([answer, Bun.sleep(250).then(() => "nobody")]))
  for (const answer of answers) answer.catch(() => {})
  return new Set(await Promise.all(waited))
}

/** One of so many connections in a row goes elsewhere than the rest all but once in a million times. */
const many = 20

describe.if(process.platform === "linux")("the way out of a shared port", () => {
  test("turns new connections away without a word, and keeps those that are there", async () => {
    const port = listen()
    const kept = await connected(port)
    expect(await asked(kept)).toBe("here")
    await listenElsewhere(port)
    expect(await answered(port, many)).toEqual(new Set(["here", "elsewhere"]))
    expect(wayOut(port)?.turnAway()).toBe(true)
    expect(await answered(port, many)).toEqual(new Set(["nobody", "elsewhere"]))
    expect(await asked(kept)).toBe("here")
  })

  test("leaves the port to the others, to whom all then go, and goes on with its own connections", async () => {
    const port = listen()
    const kept = await connected(port)
    expect(await asked(kept)).toBe("here")
    await listenElsewhere(port)
    const out = wayOut(port)
    expect(out?.turnAway()).toBe(true)
    expect(out?.leave()).toBe(true)
    expect(await answered(port, many)).toEqual(new Set(["elsewhere"]))
    expect(await asked(kept)).toBe("here")
  })

  test("a server that has left can still be stopped, and closes nothing but its own", async () => {
    const port = listen()
    await listenElsewhere(port)
    wayOut(port)?.leave()
    const another = listen()
    await servers.shift()?.stop(true)
    expect(await answered(another, 3)).toEqual(new Set(["here"]))
  })

  test("there is none where nobody would take over", () => {
    expect(wayOut(listen())).toBeUndefined()
    expect(wayOut(1)).toBeUndefined()
  })
})

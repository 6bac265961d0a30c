import { afterEach, beforeEach, describe, expect, test } from "bun:test"
import { maxIdleMs } from "../../src/net/Pool.ts"
import { eventually } from "../journey/stage/Eventually.ts"
import { ask, okay, startHttp, startServer, type Visitor } from "./http/Asking.ts"
import { MovedTimers } from "./MovedTimers.ts"

let timers: MovedTimers
let http: Awaited<ReturnType<typeof startHttp>>
let server: Awaited<ReturnType<typeof startServer>>
let answer: (visitor: Visitor, request: string) => void

const usual = ({ socket }: Visitor): void => void socket.write(okay("hello"))

beforeEach(async () => {
  timers = new MovedTimers()
  http = await startHttp(timers)
  answer = usual
  server = await startServer((visitor, request) => answer(visitor, request))
})

afterEach(async () => {
  await http.stop()
  await eventually(() => http.counts().open === 0 || undefined)
  expect(http.counts()).toEqual({ open: 0, idle: 0, inFlight: 0 })
  expect(timers.count).toBe(0)
  server.stop()
})

const asked = async (): Promise<string> => (await ask(http.post, server.url).over).body()

describe("a connection serves the next request", () => {
  for (const [name, text] of [
    ["after an answer with a length", okay("hello")],
    ["after one in chunks", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"],
    ["after a refusal", "HTTP/1.1 429 No\r\ncontent-length: 5\r\n\r\nhello"],
    ["after an answer without a body", "HTTP/1.1 204 No Content\r\n\r\n"]
  ] as const) {
    test(name, async () => {
      answer = ({ socket }) => void socket.write(text)
      for (let at = 0; at < 4; at++) await asked()
      expect(server.visitors.map(({ requests }) => requests.length)).toEqual([4])
      expect(http.counts()).toEqual({ open: 1, idle: 1, inFlight: 0 })
    })
  }

  test("that is asked from inside the end of the last", async () => {
    const first = Promise.withResolvers<string>()
    ask(http.post, server.url, { on: (what) => what === "end" && first.resolve(asked()) })
    expect(await first.promise).toBe("hello")
    expect(server.visitors).toHaveLength(1)
  })

  test("after one that was held back", async () => {
    await ask(http.post, server.url, { on: (what, call) => what === "body" && call.pause() }).over
    expect(await asked()).toBe("hello")
    expect(server.visitors).toHaveLength(1)
    server.visitors[0]?.socket.end()
    await eventually(() => http.counts().open === 0 || undefined)
  })
})

describe("a connection does not serve another request", () => {
  for (const [name, text, closes] of [
    ["when its server says so", okay("hello", "connection: close"), false],
    ["of HTTP/1.0", okay("hello").replace("1.1", "1.0"), false],
    ["whose close was the end", "HTTP/1.1 200 OK\r\n\r\nhello", true],
    ["on which more came than was asked for", `${okay("hello")}HTTP/1.1 200 OK\r\n`, false],
    ["that its server keeps for no time", okay("hello", "keep-alive: timeout=1"), false]
  ] as const) {
    test(name, async () => {
      answer = ({ socket }) => void (closes ? socket.end(text) : socket.write(text))
      expect([await asked(), await asked()]).toEqual(["hello", "hello"])
      expect(server.visitors.map(({ requests }) => requests.length)).toEqual([1, 1])
      await eventually(() => http.counts().open === 0 || undefined)
    })
  }

  for (const [name, say] of [
    ["once its server closed it", (visitor: Visitor) => void visitor.socket.end()],
    ["once its server reset it", (visitor: Visitor) => visitor.socket.resetAndDestroy()],
    [
      "once something came that nobody asked for",
      (visitor: Visitor) => void visitor.socket.write("HTTP/1.1 408 Late\r\n\r\n")
    ]
  ] as const) {
    test(name, async () => {
      await asked()
      const [visitor] = server.visitors
      if (visitor !== undefined) say(visitor)
      await eventually(() => http.counts().open === 0 || undefined)
      expect(http.counts().idle).toBe(0)
      expect(await asked()).toBe("hello")
      expect(server.visitors).toHaveLength(2)
    })
  }

  test("once it has been idle for long, and is closed then", async () => {
    await asked()
    timers.move(maxIdleMs - 1)
    expect(http.counts().idle).toBe(1)
    timers.move(1)
    expect(http.counts()).toEqual({ open: 0, idle: 0, inFlight: 0 })
    await eventually(() => server.visitors[0]?.ended || undefined)
    expect(timers.count).toBe(0)
  })

  test("once it has been idle for as long as its server promised, less a second", async () => {
    answer = ({ socket }) => void socket.write(okay("hello", "keep-alive: timeout=5, max=9"))
    await asked()
    timers.move(3_999)
    expect(http.counts().idle).toBe(1)
    timers.move(1)
    expect(http.counts().open).toBe(0)
  })

  test("while others that were used later stay", async () => {
    const held: Array<Visitor> = []
    answer = (visitor) => void held.push(visitor)
    const all = [asked(), asked()]
    await eventually(() => held.length === 2 || undefined)
    held[0]?.socket.write(okay("a"))
    await eventually(() => http.counts().idle === 1 || undefined)
    timers.move(20_000)
    held[1]?.socket.write(okay("b"))
    await Promise.all(all)
    timers.move(maxIdleMs - 20_000)
    expect(http.counts().idle).toBe(1)
    timers.move(20_000)
    expect(http.counts().idle).toBe(0)
  })
})

test("no more than a number of idle connections is kept", async () => {
  const held: Array<Visitor> = []
  answer = (visitor) => void held.push(visitor)
  const all = Array.from({ length: 300 }, () => asked())
  await eventually(() => held.length === 300 || undefined)
  for (const { socket } of held) socket.write(okay("x"))
  await Promise.all(all)
  await eventually(() => http.counts().open === 256 || undefined)
  expect(http.counts().idle).toBe(256)
})

test("what is idle is closed with the client, and what is in use when it ends", async () => {
  await asked()
  const held: Array<Visitor> = []
  answer = (visitor) => void held.push(visitor)
  const all = [asked(), asked()]
  await eventually(() => held.length === 2 || undefined)
  held[0]?.socket.write(okay("x"))
  await eventually(() => http.counts().idle === 1 || undefined)
  await http.stop()
  expect(http.counts()).toEqual({ open: 1, idle: 0, inFlight: 1 })
  held[1]?.socket.write(okay("y"))
  expect(await Promise.all(all)).toEqual(["x", "y"])
  await eventually(() => http.counts().open === 0 || undefined)
})

describe("a connection that its server had given up", () => {
  /**
   * The first connection answers once and closes at its second request, as it looks when both were on their way at
   * once.
   */
  const closesAtSecond = (how: (visitor: Visitor) => void) => (visitor: Visitor) => {
    if (visitor === server.visitors[0] && visitor.requests.length > 1) how(visitor)
    else usual(visitor)
  }
  const close = (visitor: Visitor): void => void visitor.socket.end()

  test("has the request go once more, over another", async () => {
    answer = closesAtSecond(close)
    await asked()
    timers.move(1_500)
    const told = await ask(http.post, server.url, { body: "again" }).over
    expect([told.body(), told.order.filter((what) => what !== "connected")]).toEqual(["hello", ["head", "body", "end"]])
    expect(server.visitors.map(({ requests }) => requests.length)).toEqual([2, 1])
    expect(server.visitors[1]?.requests[0]).toEndWith("again")
  })

  test("has it go once more though the close was on its way when it was sent", async () => {
    await asked()
    timers.move(1_500)
    // In the same turn, so that neither side has seen what the other does.
    server.visitors[0]?.socket.destroy()
    expect(await asked()).toBe("hello")
    expect(server.visitors).toHaveLength(2)
  })

  test("is reset: the server knew it still", async () => {
    answer = closesAtSecond((visitor) => visitor.socket.resetAndDestroy())
    await asked()
    timers.move(1_500)
    expect((await ask(http.post, server.url).over).fault()).toEqual({ stage: "head", code: "ECONNRESET" })
    expect(server.visitors).toHaveLength(1)
  })

  test("is told when that fails too: there is no third time", async () => {
    answer = (visitor) =>
      visitor.requests.length === 1 && visitor === server.visitors[0] ? usual(visitor) : close(visitor)
    await asked()
    timers.move(1_500)
    expect((await ask(http.post, server.url).over).fault()).toEqual({ stage: "head", code: "closed" })
    expect(server.visitors).toHaveLength(2)
  })

  test("was in use a moment ago: its close is an answer to the request, which may cost money", async () => {
    answer = closesAtSecond(close)
    await asked()
    timers.move(1_499)
    expect((await ask(http.post, server.url).over).fault()).toEqual({ stage: "head", code: "closed" })
    expect(server.visitors).toHaveLength(1)
  })

  test("closes late: the server had the request", async () => {
    answer = closesAtSecond((visitor) => {
      timers.move(1_001)
      close(visitor)
    })
    await asked()
    timers.move(5_000)
    expect((await ask(http.post, server.url).over).fault()).toEqual({ stage: "head", code: "closed" })
    expect(server.visitors).toHaveLength(1)
  })

  test("closes after the first byte: the server had the request", async () => {
    answer = closesAtSecond(({ socket }) => void socket.end("H"))
    await asked()
    timers.move(5_000)
    expect((await ask(http.post, server.url).over).fault()).toEqual({ stage: "head", code: "closed" })
    expect(server.visitors).toHaveLength(1)
  })

  test("is a fresh one: nothing is repeated", async () => {
    answer = close
    expect((await ask(http.post, server.url).over).fault()).toEqual({ stage: "head", code: "closed" })
    expect(server.visitors).toHaveLength(1)
  })
})

/**
 * A port that takes no connection and refuses none, once the system's queue for it is full: its process stands still.
 */
const startDeaf = async () => {
  const program = `const server = require("node:net").createServer()
server.listen({ port: 0, host: "127.0.0.1", backlog: 1 }, () => {
  require("node:fs").writeSync(1, server.address().port + "\\n")
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
})`
  const child = Bun.spawn(["bun", "-e", program], { stdout: "pipe" })
  const { value } = await child.stdout.getReader().read()
  return { url: `http://127.0.0.1:${Number(new TextDecoder().decode(value))}/`, stop: () => child.kill("SIGKILL") }
}

test("connections that are being made though nobody wants them any more do not grow without end", async () => {
  const deaf = await startDeaf()
  try {
    // Bun has the system queue 512 connections; those are closed as soon as they stand.
    for (let at = 0; at < 700; at++) {
      const { call } = ask(http.post, deaf.url)
      if (at % 10 === 0) await Bun.sleep(0)
      call.close()
    }
    await Bun.sleep(5)
    expect(http.counts()).toEqual({ open: 32, idle: 0, inFlight: 0 })
    // The next request takes one of them over.
    const { call } = ask(http.post, deaf.url)
    expect(http.counts()).toEqual({ open: 32, idle: 0, inFlight: 1 })
    call.close()
    expect(http.counts()).toEqual({ open: 32, idle: 0, inFlight: 0 })
  } finally {
    deaf.stop()
  }
  // The system asks again after a second, and is refused then.
  await eventually(() => http.counts().open === 0 || undefined)
}, 10_000)

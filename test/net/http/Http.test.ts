import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test"
import { eventually } from "../../journey/stage/Eventually.ts"
import { ask, okay, startHttp, startServer, type Visitor } from "./Asking.ts"

let http: Awaited<ReturnType<typeof startHttp>>
let server: Awaited<ReturnType<typeof startServer>>
let answer: (visitor: Visitor, request: string) => void

beforeAll(async () => {
  http = await startHttp()
  server = await startServer((visitor, request) => answer(visitor, request))
})

afterAll(async () => {
  await http.stop()
  server.stop()
})

/** Whatever happened, nothing is counted as under way, and the server sees no connection that is not kept. */
afterEach(async () => {
  expect(http.counts().inFlight).toBe(0)
  await eventually(() => http.counts().open === http.counts().idle || undefined)
})

const write = (text: string) => (visitor: Visitor) => void visitor.socket.write(text, "latin1")

describe("a request", () => {
  test("is sent as it is, and its answer told in order", async () => {
    answer = write(okay("hello", "x-a: 1"))
    const told = await ask(http.post, server.url, { body: `{"é":"🦊"}`, headers: { "x-key": "k" } }).over
    expect(told.order).toEqual(["connected", "head", "body", "end"])
    expect(told.head()).toMatchObject({ status: 200, old: false })
    expect(told.head()?.headers.get("x-a")).toBe("1")
    expect(told.body()).toBe("hello")
    const sent = Buffer.from(server.visitors.at(-1)?.requests.at(-1) ?? "", "latin1").toString()
    expect(sent).toBe(
      `POST /path?query=1 HTTP/1.1\r\nhost: 127.0.0.1:${server.port}\r\nx-key: k\r\ncontent-length: 13\r\n\r\n{"é":"🦊"}`
    )
  })

  test("has an answer in pieces told as it comes", async () => {
    const piece = Promise.withResolvers<void>()
    answer = ({ socket }) => {
      socket.write("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nhe\r\n")
      void piece.promise.then(() => socket.write("3\r\nllo\r\n0\r\n\r\n"))
    }
    const told = ask(http.post, server.url, { on: (what) => what === "body" && piece.resolve() })
    expect((await told.over).body()).toBe("hello")
    expect(told.order).toEqual(["connected", "head", "body", "body", "end"])
  })

  test("whose answer ends with the connection", async () => {
    answer = ({ socket }) => void socket.end("HTTP/1.1 200 OK\r\n\r\nhello")
    const told = await ask(http.post, server.url).over
    expect([told.body(), told.order.at(-1)]).toEqual(["hello", "end"])
  })

  test("of 32 MB arrives whole at a server that reads late", async () => {
    const slow = await startServer(
      ({ socket }, text) => void socket.write(okay(`${text.length} ${Bun.hash(text.slice(-100))}`))
    )
    const body = `${"é".repeat(8 * 1024 * 1024)}${"x".repeat(16 * 1024 * 1024)}end`
    const told = ask(http.post, slow.url, { body })
    const visitor = await eventually(() => slow.visitors[0])
    visitor.socket.pause()
    await Bun.sleep(20)
    visitor.socket.resume()
    const head = `POST /path?query=1 HTTP/1.1\r\nhost: 127.0.0.1:${slow.port}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n`
    expect((await told.over).body()).toBe(
      `${head.length + Buffer.byteLength(body)} ${Bun.hash(`${"x".repeat(97)}end`)}`
    )
    slow.stop()
  }, 20_000)

  test("that is refused before it is whole has its refusal told", async () => {
    const strict = await startServer(
      ({ socket, requests }) => {
        if (requests.length > 1) return
        socket.pause()
        socket.write("HTTP/1.1 413 Too Large\r\ncontent-length: 4\r\n\r\nlong")
      },
      { whole: false }
    )
    const told = await ask(http.post, strict.url, { body: "x".repeat(32 * 1024 * 1024) }).over
    expect([told.head()?.status, told.body(), told.order.at(-1)]).toEqual([413, "long", "end"])
    // The rest of the request was never sent, so nothing else may go over that connection.
    await eventually(() => http.counts().open === http.counts().idle || undefined)
    strict.stop()
  }, 20_000)

  test("is one of more than Bun's fetch lets be under way", async () => {
    const waiting: Array<Visitor> = []
    answer = (visitor) => void waiting.push(visitor)
    const all = Array.from({ length: 300 }, () => ask(http.post, server.url))
    await eventually(() => waiting.length === 300 || undefined)
    expect(http.counts()).toEqual({ open: 300, idle: 0, inFlight: 300 })
    for (const { socket } of waiting) socket.write(okay("x"))
    for (const told of all) expect((await told.over).body()).toBe("x")
  })
})

describe("what cannot be written as one request is not sent", () => {
  for (const [name, headers, path] of [
    ["CR and LF in a header", { a: "b\r\nx: y" }, ""],
    ["LF in a header", { a: "b\nx: y" }, ""],
    ["NUL in a header", { a: "b\0" }, ""],
    ["a header's name with a blank", { "a b": "c" }, ""],
    ["CR and LF in the path", {}, "/a\r\nx: y"],
    ["NUL in the path", {}, "/a\0"]
  ] as const) {
    test(name, async () => {
      const before = server.visitors.length
      const told = ask(http.post, server.url + path, { headers })
      expect(told.order).toEqual([])
      await told.over
      expect([told.order, told.fault()?.stage]).toEqual([["fault"], "request"])
      expect(server.visitors.length).toBe(before)
    })
  }

  test("nor told once it was let go", async () => {
    const told = ask(http.post, "nonsense")
    told.call.close()
    await Bun.sleep(1)
    expect(told.order).toEqual([])
  })
})

const ok = "HTTP/1.1 200 OK\r\n"

describe("a fault is told with the place where it happened", () => {
  for (const [name, say, expected] of [
    ["closed before the answer", ({ socket }: Visitor) => void socket.end(), { stage: "head", code: "closed" }],
    [
      "reset before the answer",
      ({ socket }: Visitor) => socket.resetAndDestroy(),
      { stage: "head", code: "ECONNRESET" }
    ],
    ["closed in the head", ({ socket }: Visitor) => void socket.end(`${ok}a: b`), { stage: "head", code: "closed" }],
    [
      "closed in a body with a length",
      ({ socket }: Visitor) => void socket.end(`${ok}content-length: 5\r\n\r\nhell`),
      { stage: "body", code: "closed" }
    ],
    [
      "closed between chunks",
      ({ socket }: Visitor) => void socket.end(`${ok}transfer-encoding: chunked\r\n\r\n5\r\nhello\r\n`),
      { stage: "body", code: "closed" }
    ],
    [
      "a head that is none",
      write("SSH-2.0-x\r\n\r\n"),
      { stage: "head", code: "garbled", garbled: "its head is not HTTP/1.1" }
    ],
    [
      "two lengths",
      write(`${ok}content-length: 5\r\ncontent-length: 6\r\n\r\nhello`),
      { stage: "head", code: "garbled", garbled: "its length cannot be read" }
    ],
    [
      "broken chunks",
      write(`${ok}transfer-encoding: chunked\r\n\r\nxyz\r\n`),
      { stage: "body", code: "garbled", garbled: "its chunks are broken" }
    ]
  ] as const) {
    test(name, async () => {
      answer = say
      const told = await ask(http.post, server.url).over
      expect(told.fault()).toEqual(expected)
      expect(told.order.at(-1)).toBe("fault")
    })
  }

  test("reset in the body, after what came", async () => {
    const seen = Promise.withResolvers<void>()
    answer = ({ socket }) => {
      socket.write(`${ok}content-length: 50\r\n\r\nhello`)
      void seen.promise.then(() => socket.resetAndDestroy())
    }
    const told = await ask(http.post, server.url, { on: (what) => what === "body" && seen.resolve() }).over
    expect([told.body(), told.fault()]).toEqual(["hello", { stage: "body", code: "ECONNRESET" }])
  })

  test("reset in a body that ends with the connection: that is no end", async () => {
    const seen = Promise.withResolvers<void>()
    answer = ({ socket }) => {
      socket.write(`${ok}\r\nhello`)
      void seen.promise.then(() => socket.resetAndDestroy())
    }
    const told = await ask(http.post, server.url, { on: (what) => what === "body" && seen.resolve() }).over
    expect(told.fault()).toEqual({ stage: "body", code: "ECONNRESET" })
  })

  for (const [name, url, code] of [
    ["nobody listens", "http://127.0.0.1:1/", "ECONNREFUSED"],
    ["nobody listens, IPv6", "http://[::1]:1/", "ECONNREFUSED"],
    ["no such host", "http://no-such-host.invalid/", "ENOTFOUND"]
  ] as const) {
    test(name, async () => {
      const told = await ask(http.post, url).over
      expect([told.order, told.fault()]).toEqual([["fault"], { stage: "connect", code }])
    })
  }
})

describe("an address of either kind is reached", () => {
  for (const host of ["127.0.0.1", "::1"]) {
    test(`${host}, by itself and as localhost`, async () => {
      const other = await startServer(({ socket }) => void socket.write(okay("here")), { host })
      expect((await ask(http.post, other.url).over).body()).toBe("here")
      expect((await ask(http.post, `http://localhost:${other.port}/`).over).body()).toBe("here")
      expect(other.visitors.at(-1)?.requests[0]).toContain(`host: localhost:${other.port}\r\n`)
      other.stop()
    })
  }
})

describe("a request that is let go", () => {
  test("closes its connection before the answer, and tells nothing more", async () => {
    let visitor: Visitor | undefined
    answer = (one) => {
      visitor = one
    }
    const told = ask(http.post, server.url)
    const seen = await eventually(() => visitor)
    told.call.close()
    told.call.close()
    expect(http.counts().inFlight).toBe(0)
    await eventually(() => seen.closed || undefined)
    expect(told.order).toEqual(["connected"])
  })

  test("while its connection is made closes that as soon as it stands", async () => {
    const before = server.visitors.length
    const idle = http.counts().idle
    // More than are idle, so that new ones are made.
    const all = Array.from({ length: idle + 3 }, () => ask(http.post, server.url))
    for (const { call } of all) call.close()
    expect(http.counts().inFlight).toBe(0)
    await eventually(() => http.counts().open === 0 || undefined)
    await eventually(() => server.visitors.slice(before).every(({ closed }) => closed) || undefined)
    expect(server.visitors.slice(before).every(({ requests }) => requests.length === 0)).toBe(true)
  })

  for (const moment of ["head", "body"] as const) {
    test(`inside its ${moment} is told nothing more of what came with it`, async () => {
      answer = write(`${okay("hello")}`)
      const told = ask(http.post, server.url, { on: (what, call) => what === moment && call.close() })
      await eventually(() => told.order.includes(moment) || undefined)
      await Bun.sleep(2)
      expect(told.order.at(-1)).toBe(moment)
    })
  }

  test("after its end changes nothing: the connection is another request's by then", async () => {
    answer = write(okay("first"))
    const first = await ask(http.post, server.url).over
    answer = write(`${ok}content-length: 6\r\n\r\nsec`)
    const second = ask(http.post, server.url)
    await eventually(() => second.body() === "sec" || undefined)
    first.call.pause()
    first.call.close()
    server.visitors.at(-1)?.socket.write("ond")
    expect((await second.over).body()).toBe("second")
  })
})

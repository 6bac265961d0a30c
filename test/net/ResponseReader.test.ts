import { describe, expect, test } from "bun:test"
import { maxHeadLength } from "../../src/net/ResponseHead.ts"
import { ResponseReader } from "../../src/net/ResponseReader.ts"
import { processorTimeOf } from "../ProcessorTime.ts"

interface Seen {
  status: number | undefined
  body: string
  /** `reusable` and `closed`: it ended, and the connection may serve another or not. */
  end: "open" | "reusable" | "closed" | "garbled"
  parts: number
}

/**
 * Reads a response that comes in these pieces; like a connection, it gives nothing more to a reader that has told the
 * end.
 */
const read = (pieces: Iterable<string>, closes = false): Seen => {
  const seen: Seen = { status: undefined, body: "", end: "open", parts: 0 }
  const ended = (end: Seen["end"]): void => {
    if (seen.end !== "open") throw new Error("The end was told twice.")
    seen.end = end
  }
  const reader = new ResponseReader({
    onHead: ({ status }) => {
      if (seen.status !== undefined) throw new Error("A head was told twice.")
      seen.status = status
    },
    onBody: (bytes) => {
      if (seen.status === undefined || seen.end !== "open" || bytes.length === 0)
        throw new Error("It came at a wrong time.")
      seen.body += bytes.toString("latin1")
      seen.parts += 1
    },
    onEnd: (reusable) => ended(reusable ? "reusable" : "closed"),
    onGarbled: () => ended("garbled")
  })
  for (const piece of pieces) if (seen.end === "open") reader.push(Buffer.from(piece, "latin1"))
  if (closes && seen.end === "open") expect(reader.close()).toBe(seen.end !== "open")
  return seen
}

const ok = "HTTP/1.1 200 OK\r\n"

const responses = [
  ["with a length", `${ok}content-length: 5\r\n\r\nhello`, 200, "hello", "reusable"],
  ["with a length of nothing", `${ok}content-length: 0\r\n\r\n`, 200, "", "reusable"],
  ["without a body", "HTTP/1.1 204 No Content\r\n\r\n", 204, "", "reusable"],
  ["in chunks", `${ok}transfer-encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n`, 200, "hello", "reusable"],
  ["that closes", `${ok}connection: close\r\ncontent-length: 5\r\n\r\nhello`, 200, "hello", "closed"],
  ["of HTTP/1.0", "HTTP/1.0 200 OK\r\ncontent-length: 5\r\n\r\nhello", 200, "hello", "closed"],
  [
    "after interim ones",
    `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 x\r\na: b\r\n\r\n${ok}content-length: 2\r\n\r\nhi`,
    200,
    "hi",
    "reusable"
  ]
] as const

describe("a response is read in one piece, split at every place, and byte by byte", () => {
  for (const [name, text, status, body, end] of responses) {
    test(name, () => {
      const expected = { status, body: name === "after interim ones" ? "hi" : body, end }
      expect(read([text])).toMatchObject(expected)
      expect(read(text)).toMatchObject(expected)
      for (let at = 1; at < text.length; at++) expect(read([text.slice(0, at), text.slice(at)])).toMatchObject(expected)
    })

    test(`${name}: not before its last byte`, () => {
      for (let at = 0; at < text.length; at++) expect(read([text.slice(0, at)]).end).toBe("open")
    })

    test(`${name}: a connection on which more comes than was asked for is not used again`, () => {
      expect(read([`${text}HTTP/1.1 200 OK\r\n`]).end).toBe("closed")
    })
  }

  test("until the connection closes", () => {
    const text = `${ok}\r\nhello`
    expect(read([text])).toMatchObject({ body: "hello", end: "open" })
    expect(read([text], true)).toMatchObject({ status: 200, body: "hello", end: "closed" })
    expect(read(text, true)).toMatchObject({ status: 200, body: "hello", end: "closed" })
    expect(read([`${ok}\r\n`], true)).toMatchObject({ status: 200, body: "", end: "closed" })
  })

  test("the close of a connection ends no other response", () => {
    for (const text of [
      "",
      ok,
      `${ok}content-length: 5\r\n\r\nhell`,
      `${ok}transfer-encoding: chunked\r\n\r\n5\r\nhello\r\n`
    ]) {
      expect(read([text], true).end).toBe("open")
    }
  })

  test("the chunks of one piece are one part", () => {
    expect(read([`${ok}transfer-encoding: chunked\r\n\r\n1\r\na\r\n1\r\nb\r\n0\r\n\r\n`])).toMatchObject({
      body: "ab",
      parts: 1
    })
  })
})

describe("what is no response is refused", () => {
  for (const [name, text] of [
    ["another protocol", "SSH-2.0-OpenSSH_9.6\r\n\r\n"],
    ["a page without a head", "<html>\r\n\r\n</html>"],
    ["a change of protocol", "HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\n\r\n"],
    ["interim responses without end", "HTTP/1.1 100 Continue\r\n\r\n".repeat(40)],
    ["two lengths", `${ok}content-length: 5\r\ncontent-length: 6\r\n\r\nhello`],
    ["a length and chunks", `${ok}content-length: 5\r\ntransfer-encoding: chunked\r\n\r\nhello`],
    ["a folded header", `${ok}a: b\r\n c\r\ncontent-length: 5\r\n\r\nhello`],
    ["broken chunks", `${ok}transfer-encoding: chunked\r\n\r\nxyz\r\n`],
    ["a head without end", `${ok}${"a: b\r\n".repeat(maxHeadLength / 6)}`]
  ] as const) {
    test(name, () => {
      expect(read([text]).end).toBe("garbled")
      expect(read(text).end).toBe("garbled")
    })
  }

  test("after what came of it before", () => {
    expect(read([`${ok}transfer-encoding: chunked\r\n\r\n2\r\nhi\r\nxyz\r\n`])).toMatchObject({
      body: "hi",
      end: "garbled"
    })
  })
})

test("the longest head is read, in one piece and in small ones", () => {
  const start = `${ok}content-length: 0\r\na: `
  const text = `${start}${"x".repeat(maxHeadLength - start.length)}\r\n\r\n`
  expect(read([text]).end).toBe("reusable")
  expect(processorTimeOf(() => expect(read(text).end).toBe("reusable"))).toBeLessThan(1000)
})

import { describe, expect, test } from "bun:test"
import { bodyShape, keepsConnection, promisedIdleMs } from "../../src/net/BodyShape.ts"
import { parseHead, type ResponseHead } from "../../src/net/ResponseHead.ts"

const headOf = (status: number | string, ...headers: ReadonlyArray<string>): ResponseHead => {
  const start = typeof status === "number" ? `HTTP/1.1 ${status} x` : status
  const head = parseHead([start, ...headers].join("\r\n"))
  if (head === undefined) throw new Error("The test's head is wrong.")
  return head
}

describe("the end of a body is found", () => {
  for (const [head, shape] of [
    [headOf(200, "content-length: 12"), { kind: "length", length: 12 }],
    [headOf(200, "Content-Length: 0012"), { kind: "length", length: 12 }],
    [headOf(200, "content-length: 12", "content-length: 12"), { kind: "length", length: 12 }],
    [headOf(200, "content-length: 12, 12"), { kind: "length", length: 12 }],
    [headOf(200, "content-length: 0"), { kind: "none" }],
    [headOf(200, "transfer-encoding: chunked"), { kind: "chunked" }],
    [headOf(200, "Transfer-Encoding: Chunked"), { kind: "chunked" }],
    [headOf(500, "transfer-encoding: chunked"), { kind: "chunked" }],
    [headOf(204), { kind: "none" }],
    [headOf(304, "content-length: 12"), { kind: "none" }],
    [headOf(204, "transfer-encoding: chunked"), { kind: "none" }],
    [headOf(200), { kind: "until-close" }],
    [headOf("HTTP/1.0 200 OK"), { kind: "until-close" }],
    [headOf("HTTP/1.0 200 OK", "content-length: 5"), { kind: "length", length: 5 }]
  ] as const) {
    test(`${head.status} ${JSON.stringify([...head.headers])}: ${shape.kind}`, () => {
      expect(bodyShape(head)).toEqual(shape)
    })
  }
})

describe("a body whose end two readers would find at two places is refused", () => {
  for (const headers of [
    ["content-length: 12", "content-length: 13"],
    ["content-length: 12, 13"],
    ["content-length: 12,"],
    ["content-length: "],
    ["content-length: -1"],
    ["content-length: +1"],
    ["content-length: 1.5"],
    ["content-length: 0x10"],
    ["content-length: 1e3"],
    ["content-length: 12 13"],
    ["content-length: 9999999999999999"],
    ["content-length: 12", "transfer-encoding: chunked"],
    ["transfer-encoding: gzip, chunked"],
    ["transfer-encoding: chunked", "transfer-encoding: chunked"],
    ["transfer-encoding: identity"],
    ["transfer-encoding: xchunked"],
    ["transfer-encoding: "]
  ]) {
    test(JSON.stringify(headers), () => expect(bodyShape(headOf(200, ...headers))).toBeString())
  }

  test("chunks of HTTP/1.0", () => {
    expect(bodyShape(headOf("HTTP/1.0 200 OK", "transfer-encoding: chunked"))).toBeString()
  })
})

describe("a connection is kept", () => {
  for (const [headers, expected] of [
    [[], true],
    [["connection: keep-alive"], true],
    [["connection: close"], false],
    [["Connection: Close"], false],
    [["connection: keep-alive, close"], false],
    [["connection: x", "connection: close"], false],
    [["connection: closed"], true]
  ] as const) {
    test(`${expected}: ${JSON.stringify(headers)}`, () => {
      expect(keepsConnection(headOf(200, ...headers), { kind: "chunked" })).toBe(expected)
    })
  }

  test("not after HTTP/1.0, nor where its close is the end", () => {
    expect(keepsConnection(headOf("HTTP/1.0 200 OK", "connection: keep-alive"), { kind: "length", length: 1 })).toBe(
      false
    )
    expect(keepsConnection(headOf(200), { kind: "until-close" })).toBe(false)
  })
})

describe("a server's promise to keep an idle connection is read", () => {
  for (const [value, ms] of [
    ["timeout=5", 5000],
    ["timeout=5, max=100", 5000],
    ["max=100, Timeout = 72", 72_000],
    ['timeout="9"', 9000],
    ["timeout=0", 0],
    ["max=100", undefined],
    ["xtimeout=5", undefined],
    ["timeout=-1", undefined]
  ] as const) {
    test(value, () => expect(promisedIdleMs(headOf(200, `keep-alive: ${value}`))).toBe(ms))
  }
})

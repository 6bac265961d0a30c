import { describe, expect, test } from "bun:test"
import { parseHead } from "../../src/net/ResponseHead.ts"
import { processorTimeOf } from "../ProcessorTime.ts"

const lines = (...all: ReadonlyArray<string>): string => all.join("\r\n")

describe("a head is read", () => {
  for (const [name, text, status, headers] of [
    [
      "with headers",
      lines("HTTP/1.1 200 OK", "Content-Type: text/plain", "x-a:1"),
      200,
      { "content-type": "text/plain", "x-a": "1" }
    ],
    ["without headers", "HTTP/1.1 204 No Content", 204, {}],
    ["without a reason", "HTTP/1.1 429", 429, {}],
    ["with an empty reason", "HTTP/1.1 429 ", 429, {}],
    ["with blanks around values", lines("HTTP/1.1 200 OK", "a: \t b c \t"), 200, { a: "b c" }],
    ["with an empty value", lines("HTTP/1.1 200 OK", "a:", "b: "), 200, { a: "", b: "" }],
    ["with a colon in a value", lines("HTTP/1.1 200 OK", "a: b:c"), 200, { a: "b:c" }],
    ["with a header that came twice", lines("HTTP/1.1 200 OK", "A: 1", "b: x", "a: 2"), 200, { a: "1, 2", b: "x" }],
    ["with Latin-1", lines("HTTP/1.1 200 Été", "a: é"), 200, { a: "é" }],
    [
      "with a header's name that objects have",
      lines("HTTP/1.1 200 OK", "__proto__: x", "constructor: y"),
      200,
      { ["__proto__"]: "x", constructor: "y" }
    ]
  ] as const) {
    test(name, () => {
      const head = parseHead(text)
      expect(head?.status).toBe(status)
      expect([...(head?.headers ?? [])].sort()).toEqual(Object.entries(headers).sort())
      expect(head?.old).toBe(false)
    })
  }

  test("of HTTP/1.0, which is told", () => {
    expect(parseHead("HTTP/1.0 200 OK")).toMatchObject({ status: 200, old: true })
  })
})

describe("a head is refused", () => {
  for (const text of [
    "",
    "HTTP/2 200 OK",
    "HTTP/1.2 200 OK",
    "http/1.1 200 OK",
    "HTTP/1.1 20 OK",
    "HTTP/1.1 2000 OK",
    "HTTP/1.1 099 OK",
    "HTTP/1.1 600 OK",
    "HTTP/1.1 -20 OK",
    "HTTP/1.1  200 OK",
    "HTTP/1.1 200\tOK",
    " HTTP/1.1 200 OK",
    "ICY 200 OK",
    "HTTP/1.1 200 O\0K",
    "HTTP/1.1 200 OK\nA: b",
    lines("HTTP/1.1 200 OK", "a b: c"),
    lines("HTTP/1.1 200 OK", "a : c"),
    lines("HTTP/1.1 200 OK", ": c"),
    lines("HTTP/1.1 200 OK", "no colon"),
    lines("HTTP/1.1 200 OK", ""),
    lines("HTTP/1.1 200 OK", "a: b", " continued"),
    lines("HTTP/1.1 200 OK", "a: b", "\tcontinued"),
    lines("HTTP/1.1 200 OK", "a: b\nc: d"),
    lines("HTTP/1.1 200 OK", "a: b\rc: d"),
    lines("HTTP/1.1 200 OK", "a: b\0"),
    lines("HTTP/1.1 200 OK", "a: b\x7f"),
    lines("HTTP/1.1 200 OK", "é: b")
  ]) {
    test(JSON.stringify(text), () => expect(parseHead(text)).toBeUndefined())
  }
})

test("a long head takes no more than its share of time", () => {
  const many = lines("HTTP/1.1 200 OK", ...Array.from({ length: 16_000 }, (_, at) => `a${at % 10}:`))
  const took = processorTimeOf(() => {
    expect(parseHead(many)?.headers.size).toBe(10)
    expect(parseHead(`${many}\r\nbad`)).toBeUndefined()
  })
  expect(took).toBeLessThan(500)
})

import { describe, expect, test } from "bun:test"
import { ChunkedBody } from "../../src/net/ChunkedBody.ts"

interface Read {
  readonly text: string
  readonly state: "open" | "ended" | "broken"
  /** Bytes behind the end. */
  readonly rest: string
  readonly parts: number
}

/** Reads a body that comes in these pieces. */
const read = (pieces: ReadonlyArray<string>): Read => {
  const body = new ChunkedBody()
  const texts: Array<string> = []
  let rest = ""
  for (const piece of pieces) {
    const bytes = Buffer.from(piece, "latin1")
    if (body.ended) {
      rest += piece
      continue
    }
    // Something stands before it, as the head does.
    const whole = Buffer.concat([Buffer.from("##"), bytes])
    const end = body.push(whole, 2)
    if (body.to > body.from) texts.push(whole.toString("latin1", body.from, body.to))
    if (body.broken) return { text: texts.join(""), state: "broken", rest, parts: texts.length }
    rest += whole.toString("latin1", end)
  }
  return { text: texts.join(""), state: body.ended ? "ended" : "open", rest, parts: texts.length }
}

const whole = [
  ["one chunk", "5\r\nhello\r\n0\r\n\r\n", "hello", ""],
  ["several chunks", "5\r\nhello\r\n1\r\n \r\n5\r\nworld\r\n0\r\n\r\n", "hello world", ""],
  ["nothing", "0\r\n\r\n", "", ""],
  ["hexadecimal sizes", "a\r\n0123456789\r\nB\r\n0123456789a\r\n0\r\n\r\n", "01234567890123456789a", ""],
  ["leading zeros", "0005\r\nhello\r\n000\r\n\r\n", "hello", ""],
  ["extensions", '5;a=b;c="d"\r\nhello\r\n0;last\r\n\r\n', "hello", ""],
  ["a padded size", "5 \t\r\nhello\r\n0  ; x\r\n\r\n", "hello", ""],
  ["trailers", "5\r\nhello\r\n0\r\nx-sum: 1\r\ny: 2\r\n\r\n", "hello", ""],
  ["line ends inside the data", "4\r\n\r\n\r\n\r\n0\r\n\r\n", "\r\n\r\n", ""],
  ["more behind the end", "1\r\na\r\n0\r\n\r\nHTTP/1.1 200 OK", "a", "HTTP/1.1 200 OK"],
  ["bytes that are no text", "4\r\n\x00\xff\r\n\r\n0\r\n\r\n", "\x00\xff\r\n", ""]
] as const

describe("a chunked body is read", () => {
  for (const [name, text, expected, rest] of whole) {
    test(`${name}, in one piece, split at every place, and byte by byte`, () => {
      expect(read([text])).toMatchObject({ text: expected, state: "ended", rest })
      expect(read([...text])).toMatchObject({ text: expected, state: "ended", rest })
      for (let at = 1; at < text.length; at++) {
        expect(read([text.slice(0, at), text.slice(at)])).toMatchObject({ text: expected, state: "ended", rest })
      }
    })

    test(`${name}, which is not whole before its last byte`, () => {
      const body = text.slice(0, text.length - rest.length)
      for (let at = 0; at < body.length; at++) expect(read([body.slice(0, at)]).state).toBe("open")
    })
  }

  test("and what one piece holds is handed on in one go", () => {
    const text = Array.from({ length: 100 }, (_, at) => `2\r\n${String(at).padStart(2, "0")}\r\n`).join("")
    const { parts, text: joined } = read([`${text}0\r\n\r\n`])
    expect(parts).toBe(1)
    expect(joined).toHaveLength(200)
  })
})

describe("a body is broken", () => {
  for (const [name, text] of [
    ["without a size", "\r\nhello\r\n"],
    ["a size that is none", "g\r\n"],
    ["a negative size", "-5\r\nhello\r\n"],
    ["a size in C's way", "0x5\r\nhello\r\n"],
    ["a size with a sign", "+5\r\nhello\r\n"],
    ["a size too large", "fffffffffffff\r\n"],
    ["blanks before the size", " 5\r\nhello\r\n"],
    ["text behind the size", "5 x\r\nhello\r\n"],
    ["an extension without its mark", "5=a\r\nhello\r\n"],
    ["a bare line feed behind the size", "5\nhello\r\n"],
    ["a bare carriage return behind the size", "5\rhello\r\n"],
    ["a line feed inside an extension", "5;a\nb\r\nhello\r\n"],
    ["a longer chunk than its size", "5\r\nhello!\r\n"],
    ["a chunk that ends with a line feed", "5\r\nhello\n0\r\n\r\n"],
    ["a trailer with a line feed", "0\r\na: b\n\r\n"],
    ["an end without its line feed", "0\r\n\rx"],
    ["extensions without end", `5;${"x".repeat(5000)}`],
    ["padding without end", `5${" ".repeat(5000)}`],
    ["trailers without end", `0\r\n${"a: b\r\n".repeat(5000)}`]
  ] as const) {
    test(name, () => {
      expect(read([text]).state).toBe("broken")
      expect(read([...text]).state).toBe("broken")
    })
  }
})

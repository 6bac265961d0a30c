import { describe, expect, test } from "bun:test"
import { maxEventLength, SseFrames, tooLong } from "../../src/net/SseFrames.ts"
import { processorTimeOf } from "../ProcessorTime.ts"

/** The data of a stream's events, and of the rest at its end. */
const framed = (pieces: Iterable<string>): readonly [events: ReadonlyArray<string>, rest: string | undefined] => {
  const frames = new SseFrames()
  const events: Array<string> = []
  for (const piece of pieces) {
    const more = frames.push(piece)
    if (more === tooLong) throw new Error("too long")
    events.push(...more)
  }
  return [events, frames.rest()]
}

/** Streams with LF, the data of their events, and what is left at the end. */
const streams: ReadonlyArray<readonly [name: string, stream: string, events: ReadonlyArray<string>, rest?: string]> = [
  ["one event", "data: a\n\n", ["a"]],
  ["two events", "data: a\n\ndata: b\n\n", ["a", "b"]],
  ["no blank behind the colon", "data:a\n\n", ["a"]],
  ["one blank of several is the standard's", "data:  a \n\n", [" a "]],
  ["several data lines are one text", "data: a\ndata: b\ndata:\ndata: c\n\n", ["a\nb\n\nc"]],
  ["a line that is only the word", "data\n\n", [""]],
  ["an empty data line", "data:\n\ndata: \n\n", ["", ""]],
  ["comments", ": OPENROUTER PROCESSING\n\n:\n\ndata: a\n: between\n\n", ["a"]],
  ["names, ids and retries", "event: error\nid: 1\nretry: 5\ndata: a\n\n", ["a"]],
  ["an event without data", "event: ping\n\ndata: a\n\n", ["a"]],
  ["words that only begin like data", "database: x\ndatum: y\ndat\nDATA: z\n data: q\n\ndata: a\n\n", ["a"]],
  ["more blank lines than needed", "\n\n\ndata: a\n\n\n\ndata: b\n\n", ["a", "b"]],
  ["a colon in the data", "data: a: b\n\n", ["a: b"]],
  ["marks and emoji in the data", "data: \ufeff🙂é\u2028\u0085\n\n", ["\ufeff🙂é\u2028\u0085"]],
  ["an event without its blank line", "data: a\n\ndata: b\n", ["a"], "b"],
  ["an event without its line's end", "data: a\n\ndata: b", ["a"], "b"],
  ["two data lines without their end", "data: a\ndata: b", [], "a\nb"],
  ["the beginning of a line", "data: a\n\nda", ["a"]],
  ["the word without its end", "data: a\n\ndata", ["a"], ""],
  ["a comment at the end", "data: a\n\n: b", ["a"]],
  ["nothing", "", []]
]

const ends: ReadonlyArray<readonly [name: string, end: string]> = [
  ["LF", "\n"],
  ["CRLF", "\r\n"],
  ["CR", "\r"]
]

for (const [end, lineEnd] of ends) {
  describe(`a stream whose lines end with ${end} is cut into events:`, () => {
    for (const [name, text, events, rest] of streams) {
      test(name, () => {
        const stream = text.replaceAll("\n", lineEnd)
        expect(framed([stream])).toEqual([events, rest])
        expect(framed([`\ufeff${stream}`])).toEqual([events, rest])
        expect(framed(Array.from({ length: stream.length }, (_, at) => stream.charAt(at)))).toEqual([events, rest])
        for (let at = 1; at < stream.length; at++) {
          expect(framed([stream.slice(0, at), "", stream.slice(at)])).toEqual([events, rest])
        }
      })
    }
  })
}

describe("line ends", () => {
  test("may be mixed in every way", () => {
    for (const one of ["\n", "\r\n", "\r"]) {
      for (const two of ["\n", "\r\n", "\r"]) {
        // A CR before an LF is one end, not two.
        const blank = one === "\r" && two === "\n" ? "\r\n\n" : one + two
        const stream = `data: a${one}data: b${blank}data: c${blank}`
        expect(framed([stream])).toEqual([["a\nb", "c"], undefined])
        for (let at = 1; at < stream.length; at++)
          expect(framed([stream.slice(0, at), stream.slice(at)])).toEqual([["a\nb", "c"], undefined])
      }
    }
  })

  test("of CR tell an event as soon as it is there", () => {
    const frames = new SseFrames()
    expect(frames.push("data: a\r\r")).toEqual(["a"])
    expect(frames.push("\ndata: b\r\n\r")).toEqual(["b"])
    expect(frames.push("\n")).toEqual([])
  })

  test("within the data are none but these", () =>
    expect(framed(["data: a\u2028b\u0085c\fd\n\n"])[0]).toEqual(["a\u2028b\u0085c\fd"]))
})

describe("what is kept is bounded:", () => {
  const megabyte = "x".repeat(1024 * 1024)

  test("an event that is longer than the limit ends the reading", () => {
    const frames = new SseFrames()
    frames.push("data: ")
    const told = Array.from({ length: 17 }, () => frames.push(megabyte))
    expect(told.indexOf(tooLong)).toBe(15)
  })

  test("so does one of many lines, and a comment that never ends", () => {
    for (const piece of [`data: ${megabyte}\n`, `: ${megabyte}`]) {
      const frames = new SseFrames()
      expect(Array.from({ length: 18 }, () => frames.push(piece))).toContain(tooLong)
    }
  })

  test("an event of the limit's length is whole", () => {
    const data = "x".repeat(maxEventLength - 6)
    expect(framed([`data: ${data}`, "\n\n"])[0]).toEqual([data])
  })

  test("comments and names without an event take nothing, however many come", () => {
    const frames = new SseFrames()
    const comments = `: ${"keep-alive ".repeat(1000)}\nevent: ping\nid: 5\n`.repeat(100)
    for (let count = 0; count < 50; count++) expect(frames.push(comments)).toEqual([])
    expect(frames.push("data: a\n\n")).toEqual(["a"])
  })
})

describe("time grows with the length only:", () => {
  const within = (milliseconds: number, work: () => void): void => {
    expect(processorTimeOf(work)).toBeLessThan(milliseconds)
  }

  // Each took ten seconds and more when every piece was looked at from the start.
  test("an event in a quarter of a million pieces", () =>
    within(2000, () => {
      const [events] = framed(["data: ", ...Array.from({ length: 250_000 }, () => "x"), "\n\n"])
      expect(events[0]).toHaveLength(250_000)
    }))

  test("a hundred thousand events in one piece", () =>
    within(2000, () => {
      const stream = 'data: {"a":"hello"}\n\n'.repeat(100_000)
      expect(framed([stream])[0]).toHaveLength(100_000)
      expect(framed([stream.replaceAll("\n", "\r\n")])[0]).toHaveLength(100_000)
      expect(framed([stream.replaceAll("\n", "\r")])[0]).toHaveLength(100_000)
    }))
})

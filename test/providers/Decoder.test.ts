import { describe, expect, test } from "bun:test"
import type { Deltas } from "../../src/domain/Delta.ts"
import { decodeWhole, StreamDecoder, WholeDecoder } from "../../src/providers/Decoder.ts"
import { OpenAiChat } from "../../src/providers/protocols/OpenAiChat.ts"
import { answering, brief, chunk, done, ending, sse } from "./protocols/chat/ChatStreams.ts"

const decoder = () => new StreamDecoder(OpenAiChat, answering())
const hello = [chunk({ content: "Hel" }), chunk({ content: "lo" }), ending("stop")]
const told = ["start chatcmpl-1 their-model", "text Hel", "text lo", "finish stop"]
const all = (pieces: Iterable<string>): Deltas => {
  const reading = decoder()
  const deltas = []
  for (const piece of pieces) deltas.push(...reading.push(piece))
  return [...deltas, ...reading.finish()]
}

describe("a stream's text", () => {
  test("is told as it completes events, and is at its end after the end mark", () => {
    const reading = decoder()
    const text = sse(hello)
    expect(brief(reading.push(text.slice(0, -10)))).toEqual(told.slice(0, 3))
    expect(reading.ended).toBe(false)
    expect(reading.push(text.slice(-10))).toEqual([])
    expect(brief(reading.push(done))).toEqual(["finish stop"])
    expect(reading.ended).toBe(true)
    expect([reading.push(sse(hello)), reading.finish()]).toEqual([[], []])
  })

  test("is the same in single characters, with CRLF, with comments and with named events", () => {
    const text = sse([...hello, done])
    const dressed = text.replaceAll("data:", ": comment\nevent: x\nid: 1\ndata:")
    for (const variant of [
      text,
      dressed,
      dressed.replaceAll("\n", "\r\n"),
      dressed.replaceAll("\n", "\r"),
      `\ufeff${text}`
    ]) {
      expect(brief(all(variant))).toEqual(told)
      expect(brief(all([variant]))).toEqual(told)
    }
  })

  test("may lack the blank line after its last event, or after its end mark", () => {
    expect(brief(all([sse(hello).trimEnd()]))).toEqual(told)
    expect(brief(all([sse(hello), "data: [DONE]"]))).toEqual(told)
  })

  test("that breaks off within an event was cut, and within what is no data ended where it is whole", () => {
    expect(brief(all([sse(hello), 'data: {"id"']))).toEqual([...told.slice(0, 3), "failed Cut"])
    expect(brief(all([sse(hello), ": keep-ali"]))).toEqual(told)
  })

  test("stops at a failure, whatever comes behind it in the same piece", () => {
    const reading = decoder()
    const deltas = reading.push(sse([chunk({ content: "a" }), "data: oops\n\n", chunk({ content: "b" })]))
    expect(brief(deltas)).toEqual(["start chatcmpl-1 their-model", "text a", "failed Garbled"])
    expect([reading.ended, reading.push(sse(hello)), reading.finish()]).toEqual([true, [], []])
  })

  test("with an event that is too large fails once", () => {
    const reading = decoder()
    const megabyte = "x".repeat(1024 * 1024)
    const deltas = Array.from({ length: 18 }, (_, count) =>
      reading.push(count === 0 ? `data: ${megabyte}` : megabyte)
    ).flat()
    expect(brief([...deltas, ...reading.finish()])).toEqual(["failed Garbled"])
    expect(reading.ended).toBe(true)
  })
})

describe("a body", () => {
  const body = JSON.stringify({
    id: "c",
    model: "m",
    choices: [{ message: { content: "Hello" }, finish_reason: "stop" }]
  })

  test("is told at its end, however it was split", () => {
    const reading = new WholeDecoder(OpenAiChat, answering())
    for (const piece of [body.slice(0, 9), body.slice(9)]) expect(reading.push(piece)).toEqual([])
    expect(brief(reading.finish())).toEqual(["start c m", "text Hello", "finish stop"])
    expect([reading.ended, reading.finish()]).toEqual([true, []])
  })

  test("that is cut or no JSON is garbled", () => {
    for (const text of [body.slice(0, -1), "", "<html>"]) {
      const reading = new WholeDecoder(OpenAiChat, answering())
      reading.push(text)
      expect(brief(reading.finish())).toEqual(["failed Garbled"])
    }
  })

  test("stops at a failure among its events", () => {
    const failing = { ...OpenAiChat, events: () => [chunk({ content: "a" }), { error: "no" }, chunk({ content: "b" })] }
    expect(brief(decodeWhole(failing, answering(), {}))).toEqual([
      "start chatcmpl-1 their-model",
      "text a",
      "failed ServerFault"
    ])
  })
})

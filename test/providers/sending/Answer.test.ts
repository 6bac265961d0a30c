import { expect, test } from "bun:test"
import type { Deltas } from "../../../src/domain/Delta.ts"
import type { Decoder } from "../../../src/providers/Decoder.ts"
import { RefusalText, StreamedAnswer, WholeAnswer } from "../../../src/providers/sending/Answer.ts"

/** Writes down what it is given. */
const listening = () => {
  const heard: Array<string> = []
  const say = (text: string): Deltas => {
    heard.push(text)
    return [{ _tag: "Text", choice: 0, text }]
  }
  const decoder: Decoder = { ended: false, whole: false, reported: undefined, push: say, finish: () => say("(end)") }
  return { decoder, heard }
}

const megabytes = (count: number): Buffer => Buffer.alloc(count * 1024 * 1024, 97)

test("a stream's text is handed on as it comes, and characters that were cut are joined", () => {
  const { decoder, heard } = listening()
  const answer = new StreamedAnswer(decoder, "acme", false)
  const bytes = Buffer.from("\ufeffné🦊")
  for (let at = 0; at < bytes.length; at++) answer.push(bytes.subarray(at, at + 1))
  expect(heard.join("")).toBe("né🦊")
  answer.push(Buffer.from("é").subarray(0, 1))
  expect(answer.finish().at(-1)).toEqual({ _tag: "Text", choice: 0, text: "(end)" })
  // Half a character at the end is what the standard puts in its place.
  expect(heard.join("")).toBe("né🦊\ufffd(end)")
})

test("a whole answer is read in one go", () => {
  const { decoder, heard } = listening()
  const answer = new WholeAnswer(decoder, "acme")
  const bytes = Buffer.from("\ufeff{é🦊}")
  for (let at = 0; at < bytes.length; at++) expect(answer.push(bytes.subarray(at, at + 1))).toEqual([])
  answer.finish()
  expect(heard).toEqual(["{é🦊}", "(end)"])
})

test("an empty answer is the end alone", () => {
  const { decoder, heard } = listening()
  new WholeAnswer(decoder, "acme").finish()
  expect(heard.join("")).toBe("(end)")
})

test("what is kept until its end is bounded, a stream that goes on at once is not", () => {
  const tooLarge = (answer: { push: (bytes: Buffer) => Deltas }): boolean => {
    let last: Deltas = []
    for (let at = 0; at < 65; at++) last = answer.push(megabytes(1))
    return last.at(-1)?._tag === "Failed"
  }
  expect(tooLarge(new WholeAnswer(listening().decoder, "acme"))).toBe(true)
  expect(tooLarge(new StreamedAnswer(listening().decoder, "acme", true))).toBe(true)
  expect(tooLarge(new StreamedAnswer(listening().decoder, "acme", false))).toBe(false)
})

test("of a refusal its beginning is read", () => {
  const text = new RefusalText()
  expect(text.push(Buffer.from("no "))).toBe(false)
  expect(text.push(Buffer.from("é").subarray(0, 1))).toBe(false)
  expect(text.push(Buffer.from("é").subarray(1))).toBe(false)
  expect(text.toString()).toBe("no é")
  expect(text.push(megabytes(1))).toBe(true)
  expect(text.toString()).toHaveLength(64 * 1024 - 1)
})

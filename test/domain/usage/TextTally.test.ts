import { describe, expect, test } from "bun:test"
import { type TextCounts, TextTally } from "../../../src/domain/usage/TextTally.ts"
import { processorTimeOf } from "../../ProcessorTime.ts"

const tallyOf = (text: string): TextCounts => {
  const tally = new TextTally()
  tally.add(text)
  return tally
}

describe("what a text is made of", () => {
  const table: ReadonlyArray<readonly [text: string, counts: Partial<TextCounts>]> = [
    ["", {}],
    ["The sea", { words: 2, bound: 3, apart: 1 }],
    ["(the sea)", { words: 2, bound: 3, apart: 1, signs: 2 }],
    ["getId", { words: 2, bound: 2, tied: 1 }],
    ["XMLa", { words: 1, tied: 1, loose: 1, apart: 1 }],
    ["ers ERS", { words: 2, bound: 1, tied: 1, loose: 2 }],
    ["qzqz", { words: 1, apart: 3 }],
    ["4711, 12", { numbers: 2, digits: 6, signs: 1, blanks: 1 }],
    ["==-", { signs: 2.5 }],
    ["a     b", { words: 2, blanks: 2 }],
    ["a  1", { words: 1, numbers: 1, digits: 1, blanks: 2.25 }],
    ["a ==", { words: 1, signs: 1.5, blanks: 1 }],
    ["a\n\n\tb", { words: 2, blanks: 2.25 }],
    ["\t\tb", { words: 1, blanks: 2.25 }],
    ["\r\r", { blanks: 2 }],
    ["жéα\u05d0\u0639", { accented: 5 }],
    ["ɓ\u0301\u0080ѣ", { rare: 8 }],
    ["語かな。ệ", { wide: 5 }],
    ["한국", { korean: 2 }],
    ["龘뷁ἀႠ", { rare: 12 }],
    ["ไม่हि", { indic: 5 }],
    ["👍🏽", { rare: 8 }],
    ["\u07ca\u13a0", { rare: 5 }]
  ]
  const nothing = Object.fromEntries(
    "words bound tied loose apart numbers digits signs blanks accented indic wide korean rare unread"
      .split(" ")
      .map((name) => [name, 0])
  )
  for (const [text, counts] of table) {
    test(JSON.stringify(text), () =>
      expect<object>({ ...tallyOf(text) }).toEqual({ ...nothing, bytes: Buffer.byteLength(text), ...counts })
    )
  }

  test("is the sum of several, with the JSON around them", () => {
    const tally = new TextTally()
    tally.add("The sea")
    tally.add("4711")
    tally.addSigns(2)
    expect(tally).toMatchObject({ bytes: 13, words: 2, bound: 3, numbers: 1, digits: 4, signs: 2 })
  })
})

describe("of a long text", () => {
  const most = 4 * 1024 * 1024

  test("as much is read as takes some milliseconds, and of the rest the bytes are known", () => {
    const tally = new TextTally()
    tally.add("語".repeat(most))
    tally.add("語x")
    expect(tally).toMatchObject({ wide: most, bytes: 3 * most, unread: 4 })
  })

  test("of 32 MB it is known soon", () => {
    const text = "The sea, 4711 times.\n".repeat(1_600_000)
    const took = processorTimeOf(() => {
      const { bytes, unread } = tallyOf(text)
      expect(bytes + unread).toBe(text.length)
    })
    expect(took).toBeLessThan(500)
  })
})
